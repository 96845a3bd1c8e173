// SPDX-License-Identifier: BSL-1.0
// The suite `math`: transcendental functions of 2048 floats, which stay in the first cache.

#include "elementwise.hpp"

namespace {

constexpr auto exponential = [](auto x) { return exp(x); };
constexpr auto hyperbolic = [](auto x) { return tanh(x); };
constexpr auto logistic = [](auto x) { return sigmoid(x); };
constexpr auto logarithm = [](auto x) { return log(x); };

}  // namespace

int main(int argc, char** argv) {
    using benchmark::elementwise_row;
    constexpr int count = 2048;
    benchmark::suite s{"math", argc, argv};
    elementwise_row<exponential, count>(s, "exp", "exp", -20, 20, [](double x) { return std::exp(x); });
    elementwise_row<hyperbolic, count>(s, "tanh", "tanh", -5, 5, [](double x) { return std::tanh(x); });
    elementwise_row<logistic, count>(s, "sigmoid", "sigmoid", -20, 20, [](double x) { return 1 / (1 + std::exp(-x)); });
    elementwise_row<logarithm, count>(s, "log", "log", 1e-3F, 100, [](double x) { return std::log(x); });
    return s.exit_code();
}
