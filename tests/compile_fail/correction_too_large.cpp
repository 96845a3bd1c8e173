// SPDX-License-Identifier: BSL-1.0
// The variance of one number over none.
// expect-error: must be positive
// expect-error-count: 1
#include <sinter/graph/reductions.hpp>
#include <sinter/nn/network.hpp>

struct net {
    using input = sinter::shape<3, 1>;
#ifdef EXPECT_FAILURE
    constexpr auto operator()(auto x) const { return sum(variance<1>(x, sinter::correction<1>)); }
#else
    constexpr auto operator()(auto x) const { return sum(variance<1>(x)); }
#endif
};

static_assert(sinter::parameter_count<net> == 0);
