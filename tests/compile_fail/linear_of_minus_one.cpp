// SPDX-License-Identifier: BSL-1.0
// A layer has an output.
// expect-error: linear<N>: N, the number of outputs, is at least 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<4>, nn::linear<-1>> {};
#else
struct net : nn::sequential<nn::input<4>, nn::linear<1>> {};
#endif

sinter::model<net> use;
