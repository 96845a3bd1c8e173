// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The extents of a shape as a value, and `shape<2, 3>`, the same as a type.
///
/// Passes and shape rules compute on `extents`; users and kernels see `shape`. Rank 0 is a number. The leading axis of
/// samples, *rows*, is no part of either: whether a value has it is a flag of its node, its extent a run-time count.
/// The same small list serves as a node's attribute (axes, permutation, offsets). Its capacity is `max_rank`: a shape
/// above it is the named mistake `rank_too_large`.

#include <sinter/config.hpp>

#include <cstddef>
#include <utility>

namespace sinter {

inline constexpr int max_rank = 8;
/// Elements of one value, and of one arena of a program, at most: offsets and strides are int, and padding takes some.
inline constexpr int max_elements = 2'000'000'000;

struct extents {
    int rank = 0;
    int at[max_rank + 1] = {};  // one more than axes: a reduction's attribute is a flag and its axes

    constexpr int& operator[](int axis) { return at[axis]; }
    constexpr int operator[](int axis) const { return at[axis]; }
    constexpr bool operator==(const extents& other) const {
        if (rank != other.rank) return false;
        for (int i = 0; i < rank; ++i)
            if (at[i] != other.at[i]) return false;
        return true;
    }
    constexpr void push(int extent) {
        if (rank <= max_rank) at[rank] = extent;
        ++rank;  // a rank above the capacity is reported by the shape rules
    }
    /// The number of elements; the greatest int stands for all numbers that no int holds, which the shape rules refuse.
    constexpr int size() const { return size_from(0); }
    constexpr int size_from(int axis) const {
        constexpr int greatest = 2'147'483'647;
        long long n = 1;
        for (int i = axis; i < rank; ++i)
            if ((n *= at[i]) > greatest) return greatest;
        return static_cast<int>(n);
    }
    constexpr int last() const { return rank == 0 ? 1 : at[rank - 1]; }
};

template <class... Int>
constexpr extents list(Int... values) {
    return {static_cast<int>(sizeof...(Int)), {static_cast<int>(values)...}};
}

/// The permutation of `rank` axes that exchanges two lists of them: those from `first` on, and those from `second` on,
/// which reach to the end.
constexpr extents exchange(int first, int second, int rank) {
    extents order;
    for (int k = 0; k < first; ++k) order.push(k);
    for (int k = second; k < rank; ++k) order.push(k);
    for (int k = first; k < second; ++k) order.push(k);
    return order;
}

namespace detail {
// A function: a class that holds a failed static_assert has no constants for clang, and more errors follow.
template <bool Positive, bool Fit>
struct refused_extents {
    static consteval bool raise() {
        static_assert(Positive,
                      "each extent of a shape is at least 1; a number is shape<>, and samples are no axis "
                      "(docs/errors.md#extent_is_not_positive)");
        static_assert(
            Fit, "a shape has at most 8 axes, sinter::max_rank; merge some of them (docs/errors.md#rank_too_large)");
        return true;
    }
};
template <bool Positive, bool Fit>
inline constexpr bool extents_are_refused = refused_extents<Positive, Fit>::raise();
template <>
inline constexpr bool extents_are_refused<true, true> = false;

struct given_extents {
    int at[64];
};
/// Extents that nothing stumbles over where those given were refused.
constexpr extents plausible(const given_extents& given, int count, bool) {
    extents e;
    for (; e.rank < count && e.rank < max_rank; ++e.rank) e.at[e.rank] = given.at[e.rank] > 0 ? given.at[e.rank] : 1;
    return e;
}
}  // namespace detail

/// Extents known to the type system: `shape<2, 3>` is two rows of three columns, `shape<>` a number.
template <int... Extent>
struct shape {
    static constexpr extents value =
        detail::plausible({{Extent...}}, static_cast<int>(sizeof...(Extent)),
                          detail::extents_are_refused<((Extent > 0) && ...), (sizeof...(Extent) <= max_rank)>);
    static constexpr int rank = value.rank;
    static constexpr int size = value.size();
    static constexpr int extent(int axis) { return value[axis < 0 ? axis + rank : axis]; }
    constexpr bool operator==(const shape&) const = default;
};

namespace detail {
template <const extents& Value, class Indices = std::make_index_sequence<static_cast<std::size_t>(Value.rank)>>
struct shape_from;
template <const extents& Value, std::size_t... Index>
struct shape_from<Value, std::index_sequence<Index...>> {
    using type = shape<Value.at[Index]...>;
};
}  // namespace detail

/// The type of an extents constant.
template <const extents& Value>
using shape_of_value = typename detail::shape_from<Value>::type;

}  // namespace sinter
