// SPDX-License-Identifier: BSL-1.0
// A weight of 2.5e9 elements.
// expect-error: more than 2,000,000,000 elements
// expect-error: found<50000, 50000>
// expect-error: member<'0'>
// expect-error-count: 1
#include <sinter/nn.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<50000>, nn::linear<50000>> {};
#else
struct net : nn::sequential<nn::input<40000>, nn::linear<50000>> {};
#endif

static_assert(sinter::parameter_count<net> > 0);
