// SPDX-License-Identifier: BSL-1.0
// A network inside a network is given another shape than its input declares.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'b', ?'o', ?'d', ?'y'>
// expect-error: input_shape_differs
// expect-error: expects<784>
// expect-error: found<28, ?28>
// expect-error: at_line<26>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<784>, nn::linear<10>> {};
#ifdef EXPECT_FAILURE
using image = sinter::shape<28, 28>;
#else
using image = sinter::shape<784>;
#endif
struct net {
    using input = image;
    BOOST_HANA_DEFINE_STRUCT(net, (classifier, body));
    constexpr auto operator()(auto x) const { return body(x); }
};

static_assert(sinter::parameter_count<net> > 0);
