// SPDX-License-Identifier: BSL-1.0
// A shape has eight axes.
// expect-error: a shape has at most 8 axes
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<1, 1, 1, 1, 1, 1, 1, 1, 4>, nn::flatten, nn::linear<2>> {};
#else
struct net : nn::sequential<nn::input<1, 1, 1, 1, 1, 1, 1, 4>, nn::flatten, nn::linear<2>> {};
#endif

sinter::model<net> use;
