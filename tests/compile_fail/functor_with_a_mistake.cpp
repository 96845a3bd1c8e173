// SPDX-License-Identifier: BSL-1.0
// A mistake in a functor of a chain names its position and its line.
// expect-error: member<'2'>
// expect-error: shapes_do_not_broadcast
// expect-error: at_line<14>
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct crop {
    constexpr auto operator()(auto x) const { return x + slice<0, 0, 2>(x); }
};
#else
struct crop {
    constexpr auto operator()(auto x) const { return x + slice<0, 0, 1>(x); }
};
#endif

struct net : nn::sequential<nn::input<4>, nn::linear<3>, nn::relu, crop, nn::linear<2>> {};
sinter::model<net> use;
