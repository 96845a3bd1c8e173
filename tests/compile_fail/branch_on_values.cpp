// SPDX-License-Identifier: BSL-1.0
// There are no values while a body runs.
// expect-error: write select\(x > 0, a, b\) for `if \(x > 0\)`
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const {
        if (x > 0) return l(x);
        return x;
    }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return select(x > 0, l(x), x); }
};
#endif

sinter::model<net> use;
