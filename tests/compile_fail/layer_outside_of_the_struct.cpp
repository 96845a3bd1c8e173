// SPDX-License-Identifier: BSL-1.0
// A layer that is a member, but not declared to Boost.Hana.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: layer_is_no_walked_member
// expect-error: at_line<22>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct net {
    using input = sinter::shape<4>;
#ifdef EXPECT_FAILURE
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, first));
    nn::linear<2> second;
#else
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, first), (nn::linear<2>, second));
#endif
    constexpr auto operator()(auto x) const { return second(first(x)); }
};

static_assert(sinter::parameter_count<net> > 0);
