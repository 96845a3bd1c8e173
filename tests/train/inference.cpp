// SPDX-License-Identifier: BSL-1.0
// A trained network by each of its doors: inference of one sample, of several rows, predict, and the trainer's forward.
#include "support/golden_network.hpp"
#include "support/in_child.hpp"
#include <sinter/meta/philox.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/train/inference.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace sinter_test;
using sinter::inference, sinter::model, sinter::predict, sinter::rows, sinter::seed;

constexpr std::size_t samples = 20;

/// 20 samples for the network 7-8-5, in multiples of 1/256.
std::vector<double> some_inputs() {
    const sinter::random_stream random{21, 0};
    std::vector<double> x;
    for (std::size_t i = 0; i < samples * 7; ++i) x.push_back(static_cast<double>(random.below(i, 1024)) / 256 - 2);
    return x;
}

TEST_CASE("inference: has the trainer's outputs and PyTorch's, one sample at a time and by predict") {
    const mlp_model net = golden_mlp();
    const inference<mlp, double> one{net};
    auto w = one.workspace();
    std::vector<double> scores;
    for (std::size_t r = 0; r < 6; ++r)
        for (const double s : one(std::span(golden::mlp_inputs).subspan(r * 7, 7), w)) scores.push_back(s);
    CHECK(relative_difference(scores, golden::mlp_logits) <= 1e-12);
    CHECK(predict(net, std::span<const double>(golden::mlp_inputs)) == scores);

    mlp_model copy = net;
    sinter::trainer t{copy, sinter::cross_entropy{}, sinter::sgd{}, sinter::labels{}};
    t.forward(golden::mlp_inputs, golden::mlp_labels, 6);
    const auto b = t.forward_buffers();
    for (std::size_t r = 0; r < 6; ++r)
        for (std::size_t j = 0; j < b.output_size; ++j) CHECK(b.outputs[r * b.output_stride + j] == scores[r * 5 + j]);
}

TEST_CASE("predict: more samples than the capacity run in chunks, each as if alone") {
    const mlp_model net = golden_mlp();
    const std::vector<double> x = some_inputs(), scores = predict(net, std::span<const double>(x));
    CHECK(scores.size() == samples * 5);
    for (std::size_t r = 0; r < samples; ++r) {
        const std::vector<double> alone = predict(net, std::span(x).subspan(r * 7, 7));
        CHECK(std::vector<double>(&scores[r * 5], &scores[r * 5] + 5) == alone);
    }
    CHECK(predict(net, std::span<const double>()).empty());

    // Any contiguous range: its elements need not be const, nor be of the network's type.
    std::vector<double> mutable_x = x;
    CHECK(predict(net, x) == scores);
    CHECK(predict(net, mutable_x) == scores);
    CHECK(predict(net, std::span(mutable_x)) == scores);
    CHECK(predict(inference<mlp, double>{net}, x) == scores);
    CHECK(predict(net, golden::mlp_inputs).size() == 6 * 5);
    CHECK(predict(net, std::vector<std::int16_t>(14, 3), 0.5) == predict(net, std::vector<double>(14, 1.5)));
    CHECK_THROWS_WITH_AS(predict(net, std::span(x).first(13)), "predict: expected whole samples of 7 values, found 13",
                         sinter::failure);
}

namespace nn = sinter::nn;

template <class Net>
void check_samples_of_the_callers() {
    constexpr int size = inference<Net>::input_size, out = inference<Net>::output_size, count = 3;
    const inference<Net, float, rows<4>> net{model<Net>{seed{3}}};
    auto there = net.workspace(), copied = net.workspace();
    std::vector<float> x(1 + count * size, 0.5F);  // of no alignment
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += static_cast<float>(i % 23) / 16;
    const std::vector<float> before = x;
    net.run(there, x.data() + 1, count);
    for (int r = 0; r < count; ++r) std::copy_n(x.data() + 1 + r * size, size, net.input(copied, r));
    net.run(copied, count);
    for (int r = 0; r < count; ++r) {
        const auto one = [&](auto& w) { return std::vector<float>(net.output(w, r), net.output(w, r) + out); };
        CHECK(one(there) == one(copied));
        auto w = net.workspace();
        const auto alone = net(std::span(x).subspan(static_cast<std::size_t>(1 + r * size), size), w);
        CHECK(std::vector<float>(alone.begin(), alone.end()) == one(copied));
    }
    CHECK(x == before);
}

TEST_CASE("inference: samples are read where the caller has them, with the bits of copies") {
    check_samples_of_the_callers<nn::sequential<nn::input<32>, nn::tanh, nn::linear<5>, nn::relu>>();
    check_samples_of_the_callers<nn::sequential<nn::input<7>, nn::linear<5>>>();  // padded, so copied
    check_samples_of_the_callers<nn::sequential<nn::input<16>>>();                // the input is the output
    check_samples_of_the_callers<nn::sequential<nn::input<4, 16>, nn::flatten>>();
    check_samples_of_the_callers<nn::sequential<nn::input<16>, nn::relu>>();
}

TEST_CASE("inference: bytes are scaled as they are read") {
    const mlp_model net = golden_mlp();
    std::vector<std::uint8_t> bytes;
    std::vector<double> values;
    for (int i = 0; i < 14; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(i * 37 % 256));
        values.push_back(bytes.back() * 0.25);
    }
    CHECK(predict(net, std::span<const std::uint8_t>(bytes), 0.25) == predict(net, std::span<const double>(values)));
    const inference<mlp, double> one{net};
    auto w = one.workspace();
    const auto scores = one(std::span<const std::uint8_t>(bytes).first(7), w, 0.25);
    const std::vector<double> wanted = predict(net, std::span<const double>(values).first(7));
    CHECK(std::vector<double>(scores.begin(), scores.end()) == wanted);
}

TEST_CASE("inference: holds weights of its own, and two workspaces do not meet") {
    mlp_model net = golden_mlp();
    const inference<mlp, double> one{net};
    net.initialise(seed{1});
    const std::vector<double> x = some_inputs();
    auto v = one.workspace(), w = one.workspace();
    const auto first = one(std::span(x).first(7), v);
    const std::vector<double> kept(first.begin(), first.end());
    one(std::span(x).last(7), w);
    CHECK(std::vector<double>(first.begin(), first.end()) == kept);
    const mlp_model again = golden_mlp();
    CHECK(predict(again, std::span(x).first(7)) == kept);
    CHECK(predict(net, std::span(x).first(7)) != kept);
}

// ---- numbers at the edges

struct edges {
    using input = sinter::shape<5>;
    constexpr auto operator()(auto x) const {
        const auto zero = 0.0 * abs(x);
        return concat<0>(1 / zero, 1 / (-0.0 * abs(x)), 1 / (x * 0.0 + 0.0), reshape<1>(log_sum_exp(x)));
    }
};

TEST_CASE("inference: the sign of a zero is kept, and two kernels that differ in it alone are two") {
    const inference<edges> f{model<edges>{seed{1}}};
    auto w = f.workspace();
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> x{1, -2, 3, -4, 5};
    const auto y = f(x, w);
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(y[i] == inf);
        CHECK(y[5 + i] == -inf);
        CHECK(y[10 + i] == inf);  // -0.0 + 0.0 is 0.0
    }
    const std::vector<float> masked{-inf, -inf, -inf, -inf, -inf}, large{1, inf, 2, -inf, 0};
    CHECK(f(masked, w)[15] == -inf);
    CHECK(f(large, w)[15] == inf);
}

struct nested {
    using input = sinter::shape<3>;
    constexpr auto operator()(auto x) const {
        auto y = x;
        for (int i = 0; i < 30; ++i) y = stop(y * (y + 1.0));
        return y;
    }
};

TEST_CASE("inference: thirty levels that read themselves twice, with stop between them") {
    const inference<nested, double> f{model<nested, double>{seed{1}}};
    auto w = f.workspace();
    const std::vector<double> x{-0.25, 0.01, -1};
    const auto y = f(x, w);
    for (std::size_t k = 0; k < 3; ++k) {
        double wanted = x[k];
        for (int i = 0; i < 30; ++i) wanted *= wanted + 1;
        CHECK(y[k] == doctest::Approx(wanted).epsilon(1e-12));
    }
}

#if defined(__GLIBC__) && defined(__SSE2__)
struct quotients {
    using input = sinter::shape<5>;
    constexpr auto operator()(auto x) const { return log(x) + sqrt(x) / x + 1 / x; }
};

TEST_CASE("inference: padding raises no floating-point exception where the caller has enabled them") {
    const inference<quotients> f{model<quotients>{seed{1}}};
    auto w = f.workspace();
    const std::vector<float> x{1, 4, 16, 64, 256};
    std::feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_ALL_EXCEPT);
    const auto y = f(x, w);
    const int enabled = fegetexcept();
    fedisableexcept(FE_ALL_EXCEPT);
    CHECK(enabled == FE_ALL_EXCEPT);
    CHECK(std::fetestexcept(FE_ALL_EXCEPT) == 0);
    CHECK(y[1] == doctest::Approx(std::log(4) + 0.75));
}
#endif

/// The slope of a linear function: it does not depend on the sample, which is larger than all other values together.
struct constant_slope {
    using input = sinter::shape<3000>;
    constexpr auto operator()(auto x) const {
        return slice<0, 1, 4>(sinter::gradient([](auto v) { return sum(3.0 * v); })(x));
    }
};

TEST_CASE("inference: a network that does not read its samples leaves them where nothing else lies") {
    const inference<constant_slope, float, rows<4>> net;
    const std::vector<float> x(4 * 3000, 7.0F);
    CHECK(predict(net, std::span<const float>(x)) == std::vector<float>(12, 3.0F));
    CHECK(predict(model<constant_slope>{}, std::span<const float>(x)) == std::vector<float>(12, 3.0F));
    auto w = net.workspace();
    net.run(w, x.data(), 2);
    for (int r = 0; r < 2; ++r) std::copy_n(x.data(), 3000, net.input(w, r));
    for (int r = 0; r < 2; ++r)
        CHECK(std::vector<float>(net.output(w, r), net.output(w, r) + 3) == std::vector<float>(3, 3.0F));
}

TEST_CASE("predict: a scale that makes nothing of the samples is refused") {
    const model<deep, float> net;
    const std::vector<float> x(static_cast<std::size_t>(inference<deep>::input_size));
    for (const double scale : {0.0, 1e-60, 1e60, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_AS(predict(net, x, scale), sinter::failure);
    CHECK_FALSE(predict(net, x, 0.5).empty());
}

TEST_CASE("predict_classes: takes whole samples of the network's size, and gives none where a score is NaN") {
    mlp_model net = golden_mlp();
    std::vector<double> x = some_inputs();
    const std::vector<int> labels(samples);
    sinter::dataset<double, int> data{.inputs = x, .targets = labels, .sample_size = 7};
    const auto classes = predict_classes(net, data);
    CHECK(classes == predict_classes(inference<mlp, double>{net}, data));
    CHECK(classes.size() == samples);
    const std::vector<double> scores = predict(net, std::span<const double>(x));
    for (std::size_t r = 0; r < samples; ++r) CHECK(classes[r] == sinter::predicted_class(&scores[r * 5], 5));
    CHECK(predict_classes(net, data.subset(0, 0)).empty());

    x[3 * 7] = std::numeric_limits<double>::quiet_NaN();
    CHECK(predict_classes(net, data)[3] == sinter::no_class);
    CHECK(predict_classes(net, data)[4] == classes[4]);

    data.sample_size = 14;
    data.targets = data.targets.first(samples / 2);
    CHECK_THROWS_WITH_AS(predict_classes(net, data),
                         "predict_classes: expected samples of 7 values, the network's input; found 14",
                         sinter::failure);
    data.targets = data.targets.first(1);
    CHECK_THROWS_AS(predict_classes(net, data), sinter::failure);
}

struct late_residual {
    using input = sinter::shape<32>;
    BOOST_HANA_DEFINE_STRUCT(late_residual, (nn::linear<32>, a), (nn::linear<32>, b), (nn::linear<32>, c),
                             (nn::linear<32>, d));
    constexpr auto operator()(auto x) const { return x + d(tanh(c(tanh(b(tanh(a(x))))))); }
};

TEST_CASE("inference: what a call gave may go into the next on the same workspace") {
    const inference<late_residual> step{model<late_residual>{seed{3}}};
    auto w = step.workspace();
    std::vector<float> x(32, 0.5F);
    auto state = step(x, w);
    for (int i = 0; i < 4; ++i) {
        auto other = step.workspace();
        x.assign(state.begin(), state.end());
        const auto wanted = step(x, other);
        state = step(state, w);
        CHECK(std::equal(state.begin(), state.end(), wanted.begin()));
    }
    float* const own = step.input(w, 0);
    std::copy(x.begin(), x.end(), own);
    const auto wanted = predict(step, std::span<const float>(x));
    state = step(std::span<const float>(own, 32), w);
    CHECK(std::equal(state.begin(), state.end(), wanted.begin()));
}

/// The words of the error of a result, "" for none.
const auto error_of = [](const auto& r) { return r ? std::string() : r.error().message; };

TEST_CASE("inference: checked calls give what the others do, or say what does not fit") {
    const inference<mlp, double, rows<4>> net{golden_mlp()};
    auto w = net.workspace(), v = net.workspace();
    const std::vector<double> x = some_inputs();
    const auto one = std::span(x).first(7);
    const auto wanted = net(one, v);
    CHECK(std::equal(wanted.begin(), wanted.end(), net.try_call(one, w).value().begin()));
    CHECK(error_of(net.try_call(x, w)) == "inference: expected a sample of 7 values, found 140");
    CHECK(error_of(net.try_call(std::span(x).first(6), w)) == "inference: expected a sample of 7 values, found 6");
    CHECK(net.try_call(std::span<const double>(), w).error().code == sinter::error_code::shape_mismatch);

    CHECK(net.try_run(w, std::span(x).first(28)).value() == 4);
    net.run(v, x.data(), 4);
    for (int r = 0; r < 4; ++r) {
        const auto found = net.try_output(w, r).value();
        CHECK(std::vector<double>(found.begin(), found.end()) ==
              std::vector<double>(net.output(v, r), net.output(v, r) + 5));
        CHECK(net.try_input(w, r).value().data() == net.input(w, r));
    }
    CHECK(error_of(net.try_run(w, std::span(x).first(27))) ==
          "inference: expected whole samples of 7 values, found 27");
    const std::string many = "; give it a larger rows<N>, or call predict";
    CHECK(error_of(net.try_run(w, x)) == "inference: expected 1 to 4 rows, found 20" + many);
    CHECK(error_of(net.try_run(w, std::span(x).first(0))) ==
          "inference: expected 1 to 4 rows, found 0; give a sample at least");
    CHECK(error_of(net.try_run(w, 4)).empty());
    for (const int wrong : {0, -1, 5, 1 << 30}) {
        CHECK(net.try_run(w, wrong).error().code == sinter::error_code::bad_argument);
        if (wrong != 0) CHECK(net.try_output(w, wrong).error().code == sinter::error_code::bad_argument);
        if (wrong != 0) CHECK(net.try_input(w, wrong).error().code == sinter::error_code::bad_argument);
    }
    CHECK(error_of(net.try_output(w, 4)) == "inference: expected a row below 4, found 4");
}

TEST_CASE("inference: what a call requires is an assertion") {
    const inference<mlp, double, rows<4>> net{golden_mlp()};
    auto w = net.workspace();
    const std::vector<double> x = some_inputs();
    CHECK(aborts_with("a sample has input_size values", [&] { net(std::span(x).first(6), w); }));
    CHECK(aborts_with("1 to capacity rows", [&] { net.run(w, 5); }));
    CHECK(aborts_with("1 to capacity rows", [&] { net.run(w, 0); }));
    CHECK(aborts_with("1 to capacity rows", [&] { net.run(w, x.data(), 5); }));
    CHECK(aborts_with("1 to capacity rows", [&] { net.run(w, x.data(), -1); }));
    CHECK(aborts_with("has_row", [&] { net.input(w, 4)[0] = 1; }));
    CHECK(aborts_with("has_row", [&] { CHECK(net.output(w, -1)[0] == 0); }));
    CHECK(aborts_with("samples", [&] { net.run(w, static_cast<const double*>(nullptr), 1); }));
    auto other = std::move(w);
    CHECK(aborts_with("not moved from", [&] { net.run(w, 1); }));
}

TEST_CASE("inference: an object or a workspace that was moved from is refused by name") {
    inference<mlp, double> net{golden_mlp()};
    auto w = net.workspace();
    const std::vector<double> x = some_inputs();
    const auto one = std::span<const double>(x).first(7);
    const auto wanted = predict(net, one);
    auto other = std::move(w);
    const auto words =
        "inference: expected weights and a workspace, found that one was moved from; use the one that it "
        "was moved to";
    CHECK(error_of(net.try_call(one, w)) == words);
    CHECK(error_of(net.try_run(w, 1)) == words);
    CHECK(error_of(net.try_input(w, 0)) == words);
    CHECK(error_of(net.try_output(w, 0)) == words);
    w = net.workspace();
    CHECK(net.try_call(one, w).has_value());

    inference<mlp, double> moved = std::move(net);
    CHECK(error_of(net.try_call(one, w)) == words);
    CHECK(error_of(net.try_run(w, one)) == words);
    CHECK_THROWS_WITH_AS(predict(net, one), doctest::Contains("inference: expected weights"), sinter::failure);
    CHECK_THROWS_AS(net.parameters(), sinter::failure);
    CHECK_THROWS_AS(std::as_const(net).parameters(), sinter::failure);
    CHECK(predict(moved, one) == wanted);
    CHECK(std::as_const(moved).parameters()[0].values() == moved.parameters()[0].values());

    mlp_model trained = golden_mlp();
    const mlp_model taken = std::move(trained);
    CHECK_THROWS_WITH_AS(predict(trained, one), doctest::Contains("model: expected weights"), sinter::failure);
    CHECK_THROWS_AS((inference<mlp, double>{trained}), sinter::failure);
}

TEST_CASE("inference: a workspace fits objects of one type, and no other") {
    using one = inference<mlp, double>;
    static_assert(!std::is_constructible_v<one::workspace_type, inference<mlp, double, rows<4>>::workspace_type>);
    static_assert(!std::is_constructible_v<one::workspace_type, inference<deep, double>::workspace_type>);
    const one first{golden_mlp()}, second{mlp_model{seed{5}}};
    one::workspace_type shared, own;
    const std::vector<double> x = some_inputs();
    first(std::span(x).first(7), shared);
    const auto found = second(std::span(x).last(7), shared), wanted = second(std::span(x).last(7), own);
    CHECK(std::equal(found.begin(), found.end(), wanted.begin()));
}

}  // namespace
