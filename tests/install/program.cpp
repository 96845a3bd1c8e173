// SPDX-License-Identifier: BSL-1.0
// A program of somebody who uses sinter: two layers, two steps, and the losses that these must have. install.py builds
// it in every way that docs/install.md names.

#include <sinter/sinter.hpp>

#if defined(WITH_IMAGES)
#include <sinter/data/mnist.hpp>
#endif

#include <cstdio>
#include <vector>

namespace nn = sinter::nn;

struct net : nn::sequential<nn::input<2>, nn::linear<3>, nn::tanh, nn::linear<1>> {};

int main() {
    const std::vector<float> x{0, 0, 0, 1, 1, 0, 1, 1}, y{0, 1, 1, 0};
    const sinter::dense<sinter::shape<1>> targets;
    sinter::model<net> model{sinter::seed{1}};
    sinter::trainer training{model, sinter::mean_squared_error{}, sinter::sgd{.learning_rate = 0.1}, targets};
    const double first = training.step(x.data(), y.data(), 4), second = training.step(x.data(), y.data(), 4);
    std::printf("losses %.3f %.3f\n", first, second);
#if defined(SINTER_SCALAR)
    std::printf("without xsimd\n");
#endif
#if defined(WITH_IMAGES)
    std::printf("images: %s\n", sinter::read_mnist("no such folder") ? "found" : "not found");
#endif
}
