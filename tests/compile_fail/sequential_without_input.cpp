// SPDX-License-Identifier: BSL-1.0
// A chain begins with the shape of a sample.
// expect-error: the first argument is the shape of a sample
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::linear<3>, nn::relu> {};
#else
struct net : nn::sequential<nn::input<4>, nn::linear<3>, nn::relu> {};
#endif

sinter::model<net> use;
