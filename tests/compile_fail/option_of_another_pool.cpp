// SPDX-License-Identifier: BSL-1.0
// A maximum counts no padding.
// expect-error: a pool's options are nn::stride
// expect-error-count: 1
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<6, 6, 2>, nn::max_pool<3, nn::padding_not_counted>> {};
#else
struct net : nn::sequential<nn::input<6, 6, 2>, nn::average_pool<3, nn::padding_not_counted>> {};
#endif

static_assert(sinter::parameter_count<net> == 0);
