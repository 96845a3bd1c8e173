// SPDX-License-Identifier: BSL-1.0
// What a sequential cannot call: an initializer, a second input, a number, a functor whose call is not const.
// expect-error: a layer of a sequential has `constexpr auto operator
// expect-error-count: 4
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct twice {
    constexpr auto operator()(auto x) const { return 2.0 * x; }
};
struct changes {
    constexpr auto operator()(auto x) { return 2.0 * x; }
};
#ifdef EXPECT_FAILURE
#define LAYER(right, wrong) wrong
#else
#define LAYER(right, wrong) right
#endif
template <class Layer>
struct net : nn::sequential<nn::input<4>, Layer, nn::linear<2>> {};

constexpr int all = sinter::parameter_count<net<LAYER(nn::flatten, nn::he_normal)>> +
                    sinter::parameter_count<net<LAYER(nn::tanh, nn::input<4>)>> +
                    sinter::parameter_count<net<LAYER(nn::exp, int)>> +
                    sinter::parameter_count<net<LAYER(twice, changes)>>;
static_assert(all > 0);
