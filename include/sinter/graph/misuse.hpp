// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Calls of a function with more arguments than it has: each is an overload whose only statement says what was meant.
///
/// An axis, a shape or a permutation stands in angle brackets; a second argument in parentheses would else meet the
/// parameter that carries the user's line. `source_line` is the better match for that one, so correct calls do not come
/// here. Each overload returns its first tensor, so that one mistake gives one error.

#include <sinter/graph/expression.hpp>

namespace sinter {

namespace detail {
template <class...>
inline constexpr bool never = false;
}  // namespace detail

#define SINTER_ONE_ARGUMENT(name, cure)                                                         \
    template <tensor Operand, class Second, class... More>                                      \
    constexpr Operand name(const Operand& a, const Second&, const More&...) {                   \
        static_assert(detail::never<Second, More...>,                                           \
                      #name " has one argument: " cure " (docs/errors.md#too_many_arguments)"); \
        return a;                                                                               \
    }
SINTER_ONE_ARGUMENT(exp, "exp(x); the power a^x is exp(x * std::log(a))")
SINTER_ONE_ARGUMENT(log, "log(x) is the natural logarithm; the one of base b is log(x) / std::log(b)")
SINTER_ONE_ARGUMENT(sqrt, "sqrt(x); the n-th root is exp(log(x) / n)")
SINTER_ONE_ARGUMENT(tanh, "tanh(x)")
SINTER_ONE_ARGUMENT(sigmoid, "sigmoid(x)")
SINTER_ONE_ARGUMENT(relu, "relu(x); one of slope 0.1 below 0 is maximum(x, 0.1 * x)")
SINTER_ONE_ARGUMENT(abs, "abs(x)")
SINTER_ONE_ARGUMENT(sign, "sign(x)")
SINTER_ONE_ARGUMENT(sin, "sin(x)")
SINTER_ONE_ARGUMENT(cos, "cos(x)")
SINTER_ONE_ARGUMENT(stop, "stop(x)")
SINTER_ONE_ARGUMENT(flatten, "flatten(x); other shapes are reshape<2, 3>(x)")
#undef SINTER_ONE_ARGUMENT

#define SINTER_NUMBERS_IN_ANGLES(name, cure)                                                    \
    template <int... Number, tensor Operand, class Second, class... More>                       \
    constexpr Operand name(const Operand& a, const Second&, const More&...) {                   \
        static_assert(detail::never<Second, More...>,                                           \
                      #name " takes one tensor: " cure " (docs/errors.md#too_many_arguments)"); \
        return a;                                                                               \
    }
SINTER_NUMBERS_IN_ANGLES(sum, "sum<1>(x) sums over axis 1, sum(x) over all; tensors are added by a + b")
SINTER_NUMBERS_IN_ANGLES(mean, "mean<1>(x) is over axis 1, mean(x) over all")
SINTER_NUMBERS_IN_ANGLES(softmax, "softmax<0>(x) is along axis 0, softmax(x) along the last one")
SINTER_NUMBERS_IN_ANGLES(log_softmax, "log_softmax<0>(x) is along axis 0, log_softmax(x) along the last one")
SINTER_NUMBERS_IN_ANGLES(log_sum_exp, "log_sum_exp<0>(x) is along axis 0, log_sum_exp(x) along the last one")
SINTER_NUMBERS_IN_ANGLES(reshape, "reshape<2, 3>(x) has the shape (2, 3)")
SINTER_NUMBERS_IN_ANGLES(transpose, "transpose<1, 0, 2>(x) exchanges the first two of three axes")
#undef SINTER_NUMBERS_IN_ANGLES

/// `max(x, 0.0)`, and `max(0.0, x)`.
template <int... Axis, term First, term Second, class... More>
    requires(tensor<First> || tensor<Second>)
constexpr auto(max)(const First& a, const Second& b, const More&...) {
    static_assert(detail::never<First, More...>,
                  "max takes one tensor: max<1>(x) is its largest element along axis 1, max(x) of all; the larger of "
                  "two is maximum(a, b), element by element (docs/errors.md#too_many_arguments)");
    if constexpr (tensor<First>)
        return a;
    else
        return b;
}
/// The same of a minimum.
template <int... Axis, term First, term Second, class... More>
    requires(tensor<First> || tensor<Second>)
constexpr auto(min)(const First& a, const Second& b, const More&...) {
    static_assert(detail::never<First, More...>,
                  "min takes one tensor: min<1>(x) is its smallest element along axis 1, min(x) of all; the smaller of "
                  "two is minimum(a, b), element by element (docs/errors.md#too_many_arguments)");
    if constexpr (tensor<First>)
        return a;
    else
        return b;
}
/// `slice(x, 0, 1, 2)`.
template <int... Number, tensor Operand, class... More>
    requires(sizeof...(Number) != 3 || sizeof...(More) > 0)
constexpr Operand slice(const Operand& a, const More&...) {
    static_assert(detail::never<More...>,
                  "slice takes one tensor and three numbers: slice<Axis, Begin, End>(x) is elements Begin to End - 1 "
                  "of an axis (docs/errors.md#too_many_arguments)");
    return a;
}
/// `concat(a, b, 1)`.
template <int Axis = -1, tensor First, class... Rest>
    requires(!(tensor<Rest> && ...))
constexpr First concat(const First& a, const Rest&...) {
    static_assert(detail::never<Rest...>,
                  "concat takes tensors: concat<1>(a, b, c) joins them along axis 1 "
                  "(docs/errors.md#too_many_arguments)");
    return a;
}

#define SINTER_TWO_ARGUMENTS(name, cure)                                                 \
    template <term First, term Second, class Third, class... More>                       \
        requires(tensor<First> || tensor<Second>)                                        \
    constexpr auto name(const First& a, const Second& b, const Third&, const More&...) { \
        static_assert(detail::never<Third, More...>,                                     \
                      #name " takes two: " cure " (docs/errors.md#too_many_arguments)"); \
        if constexpr (tensor<First>)                                                     \
            return a;                                                                    \
        else                                                                             \
            return b;                                                                    \
    }
SINTER_TWO_ARGUMENTS(maximum, "maximum(a, maximum(b, c)); the largest element of one tensor is max(x)")
SINTER_TWO_ARGUMENTS(minimum, "minimum(a, minimum(b, c)); the smallest element of one tensor is min(x)")
SINTER_TWO_ARGUMENTS(equal, "equal(a, b) is 1 where they are equal")
SINTER_TWO_ARGUMENTS(matmul, "matmul(matmul(a, b), c); a bias is added: matmul(x, w) + b")
#undef SINTER_TWO_ARGUMENTS

#define SINTER_THREE_ARGUMENTS(name, cure)                                                                \
    template <term First, term Second, term Third, class Fourth, class... More>                           \
        requires(tensor<First> || tensor<Second> || tensor<Third>)                                        \
    constexpr auto name(const First& a, const Second& b, const Third& c, const Fourth&, const More&...) { \
        static_assert(detail::never<Fourth, More...>,                                                     \
                      #name " takes three: " cure " (docs/errors.md#too_many_arguments)");                \
        if constexpr (tensor<Second>)                                                                     \
            return b;                                                                                     \
        else if constexpr (tensor<First>)                                                                 \
            return a;                                                                                     \
        else                                                                                              \
            return c;                                                                                     \
    }
SINTER_THREE_ARGUMENTS(select, "select(c, a, b) is a where c is not 0, else b")
SINTER_THREE_ARGUMENTS(fma, "fma(a, b, c) is a * b + c")
#undef SINTER_THREE_ARGUMENTS

}  // namespace sinter
