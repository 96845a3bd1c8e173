// SPDX-License-Identifier: BSL-1.0
// The one file that compiles the network's kernels.

#include "separate_network.hpp"

#include <sinter/nn.hpp>
#include <sinter/optim.hpp>
#include <sinter/train/compile.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<2>, nn::linear<32>, nn::tanh, nn::linear<2>> {};

template <>
struct sinter::compilation<disc> : sinter::compile_as<classifier, sinter::cross_entropy, sinter::adam> {
    static constexpr sinter::adam rule{.learning_rate = 1e-2};
};
template class sinter::compiled<disc>;
