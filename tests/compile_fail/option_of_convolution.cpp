// SPDX-License-Identifier: BSL-1.0
// An option of a mean.
// expect-error: a convolution's options are nn::stride
// expect-error: padding_not_counted
// expect-error-count: 1
#include <sinter/nn/conv.hpp>
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool_options.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<6, 6, 2>, nn::conv<3, 3, nn::padding<1>, nn::padding_not_counted>> {};
#else
struct net : nn::sequential<nn::input<6, 6, 2>, nn::conv<3, 3, nn::padding<1>, nn::without_bias>> {};
#endif

static_assert(sinter::parameter_count<net> > 0);
