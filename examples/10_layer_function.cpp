// SPDX-License-Identifier: BSL-1.0
// A network as a function of its parameters: a loss over all samples, its gradient, and training on one's own arrays.

#include <sinter/nn.hpp>
#include <sinter/train/layer_function.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

namespace nn = sinter::nn;

struct curve : nn::sequential<nn::input<1>, nn::linear<8>, nn::tanh, nn::linear<1>> {};

// One number for all samples; the parameters of `curve` come behind its input.
constexpr auto loss = [](auto x, auto y, auto... parameters) {
    const auto off = sinter::with_parameters<curve>(x, parameters...) - y;
    return mean_over_samples(sum(off * off));
};

int main() {
    std::vector<float> x(100), y(100), fitted(100);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = 0.02F * static_cast<float>(i) - 1;
        y[i] = std::sin(3 * x[i]);
    }
    std::array<float, 8> w0{}, b0{}, w1{};
    std::array<float, 1> b1{};
    for (std::size_t i = 0; i < 8; ++i) {
        w0[i] = 0.5F * static_cast<float>(i) - 2;
        b0[i] = i % 2 == 0 ? -0.5F : 0.5F;
    }

    using values = sinter::samples<sinter::shape<1>, 256>;  // up to 256 a call
    sinter::function<sinter::value_and_gradient<2, 3, 4, 5>(loss), values, values, sinter::shape<1, 8>,
                     sinter::shape<8>, sinter::shape<8, 1>, sinter::shape<1>>
        slopes;
    const auto step = [](auto& parameter, const auto& slope) {
        for (std::size_t i = 0; i < parameter.size(); ++i) parameter[i] -= 0.1F * slope[i];
    };
    float first = 0, last = 0;
    for (int k = 0; k < 2000; ++k) {
        const auto [now, dw0, db0, dw1, db1] = slopes(x, y, w0, b0, w1, b1);
        step(w0, dw0), step(b0, db0), step(w1, dw1), step(b1, db1);
        (k == 0 ? first : last) = now;
    }
    std::printf("mean squared error %.4f, after 2000 steps %.4f\n", static_cast<double>(first),
                static_cast<double>(last));

    sinter::layer_function<curve, values> run;  // its arguments: x, 0.weight, 0.bias, 2.weight, 2.bias
    run.into(fitted, x, w0, b0, w1, b1);
    std::printf("sin(3 x) at %.2f is %.3f, fitted %.3f\n", static_cast<double>(x[75]), static_cast<double>(y[75]),
                static_cast<double>(fitted[75]));
    return first > 0.3F && last < 0.01F && std::abs(fitted[75] - y[75]) < 0.1F ? 0 : 1;
}
