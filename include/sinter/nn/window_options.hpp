// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What pools and convolutions share: the options that say where windows stand, and the windows themselves.

#include <sinter/graph/views.hpp>

namespace sinter {

namespace nn {

/// How far apart windows are: along all axes, or along each.
template <int... Step>
struct stride {
    static constexpr extents steps = list(Step...);
};
/// How far apart the places of a window are, of a convolution or a maximum: along all axes, or along each.
template <int... Step>
struct dilation {
    static constexpr extents dilations = list(Step...);
};
/// Elements of a margin at both ends: of all axes, or of each. Of a pool at most half a window.
template <int... Margin>
struct padding {
    static constexpr extents margins = list(Margin...);
};

}  // namespace nn

namespace detail {

template <class Option>
concept has_steps = requires { Option::steps; };
template <class Option>
concept has_margins = requires { Option::margins; };
template <class Option>
concept has_dilations = requires { Option::dilations; };

constexpr extents window_of(int extent) { return list(extent); }
template <int... Extent>
constexpr extents window_of(shape<Extent...>) {
    return shape<Extent...>::value;
}
/// The numbers of an option, one for all axes or one for each; of another option a 0.
template <class Option>
constexpr extents numbers_of() {
    if constexpr (has_steps<Option>)
        return Option::steps;
    else if constexpr (has_margins<Option>)
        return Option::margins;
    else if constexpr (has_dilations<Option>)
        return Option::dilations;
    else
        return list(0);
}
template <int Axes>
constexpr bool counts_axes(const extents& given) {
    return given.rank == 1 || given.rank == Axes;
}
constexpr extents for_each_axis(const extents& given, int axes) {
    extents all{.rank = axes};
    for (int k = 0; k < axes; ++k) all[k] = given[given.rank == 1 ? 0 : k];
    return all;
}

/// Windows over the leading axes of a value, extents for each axis.
struct window_setting {
    extents window, step, dilation;
    /// From the first place of a window to behind its last one.
    constexpr int span(int k) const { return (window[k] - 1) * dilation[k] + 1; }
};
/// The windows of x over its axes 0 to Axis: axis k becomes axes 2 k, the position, and 2 k + 1, the place.
template <const auto& Setting, int Axis, class Operand>
constexpr auto slide(const Operand& x, source_line line) {
    if constexpr (Axis < 0)
        return x;
    else
        return slide<Setting, Axis - 1>(
            windows<Axis, Setting.window[Axis], Setting.step[Axis], Setting.dilation[Axis]>(x, line), line);
}

}  // namespace detail

}  // namespace sinter
