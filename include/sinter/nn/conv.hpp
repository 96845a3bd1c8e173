// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Convolutions: each filter's products with windows that slide over the axes of a sample before its last one.
///
/// A sample is (height, width, channels), or (length, channels). `nn::conv<6, 5>` has 6 filters of 5 × 5,
/// `nn::conv<16, shape<3, 5>{}>` an extent for each axis. Options, PyTorch's with its defaults: nn::stride,
/// nn::padding or nn::same, nn::dilation, nn::groups, nn::without_bias, an initializer. Parameters: weight, in memory
/// (height, width, channels / groups, filters), in files (filters, channels / groups, height, width) as
/// torch.nn.Conv2d's; bias. In a body that has filters already, `convolution<options…>(x, filters)` is the function.
///
/// Convolutions are compositions of `pad`, `windows` and products: no buffer of windows is written, products read
/// through the views (docs/design/0019-contractions-over-axes.md).

#include <sinter/graph/functions.hpp>
#include <sinter/nn/conv_options.hpp>
#include <sinter/nn/image_order.hpp>
#include <sinter/nn/layer.hpp>

namespace sinter {

namespace detail {

template <const conv_setting& Conv, int Axis, class Operand>
constexpr auto with_zeros(const Operand& x, source_line line) {
    if constexpr (Axis < 0)
        return x;
    else if constexpr (Conv.before[Axis] > 0 || Conv.after[Axis] > 0)
        return with_zeros<Conv, Axis - 1>(pad<Axis, Conv.before[Axis], Conv.after[Axis]>(x, line), line);
    else
        return with_zeros<Conv, Axis - 1>(x, line);
}
template <const conv_setting& Conv, int Axis, class Operand>
constexpr auto strided(const Operand& x, source_line line) {
    if constexpr (Axis < 0)
        return x;
    else if constexpr (Conv.step[Axis] > 1)
        return strided<Conv, Axis - 1>(stride<Axis, Conv.step[Axis]>(x, line), line);
    else
        return strided<Conv, Axis - 1>(x, line);
}

/// x with its axes in another order, or under another shape, which are constants.
template <const extents& Order, class Operand, std::size_t... K>
constexpr auto ordered(const Operand& x, source_line line, std::index_sequence<K...>) {
    return transpose<Order.at[K]...>(x, line);
}
template <const extents& Order, class Operand>
constexpr auto ordered(const Operand& x, source_line line) {
    return ordered<Order>(x, line, std::make_index_sequence<static_cast<std::size_t>(Order.rank)>{});
}
template <const extents& Wanted, class Operand, std::size_t... K>
constexpr auto under_shape(const Operand& x, source_line line, std::index_sequence<K...>) {
    return reshape<Wanted.at[K]...>(x, line);
}
template <const extents& Wanted, class Operand>
constexpr auto under_shape(const Operand& x, source_line line) {
    return under_shape<Wanted>(x, line, std::make_index_sequence<static_cast<std::size_t>(Wanted.rank)>{});
}

/// Shapes and orders of a convolution over `Axes` axes of X, by filters of shape W.
template <const conv_setting& Conv, class X, class W>
struct conv_axes {
    static constexpr int axes = X::rank - 1, channels = X::extent(-1), filters = W::extent(-1), read = W::extent(-2);
    static constexpr extents output = convolution_shape(X::value, W::value, Conv).shape;
    /// The leading axes of a list, and other extents behind them.
    static constexpr extents behind(const extents& leading, const extents& more) {
        extents all{.rank = axes};
        for (int k = 0; k < axes; ++k) all[k] = leading[k];
        for (int k = 0; k < more.rank; ++k) all.push(more[k]);
        return all;
    }
    /// Positions, then places, of the axes that `slide` gives, then `more` axes; one of them first, if it is >= 0.
    static constexpr extents places_last(int more, int first) {
        extents order;
        if (first >= 0) order.push(2 * axes + first);
        for (int k = 0; k < axes; ++k) order.push(2 * k);
        for (int k = 0; k < axes; ++k) order.push(2 * k + 1);
        for (int k = 0; k < more; ++k)
            if (k != first) order.push(2 * axes + k);
        return order;
    }
    static constexpr extents matrix = list(read, filters);
    static constexpr extents dense = places_last(1, -1);
    // In groups: channels and filters have an axis of groups, which goes to the front.
    static constexpr extents split = behind(X::value, list(Conv.groups, read));
    static constexpr extents grouped = places_last(2, 0);
    static constexpr extents split_filters = behind(W::value, list(read, Conv.groups, filters / Conv.groups));
    static constexpr extents grouped_filters = [] {
        extents order = list(axes + 1);
        for (int k = 0; k <= axes; ++k) order.push(k);
        order.push(axes + 2);
        return order;
    }();
    static constexpr extents grouped_back = [] {
        extents order;
        for (int k = 1; k <= axes; ++k) order.push(k);
        order.push(0);
        order.push(axes + 1);
        return order;
    }();
    // Depthwise: each channel has its filters.
    static constexpr bool several = filters > channels;
    static constexpr extents split_channels = several ? behind(X::value, list(channels, 1)) : X::value;
    static constexpr extents by_channel = places_last(several ? 2 : 1, -1);
    static constexpr extents filters_by_channel =
        behind(W::value, several ? list(channels, filters / channels) : list(channels));
};

template <class Operand, std::size_t... Axis>
constexpr auto sum_of_places(const Operand& x, source_line line, std::index_sequence<Axis...>) {
    return sum<static_cast<int>(sizeof...(Axis) + Axis)...>(x, line);
}

template <const conv_setting& Conv, class X, class W>
constexpr auto convolve(const X& x, const W& w, source_line line) {
    using a = conv_axes<Conv, shape_of<X>, shape_of<W>>;
    constexpr int last = a::axes - 1;
    if constexpr (Conv.groups == 1 && Conv.is_pointwise()) {
        return tensordot<1>(strided<Conv, last>(with_zeros<Conv, last>(x, line), line), under_shape<a::matrix>(w, line),
                            line);
    } else if constexpr (Conv.groups == 1) {
        const auto windows = ordered<a::dense>(slide<Conv, last>(with_zeros<Conv, last>(x, line), line), line);
        return tensordot<a::axes + 1>(windows, w, line);
    } else if constexpr (Conv.groups == a::channels) {
        const auto channels = with_zeros<Conv, last>(under_shape<a::split_channels>(x, line), line);
        const auto windows = ordered<a::by_channel>(slide<Conv, last>(channels, line), line);
        const auto products = windows * under_shape<a::filters_by_channel>(w, line);
        return under_shape<a::output>(
            sum_of_places(products, line, std::make_index_sequence<static_cast<std::size_t>(a::axes)>{}), line);
    } else {
        const auto parts = with_zeros<Conv, last>(under_shape<a::split>(x, line), line);
        const auto windows = ordered<a::grouped>(slide<Conv, last>(parts, line), line);
        const auto filters = ordered<a::grouped_filters>(under_shape<a::split_filters>(w, line), line);
        const auto sums = checked<op::matmul, attributes<1, a::axes + 1, 0>, shape<>>(line, windows, filters);
        return under_shape<a::output>(ordered<a::grouped_back>(sums, line), line);
    }
}

template <class Filters>
inline constexpr extents window_of_filters = [] {
    extents window{.rank = Filters::rank - 2};
    for (int k = 0; k < window.rank; ++k) window[k] = Filters::extent(k);
    return window;
}();
template <class Filters, class... Option>
inline constexpr conv_setting setting_of_filters =
    conv_of<Option...>(window_of_filters<Filters>, window_of_filters<Filters>.rank);

}  // namespace detail

/// Filters over a sample: x (height, width, channels) and filters (height, width, channels / groups, filters), or both
/// without a height. Options are those of nn::conv but for the bias and how weights start.
template <class... Option, tensor Operand, tensor Filters>
constexpr auto convolution(const Operand& x, const Filters& filters, source_line line = source_line{__builtin_LINE()}) {
    using X = shape_of<Operand>;
    using W = shape_of<Filters>;
    constexpr bool traced = any_traced<Operand, Filters>;
    constexpr bool has_axes = X::rank >= 2 && W::rank == X::rank + 1;
    const auto refuse = [&](mistake_kind kind, const extents& expected, const extents& found) {
        if constexpr (traced) {
            builder& graph = detail::graph_of(x, filters);
            if (line.value != 0) graph.line = line.value;
            graph.fail(kind, expected, found);
        }
    };
    if constexpr (!detail::check_options_of_convolution<false, Option...>()) {
        refuse(mistake_kind::said_already, {}, {});
        return x;
    } else if constexpr (!has_axes) {
        static_assert(traced || has_axes,
                      "convolution(x, filters): x is (height, width, channels) or (length, channels), and filters have "
                      "an axis more, (height, width, channels / groups, filters) "
                      "(docs/errors.md#axes_of_a_convolution)");
        refuse(mistake_kind::axes_of_a_convolution, list(X::rank < 2 ? 2 : X::rank + 1),
               list(X::rank < 2 ? X::rank : W::rank));
        return x;
    } else if constexpr (!detail::check_numbers_of_convolution<X::rank - 1, detail::window_of_filters<W>,
                                                               Option...>()) {
        refuse(mistake_kind::said_already, {}, {});
        return x;
    } else {
        constexpr shaped out = detail::convolution_shape(X::value, W::value, detail::setting_of_filters<W, Option...>);
        constexpr bool fits = out.wrong == mistake_kind::none;
        static_assert(traced || fits,
                      "convolution(x, filters): the operands' shapes do not fit (docs/errors.md#shapes_do_not_fit)");
        if constexpr (!fits) {
            refuse(out.wrong, out.expected, out.found);
            return x;
        } else {
            return detail::as_image(detail::convolve<detail::setting_of_filters<W, Option...>>(x, filters, line));
        }
    }
}

namespace nn {

/// Of samples (height, width, channels), or (length, channels).
template <int Filters, auto Window, class... Option>
struct conv : layer {
    static constexpr bool has_bias = !(std::is_same_v<Option, without_bias> || ...);
    static constexpr int parameter_count = has_bias ? 2 : 1;
    using initial = typename detail::first_initializer<Option...>::type;

    using layer::operator();
    template <class Shape>
    constexpr auto operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const {
        constexpr int axes = Shape::rank - 1;
        builder& graph = *x.graph;
        if constexpr (!sinter::detail::check_options_of_convolution<true, Option...>() ||
                      !sinter::detail::has_filters<Filters>()) {
            graph.fail(mistake_kind::said_already);
            return x;
        } else if constexpr (axes < 1) {
            enter(graph, line, "conv", Shape::value, 0);
            graph.fail(mistake_kind::axes_of_a_convolution, list(2), list(Shape::rank));
            return x;
        } else if constexpr (!sinter::detail::check_numbers_of_convolution<axes, window, Option...>()) {
            graph.fail(mistake_kind::said_already);
            return x;
        } else {
            using shapes = shapes_for<Shape>;
            using result = expr<shape_of_value<shapes::output>>;
            const auto refuse = [&](mistake_kind kind, const extents& expected, const extents& found) {
                graph.fail(kind, expected, found);
                return result{&graph, graph.mistaken(x.id, shapes::output)};
            };
            if (!enter(graph, line, "conv", shapes::output, shapes::flops))
                return result{&graph, graph.mistaken(x.id, shapes::output)};
            if constexpr (shapes::out.wrong != mistake_kind::none) {
                return refuse(shapes::out.wrong, shapes::out.expected, shapes::out.found);
            } else {
                int& known = graph.network.members[number].width;
                if (known >= 0 && known != Shape::extent(-1))
                    return refuse(mistake_kind::shared_layer_with_two_widths, list(known), list(Shape::extent(-1)));
                known = Shape::extent(-1);
                const expr<shape_of_value<shapes::weight>> weight{
                    &graph, parameter(graph, 0, "weight", shapes::weight,
                                      initial::weight(shapes::fan_in, shapes::fan_out), shapes::weight)};
                const auto y = sinter::detail::as_image(sinter::detail::convolve<shapes::setting>(x, weight, line));
                if constexpr (has_bias)
                    return y + expr<shape<Filters>>{
                                   &graph, parameter(graph, 1, "bias", list(Filters), initial::bias(shapes::fan_in))};
                else
                    return y;
            }
        }
    }

private:
    static constexpr extents window = sinter::detail::window_of(Window);
    template <class Shape>
    struct shapes_for {
        static constexpr int axes = Shape::rank - 1;
        static constexpr sinter::detail::conv_setting setting = sinter::detail::conv_of<Option...>(window, axes);
        static constexpr int channels = Shape::extent(-1),
                             read = channels % setting.groups == 0 ? channels / setting.groups : channels;
        static constexpr extents weight = [] {
            extents all = setting.window;
            all.push(read);
            all.push(Filters);
            return all;
        }();
        static constexpr int fan_in = setting.window.size() * read, fan_out = setting.window.size() * Filters;
        static constexpr shaped out = sinter::detail::convolution_shape(Shape::value, weight, setting);
        static constexpr extents output = out.shape;
        static constexpr long long flops = (2LL * fan_in + (has_bias ? 1 : 0)) * output.size();
    };
};

}  // namespace nn

}  // namespace sinter
