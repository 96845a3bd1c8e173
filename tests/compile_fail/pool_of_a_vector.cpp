// SPDX-License-Identifier: BSL-1.0
// A pool of numbers without axes.
// expect-error: a pool slides over the axes before the last one
// expect-error-count: 1
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<784>, nn::max_pool<2>> {};
#else
struct net : nn::sequential<nn::input<28, 28, 1>, nn::max_pool<2>> {};
#endif

static_assert(sinter::parameter_count<net> == 0);
