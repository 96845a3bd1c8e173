// SPDX-License-Identifier: BSL-1.0
// A network is made without arguments: widths are template arguments.
// expect-error: it needs no arguments to be made
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    explicit constexpr net(int) {}
    constexpr auto operator()(auto x) const { return l(x); }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x); }
};
#endif

sinter::model<net> use;
