// SPDX-License-Identifier: BSL-1.0
// A layer, and a network inside a network, with a second value: the line of the user is no parameter of theirs.
// expect-error: a layer takes one value
// expect-error: a network takes one value
// expect-error-count: 3
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
#define WITH(...) , __VA_ARGS__
#else
#define WITH(...)
#endif

struct inner : nn::sequential<nn::input<4>, nn::linear<4>> {};
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, first), (inner, second));
    constexpr auto operator()(auto x) const { return nn::relu{}(second(first(x WITH(3)) WITH(x)) WITH(0.1)); }
};
static_assert(sinter::parameter_count<net> > 0);
