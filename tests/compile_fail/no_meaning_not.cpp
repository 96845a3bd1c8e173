// SPDX-License-Identifier: BSL-1.0
// ! is 1 - a.
// expect-error: write 1 - a
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x) * !(x > 0); }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x) * (1 - (x > 0)); }
};
#endif

sinter::model<net> use;
