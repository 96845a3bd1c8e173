// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The arrays that a caller gives to a function: what each input wants, what an argument is, and whether they fit.
///
/// An argument is a number, an array (of arrays), a std::array, a std::span, a std::vector: whatever has `std::data`
/// and `std::size`. What its type says is checked when it is compiled, one error for an argument; the rest, sizes and
/// numbers of rows, by a call (program/argument_fault.hpp).

#include <sinter/tensor/integers.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>

namespace sinter {

/// An input that has one value of Input for each of up to Capacity samples; their number is that of a call's arrays.
template <class Input, int Capacity>
struct samples {};

namespace detail {

template <class Input>
struct input_of {
    static constexpr bool known = false;
};
template <int... Extent>
struct input_of<shape<Extent...>> {
    static constexpr bool known = true, integer = false, with_samples = false;
    static constexpr int capacity = 0;  ///< of samples
    using shape_type = shape<Extent...>;
};
template <class Shape>
struct input_of<integers<Shape>> : input_of<Shape> {
    static constexpr bool integer = true;
};
template <class Input, int Capacity>
struct input_of<samples<Input, Capacity>> : input_of<Input> {
    static constexpr bool with_samples = true;
    static constexpr int capacity = Capacity;
};
template <class Input, int Inner, int Capacity>
struct input_of<samples<samples<Input, Inner>, Capacity>> {
    static constexpr bool known = false;
};

/// What an input or a result is at a call.
struct array_kind {
    std::size_t size = 1;  ///< elements; of a sample, if there are samples
    bool rows = false;
    std::size_t bytes = 4;  ///< of an element
};

/// The numbers of nested arrays: their type, how many there are, and how many behind each leading index.
template <class T>
struct nested {
    using element = std::remove_cv_t<T>;
    static constexpr std::size_t size = 1;
    static constexpr int depth = 0;
    static constexpr extents value{};
};
template <class Inner, std::size_t Count>
struct nested_array {
    using element = typename Inner::element;
    static constexpr std::size_t size = Count * Inner::size;
    static constexpr int depth = Inner::depth + 1;
    static constexpr extents list() {
        extents all = sinter::list(Count);
        for (int k = 0; k < Inner::value.rank; ++k) all.push(Inner::value[k]);
        return all;
    }
    static constexpr extents value = list();
};
template <class T, std::size_t Count>
struct nested<T[Count]> : nested_array<nested<T>, Count> {};
template <class T, std::size_t Count>
struct nested<std::array<T, Count>> : nested_array<nested<T>, Count> {};
template <class T, std::size_t Count>
struct nested<const std::array<T, Count>> : nested_array<nested<T>, Count> {};

template <class T>
concept contiguous = requires(T& values) {
    std::data(values);
    std::size(values);
    requires std::is_object_v<std::remove_pointer_t<decltype(std::data(values))>>;
};

/// What a type of argument says: `item` is what its size counts.
template <class T>
struct argument_of {
    static constexpr bool known = false;
};
template <class T>
    requires std::is_arithmetic_v<T>
struct argument_of<T> {
    static constexpr bool known = true, constant_size = true, is_const = std::is_const_v<T>;
    using element = std::remove_cv_t<T>;
    static constexpr std::size_t count = 1;
    static constexpr extents inner{};
    static const void* data(T& value) { return &value; }
    static constexpr std::size_t size(T&) { return 1; }
};
template <class T>
inline constexpr std::size_t constant_count = std::dynamic_extent;
template <class T, std::size_t Count>
inline constexpr std::size_t constant_count<T[Count]> = Count;
template <class T, std::size_t Count>
inline constexpr std::size_t constant_count<std::array<T, Count>> = Count;
template <class T, std::size_t Count>
inline constexpr std::size_t constant_count<std::span<T, Count>> = Count;
template <contiguous T>
struct argument_of<T> {
    using item = std::remove_pointer_t<decltype(std::data(std::declval<T&>()))>;
    using inside = nested<item>;
    using element = typename inside::element;
    static constexpr std::size_t count = constant_count<std::remove_const_t<T>>;
    static constexpr bool known = true, constant_size = count != std::dynamic_extent,
                          is_const = std::is_const_v<std::remove_all_extents_t<item>>;
    static constexpr extents inner = inside::value;
    static const void* data(T& values) { return std::data(values); }
    static constexpr std::size_t size(T& values) { return std::size(values) * inside::size; }
};

/// Arrays of arrays have the last extents of the shape.
constexpr bool inner_extents_fit(const extents& inner, const extents& shape) {
    if (inner.rank > shape.rank) return false;
    for (int k = 0; k < inner.rank; ++k)
        if (inner[k] != shape[shape.rank - inner.rank + k]) return false;
    return true;
}

// ---- refused when compiled: one error, whose template arguments are what is wrong

template <int Number>
struct input_number;
template <int Number>
struct result_number;

/// A port of a function: which, its numbers, its shape, and whether it has samples.
template <class Number, class Element, class Shape, bool Rows, bool Written>
struct function_port {
    static constexpr array_kind kind{static_cast<std::size_t>(Shape::size), Rows, sizeof(Element)};

    /// Whether an argument of type T fits, as far as types say.
    template <class T>
    static consteval bool require() {
        using is = argument_of<std::remove_reference_t<T>>;
        if constexpr (!is::known) {
            static_assert(is::known,
                          "a function takes numbers, arrays, std::array, std::span or std::vector; of a pointer make a "
                          "span, which knows its size: std::span(pointer, size) (docs/errors.md#function_arguments)");
            return false;
        } else if constexpr (!std::is_same_v<typename is::element, Element>) {
            return require_element<typename is::element>();
        } else if constexpr (Written && is::is_const) {
            static_assert(!is::is_const,
                          "a result is written: give an array that is not const (docs/errors.md#function_arguments)");
            return false;
        } else if constexpr (Written && !std::is_lvalue_reference_v<T> && owns<T>) {
            static_assert(!owns<T>,
                          "a result is written to an array that lasts, this one would be gone after the call: give it "
                          "a name (docs/errors.md#function_arguments)");
            return false;
        } else if constexpr (!inner_extents_fit(is::inner, Shape::value)) {
            static_assert(inner_extents_fit(is::inner, Shape::value),
                          "an array of arrays has the extents of its input or result, samples in front; of one whose "
                          "numbers lie as they should make a span (docs/errors.md#function_arguments)");
            return false;
        } else if constexpr (is::constant_size) {
            return require_size<is::count* static_cast<std::size_t>(is::inner.size()), kind.size>();
        }
        return true;
    }

private:
    template <class T>
    static constexpr bool owns = argument_of<const std::remove_reference_t<T>>::is_const;

    template <class Found>
    static consteval bool require_element() {
        static_assert(std::is_same_v<Found, Element>,
                      "the elements of an argument are those of the function, none is converted: float for "
                      "sinter::function, double for sinter::function_of<double, f, shape>, std::int32_t for "
                      "sinter::integers (docs/errors.md#function_arguments)");
        return false;
    }
    template <std::size_t Found, std::size_t Expected>
    static consteval bool require_size() {
        constexpr bool fits = Rows ? Found % Expected == 0 && Found > 0 : Found == Expected;
        static_assert(fits,
                      "an array has as many elements as the shape of its input or result, or whole samples of them "
                      "(docs/errors.md#function_arguments)");
        return fits;
    }
};

/// The ports of a call, results before inputs.
template <class... Port>
struct function_ports {
    static constexpr int count = static_cast<int>(sizeof...(Port));
    static constexpr array_kind kinds[sizeof...(Port) + 1] = {Port::kind...};
    /// The first port with samples, -1 if there is none.
    static constexpr int first_with_rows() {
        for (int k = 0; k < count; ++k)
            if (kinds[k].rows) return k;
        return -1;
    }
    template <class... T>
    static consteval bool require() {
        if constexpr (sizeof...(T) == sizeof...(Port))
            return (Port::template require<T>() && ...);
        else
            return require_count<sizeof...(Port), sizeof...(T)>();
    }

private:
    template <std::size_t Expected, std::size_t Found>
    static consteval bool require_count() {
        static_assert(Expected == Found,
                      "a function is called with an argument for each input, and `into` with an array for each result "
                      "before them (docs/errors.md#function_arguments)");
        return false;
    }
};

}  // namespace detail

}  // namespace sinter
