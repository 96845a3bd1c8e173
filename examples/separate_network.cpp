// SPDX-License-Identifier: BSL-1.0
// The one file that compiles the network's kernels.

#include "separate_network.hpp"

#include <sinter/nn.hpp>
#include <sinter/optim.hpp>
#include <sinter/train/compile.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<2>, nn::linear<32>, nn::tanh, nn::linear<2>> {};

disc_classifier::disc_classifier(std::uint64_t seed)
    : compiled{sinter::compile<classifier>(sinter::cross_entropy{}, sinter::adam{.learning_rate = 1e-2},
                                           sinter::labels{}, sinter::seed{seed})} {}
