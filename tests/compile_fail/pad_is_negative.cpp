// SPDX-License-Identifier: BSL-1.0
// A pad that takes away.
// expect-error: slice<Axis, Begin, End>\(x\) takes elements away
// expect-error-count: 1
#include <sinter/graph/views.hpp>
#include <sinter/nn/network.hpp>

struct net {
    using input = sinter::shape<3, 5>;
#ifdef EXPECT_FAILURE
    constexpr auto operator()(auto x) const { return sum(pad<0, -1, 1>(x)); }
#else
    constexpr auto operator()(auto x) const { return sum(pad<0, 0, 1>(x)); }
#endif
};

static_assert(sinter::parameter_count<net> == 0);
