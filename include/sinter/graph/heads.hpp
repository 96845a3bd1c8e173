// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What attention is written with besides products and softmax: heads, and positions to compare.
///
/// A value (.., length, width) becomes (.., heads, length, width / heads), so that `matmul` has a product for each
/// head, and back. Both are a reshape and a transposition. Products read through split_heads; what merge_heads gives is
/// written, heads beside each other.

#include <sinter/graph/views.hpp>

namespace sinter {

namespace detail {

/// The permutation that exchanges the last axes but Behind with the one before, of as many axes as K counts.
template <int Behind, class K>
struct exchanged;
template <int Behind, std::size_t... K>
struct exchanged<Behind, std::index_sequence<K...>> {
    static constexpr int at = static_cast<int>(sizeof...(K)) - 1 - Behind;
    using type = attributes<(static_cast<int>(K) == at       ? at - 1
                             : static_cast<int>(K) == at - 1 ? at
                                                             : static_cast<int>(K))...>;
};
template <int Behind, class Operand>
constexpr auto exchange_axes(const Operand& a, source_line line) {
    using axes = std::make_index_sequence<static_cast<std::size_t>(rank_of<Operand>)>;
    return checked<op::transpose, typename exchanged<Behind, axes>::type, shape<>>(line, a);
}
template <class Shape, int Heads>
inline constexpr extents with_heads = [] {
    extents e = Shape::value;
    e[e.rank - 1] = Heads;
    e.push(Shape::extent(-1) / Heads);
    return e;
}();
/// Of (.., length, heads, width).
template <class Shape>
inline constexpr extents without_heads = [] {
    extents e = Shape::value;
    e[e.rank - 2] *= e[e.rank - 1];
    --e.rank;
    return e;
}();

/// 0, 1, 2, …, as a free expression.
template <int Count>
struct counted : carrier {
    using shape_type = shape<Count>;
    static constexpr bool traced = false;
    constexpr int lower_into(builder& graph) const { return graph.iota(Count); }
};

}  // namespace detail

/// 0, 1, 2, … Count - 1. Where a query may see the keys before it and its own:
/// positions<T>() <= reshape<T, 1>(positions<T>()), a square of queries by keys.
template <int Count>
constexpr auto positions() {
    static_assert(Count >= 1, "positions<Count>(): 1 or more (docs/errors.md#extent_is_not_positive)");
    return detail::counted<(Count >= 1 ? Count : 1)>{};
}

/// (.., length, width) as (.., Heads, length, width / Heads): head h has the columns from h * width / Heads on.
template <int Heads, tensor Operand>
constexpr auto split_heads(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    using X = shape_of<Operand>;
    constexpr bool has_axes = X::rank >= 2;
    constexpr bool divides = has_axes && Heads >= 1 && X::extent(-1) % (Heads >= 1 ? Heads : 1) == 0;
    static_assert(any_traced<Operand> || divides,
                  "split_heads<Heads>(x): x is (.., length, width), and Heads divides the width "
                  "(docs/errors.md#heads_do_not_divide)");
    if constexpr (divides) {
        const auto split =
            detail::checked<op::reshape, attributes<>, shape_of_value<detail::with_heads<X, Heads>>>(line, a);
        return detail::exchange_axes<1>(split, line);
    } else {
        if constexpr (any_traced<Operand>) {
            if (line.value != 0) a.graph->line = line.value;
            a.graph->fail(has_axes ? mistake_kind::heads_do_not_divide : mistake_kind::axis_out_of_range,
                          list(has_axes ? Heads : 2), has_axes ? X::value : list(X::rank));
        }
        return a;
    }
}
/// (.., heads, length, width) as (.., length, heads * width): what split_heads took apart.
template <tensor Operand>
constexpr auto merge_heads(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    constexpr bool has_axes = detail::rank_of<Operand> >= 3;
    static_assert(any_traced<Operand> || has_axes,
                  "merge_heads(x): x is (.., heads, length, width), as split_heads gives it "
                  "(docs/errors.md#axis_out_of_range)");
    if constexpr (has_axes) {
        const auto beside = detail::exchange_axes<1>(a, line);
        using merged = shape_of_value<detail::without_heads<shape_of<decltype(beside)>>>;
        return detail::checked<op::reshape, attributes<>, merged>(line, beside);
    } else {
        if constexpr (any_traced<Operand>) {
            if (line.value != 0) a.graph->line = line.value;
            a.graph->fail(mistake_kind::axis_out_of_range, list(3), list(detail::rank_of<Operand>));
        }
        return a;
    }
}

}  // namespace sinter
