// SPDX-License-Identifier: BSL-1.0
// A convolution of numbers without axes.
// expect-error: a sample is \(height, width, channels\)
// expect-error: in_network<net>
// expect-error: member<'0'>
// expect-error: expects<2>
// expect-error: found<1>
// expect-error-count: 1
#include <sinter/nn/conv.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<784>, nn::conv<6, 5>> {};
#else
struct net : nn::sequential<nn::input<784, 1>, nn::conv<6, 5>> {};
#endif

static_assert(sinter::parameter_count<net> > 0);
