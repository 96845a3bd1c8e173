// SPDX-License-Identifier: BSL-1.0
// An option that linear does not know, or one given twice: each is named, none is ignored.
// expect-error: an option is an initializer \(nn::he_normal, or .*\), nn::inputs<M> or nn::without_bias
// expect-error: check_option<(sinter::)?(nn::)?relu>|Option = sinter::nn::relu
// expect-error: check_option<int>|Option = int
// expect-error: check_option<not_derived>|Option = not_derived
// expect-error: check_option<without_weight>|Option = without_weight
// expect-error: one initializer at most
// expect-error: nn::inputs<M> once at most
// expect-error: nn::without_bias once at most
// expect-error: M, the number of inputs, is positive
// expect-error-count: 8
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct not_derived {
    static constexpr sinter::initial_value weight(int, int) { return {}; }
};
struct without_weight : nn::initializer {};
struct derived : nn::initializer, not_derived {};

#ifdef EXPECT_FAILURE
#define OPTIONS(right, wrong) wrong
#else
#define OPTIONS(right, wrong) right
#endif
#define AND ,
template <class... Option>
struct net : nn::sequential<nn::input<4>, nn::linear<2, Option...>> {};

constexpr int all =
    sinter::parameter_count<net<OPTIONS(nn::zeros, nn::relu)>> +
    sinter::parameter_count<net<OPTIONS(nn::without_bias, int)>> +
    sinter::parameter_count<net<OPTIONS(derived, not_derived)>> +
    sinter::parameter_count<net<OPTIONS(nn::he_normal, without_weight)>> +
    sinter::parameter_count<net<OPTIONS(nn::he_uniform, nn::he_uniform AND nn::zeros)>> +
    sinter::parameter_count<net<OPTIONS(nn::inputs<4>, nn::inputs<4> AND nn::inputs<4>)>> +
    sinter::parameter_count<
        net<OPTIONS(nn::inputs<4> AND nn::zeros AND nn::without_bias, nn::without_bias AND nn::without_bias)>> +
    sinter::parameter_count<net<OPTIONS(nn::glorot_normal, nn::inputs<0>)>>;
static_assert(all > 0);
