// SPDX-License-Identifier: BSL-1.0
// A window longer than its axis.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: window_out_of_range
// expect-error: expects<3>
// expect-error: found<4>
// expect-error: at_line<19>
// expect-error-count: 1
#include <sinter/nn/network.hpp>

#ifdef EXPECT_FAILURE
constexpr int given = 4;
#else
constexpr int given = 3;
#endif
struct net {
    using input = sinter::shape<3, 5>;
    constexpr auto operator()(auto x) const { return sum(windows<0, given>(x)); }
};

static_assert(sinter::parameter_count<net> == 0);
