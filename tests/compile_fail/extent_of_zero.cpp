// SPDX-License-Identifier: BSL-1.0
// An extent is positive.
// expect-error: each extent of a shape is at least 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<3, 0>, nn::flatten, nn::linear<2>> {};
#else
struct net : nn::sequential<nn::input<3, 1>, nn::flatten, nn::linear<2>> {};
#endif

sinter::model<net> use;
