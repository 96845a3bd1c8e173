// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Views and what moves data: other shapes, orders, parts and margins of a value, and windows over it.
///
/// Axes count from 0; negative ones from the end. Rows are no axis. A view costs nothing by itself: whoever reads it
/// reads the elements of its operand (tensor/index_map.hpp). Pads and concats are written.

#include <sinter/graph/arithmetic.hpp>

namespace sinter {

namespace detail {
template <op Code, class Attributes, class Wanted, class... Operand>
constexpr auto checked(source_line line, const Operand&... x) {
    static_assert(any_traced<Operand...> || fits<Code, Attributes, Wanted, Operand...>,
                  "the operands' shapes do not fit the operation (docs/errors.md#shapes_do_not_fit)");
    return apply<Code, Attributes, Wanted>(line, x...);
}

template <class Shape, int Axis, long long Extent>
inline constexpr extents with_extent = [] {
    extents e = Shape::value;
    if (Axis >= 0 && Axis < e.rank)
        e[Axis] = Extent > max_elements ? 2'147'483'647 : Extent > 0 ? static_cast<int>(Extent) : 1;
    return e;
}();
template <class Shape, int Axis>
inline constexpr int extent_along = Axis >= 0 && Axis < Shape::rank ? Shape::extent(Axis) : 0;
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

// ---- order and windows

/// Every Step-th element of an axis, from the first on.
template <int Axis, int Step, tensor Operand>
constexpr auto stride(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    static_assert(any_traced<Operand> || Step >= 1,
                  "stride<Axis, Step>(x): steps are 1 or more; flip<Axis>(x) turns an "
                  "axis round (docs/errors.md#step_is_not_positive)");
    return detail::checked<op::stride, attributes<detail::axis_of<Operand, Axis>, Step>, shape<>>(line, a);
}
/// An axis from its last element to its first.
template <int Axis, tensor Operand>
constexpr auto flip(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return detail::checked<op::flip, attributes<detail::axis_of<Operand, Axis>>, shape<>>(line, a);
}
/// An axis as windows of Extent elements, Dilation apart, one each Stride elements: the axis becomes the position of
/// the window, and the place in the window stands directly behind it. max<1>(windows<0, 2, 2>(x)) is a maximum pool. Of
/// n elements there are (n - (Extent - 1) * Dilation - 1) / Stride + 1 windows, each of them whole.
template <int Axis, int Extent, int Stride = 1, int Dilation = 1, tensor Operand>
constexpr auto windows(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    constexpr bool traced = any_traced<Operand>;
    static_assert(traced || (Stride >= 1 && Dilation >= 1),
                  "windows<Axis, Extent, Stride, Dilation>(x): stride and dilation are 1 or more "
                  "(docs/errors.md#step_is_not_positive)");
    constexpr int axis = detail::axis_of<Operand, Axis>;
    constexpr int whole = detail::extent_along<shape_of<Operand>, axis>;
    static_assert(traced || whole == 0 || (Extent >= 1 && (Extent - 1LL) * Dilation < whole),
                  "windows<Axis, Extent>(x): a window has at least one element and is, dilation included, at most as "
                  "long as its axis; pad the axis first (docs/errors.md#window_out_of_range)");
    return detail::checked<op::windows, attributes<axis, Extent, Stride, Dilation>, shape<>>(line, a);
}

// ---- parts behind each other, and margins

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

/// How `pad` continues an axis beyond its ends: by what lies inside, mirrored at the last element (2 1 | 0 1 2 | 1 0).
struct reflect_tag {};
inline constexpr reflect_tag reflect{};
/// By the last element itself (0 0 | 0 1 2 | 2 2).
struct edge_tag {};
inline constexpr edge_tag edge{};

namespace detail {
template <int Before, int After>
consteval bool check_margins() {
    static_assert(Before >= 0 && After >= 0,
                  "pad<Axis, Before, After>(x): both are 0 or more; slice<Axis, Begin, End>(x) "
                  "takes elements away (docs/errors.md#pad_is_negative)");
    return Before >= 0 && After >= 0;
}
template <int Axis, int Before, int After, class Operand>
using padded_shape =
    shape_of_value<with_extent<shape_of<Operand>, Axis, 0LL + Before + extent_along<shape_of<Operand>, Axis> + After>>;
/// Count elements like element `At` of an axis.
template <int Axis, int At, int Count, class Operand>
constexpr auto repeated(const Operand& a, source_line line) {
    const auto one = slice<Axis, At, At + 1>(a, line);
    return apply<op::broadcast, attributes<>, shape_of_value<with_extent<shape_of<Operand>, Axis, Count>>>(line, one);
}
/// `before(a)`, a and `after(a)` behind each other; what has no elements is left out.
template <int Axis, int Before, int After, class Operand, class Head, class Tail>
constexpr auto between(const Operand& a, Head before, Tail after) {
    if constexpr (Before > 0 && After > 0)
        return concat<Axis>(before(a), a, after(a));
    else if constexpr (Before > 0)
        return concat<Axis>(before(a), a);
    else if constexpr (After > 0)
        return concat<Axis>(a, after(a));
    else
        return a;
}
template <class Operand, int Axis>
consteval bool check_axis_of_pad() {
    static_assert(Axis >= 0 && Axis < rank_of<Operand>, "pad: no such axis (docs/errors.md#axis_out_of_range)");
    return Axis >= 0 && Axis < rank_of<Operand>;
}
}  // namespace detail

/// Before and After zeros at the ends of an axis, or elements of another value: pad<0, 1, 1>(x, -1.0).
template <int Axis, int Before, int After, tensor Operand>
constexpr auto pad(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    constexpr int axis = detail::axis_of<Operand, Axis>;
    if constexpr (!detail::check_margins<Before, After>())
        return a;
    else
        return detail::checked<op::pad, attributes<axis, Before>, detail::padded_shape<axis, Before, After, Operand>>(
            line, a);
}
template <int Axis, int Before, int After, tensor Operand, class Number>
    requires std::is_arithmetic_v<Number>
constexpr auto pad(const Operand& a, Number around, source_line line = source_line{__builtin_LINE()}) {
    constexpr int axis = detail::axis_of<Operand, Axis>;
    if constexpr (!detail::check_margins<Before, After>())
        return a;
    else
        return detail::checked<op::pad, attributes<axis, Before>, detail::padded_shape<axis, Before, After, Operand>>(
            line, a, around);
}
/// The axis mirrored at its first and last element, which are not repeated: torch.nn.functional.pad's "reflect".
template <int Axis, int Before, int After, tensor Operand>
constexpr auto pad(const Operand& a, reflect_tag, source_line line = source_line{__builtin_LINE()}) {
    constexpr int axis = detail::axis_of<Operand, Axis>;
    if constexpr (!detail::check_margins<Before, After>() || !detail::check_axis_of_pad<Operand, axis>()) {
        return a;
    } else {
        constexpr int n = detail::extent_along<shape_of<Operand>, axis>;
        constexpr bool inside = Before < n && After < n;
        static_assert(inside,
                      "pad<Axis, Before, After>(x, reflect) mirrors elements of the axis: Before and After are "
                      "less than its extent (docs/errors.md#reflected_too_far)");
        if constexpr (!inside)
            return a;
        else
            return detail::between<axis, Before, After>(
                a, [line](const auto& x) { return flip<axis>(slice<axis, 1, Before + 1>(x, line), line); },
                [line](const auto& x) { return flip<axis>(slice<axis, n - 1 - After, n - 1>(x, line), line); });
    }
}
/// The first and the last element of the axis repeated: torch.nn.functional.pad's "replicate".
template <int Axis, int Before, int After, tensor Operand>
constexpr auto pad(const Operand& a, edge_tag, source_line line = source_line{__builtin_LINE()}) {
    constexpr int axis = detail::axis_of<Operand, Axis>;
    if constexpr (!detail::check_margins<Before, After>() || !detail::check_axis_of_pad<Operand, axis>()) {
        return a;
    } else {
        constexpr int n = detail::extent_along<shape_of<Operand>, axis>;
        return detail::between<axis, Before, After>(
            a, [line](const auto& x) { return detail::repeated<axis, 0, Before>(x, line); },
            [line](const auto& x) { return detail::repeated<axis, n - 1, After>(x, line); });
    }
}

}  // namespace sinter
