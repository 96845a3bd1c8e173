// SPDX-License-Identifier: BSL-1.0
// A product within each sample is no matmul; flatten would not make it one.
// expect-error: rows_cannot_be_an_inner_axis
// expect-error: expects<3, 4>.*found<4, 3>
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<3, 4>;
    constexpr auto operator()(auto x) const { return matmul(x, transpose(x)); }
};
#else
struct net {
    using input = sinter::shape<3, 4>;
    constexpr auto operator()(auto x) const { return sum<2>(reshape<3, 1, 4>(x) * reshape<1, 3, 4>(x)); }
};
#endif

sinter::model<net> use;
