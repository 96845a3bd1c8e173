// SPDX-License-Identifier: BSL-1.0
// A sample of one axis has no transpose.
// expect-error: a sample of one axis is a row and has no transpose
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    constexpr auto operator()(auto x) const { return matmul(x, transpose(x)); }
};
#else
struct net {
    using input = sinter::shape<4>;
    constexpr auto operator()(auto x) const { return sum(x * x); }
};
#endif

sinter::model<net> use;
