// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The operators and elementwise functions of tensor expressions, each written once for both carriers.
///
/// A traced operand of a wrong shape is recorded as a mistake with the user's line and raised by the program; a free
/// expression fails here, at the call, by the concepts `shapes_broadcast` and `fits`.

#include <sinter/graph/expression.hpp>
#include <sinter/graph/misuse.hpp>

namespace sinter {

// ---- arithmetic and comparison, elementwise with broadcasting

template <term Left, term Right>
    requires((tensor<Left> || tensor<Right>) && shapes_broadcast<Left, Right>)
constexpr auto operator+(const Left& a, const Right& b) {
    return apply<op::add>(unknown_line, a, b);
}
template <term Left, term Right>
    requires((tensor<Left> || tensor<Right>) && shapes_broadcast<Left, Right>)
constexpr auto operator-(const Left& a, const Right& b) {
    return apply<op::subtract>(unknown_line, a, b);
}
template <term Left, term Right>
    requires((tensor<Left> || tensor<Right>) && shapes_broadcast<Left, Right>)
constexpr auto operator*(const Left& a, const Right& b) {
    return apply<op::multiply>(unknown_line, a, b);
}
template <term Left, term Right>
    requires((tensor<Left> || tensor<Right>) && shapes_broadcast<Left, Right>)
constexpr auto operator/(const Left& a, const Right& b) {
    return apply<op::divide>(unknown_line, a, b);
}
template <tensor Operand>
constexpr auto operator-(const Operand& a) {
    return apply<op::negate>(unknown_line, a);
}
/// 1 where a < b, else 0.
template <term Left, term Right>
    requires((tensor<Left> || tensor<Right>) && shapes_broadcast<Left, Right>)
constexpr auto operator<(const Left& a, const Right& b) {
    return apply<op::less>(unknown_line, a, b);
}
template <term Left, term Right>
    requires((tensor<Left> || tensor<Right>) && shapes_broadcast<Left, Right>)
constexpr auto operator<=(const Left& a, const Right& b) {
    return apply<op::less_equal>(unknown_line, a, b);
}
template <term Left, term Right>
    requires((tensor<Left> || tensor<Right>) && shapes_broadcast<Left, Right>)
constexpr auto operator>(const Left& a, const Right& b) {
    return apply<op::less>(unknown_line, b, a);
}
template <term Left, term Right>
    requires((tensor<Left> || tensor<Right>) && shapes_broadcast<Left, Right>)
constexpr auto operator>=(const Left& a, const Right& b) {
    return apply<op::less_equal>(unknown_line, b, a);
}

/// Right broadcasts to Shape, which stays.
template <class Shape, class Right>
concept broadcasts_to =
    shapes_broadcast<expr<Shape>, Right> &&
    detail::inferred_extents<op::add, attributes<>, shape<>, Shape, shape_of<Right>> == Shape::value;

template <class Shape, term Right>
    requires broadcasts_to<Shape, Right>
constexpr expr<Shape>& operator+=(expr<Shape>& a, const Right& b) {
    return a = a + b;
}
template <class Shape, term Right>
    requires broadcasts_to<Shape, Right>
constexpr expr<Shape>& operator-=(expr<Shape>& a, const Right& b) {
    return a = a - b;
}
template <class Shape, term Right>
    requires broadcasts_to<Shape, Right>
constexpr expr<Shape>& operator*=(expr<Shape>& a, const Right& b) {
    return a = a * b;
}
template <class Shape, term Right>
    requires broadcasts_to<Shape, Right>
constexpr expr<Shape>& operator/=(expr<Shape>& a, const Right& b) {
    return a = a / b;
}

template <class... Operand>
concept broadcasting = (tensor<Operand> || ...) && (any_traced<Operand...> || shapes_broadcast<Operand...>);

/// 1 where a equals b, else 0. No derivative.
template <term Left, term Right>
    requires broadcasting<Left, Right>
constexpr auto equal(const Left& a, const Right& b, source_line line = source_line{__builtin_LINE()}) {
    return apply<op::equal>(line, a, b);
}
template <term Left, term Right>
    requires broadcasting<Left, Right>
constexpr auto maximum(const Left& a, const Right& b, source_line line = source_line{__builtin_LINE()}) {
    return apply<op::maximum>(line, a, b);
}
template <term Left, term Right>
    requires broadcasting<Left, Right>
constexpr auto minimum(const Left& a, const Right& b, source_line line = source_line{__builtin_LINE()}) {
    return apply<op::minimum>(line, a, b);
}
/// a where c is not 0, else b.
template <term Condition, term Left, term Right>
    requires broadcasting<Condition, Left, Right>
constexpr auto select(const Condition& c, const Left& a, const Right& b,
                      source_line line = source_line{__builtin_LINE()}) {
    return apply<op::select>(line, c, a, b);
}
/// a * b + c, rounded once where the machine can.
template <term First, term Second, term Third>
    requires broadcasting<First, Second, Third>
constexpr auto fma(const First& a, const Second& b, const Third& c, source_line line = source_line{__builtin_LINE()}) {
    return apply<op::fma>(line, a, b, c);
}

// ---- elementwise functions of one operand: their values and adjoints stand in tensor/elementwise.hpp

#define SINTER_FUNCTION(name)                                                                 \
    template <tensor Operand>                                                                 \
    constexpr auto name(const Operand& a, source_line line = source_line{__builtin_LINE()}) { \
        return apply<op::name>(line, a);                                                      \
    }
SINTER_FUNCTION(exp)
SINTER_FUNCTION(log)
SINTER_FUNCTION(sqrt)
SINTER_FUNCTION(tanh)
SINTER_FUNCTION(sigmoid)
SINTER_FUNCTION(relu)
SINTER_FUNCTION(abs)
SINTER_FUNCTION(sign)
SINTER_FUNCTION(sin)
SINTER_FUNCTION(cos)
SINTER_FUNCTION(stop)  // the operand, through which no gradient flows
#undef SINTER_FUNCTION
/// The first operand, whose adjoint flows to the second one: with_gradient_of(sign(x), x) passes gradients straight
/// through a function that has none. Both have one shape. Inference computes the first one alone.
template <term Value, term Proxy>
    requires(tensor<Value> || tensor<Proxy>)
constexpr auto with_gradient_of(const Value& value, const Proxy& proxy,
                                source_line line = source_line{__builtin_LINE()}) {
    static_assert(any_traced<Value, Proxy> || fits<op::with_gradient_of, attributes<>, shape<>, Value, Proxy>,
                  "with_gradient_of(value, proxy): both have one shape (docs/errors.md#shapes_do_not_fit)");
    return apply<op::with_gradient_of>(line, value, proxy);
}

namespace detail {
template <class Operand>
inline constexpr int rank_of = shape_of<Operand>::rank;
template <class Operand, int Axis>
inline constexpr int axis_of = Axis < 0 ? Axis + rank_of<Operand> : Axis;
}  // namespace detail

}  // namespace sinter
