// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Several values returned by a body or a gradient: `auto [dx, dy] = gradient(f)(x, y)`.
///
/// std::tuple would do but for its include cost in every file that sees the graph; this is the part of it that is used.

#include <sinter/config.hpp>

#include <cstddef>
#include <utility>

namespace sinter {

namespace detail {
template <std::size_t Index, class Value>
struct result_slot {
    Value value;
};
template <class Indices, class... Value>
struct results_base;
template <std::size_t... Index, class... Value>
struct results_base<std::index_sequence<Index...>, Value...> : result_slot<Index, Value>... {};
/// For results that are written after they are made.
struct unset_results {};
}  // namespace detail

template <class... Value>
struct results : detail::results_base<std::index_sequence_for<Value...>, Value...> {
    constexpr results(Value... x) : detail::results_base<std::index_sequence_for<Value...>, Value...>{{x}...} {}
    explicit results(detail::unset_results) noexcept {}

    template <std::size_t Index>
    constexpr auto get() const {  // by value: a binding of it is the reader's own
        return value_at<Index>(*this);
    }

private:
    template <std::size_t Index, class T>
    static constexpr const T& value_at(const detail::result_slot<Index, T>& slot) {
        return slot.value;
    }
};
template <class... Value>
results(Value...) -> results<Value...>;

}  // namespace sinter

template <class... Value>
struct std::tuple_size<sinter::results<Value...>> : std::integral_constant<std::size_t, sizeof...(Value)> {};
template <std::size_t Index, class... Value>
struct std::tuple_element<Index, sinter::results<Value...>> {
    using type = std::remove_cvref_t<decltype(std::declval<sinter::results<Value...>>().template get<Index>())>;
};
