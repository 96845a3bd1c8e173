// SPDX-License-Identifier: BSL-1.0
// A margin wider than half a window.
// expect-error: at most half of its window
// expect-error-count: 1
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<6, 6, 2>, nn::max_pool<3, nn::padding<2>>> {};
#else
struct net : nn::sequential<nn::input<6, 6, 2>, nn::max_pool<3, nn::padding<1>>> {};
#endif

static_assert(sinter::parameter_count<net> == 0);
