// SPDX-License-Identifier: BSL-1.0
// A dilated window that is longer than its axis with both margins.
// expect-error: spans at most its axis
// expect-error: in_network<net>
// expect-error: member<'0'>
// expect-error: expects<6>
// expect-error: found<7>
// expect-error-count: 1
#include <sinter/nn/conv.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<9, 4, 2>, nn::conv<5, 3, nn::padding<1>, nn::dilation<3>>> {};
#else
struct net : nn::sequential<nn::input<9, 5, 2>, nn::conv<5, 3, nn::padding<1>, nn::dilation<3>>> {};
#endif

static_assert(sinter::parameter_count<net> > 0);
