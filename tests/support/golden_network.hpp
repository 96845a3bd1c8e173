// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The networks of golden.hpp as types, and their parameters from its arrays.

#include "golden/golden.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/train/trainer.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace sinter_test {

namespace nn = sinter::nn;

struct mlp : nn::sequential<nn::input<7>, nn::linear<8>, nn::relu, nn::linear<5>> {};
struct deep : nn::sequential<nn::input<6>, nn::linear<9>, nn::tanh, nn::linear<4>, nn::sigmoid, nn::linear<3>> {};

using mlp_model = sinter::model<mlp, double, sinter::rows<6>>;
using deep_model = sinter::model<deep, double, sinter::rows<6>>;

/// Sets the parameters one after the other, each in its logical order.
template <class Model, class... Array>
void set_parameters(Model& net, const Array&... arrays) {
    auto views = net.parameters();
    std::size_t p = 0;
    const auto set = [&](const auto& values) {
        std::size_t i = 0;
        for (const double v : values) views[p][i++] = static_cast<typename Model::scalar_t>(v);
        ++p;
    };
    (set(arrays), ...);
}
inline mlp_model golden_mlp() {
    mlp_model net;
    set_parameters(net, golden::mlp_weight1, golden::mlp_bias1, golden::mlp_weight2, golden::mlp_bias2);
    return net;
}
inline deep_model golden_deep() {
    deep_model net;
    set_parameters(net, golden::deep_weight1, golden::deep_bias1, golden::deep_weight2, golden::deep_bias2,
                   golden::deep_weight3, golden::deep_bias3);
    return net;
}

/// All elements of all views, one after the other.
template <class Views>
auto all_values(const Views& views) {
    auto all = views[0].values();
    all.clear();
    for (const auto& p : views)
        for (const auto v : p.values()) all.push_back(v);
    return all;
}

/// The largest difference over the largest element of `wanted`; infinite where sizes differ or a number is none.
template <class Found, class Wanted>
double relative_difference(const Found& found, const Wanted& wanted) {
    double largest = 0, difference = 0;
    if (std::size(found) != std::size(wanted)) return INFINITY;
    for (std::size_t i = 0; i < std::size(wanted); ++i) {
        const double w = static_cast<double>(wanted[i]), d = std::abs(static_cast<double>(found[i]) - w);
        if (!(d >= 0)) return INFINITY;
        largest = std::abs(w) > largest ? std::abs(w) : largest;
        difference = d > difference ? d : difference;
    }
    return largest == 0 ? difference : difference / largest;
}

/// Ten steps on the golden minibatch against PyTorch's ten: the loss before each, the parameters after the last.
struct ten_steps {
    double losses, parameters;
};
template <class Rule, std::size_t Losses, std::size_t Parameters>
ten_steps differences_from_golden(const Rule& rule, const double (&losses)[Losses],
                                  const double (&parameters)[Parameters]) {
    mlp_model net = golden_mlp();
    sinter::trainer t{net, sinter::cross_entropy{}, rule, sinter::labels{}};
    std::vector<double> before;
    for (std::size_t i = 0; i < Losses; ++i) before.push_back(t.step(golden::mlp_inputs, golden::mlp_labels, 6));
    return {relative_difference(before, losses), relative_difference(all_values(net.parameters()), parameters)};
}

}  // namespace sinter_test
