// SPDX-License-Identifier: BSL-1.0
// Three heads of a width of eight.
// expect-error: Heads divides the last axis
// expect-error: in_network<net>
// expect-error: member<'q', ?'u', ?'e', ?'r', ?'y'>
// expect-error: expects<3>
// expect-error: found<6, ?8>
// expect-error: at_line<16>
// expect-error-count: 1
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
constexpr auto heads = [](auto x) { return split_heads<3>(x); };
#else
constexpr auto heads = [](auto x) { return split_heads<4>(x); };
#endif
struct net {
    using input = sinter::shape<6, 8>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<8>, query));
    constexpr auto operator()(auto x) const { return heads(query(x)); }
};

static_assert(sinter::parameter_count<net> > 0);
