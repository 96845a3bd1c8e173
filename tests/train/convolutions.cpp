// SPDX-License-Identifier: BSL-1.0
// A network of images in PyTorch's terms: files hold its order, PyTorch's parameters give PyTorch's outputs.
#include "golden/golden.hpp"
#include "support/temporary_folder.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/conv.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/pool.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/train/fit.hpp>
#include <sinter/train/weights.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace {

namespace nn = sinter::nn;

struct maps : nn::sequential<nn::input<6, 5, 2>, nn::conv<4, sinter::shape<3, 2>{}, nn::padding<1>, nn::groups<2>>,
                             nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<5>> {};
using model = sinter::model<maps, double>;

model of_torch() {
    model net;
    net.parameter("0.weight").assign(golden::conv_net_filters);
    net.parameter("0.bias").assign(golden::conv_net_filter_bias);
    net.parameter("4.weight").assign(golden::conv_net_matrix);
    net.parameter("4.bias").assign(golden::conv_net_bias);
    return net;
}
template <class Net>
void gives_torchs_outputs(const Net& net) {
    const std::vector<double> y = predict(net, std::span<const double>(golden::conv_net_x));
    REQUIRE(y.size() == 5);
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(std::abs(y[i] - golden::conv_net_y[i]) <= 1e-12 * std::abs(golden::conv_net_y[i]));
}

TEST_CASE("conv: PyTorch's parameters give PyTorch's outputs, from a file, too") {
    const model net = of_torch();
    gives_torchs_outputs(net);
    const sinter_test::temporary_folder folder;
    sinter::save_weights(net, folder / "file").value();
    const auto file = sinter::read_safetensors<double>(folder / "file").value();
    using shape = std::vector<std::size_t>;
    REQUIRE(file.tensors.size() == 4);
    CHECK(file.tensors[0].shape == shape{4, 1, 3, 2});
    CHECK(file.tensors[2].shape == shape{5, 36});
    CHECK(std::vector<double>(file.tensors[0].values.begin(), file.tensors[0].values.end()) ==
          std::vector<double>(std::begin(golden::conv_net_filters), std::end(golden::conv_net_filters)));
    CHECK(std::vector<double>(file.tensors[2].values.begin(), file.tensors[2].values.end()) ==
          std::vector<double>(std::begin(golden::conv_net_matrix), std::end(golden::conv_net_matrix)));
    gives_torchs_outputs(sinter::load_inference<maps, double>(folder / "file").value());
}

TEST_CASE("conv: every element of a parameter has one place, one by one and all at once") {
    model net;
    for (const auto& p : net.parameters()) {
        for (std::size_t i = 0; i < p.size(); ++i) p[i] = static_cast<double>(i);
        const std::vector<double> values = p.values();
        for (std::size_t i = 0; i < p.size(); ++i) CHECK(values[i] == static_cast<double>(i));
    }
}

// ---- two inputs: an image that goes through a convolution, and numbers, joined before a linear

struct image_and_numbers {
    using input = sinter::inputs<sinter::shape<5, 4, 2>, sinter::shape<3>>;
    BOOST_HANA_DEFINE_STRUCT(image_and_numbers, (nn::conv<3, 2>, conv), (nn::linear<2>, told), (nn::linear<4>, head));
    constexpr auto operator()(auto image, auto numbers) const {
        const auto seen = flatten(max_pool<2, nn::stride<1>>(tanh(conv(image))));  // (3, 2, 3)
        return head(concat(concat(tanh(told(numbers)), seen), numbers));
    }
};

/// PyTorch's Conv2d, MaxPool2d, flatten of (channels, height, width), cat, Linear, by loops.
std::vector<double> by_loops(const sinter::model<image_and_numbers, double>& net, const std::vector<double>& image,
                             const std::vector<double>& numbers) {
    const auto values = [&](const char* name) { return net.parameter(name).values(); };
    const auto filters = values("conv.weight"), conv_bias = values("conv.bias");
    std::vector<double> read;
    const auto through = [&](const char* name, const std::vector<double>& x) {
        const auto matrix = values((std::string(name) + ".weight").c_str());
        auto y = values((std::string(name) + ".bias").c_str());
        for (std::size_t o = 0; o < y.size(); ++o)
            for (std::size_t i = 0; i < x.size(); ++i) y[o] += matrix[o * x.size() + i] * x[i];
        return y;
    };
    for (const double y : through("told", numbers)) read.push_back(std::tanh(y));
    const auto map = [&](std::size_t f, std::size_t h, std::size_t w) {
        double y = conv_bias[f];
        for (std::size_t c = 0; c < 2; ++c)
            for (std::size_t i = 0; i < 2; ++i)
                for (std::size_t j = 0; j < 2; ++j)
                    y += filters[((f * 2 + c) * 2 + i) * 2 + j] * image[((h + i) * 4 + w + j) * 2 + c];
        return std::tanh(y);
    };
    for (std::size_t f = 0; f < 3; ++f)
        for (std::size_t h = 0; h < 3; ++h)
            for (std::size_t w = 0; w < 2; ++w)
                read.push_back(std::max({map(f, h, w), map(f, h, w + 1), map(f, h + 1, w), map(f, h + 1, w + 1)}));
    read.insert(read.end(), numbers.begin(), numbers.end());
    return through("head", read);
}

TEST_CASE("conv: an image and numbers as two inputs are joined before a linear, in PyTorch's order in files") {
    std::vector<double> images(64 * 40), numbers(64 * 3), wanted(64 * 4);
    for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<double>(i * 37 % 101) / 101 - 0.5;
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i * 17 % 29) / 29;
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = images[i / 4 * 40 + i % 4] * numbers[i / 4 * 3];
    using sinter::column, sinter::columns;
    const auto data =
        sinter::make_dataset(columns{column(images, 40), column(numbers, 3)}, columns{column(wanted, 4)}).value();
    sinter::model<image_and_numbers, double> net{sinter::seed{3}};
    const auto before = sinter::evaluate(net, data, sinter::mean_squared_error{});
    sinter::fit(net, data, sinter::mean_squared_error{}, sinter::adam{.learning_rate = 1e-2},
                {.epochs = 30, .minibatch = 16});
    const auto after = sinter::evaluate(net, data, sinter::mean_squared_error{});
    CHECK(after.loss < 0.2 * before.loss);

    const std::vector<double> image(images.begin() + 80, images.begin() + 120),
        told(numbers.begin() + 6, numbers.begin() + 9);
    const std::vector<double> expected = by_loops(net, image, told);
    const sinter_test::temporary_folder folder;
    sinter::save_weights(net, folder / "file").value();
    const auto loaded = sinter::load_inference<image_and_numbers, double>(folder / "file").value();
    auto w = loaded.workspace();
    const auto found = loaded(image, told, w);
    const auto all = sinter::predict(net, data);
    for (std::size_t k = 0; k < 4; ++k) {
        CHECK(std::abs(found[k] - expected[k]) < 1e-12);
        CHECK(found[k] == all[8 + k]);
    }
    for (const auto& p : net.parameters()) {
        const std::vector<double> values = p.values();
        for (std::size_t i = 0; i < p.size(); ++i) CHECK(p[i] == values[i]);
    }
}

// ---- an order that is lost

struct joined {
    using input = sinter::shape<4, 4, 2>;
    BOOST_HANA_DEFINE_STRUCT(joined, (nn::conv<3, 2>, conv), (nn::linear<2>, head));
    constexpr auto operator()(auto x) const {
        const auto y = conv(x);
        return head(concat(flatten(y), flatten(relu(y))));
    }
};

TEST_CASE("conv: weights whose order in a file is not known are neither saved nor loaded, and named") {
    sinter::model<joined> net;
    const sinter_test::temporary_folder folder;
    for (const auto& done : {save_weights(net, folder / "file"), load_weights(net, folder / "file")}) {
        REQUIRE_FALSE(done);
        CHECK(done.error().code == sinter::error_code::bad_argument);
        CHECK(done.error().message.find("head.weight") != std::string::npos);
    }
}

}  // namespace
