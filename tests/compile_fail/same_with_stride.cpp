// SPDX-License-Identifier: BSL-1.0
// Margins of their own choice, of windows that are not side by side.
// expect-error: nn::same chooses the margins for a stride of 1
// expect-error-count: 1
#include <sinter/nn/conv.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<6, 6, 2>, nn::conv<3, 3, nn::same, nn::stride<2>>> {};
#else
struct net : nn::sequential<nn::input<6, 6, 2>, nn::conv<3, 3, nn::same, nn::dilation<2>>> {};
#endif

static_assert(sinter::parameter_count<net> > 0);
