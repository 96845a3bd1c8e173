// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a pool may be told, and what it then slides: options as types → numbers for each axis, or an error that names
/// the option. nn/pool.hpp says what pools are.

#include <sinter/tensor/extents.hpp>

#include <type_traits>

namespace sinter {

namespace nn {

/// How far apart windows are: along all axes, or along each.
template <int... Step>
struct stride {
    static constexpr extents steps_of_pool = list(Step...);
};
/// Elements of a margin at both ends: of all axes, or of each. At most half a window.
template <int... Margin>
struct padding {
    static constexpr extents margins_of_pool = list(Margin...);
};
/// A mean of a window is over the elements of the sample in it: torch's count_include_pad=False.
struct padding_not_counted {};

}  // namespace nn

namespace detail {

template <class Option>
concept strides_pool = requires { Option::steps_of_pool; };
template <class Option>
concept pads_pool = requires { Option::margins_of_pool; };
template <class Option>
inline constexpr bool leaves_padding_out = std::is_same_v<Option, nn::padding_not_counted>;

constexpr extents window_of(int extent) { return list(extent); }
template <int... Extent>
constexpr extents window_of(shape<Extent...>) {
    return shape<Extent...>::value;
}

/// What a pool slides over `axes` axes, extents for each.
struct pool_setting {
    extents window, step, margin;
    bool padding_counted = true;
    constexpr int places() const { return window.size(); }
    /// No element stands in two windows.
    constexpr bool side_by_side() const {
        for (int k = 0; k < window.rank; ++k)
            if (step[k] < window[k]) return false;
        return true;
    }
};
template <auto Window, class... Option>
constexpr pool_setting pool_of(int axes) {
    const auto each = [axes](const extents& given) {
        extents all{.rank = axes};
        for (int k = 0; k < axes; ++k) all[k] = given[given.rank == 1 ? 0 : k];
        return all;
    };
    pool_setting p{.window = each(window_of(Window)), .step = each(window_of(Window)), .margin = each(list(0))};
    [[maybe_unused]] const auto read = [&](auto option) {
        using type = decltype(option);
        if constexpr (strides_pool<type>) p.step = each(type::steps_of_pool);
        if constexpr (pads_pool<type>) p.margin = each(type::margins_of_pool);
        if constexpr (leaves_padding_out<type>) p.padding_counted = false;
    };
    (read(Option{}), ...);
    return p;
}

/// One error for an option that is none; the compiler prints its name.
template <class Option, bool IsMean>
consteval bool check_option_of_pool() {
    constexpr bool known = strides_pool<Option> || pads_pool<Option> || (IsMean && leaves_padding_out<Option>);
    static_assert(known,
                  "a pool's options are nn::stride<…> and nn::padding<…>, and nn::padding_not_counted of "
                  "nn::average_pool (docs/errors.md#options_of_pool)");
    return known;
}
template <class Option>
constexpr extents numbers_of() {
    if constexpr (strides_pool<Option>)
        return Option::steps_of_pool;
    else if constexpr (pads_pool<Option>)
        return Option::margins_of_pool;
    else
        return list(0);
}
template <int Axes>
constexpr bool counts_axes(const extents& given) {
    return given.rank == 1 || given.rank == Axes;
}
template <int Axes, bool IsMean, auto Window, class... Option>
consteval bool check_pool() {
    constexpr bool slides = Axes >= 1;
    static_assert(slides,
                  "a pool slides over the axes before the last one: a sample is (height, width, channels) or "
                  "(length, channels); reshape<28, 28, 1>(x) makes one of 784 numbers "
                  "(docs/errors.md#pool_of_a_vector)");
    if constexpr (!slides || !(check_option_of_pool<Option, IsMean>() && ...)) {
        return false;
    } else {
        constexpr bool counted =
            (counts_axes<Axes>(window_of(Window)) && ... && counts_axes<Axes>(numbers_of<Option>()));
        static_assert(counted,
                      "a pool's window, stride and padding are one number for all axes before the last one, or "
                      "one for each (docs/errors.md#options_of_pool)");
        if constexpr (!counted) {
            return false;
        } else {
            constexpr pool_setting p = pool_of<Window, Option...>(Axes);
            constexpr bool positive = [&] {
                for (int k = 0; k < Axes; ++k)
                    if (p.window[k] < 1 || p.step[k] < 1) return false;
                return true;
            }();
            static_assert(positive, "a pool's window and stride are 1 or more (docs/errors.md#options_of_pool)");
            constexpr bool narrow = [&] {
                for (int k = 0; k < Axes; ++k)
                    if (p.margin[k] < 0 || 2 * p.margin[k] > p.window[k]) return false;
                return true;
            }();
            static_assert(!positive || narrow,
                          "a pool's padding is at least 0 and at most half of its window, so that "
                          "each window holds an element (docs/errors.md#options_of_pool)");
            return positive && narrow;
        }
    }
}

}  // namespace detail

}  // namespace sinter
