// SPDX-License-Identifier: BSL-1.0
// An axis that the sample has not: samples themselves are no axis.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'l'>
// expect-error: axis_out_of_range
// expect-error: expects<1>
// expect-error: found<1>
// expect-error: at_line<25>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
constexpr int axis = 1;
#else
constexpr int axis = 0;
#endif
struct net {
    using input = sinter::shape<3>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return sum<axis>(l(x)); }
};

static_assert(sinter::parameter_count<net> > 0);
