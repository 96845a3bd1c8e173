// SPDX-License-Identifier: BSL-1.0
// A program takes a sample at least.
// expect-error: rows<N>: N, the number of samples that a program takes at once, is at least 1
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

struct net : nn::sequential<nn::input<4>, nn::linear<3>> {};

#ifdef EXPECT_FAILURE
using capacity = sinter::rows<0>;
#else
using capacity = sinter::rows<1>;
#endif

sinter::model<net, float, capacity> use;
constexpr int samples = decltype(use)::capacity;
