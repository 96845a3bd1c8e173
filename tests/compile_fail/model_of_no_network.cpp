// SPDX-License-Identifier: BSL-1.0
// A number is no network.
// expect-error: a network is a type that declares the shape of a sample
// expect-error: no_network
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<4>, nn::linear<3>> {};

#ifdef EXPECT_FAILURE
using net = int;
#else
using net = classifier;
#endif

sinter::model<net> use;
