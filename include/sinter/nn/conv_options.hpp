// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a convolution may be told, and what it then computes: options as types → numbers for each axis, or an error
/// that names the option. nn/window_options.hpp has those that pools share, nn/conv.hpp says what convolutions are.

#include <sinter/graph/mistake.hpp>
#include <sinter/graph/shape_rules.hpp>
#include <sinter/nn/initialize.hpp>
#include <sinter/nn/window_options.hpp>

namespace sinter {

namespace nn {

/// Margins that give each element a window of its own, torch's padding='same'; of an even window the one behind the
/// end has an element more. Strides are 1.
struct same {};
/// Channels and filters in so many parts, each of which sees nothing of the others; as many as channels is depthwise.
template <int Count>
struct groups {
    static constexpr int group_count = Count;
};

}  // namespace nn

namespace detail {

template <class Option>
concept has_groups = requires { Option::group_count; };
template <class Option>
inline constexpr bool is_same = std::is_same_v<Option, nn::same>;

/// What a convolution slides over the axes before the last one, extents for each.
struct conv_setting : window_setting {
    extents before, after;  // margins
    int groups = 1;
    bool same = false;
    constexpr int positions(int k, int extent) const {
        const int free = extent + before[k] + after[k] - span(k);
        return free < 0 ? 0 : free / step[k] + 1;
    }
    constexpr bool is_pointwise() const { return window.size() == 1; }
};
/// `window` has one number for all axes, or one for each.
template <class... Option>
constexpr conv_setting conv_of(const extents& window, int axes) {
    conv_setting c;
    c.window = for_each_axis(window, axes);
    c.step = c.dilation = for_each_axis(list(1), axes);
    c.before = c.after = for_each_axis(list(0), axes);
    [[maybe_unused]] const auto read = [&](auto option) {
        using type = decltype(option);
        if constexpr (has_steps<type>) c.step = for_each_axis(type::steps, axes);
        if constexpr (has_margins<type>) c.before = c.after = for_each_axis(type::margins, axes);
        if constexpr (has_dilations<type>) c.dilation = for_each_axis(type::dilations, axes);
        if constexpr (has_groups<type>) c.groups = type::group_count;
        if constexpr (is_same<type>) c.same = true;
    };
    (read(Option{}), ...);
    if (c.same)
        for (int k = 0; k < axes; ++k) {
            c.before[k] = (c.span(k) - 1) / 2;
            c.after[k] = c.span(k) - 1 - c.before[k];
        }
    return c;
}

/// The shape of the result of filters over a sample, or what is wrong; the setting's window is that of the filters.
constexpr shaped convolution_shape(const extents& x, const extents& filters, const conv_setting& c) {
    const int axes = x.rank - 1, channels = x.last(), all = filters.last(), read = filters[filters.rank - 2];
    shaped out;
    for (int k = 0; k < axes; ++k) {
        const int positions = c.positions(k, x[k]);
        if (positions < 1)
            out.fail(mistake_kind::window_out_of_range, list(x[k] + c.before[k] + c.after[k]), list(c.span(k)));
        out.shape.push(positions < 1 ? 1 : positions);
    }
    out.shape.push(all);
    if (channels % c.groups != 0 || all % c.groups != 0)
        out.fail(mistake_kind::groups_do_not_divide, list(c.groups), list(channels, all));
    else if (channels / c.groups != read)
        out.fail(mistake_kind::inner_extents_differ, list(read), list(channels / c.groups));
    return out;
}

/// One error for an option that is none; the compiler prints its name.
template <class Option, bool IsLayer>
consteval bool check_option_of_convolution() {
    constexpr bool of_layer = nn::detail::an_initializer<Option> || std::is_same_v<Option, nn::without_bias>;
    constexpr bool known = has_steps<Option> || has_margins<Option> || has_dilations<Option> || has_groups<Option> ||
                           is_same<Option> || (IsLayer && of_layer);
    static_assert(known,
                  "a convolution's options are nn::stride<…>, nn::padding<…> or nn::same, nn::dilation<…>, "
                  "nn::groups<G>, and of nn::conv an initializer (nn::he_normal) and nn::without_bias "
                  "(docs/errors.md#options_of_convolution)");
    return known;
}
template <int Axes, const extents& Window, class... Option>
consteval bool check_numbers_of_convolution() {
    constexpr bool counted = (counts_axes<Axes>(Window) && ... && counts_axes<Axes>(numbers_of<Option>()));
    static_assert(counted,
                  "a convolution's window, stride, padding and dilation are one number for all axes before the last "
                  "one, or one for each (docs/errors.md#options_of_convolution)");
    if constexpr (!counted) {
        return false;
    } else {
        constexpr conv_setting c = conv_of<Option...>(Window, Axes);
        constexpr bool sound = [&] {
            for (int k = 0; k < Axes; ++k)
                if (c.window[k] < 1 || c.step[k] < 1 || c.dilation[k] < 1 || c.before[k] < 0) return false;
            return c.groups > 0;
        }();
        static_assert(sound,
                      "a convolution's window, stride, dilation and groups are 1 or more, its padding 0 or more "
                      "(docs/errors.md#options_of_convolution)");
        constexpr bool strided = c.step.size() != 1;
        constexpr bool fits_same = !c.same || !(strided || (has_margins<Option> || ...));
        static_assert(fits_same,
                      "nn::same chooses the margins for a stride of 1; with another stride write nn::padding<…> alone "
                      "(docs/errors.md#options_of_convolution)");
        return sound && fits_same;
    }
}
template <int Filters>
consteval bool has_filters() {
    static_assert(
        Filters > 0,
        "nn::conv<Filters, Window>: the number of filters is at least 1 (docs/errors.md#options_of_convolution)");
    return Filters > 0;
}
template <bool IsLayer, class... Option>
consteval bool check_options_of_convolution() {
    if constexpr (!(check_option_of_convolution<Option, IsLayer>() && ...)) {
        return false;
    } else {
        constexpr bool once = (0 + ... + int{has_steps<Option>}) <= 1 && (0 + ... + int{has_margins<Option>}) <= 1 &&
                              (0 + ... + int{has_dilations<Option>}) <= 1 && (0 + ... + int{has_groups<Option>}) <= 1 &&
                              (0 + ... + int{is_same<Option>}) <= 1 &&
                              (0 + ... + int{nn::detail::an_initializer<Option>}) <= 1 &&
                              (0 + ... + int{std::is_same_v<Option, nn::without_bias>}) <= 1;
        static_assert(once, "a convolution has each option once at most (docs/errors.md#options_of_convolution)");
        return once;
    }
}

}  // namespace detail

}  // namespace sinter
