// SPDX-License-Identifier: BSL-1.0
// A dilated window that is longer than its axis with both margins.
// expect-error: spans at most its axis
// expect-error-count: 1
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<4, 4, 2>, nn::max_pool<3, nn::padding<1>, nn::dilation<3>>> {};
#else
struct net : nn::sequential<nn::input<5, 5, 2>, nn::max_pool<3, nn::padding<1>, nn::dilation<3>>> {};
#endif

static_assert(sinter::parameter_count<net> == 0);
