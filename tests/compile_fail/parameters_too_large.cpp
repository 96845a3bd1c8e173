// SPDX-License-Identifier: BSL-1.0
// Two weights of 1.2e9 elements each.
// expect-error: the parameters of this network have more than 2,000,000,000 elements
// expect-error: program_too_large
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<40000>, nn::linear<30000>, nn::linear<40000>> {};
#else
struct net : nn::sequential<nn::input<20000>, nn::linear<30000>, nn::linear<40000>> {};
#endif

sinter::model<net> use;
