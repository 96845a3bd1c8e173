// SPDX-License-Identifier: BSL-1.0
// A number is no member of a network.
// expect-error: a member is a layer, a network
// expect-error: unknown_member_type
// expect-error: member<'w', 'i', 'd', 't', 'h'>
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (int, width), (nn::linear<4>, l));
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
