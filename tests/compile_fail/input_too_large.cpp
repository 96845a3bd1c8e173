// SPDX-License-Identifier: BSL-1.0
// A sample of 2.5e9 elements.
// expect-error: more than 2,000,000,000 elements
// expect-error: found<50000, 50000>
// expect-error-count: 1
#include <sinter/nn.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net : nn::sequential<nn::input<50000, 50000>, nn::flatten> {};
#else
struct net : nn::sequential<nn::input<50000, 40000>, nn::flatten> {};
#endif

static_assert(sinter::parameter_count<net> == 0);
