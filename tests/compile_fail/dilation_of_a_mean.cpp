// SPDX-License-Identifier: BSL-1.0
// A mean has no dilation, as in PyTorch.
// expect-error: a pool's options are nn::stride
// expect-error-count: 1
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<6, 6, 2>, nn::average_pool<2, nn::dilation<2>>> {};
#else
struct net : nn::sequential<nn::input<6, 6, 2>, nn::max_pool<2, nn::dilation<2>>> {};
#endif

static_assert(sinter::parameter_count<net> == 0);
