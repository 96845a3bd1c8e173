// SPDX-License-Identifier: BSL-1.0
// A layer of the user's own that makes one parameter of the two it declares.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: member<'1'>
// expect-error: parameter_count_differs
// expect-error: expects<2>
// expect-error: found<1>
// expect-error-count: 1
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct scale : nn::layer {
#ifdef EXPECT_FAILURE
    static constexpr int parameter_count = 2;
#else
    static constexpr int parameter_count = 1;
#endif
    template <class Shape>
    constexpr auto operator()(sinter::expr<Shape> x) const {
        enter(x, "scale", Shape::value, Shape::size);
        return trained<Shape>(x, 0, "scale", {sinter::distribution::constant, 1}) * x;
    }
};

struct net : nn::sequential<nn::input<4>, nn::linear<4>, scale> {};

static_assert(sinter::parameter_count<net> > 0);
