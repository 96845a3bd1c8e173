// SPDX-License-Identifier: BSL-1.0
// A body has one argument.
// expect-error: a network has a body, `constexpr auto operator\(\)\(auto x\) const`
// expect-error: no_body
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x, auto y) const { return l(x) + y; }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x); }
};
#endif

sinter::model<net> use;
