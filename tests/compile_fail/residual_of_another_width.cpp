// SPDX-License-Identifier: BSL-1.0
// A residual connection adds shapes that differ: the message has both, and the line of the sum.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'n', ?'a', ?'r', ?'r', ?'o', ?'w'>
// expect-error: shapes_do_not_broadcast
// expect-error: expects<64>
// expect-error: found<32>
// expect-error: at_line<27>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
constexpr int width = 32;
#else
constexpr int width = 64;
#endif
struct net {
    using input = sinter::shape<64>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<width>, narrow));
    constexpr auto operator()(auto x) const {
        auto w = narrow(x);
        return x + w;
    }
};

static_assert(sinter::parameter_count<net> > 0);
