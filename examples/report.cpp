// SPDX-License-Identifier: BSL-1.0
// Prints how the training step of 784-128-10 passes through the compiler: nodes, groups, kernels, schedule, arenas.

#include <sinter/program/report.hpp>
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};

int main() {
    using plans = sinter::plans<classifier, float, 128>;
    using step = plans::step<sinter::cross_entropy, sinter::labels, sinter::adam>;
    sinter::print_report(step::request::value(), 64);
}
