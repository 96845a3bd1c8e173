// SPDX-License-Identifier: BSL-1.0
// A member that the walk cannot enter: its parameters would be nobody's.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'b'>
// expect-error: unknown_member_type
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct block {
#ifdef EXPECT_FAILURE
    nn::linear<4> hidden;
#else
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<4>, hidden));
#endif
    constexpr auto operator()(auto x) const { return hidden(x); }
};
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (block, b));
    constexpr auto operator()(auto x) const { return b(x); }
};

static_assert(sinter::parameter_count<net> >= 0);
