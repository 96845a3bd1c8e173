// SPDX-License-Identifier: BSL-1.0
#pragma once

/// convolution<options…>(x, filters): each filter's products with windows that slide over the axes of x before its last
/// one. What nn::conv computes before its bias.
///
/// A composition of `pad`, `windows` and one product: no buffer of windows is written, products read through the views
/// (docs/design/0020-convolutions.md). It is recorded node by node, and not by the functions of the same
/// names, so that a convolution is one instantiation and a test can make thousands at run time.

#include <sinter/graph/functions.hpp>
#include <sinter/nn/conv_options.hpp>
#include <sinter/nn/image_order.hpp>

namespace sinter {

namespace detail {

/// The nodes of a convolution of x (places…, channels) by filters w (window…, channels / groups, filters), whose window
/// is the setting's. Shapes fit, as convolution_shape says.
class convolution_writer {
public:
    constexpr convolution_writer(builder& graph, const conv_setting& setting)
        : graph_{graph}, c_{setting}, axes_{setting.window.rank} {}

    constexpr int write(int x, int w) {
        const extents sample = graph_.shape(x), filters = graph_.shape(w);
        const int read = filters[axes_], count = filters.last();
        if (c_.groups == 1 && c_.window.size() == 1)
            return graph_.product(strided(padded(x)), graph_.reshape(w, list(read, count)), {});
        if (c_.groups == 1) return graph_.product(windows(padded(x), 1), w, {.batch = 0, .depth = axes_ + 1});
        extents result = convolution_shape(sample, filters, c_).shape;
        return graph_.reshape(
            c_.groups == sample.last() ? by_channel(x, w, count / c_.groups) : in_groups(x, w, read, count / c_.groups),
            result);
    }

private:
    /// The axes of a shape but for its last ones, and others behind them.
    constexpr extents leading(int of, const extents& more) const {
        extents all = graph_.shape(of);
        all.rank = axes_;
        for (int k = 0; k < more.rank; ++k) all.push(more[k]);
        return all;
    }
    constexpr int padded(int x) const {
        for (int k = axes_ - 1; k >= 0; --k) {
            if (c_.before[k] == 0 && c_.after[k] == 0) continue;
            extents wide = graph_.shape(x);
            wide[k] += c_.before[k] + c_.after[k];
            x = graph_.record(op::pad, {x}, list(k, c_.before[k]), wide);
        }
        return x;
    }
    constexpr int strided(int x) const {
        for (int k = 0; k < axes_; ++k)
            if (c_.step[k] > 1) x = graph_.record(op::stride, {x}, list(k, c_.step[k]));
        return x;
    }
    /// Positions, then places in the window, then the `more` axes of x behind its places; of these one goes to the
    /// front of all, where `first` >= 0 names it.
    constexpr int windows(int x, int more, int first = -1) const {
        for (int k = axes_ - 1; k >= 0; --k)
            x = graph_.record(op::windows, {x}, list(k, c_.window[k], c_.step[k], c_.dilation[k]));
        extents order;
        if (first >= 0) order.push(2 * axes_ + first);
        for (int k = 0; k < axes_; ++k) order.push(2 * k);
        for (int k = 0; k < axes_; ++k) order.push(2 * k + 1);
        for (int k = 0; k < more; ++k)
            if (k != first) order.push(2 * axes_ + k);
        return graph_.record(op::transpose, {x}, order);
    }
    /// Groups are the batch of one product. They split the channels before there are windows: a reshape of windows
    /// would be a copy.
    constexpr int in_groups(int x, int w, int read, int count) const {
        const int parts = windows(padded(graph_.reshape(x, leading(x, list(c_.groups, read)))), 2, 0);
        const int split = graph_.reshape(w, leading(w, list(read, c_.groups, count)));
        extents to_front = list(axes_ + 1), back;
        for (int k = 0; k <= axes_; ++k) to_front.push(k);
        to_front.push(axes_ + 2);
        for (int k = 1; k <= axes_; ++k) back.push(k);
        back.push(0);
        back.push(axes_ + 1);
        const int filters = graph_.record(op::transpose, {split}, to_front);
        return graph_.record(op::transpose, {graph_.product(parts, filters, {.batch = 1, .depth = axes_ + 1})}, back);
    }
    /// Where a group is a channel there is nothing to sum but places: with one filter each, the channels are the batch
    /// of a product; else products element by element.
    constexpr int by_channel(int x, int w, int count) const {
        const extents channels = count == 1 ? list(c_.groups) : list(c_.groups, 1);
        const int one = graph_.reshape(x, leading(x, channels));
        const int filters = graph_.reshape(w, leading(w, count == 1 ? channels : list(c_.groups, count)));
        if (count == 1) {
            extents to_front = list(axes_), back;
            for (int k = 0; k < axes_; ++k) to_front.push(k), back.push(k + 1);
            back.push(0);
            const int turned = graph_.record(op::transpose, {filters}, to_front);
            const int product = graph_.product(windows(padded(one), 1, 0), turned, {.batch = 1, .depth = axes_});
            return graph_.record(op::transpose, {product}, back);
        }
        const int parts = windows(padded(one), channels.rank);
        extents places = list(0);
        for (int k = 0; k < axes_; ++k) places.push(axes_ + k);
        return graph_.sum(graph_.record(op::multiply, {parts, filters}), places);
    }

    builder& graph_;
    const conv_setting& c_;
    int axes_;
};

template <class Filters>
inline constexpr extents window_of_filters = [] {
    extents window{.rank = Filters::rank - 2};
    for (int k = 0; k < window.rank; ++k) window[k] = Filters::extent(k);
    return window;
}();
template <class Filters, class... Option>
inline constexpr conv_setting setting_of_filters =
    conv_of<Option...>(window_of_filters<Filters>, window_of_filters<Filters>.rank);

/// A convolution of free expressions.
template <const conv_setting& Setting, class Shape, class Operand, class Filters>
struct convolution_expression : carrier,
                                operands<std::is_empty_v<Operand> && std::is_empty_v<Filters>, Operand, Filters> {
    using shape_type = Shape;
    static constexpr bool traced = false;

    constexpr int lower_into(builder& graph) const {
        return this->with([&](const auto& x, const auto& filters) {
            const int sample = lower(graph, x);
            return convolution_writer(graph, Setting).write(sample, lower(graph, filters));
        });
    }
};
template <const conv_setting& Setting, class Shape, class Operand, class Filters>
constexpr auto convolve(const Operand& x, const Filters& filters, source_line line) {
    if constexpr (any_traced<Operand, Filters>) {
        builder& graph = graph_of(x, filters);
        if (line.value != 0) graph.line = line.value;
        const int first = lower(graph, x), id = convolution_writer(graph, Setting).write(first, lower(graph, filters));
        // The type knows nothing of rows: where they make the operation impossible, the node gets the type's shape.
        return as_image(expr<Shape>{&graph, graph.shape(id) == Shape::value ? id : graph.mistaken(id, Shape::value)});
    } else if constexpr (std::is_empty_v<Operand> && std::is_empty_v<Filters>) {
        return convolution_expression<Setting, Shape, Operand, Filters>{};
    } else {
        return convolution_expression<Setting, Shape, Operand, Filters>{{}, {x, filters}};
    }
}
template <class Operand, class Filters, class... Option>
inline constexpr shaped convolved = convolution_shape(shape_of<Operand>::value, shape_of<Filters>::value,
                                                      setting_of_filters<shape_of<Filters>, Option...>);
template <class Operand, class Filters, class... Option>
inline constexpr extents convolved_extents = convolved<Operand, Filters, Option...>.shape;

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
            return detail::convolve<detail::setting_of_filters<W, Option...>,
                                    shape_of_value<detail::convolved_extents<Operand, Filters, Option...>>>(x, filters,
                                                                                                            line);
        }
    }
}

}  // namespace sinter
