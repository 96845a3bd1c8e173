// SPDX-License-Identifier: BSL-1.0
// A layer that the body does not use.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'s', ?'e', ?'c', ?'o', ?'n', ?'d'>
// expect-error: layer_is_never_called
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, first), (nn::linear<2>, second));
#ifdef EXPECT_FAILURE
    constexpr auto operator()(auto x) const { return first(x); }
#else
    constexpr auto operator()(auto x) const { return second(first(x)); }
#endif
};

static_assert(sinter::parameter_count<net> > 0);
