// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a pool may be told, and what it then slides: options as types → numbers for each axis, or an error that names
/// the option. nn/window_options.hpp has those that convolutions share, nn/pool.hpp says what pools are.

#include <sinter/nn/window_options.hpp>

#include <type_traits>

namespace sinter {

namespace nn {

/// A mean of a window is over the elements of the sample in it: torch's count_include_pad=False.
struct padding_not_counted {};
/// A last window may reach beyond the end, as long as it begins in the sample or in the margin before it: torch's
/// ceil_mode=True. What is behind the margin counts in no mean.
struct ceil_mode {};

}  // namespace nn

namespace detail {

template <class Option>
inline constexpr bool leaves_padding_out = std::is_same_v<Option, nn::padding_not_counted>;
template <class Option>
inline constexpr bool rounds_up = std::is_same_v<Option, nn::ceil_mode>;

/// What a pool slides over `axes` axes, extents for each.
struct pool_setting : window_setting {
    extents margin;
    bool padding_counted = true, rounds_up = false;
    constexpr int places() const { return window.size(); }
    /// Few enough places to name each: those whose reductions are written out (fusion/small_windows.hpp).
    constexpr bool is_small() const {
        for (int k = 0; k < window.rank; ++k)
            if (window[k] > 4) return false;
        return places() <= 16;
    }
    /// No element stands in two windows, and those of a window are neighbours.
    constexpr bool side_by_side() const {
        for (int k = 0; k < window.rank; ++k)
            if (step[k] < window[k] || dilation[k] > 1) return false;
        return true;
    }
    /// Windows along axis k of so many elements; 0 if not even one fits.
    constexpr int positions(int k, int extent) const {
        const int free = extent + 2 * margin[k] - span(k) + (rounds_up ? step[k] - 1 : 0);
        if (free < 0) return 0;
        const int count = free / step[k] + 1;
        return rounds_up && (count - 1) * step[k] >= extent + margin[k] ? count - 1 : count;
    }
    /// What the last window takes behind the end of the axis; negative: elements that no window takes.
    constexpr int behind(int k, int extent) const {
        return (positions(k, extent) - 1) * step[k] + span(k) - extent - margin[k];
    }
};
template <auto Window, class... Option>
constexpr pool_setting pool_of(int axes) {
    const auto each = [axes](const extents& given) { return for_each_axis(given, axes); };
    pool_setting p;
    p.window = p.step = each(window_of(Window));
    p.margin = each(list(0));
    p.dilation = each(list(1));
    [[maybe_unused]] const auto read = [&](auto option) {
        using type = decltype(option);
        if constexpr (has_steps<type>) p.step = each(type::steps);
        if constexpr (has_margins<type>) p.margin = each(type::margins);
        if constexpr (has_dilations<type>) p.dilation = each(type::dilations);
        if constexpr (leaves_padding_out<type>) p.padding_counted = false;
        if constexpr (rounds_up<type>) p.rounds_up = true;
    };
    (read(Option{}), ...);
    return p;
}

/// One error for an option that is none; the compiler prints its name.
template <class Option, bool IsMean>
consteval bool check_option_of_pool() {
    constexpr bool known = has_steps<Option> || has_margins<Option> || rounds_up<Option> ||
                           (IsMean ? leaves_padding_out<Option> : has_dilations<Option>);
    static_assert(known,
                  "a pool's options are nn::stride<…>, nn::padding<…> and nn::ceil_mode, nn::dilation<…> of "
                  "nn::max_pool, and nn::padding_not_counted of nn::average_pool (docs/errors.md#options_of_pool)");
    return known;
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
        static_assert(
            counted,
            "a pool's window, stride, padding and dilation are one number for all axes before the last one, or "
            "one for each (docs/errors.md#options_of_pool)");
        if constexpr (!counted) {
            return false;
        } else {
            constexpr pool_setting p = pool_of<Window, Option...>(Axes);
            constexpr bool positive = [&] {
                for (int k = 0; k < Axes; ++k)
                    if (p.window[k] < 1 || p.step[k] < 1 || p.dilation[k] < 1) return false;
                return true;
            }();
            static_assert(positive,
                          "a pool's window, stride and dilation are 1 or more (docs/errors.md#options_of_pool)");
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
