// SPDX-License-Identifier: BSL-1.0
// A layer or network as a function of its inputs and parameters gives what `predict` gives with the same weights, and
// its gradients are those of a trainer.
#include <sinter/nn.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/train/inference.hpp>
#include <sinter/train/layer_function.hpp>
#include <sinter/train/trainer.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace {

using namespace sinter;
namespace nn = sinter::nn;

struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<5>, hidden), (nn::linear<5, nn::without_bias>, out));
    constexpr auto operator()(auto x) const { return out(tanh(hidden(x))); }
};
struct net {
    using input = sinter::shape<3>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<5>, stem), (std::array<block, 2>, blocks), (nn::linear<4>, head));
    constexpr auto operator()(auto x) const {
        auto h = relu(stem(x));
        for (auto& b : blocks) h = h + b(h);
        return head(h);
    }
};
struct chain : nn::sequential<nn::input<3>, nn::linear<5>, nn::tanh, nn::linear<2>> {};
struct two {
    using input = sinter::inputs<sinter::shape<3>, sinter::integers<sinter::shape<2>>>;
    BOOST_HANA_DEFINE_STRUCT(two, (nn::linear<4>, left), (nn::linear<4>, right));
    constexpr auto operator()(auto x, auto n) const {
        const auto h = left(x) + right(n);
        return std::pair{h, softmax(h)};
    }
};

/// The parameters of a model, as a function takes them: a linear's weight is (inputs, outputs).
template <class Model>
std::vector<std::vector<float>> values_of(const Model& model) {
    std::vector<std::vector<float>> all;
    for (const auto& p : model.parameters()) {
        std::vector<float> own(p.size());
        const std::size_t rows = p.shape().size() == 2 ? p.shape()[0] : 1, columns = own.size() / rows;
        for (std::size_t i = 0; i < rows; ++i)  // (outputs, inputs), as files have them
            for (std::size_t j = 0; j < columns; ++j) own[j * rows + i] = p[i * columns + j];
        all.push_back(own);
    }
    return all;
}
std::vector<float> some(std::size_t count, float first) {
    std::vector<float> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = first + 0.07F * static_cast<float>(i * i % 13);
    return all;
}
void check_near(const std::vector<float>& found, const std::vector<float>& wanted) {
    REQUIRE(found.size() == wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == doctest::Approx(wanted[i]).epsilon(1e-5));
}

TEST_CASE("layer_function: layers, chains and networks give what predict gives") {
    const std::size_t samples = 37;
    const std::vector<float> x = some(3 * samples, -0.4F);
    {
        const model<chain> weights{seed{3}};
        const auto p = values_of(weights);
        sinter::layer_function<chain, sinter::samples<shape<3>, 40>> run;
        std::vector<float> y(2 * samples);
        run.try_into(y, x, p[0], p[1], p[2], p[3]).value();
        check_near(y, predict(weights, x));
        CHECK(run.try_into(y, x, p[0], p[1], p[3], p[3]).error().message ==
              "function: argument 3: expected 10 elements, found 2");
    }
    {
        const model<net> weights{seed{4}};
        const auto p = values_of(weights);
        REQUIRE(p.size() == 10);
        sinter::layer_function<net, sinter::samples<shape<3>, 40>> run;
        std::vector<float> y(4 * samples);
        run.try_into(y, x, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9]).value();
        check_near(y, predict(weights, x));
    }
    {
        const model<two> weights{seed{5}};
        const auto p = values_of(weights);
        sinter::layer_function<two, sinter::samples<shape<3>, 40>, sinter::samples<integers<shape<2>>, 40>> run;
        std::vector<std::int32_t> n(2 * samples);
        for (std::size_t i = 0; i < n.size(); ++i) n[i] = static_cast<std::int32_t>(i % 5);
        std::vector<float> h(4 * samples), soft(4 * samples);
        run.try_into(h, soft, x, n, p[0], p[1], p[2], p[3]).value();
        const auto wanted = predict(weights, columns{column(x, 3), column(n, 2)});
        check_near(h, wanted[0]);
        check_near(soft, wanted[1]);
    }
    // One sample, and a layer without parameters.
    sinter::layer_function_of<double, nn::linear<2>, shape<3>> one;
    CHECK(one(std::array{1.0, 2.0, 3.0}, std::array{1.0, 0.0, 0.0, 1.0, 1.0, 1.0}, std::array{10.0, 20.0}) ==
          std::array{14.0, 25.0});
    sinter::layer_function<nn::relu, shape<2>> none;
    CHECK(none(std::array{-1.0F, 1.0F}) == std::array{0.0F, 1.0F});
}

TEST_CASE("with_parameters: its gradients by parameters are those of a trainer") {
    static constexpr auto loss = [](auto x, auto y, auto w0, auto b0, auto w1, auto b1) {
        const auto off = with_parameters<chain>(x, w0, b0, w1, b1) - y;
        return mean_over_samples(mean(off * off));
    };
    const std::size_t samples = 37;
    const std::vector<float> x = some(3 * samples, -0.4F), y = some(2 * samples, 0.1F);
    model<chain> weights{seed{3}};
    const auto p = values_of(weights);
    trainer t{weights, mean_squared_error{}, sgd{.learning_rate = 0.1}, dense<shape<2>>{}};
    const double wanted = t.forward(x.data(), y.data(), static_cast<int>(samples));
    t.backward();
    sinter::function<value_and_gradient<2, 3, 4, 5>(loss), sinter::samples<shape<3>, 40>, sinter::samples<shape<2>, 40>,
                     shape<3, 5>, shape<5>, shape<5, 2>, shape<2>>
        slopes;
    const auto [value, dw0, db0, dw1, db1] = slopes(x, y, p[0], p[1], p[2], p[3]);
    CHECK(static_cast<double>(value) == wanted);  // the same order of sums, whatever stands around them
    const auto list = [](const auto& array) { return std::vector<float>(array.begin(), array.end()); };
    struct gradients {
        std::vector<parameter_view<float>> all;
        const auto& parameters() const { return all; }
    };
    const auto g = values_of(gradients{t.gradient_views()});
    check_near(list(dw0), g[0]);
    check_near(list(db0), g[1]);
    check_near(list(dw1), g[2]);
    check_near(list(db1), g[3]);
}

TEST_CASE("with_parameters: called twice, and with weights that are computed") {
    // Two calls have two sets of weights; one may be the other, or what another layer gives.
    static constexpr auto twice = [](auto x, auto w, auto b, auto seed) {
        const auto first = with_parameters<nn::linear<3>>(x, w, b);
        const auto made = reshape<3, 3>(with_parameters<nn::linear<9, nn::without_bias>>(seed, reshape<1, 9>(w)));
        return results{first, with_parameters<nn::linear<3>>(first, made, 2.0 * b)};
    };
    sinter::function_of<double, twice, shape<3>, shape<3, 3>, shape<3>, shape<1>> run;
    const std::array<double, 9> w{1, 0, 0, 0, 2, 0, 0, 0, 3};
    const auto [a, b] = run(std::array{1.0, 1.0, 1.0}, w, std::array{1.0, 0.0, 0.0}, std::array{2.0});
    CHECK(a == std::array{2.0, 2.0, 3.0});
    CHECK(b == std::array{2.0 * 2 + 2, 2.0 * 2 * 2, 3.0 * 2 * 3});
}

// x W, then back by the same weights.
struct there_and_back : nn::layer {
    static constexpr int parameter_count = 1;
    template <class Shape>
    constexpr auto operator()(expr<Shape> x) const {
        enter(x, "there_and_back", Shape::value, 0);
        using product = nn::linear<2, nn::without_bias>;
        const auto w = trained<shape<3, 2>>(x, 0, "w", {distribution::uniform, 1});
        return with_parameters<nn::linear<3, nn::without_bias>>(with_parameters<product>(x, w), transpose<1, 0>(w));
    }
};
struct tied : nn::sequential<nn::input<3>, there_and_back, nn::linear<1>> {};

TEST_CASE("with_parameters: in a network, with parameters of the network's own") {
    const model<tied> weights{seed{9}};
    REQUIRE(weights.parameters().size() == 3);
    const auto w = weights.parameter("0.w").values(), last = weights.parameter("1.weight").values();
    const std::vector<float> x{1, -2, 0.5F};
    float wanted = weights.parameter("1.bias").values()[0];
    for (std::size_t j = 0; j < 2; ++j) {
        const float h = x[0] * w[j] + x[1] * w[2 + j] + x[2] * w[4 + j];
        for (std::size_t k = 0; k < 3; ++k) wanted += h * w[2 * k + j] * last[k];
    }
    check_near(predict(weights, x), {wanted});
}

}  // namespace
