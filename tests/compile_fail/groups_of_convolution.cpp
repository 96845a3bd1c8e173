// SPDX-License-Identifier: BSL-1.0
// Groups that divide the channels, but not the filters.
// expect-error: nn::groups<G> divides the channels and the filters
// expect-error: in_network<net>
// expect-error: member<'0'>
// expect-error: expects<4>
// expect-error: found<8, ?6>
// expect-error-count: 1
#include <sinter/nn/conv.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<9, 9, 8>, nn::conv<6, 3, nn::groups<4>>> {};
#else
struct net : nn::sequential<nn::input<9, 9, 8>, nn::conv<12, 3, nn::groups<4>>> {};
#endif

static_assert(sinter::parameter_count<net> > 0);
