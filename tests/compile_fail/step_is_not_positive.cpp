// SPDX-License-Identifier: BSL-1.0
// A stride that goes nowhere.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: step_is_not_positive
// expect-error: expects<1>
// expect-error: found<0>
// expect-error: at_line<19>
// expect-error-count: 1
#include <sinter/nn/network.hpp>

#ifdef EXPECT_FAILURE
constexpr int given = 0;
#else
constexpr int given = 1;
#endif
struct net {
    using input = sinter::shape<3, 5>;
    constexpr auto operator()(auto x) const { return sum(stride<1, given>(x)); }
};

static_assert(sinter::parameter_count<net> == 0);
