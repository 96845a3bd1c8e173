// SPDX-License-Identifier: BSL-1.0
// One set of weights, called on two widths.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'l'>
// expect-error: shared_layer_with_two_widths
// expect-error: expects<4>
// expect-error: found<8>
// expect-error: at_line<25>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
constexpr int width = 8;
#else
constexpr int width = 4;
#endif
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<width>, l));
    constexpr auto operator()(auto x) const { return l(l(x)); }
};

static_assert(sinter::parameter_count<net> > 0);
