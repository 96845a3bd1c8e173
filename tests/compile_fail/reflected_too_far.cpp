// SPDX-License-Identifier: BSL-1.0
// A mirror sees no more than there is.
// expect-error: less than its extent
// expect-error-count: 1
#include <sinter/graph/views.hpp>
#include <sinter/nn/network.hpp>

struct net {
    using input = sinter::shape<3, 5>;
#ifdef EXPECT_FAILURE
    constexpr auto operator()(auto x) const { return sum(pad<0, 3, 0>(x, sinter::reflect)); }
#else
    constexpr auto operator()(auto x) const { return sum(pad<0, 2, 0>(x, sinter::reflect)); }
#endif
};

static_assert(sinter::parameter_count<net> == 0);
