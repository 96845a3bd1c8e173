// SPDX-License-Identifier: BSL-1.0
// The same in a body: recorded like any other mistake.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'l'>
// expect-error: gradient_of_non_scalar
// expect-error: expects<>
// expect-error: found<3>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
constexpr auto f = [](auto y) { return sin(y); };
#else
constexpr auto f = [](auto y) { return sum(sin(y)); };
#endif
struct net {
    using input = sinter::shape<2>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<3>, l));
    constexpr auto operator()(auto x) const { return sinter::gradient(f)(l(x)); }
};

static_assert(sinter::parameter_count<net> > 0);
