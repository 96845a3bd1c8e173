// SPDX-License-Identifier: BSL-1.0
// A loop assigns a value of another shape.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'l', ?'\.', ?'0'>
// expect-error: loop_changes_shape
// expect-error: expects<4>
// expect-error: found<8>
// expect-error: at_line<28>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#include <array>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
constexpr int width = 8;
#else
constexpr int width = 4;
#endif
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (std::array<nn::linear<width>, 3>, l));
    constexpr auto operator()(auto h) const {
        for (auto& m : l) h = m(h);
        return h;
    }
};

static_assert(sinter::parameter_count<net> > 0);
