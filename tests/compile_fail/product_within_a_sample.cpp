// SPDX-License-Identifier: BSL-1.0
// A product within each sample: the inner extents are those of the last axis and of the last but one.
// expect-error: inner_extents_differ
// expect-error: expects<3>.*found<4>
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

struct net {
    using input = sinter::shape<3, 4>;
#ifdef EXPECT_FAILURE
    constexpr auto operator()(auto x) const { return matmul(x, x); }
#else
    constexpr auto operator()(auto x) const { return matmul(x, transpose(x)); }
#endif
};

sinter::model<net> use;
