// SPDX-License-Identifier: BSL-1.0
// A functor of a chain returns a tensor.
// expect-error: a layer of a sequential returns one tensor
// expect-error: at_position<2>
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct functor {
    constexpr auto operator()(auto x) const { relu(x); }
};
#else
struct functor {
    constexpr auto operator()(auto x) const { return relu(x); }
};
#endif

struct net : nn::sequential<nn::input<4>, nn::linear<3>, nn::relu, functor, nn::linear<2>> {};
sinter::model<net> use;
