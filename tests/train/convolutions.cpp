// SPDX-License-Identifier: BSL-1.0
// A network of images in PyTorch's terms: files hold its order, PyTorch's parameters give PyTorch's outputs.
#include "golden/golden.hpp"
#include "support/temporary_folder.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/conv.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/pool.hpp>
#include <sinter/train/weights.hpp>

#include <doctest/doctest.h>

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

// ---- an order that is lost

struct joined {
    using input = sinter::shape<4, 4, 2>;
    BOOST_HANA_DEFINE_STRUCT(joined, (nn::conv<3, 2>, conv), (nn::linear<2>, head));
    constexpr auto operator()(auto x) const {
        const auto y = conv(x);
        return head(concat(flatten(y), global_average_pool(y)));
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
