// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The operators and functions of tensor expressions, each written once for both carriers.
///
/// A traced operand of a wrong shape is recorded as a mistake with the user's line and raised by the program; a free
/// expression fails here, at the call, by the concepts `shapes_broadcast` and `fits`. Axes count from 0; negative ones
/// from the end. Rows are no axis: `sum(x)` is one number per sample.

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

// ---- reductions over axes of a sample

namespace detail {
template <class Operand>
inline constexpr int rank_of = shape_of<Operand>::rank;
template <class Operand, int Axis>
inline constexpr int axis_of = Axis < 0 ? Axis + rank_of<Operand> : Axis;

template <class Operand, int Keep, class All, int... Axis>
struct axes_of {
    using type = attributes<Keep, axis_of<Operand, Axis>...>;
    static constexpr double count = [] {
        double n = 1;
        for (int axis : {axis_of<Operand, Axis>...})
            if (axis >= 0 && axis < rank_of<Operand>) n *= shape_of<Operand>::extent(axis);
        return n;
    }();
};
template <class Operand, int Keep, int... All>
struct axes_of<Operand, Keep, std::integer_sequence<int, All...>> {
    using type = attributes<Keep, All...>;
    static constexpr double count = shape_of<Operand>::size;
};
/// {keep, axes...}; no axes given means all of them.
template <class Operand, int Keep, int... Axis>
using axes = axes_of<Operand, Keep, std::make_integer_sequence<int, rank_of<Operand>>, Axis...>;

template <op Code, int Keep, int... Axis, class Operand>
constexpr auto reduce(const Operand& a, source_line line) {
    using list = typename axes<Operand, Keep, Axis...>::type;
    static_assert(is_traced<Operand> || fits<Code, list, shape<>, Operand>,
                  "sum, mean, max: no such axis (docs/errors.md#axis_out_of_range)");
    if constexpr (list::value.rank == 1)
        return a;  // a number per sample already
    else
        return apply<Code, list>(line, a);
}
}  // namespace detail

/// The sum over the given axes, or over all: sum<0>(x), sum(x).
template <int... Axis, tensor Operand>
constexpr auto sum(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduce<op::sum, 0, Axis...>(a, line);
}
template <int... Axis, tensor Operand>
constexpr auto mean(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return sum<Axis...>(a, line) * (1.0 / detail::axes<Operand, 0, Axis...>::count);
}
/// The largest element over the given axes, or over all. Ties share the gradient evenly.
template <int... Axis, tensor Operand>
constexpr auto(max)(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduce<op::max, 0, Axis...>(a, line);
}

// ---- softmax and its kin, along one axis, safe for any finite input: the maximum is subtracted first. It is taken as
// a constant, which leaves every derivative exact because the functions do not change when their input is shifted.

namespace detail {
template <int Axis, class Operand>
constexpr auto shifted(const Operand& a, source_line line) {
    return a - stop(reduce<op::max, 1, Axis>(a, line), line);
}
}  // namespace detail

/// exp(a) / sum(exp(a)) along the axis.
template <int Axis = -1, tensor Operand>
constexpr auto softmax(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    const auto e = exp(detail::shifted<Axis>(a, line), line);
    return e / detail::reduce<op::sum, 1, Axis>(e, line);
}
/// log(softmax(a)) along the axis.
template <int Axis = -1, tensor Operand>
constexpr auto log_softmax(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    const auto z = detail::shifted<Axis>(a, line);
    return z - log(detail::reduce<op::sum, 1, Axis>(exp(z, line), line), line);
}
/// log(sum(exp(a))) along the axis, which is removed. An infinite maximum is not subtracted: it is the result.
template <int Axis = -1, tensor Operand>
constexpr auto log_sum_exp(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    const auto finite = [line](auto top) {
        return stop(select(equal(abs(top, line), __builtin_inf(), line), 0.0, top, line), line);
    };
    const auto z = a - finite(detail::reduce<op::max, 1, Axis>(a, line));
    return log(sum<Axis>(exp(z, line), line), line) + finite(max<Axis>(a, line));
}

// ---- views and data movement

namespace detail {
template <op Code, class Attributes, class Wanted, class... Operand>
constexpr auto checked(source_line line, const Operand&... x) {
    static_assert(any_traced<Operand...> || fits<Code, Attributes, Wanted, Operand...>,
                  "the operands' shapes do not fit the operation (docs/errors.md#shapes_do_not_fit)");
    return apply<Code, Attributes, Wanted>(line, x...);
}

template <class Shape, int Axis, int Extent>
inline constexpr extents with_extent = [] {
    extents e = Shape::value;
    if (Axis >= 0 && Axis < e.rank) e[Axis] = Extent > 0 ? Extent : 1;
    return e;
}();
}  // namespace detail

/// The same elements under another shape: reshape<2, 3>(x).
template <int... Extent, tensor Operand>
constexpr auto reshape(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return detail::checked<op::reshape, attributes<>, shape<Extent...>>(line, a);
}
/// The elements of a sample as one axis.
template <tensor Operand>
constexpr auto flatten(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return reshape<shape_of<Operand>::size>(a, line);
}
/// Axis k of the result is axis Permutation[k] of the operand; for a matrix, transpose(x).
template <int... Permutation, tensor Operand>
constexpr auto transpose(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    if constexpr (sizeof...(Permutation) == 0 && detail::rank_of<Operand> != 2) {
        static_assert(detail::rank_of<Operand> == 2,
                      "transpose(x) is for values of two axes; of more name the permutation, transpose<0, 2, 1>(x); a "
                      "sample of one axis is a row and has no transpose (docs/errors.md#transpose_of_no_matrix)");
        if constexpr (any_traced<Operand>) a.graph->fail(mistake_kind::said_already);
        return a;
    } else if constexpr (sizeof...(Permutation) == 0) {
        return detail::checked<op::transpose, attributes<1, 0>, shape<>>(line, a);
    } else {
        return detail::checked<op::transpose, attributes<Permutation...>, shape<>>(line, a);
    }
}
/// Elements Begin … End - 1 of an axis.
template <int Axis, int Begin, int End, tensor Operand>
constexpr auto slice(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    static_assert(
        0 <= Begin && Begin < End,
        "slice<Axis, Begin, End> takes elements Begin … End - 1, counted from 0 (docs/errors.md#slice_of_nothing)");
    constexpr int axis = detail::axis_of<Operand, Axis>;
    using wanted = shape_of_value<detail::with_extent<shape_of<Operand>, axis, End - Begin>>;
    return detail::checked<op::slice, attributes<axis, Begin>, wanted>(line, a);
}
/// The operands one behind the other along an axis; all other extents are equal.
template <int Axis = -1, tensor First, tensor... Rest>
constexpr auto concat(const First& a, const Rest&... rest) {
    constexpr int axis = detail::axis_of<First, Axis>;
    if constexpr (sizeof...(Rest) == 0)
        return a;
    else
        return [](const auto& left, const auto& right, const auto&... more) {
            return concat<axis>(detail::checked<op::concat, attributes<axis>, shape<>>(unknown_line, left, right),
                                more...);
        }(a, rest...);
}

// ---- products

/// The matrix product. A vector (and each sample) on the left is a row; a vector on the right of a matrix is a column.
template <tensor Left, tensor Right>
constexpr auto matmul(const Left& a, const Right& b, source_line line = source_line{__builtin_LINE()}) {
    if constexpr (detail::rank_of<Left> == 2 && detail::rank_of<Right> == 1)
        return detail::checked<op::matmul, attributes<0, 1>, shape<>>(line, b, a);
    else
        return detail::checked<op::matmul, attributes<0, 0>, shape<>>(line, a, b);
}

}  // namespace sinter
