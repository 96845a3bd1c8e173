// SPDX-License-Identifier: BSL-1.0
// A product in a body: columns of the left operand, rows of the right one.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: inner_extents_differ
// expect-error: expects<4>
// expect-error: found<3>
// expect-error: at_line<23>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#ifdef EXPECT_FAILURE
constexpr int rows = 4;
#else
constexpr int rows = 3;
#endif
struct filter : sinter::variable<sinter::shape<rows, 2>> {};
struct net {
    using input = sinter::shape<3>;
    BOOST_HANA_DEFINE_STRUCT(net);
    constexpr auto operator()(auto x) const { return matmul(x, filter{}); }
};

static_assert(sinter::is_sound<net, sinter::network<net>::report>);
