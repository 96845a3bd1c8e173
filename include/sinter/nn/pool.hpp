// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Pools: the largest element or the mean of windows that slide over the axes of a sample before its last one.
///
/// A sample is (height, width, channels), or (length, channels). `nn::max_pool<2>` has windows of 2 × 2 side by side;
/// `nn::max_pool<3, nn::stride<2>, nn::padding<1>>` overlapping ones; `nn::max_pool<shape<2, 3>{}>` an extent for each
/// axis. Options are PyTorch's, and so are their defaults: the stride is the window, a margin is no element of a
/// maximum and a zero of a mean. In a body the functions are shorter: `max_pool<2>(x)`. Where elements tie, the first
/// one of the window has the gradient. There is none at NaN, nor of a window that begins in a margin and holds nothing
/// above -infinity.
///
/// Pools are compositions of `windows`, `pad` and reductions (docs/design/0017-views.md).

#include <sinter/graph/functions.hpp>
#include <sinter/nn/image_order.hpp>
#include <sinter/nn/layer.hpp>
#include <sinter/nn/pool_options.hpp>

namespace sinter {

namespace detail {

/// 0, 1, 2, … along an axis that has After more axes behind it.
template <int Count, std::size_t... After>
constexpr auto counted_before(std::index_sequence<After...>) {
    return reshape<Count, static_cast<int>(0 * After + 1)...>(counted<Count>{});
}
template <int Count, int After>
constexpr auto counted_along() {
    return counted_before<Count>(std::make_index_sequence<static_cast<std::size_t>(After)>{});
}

/// x with its margins; behind its end only what windows take. Of windows side by side exactly that, so that nothing has
/// to be continued between the axes when they are put side by side again.
template <const pool_setting& Pool, int Axis, class Operand>
constexpr auto with_margins(const Operand& x, double around, source_line line) {
    if constexpr (Axis < 0) {
        return x;
    } else {
        constexpr int extent = shape_of<Operand>::extent(Axis), behind = Pool.behind(Axis, extent);
        constexpr bool none = Pool.positions(Axis, extent) < 1;  // `windows` says so
        if constexpr (!none && (Pool.margin[Axis] > 0 || behind > 0))
            return with_margins<Pool, Axis - 1>(
                pad<Axis, Pool.margin[Axis], (behind > 0 ? behind : 0)>(x, around, line), around, line);
        else if constexpr (!none && Pool.side_by_side() && behind < 0)
            return with_margins<Pool, Axis - 1>(slice<Axis, 0, extent + behind>(x, line), around, line);
        else
            return with_margins<Pool, Axis - 1>(x, around, line);
    }
}
template <const pool_setting& Pool, class Operand>
constexpr auto windows_of(const Operand& x, double around, source_line line) {
    constexpr int last = Pool.window.rank - 1;
    return slide<Pool, last>(with_margins<Pool, last>(x, around, line), line);
}
/// The place in the window, which has Pool.window.rank axes, counted from 0.
template <const pool_setting& Pool, int Axis = 0>
constexpr auto place_in_window() {
    constexpr int axes = Pool.window.rank, after = 2 * (axes - Axis) - 1;
    const auto own = counted_along<Pool.window[Axis], after>();
    if constexpr (Axis + 1 == axes)
        return own;
    else
        return own * static_cast<double>(Pool.window.size_from(Axis + 1)) + place_in_window<Pool, Axis + 1>();
}
/// How many elements each window holds, of the sample alone, or with its margins too.
template <const pool_setting& Pool, class Positions, class Sample, int Axis = 0>
constexpr auto elements_in_window() {
    constexpr int axes = Pool.window.rank, margin = Pool.padding_counted ? Pool.margin[Axis] : 0;
    const auto begin = counted_along<Positions::extent(Axis), axes - Axis>() * static_cast<double>(Pool.step[Axis]) -
                       static_cast<double>(Pool.margin[Axis]);
    const auto own =
        minimum(begin + static_cast<double>(Pool.window[Axis]), static_cast<double>(Sample::extent(Axis) + margin)) -
        maximum(begin, static_cast<double>(-margin));
    if constexpr (Axis + 1 == axes)
        return own;
    else
        return own * elements_in_window<Pool, Positions, Sample, Axis + 1>();
}
/// Whether each window holds as many elements as it has places.
template <const pool_setting& Pool, class Sample>
constexpr bool windows_are_full() {
    for (int k = 0; k < Pool.window.rank; ++k)
        if (!Pool.padding_counted || Pool.behind(k, Sample::extent(k)) > Pool.margin[k]) return false;
    return true;
}
/// The elements at one place of the windows, by its number.
template <const pool_setting& Pool, int Number, int Axis = 0, class Windows>
constexpr auto slice_of_place(const Windows& w, source_line line) {
    if constexpr (Axis == Pool.window.rank) {
        return w;
    } else {
        constexpr int place = Number / Pool.window.size_from(Axis + 1) % Pool.window[Axis];
        return slice_of_place<Pool, Number, Axis + 1>(slice<2 * Axis + 1, place, place + 1>(w, line), line);
    }
}
template <class Operand, int... Extent>
constexpr auto shaped_as(const Operand& x, shape<Extent...>, source_line line) {
    return reshape<Extent...>(x, line);
}
/// `value(k)` of the first place k that holds the largest element, from Number on; 0 where none does.
template <const pool_setting& Pool, int Number, class Windows, class Largest, class Value>
constexpr auto at_first(const Windows& w, const Largest& largest, const Value& value, source_line line) {
    const auto here = shaped_as(slice_of_place<Pool, Number>(w, line), shape_of<Largest>{}, line);
    const auto chosen = value(here, std::integral_constant<int, Number>{});
    if constexpr (Number + 1 == Pool.places())
        return select(equal(here, largest, line), chosen, 0.0, line);
    else
        return select(equal(here, largest, line), chosen, at_first<Pool, Number + 1>(w, largest, value, line), line);
}

/// The maximum of the places of windows, with the gradient of a value that picks the first largest one.
template <const pool_setting& Pool, class Operand, std::size_t... Axis>
constexpr auto pool_maximum(const Operand& x, source_line line, std::index_sequence<Axis...>) {
    const auto w = windows_of<Pool>(x, -__builtin_inf(), line);
    const auto largest = (max<static_cast<int>(2 * Axis + 1)...>)(w, keep_extents, line);
    const auto value = (max<static_cast<int>(2 * Axis + 1)...>)(w, line);
    // Places count down, so that the first of several largest elements has the largest number.
    constexpr int places = Pool.places();
    const auto countdown = static_cast<double>(places) - place_in_window<Pool>();
    const auto of_first = [&](const auto& first) {
        return with_gradient_of(
            value, sum<static_cast<int>(2 * Axis + 1)...>(select(equal(countdown, first, line), w, 0.0, line), line),
            line);
    };
    if constexpr (Pool.is_small() && Pool.side_by_side()) {
        // Backwards the adjoint goes from place to place, until one takes it.
        return with_gradient_of(value,
                                at_first<Pool, 0>(w, value, [](const auto& here, auto) { return here; }, line), line);
    } else if constexpr (Pool.is_small()) {
        const auto first = at_first<Pool, 0>(
            w, value, [](const auto&, auto number) { return static_cast<double>(Pool.places() - number()); }, line);
        return of_first(shaped_as(first, shape_of<decltype(largest)>{}, line));
    } else {
        return of_first((max<static_cast<int>(2 * Axis + 1)...>)(select(equal(w, largest, line), countdown, 0.0, line),
                                                                 keep_extents, line));
    }
}
template <const pool_setting& Pool, class Operand, std::size_t... Axis>
constexpr auto pool_mean(const Operand& x, source_line line, std::index_sequence<Axis...>) {
    const auto all = sum<static_cast<int>(2 * Axis + 1)...>(windows_of<Pool>(x, 0.0, line), line);
    if constexpr (windows_are_full<Pool, shape_of<Operand>>())
        return all * (1.0 / Pool.places());
    else
        return all / elements_in_window<Pool, shape_of<decltype(all)>, shape_of<Operand>>();
}
template <class Operand, std::size_t... Axis>
constexpr auto pool_all(const Operand& x, source_line line, std::index_sequence<Axis...>) {
    return mean<static_cast<int>(Axis)...>(x, line);
}
template <class Operand>
using pooled_axes =
    std::make_index_sequence<(rank_of<Operand> > 1 ? static_cast<std::size_t>(rank_of<Operand>) - 1 : 0)>;

template <class Operand>
constexpr auto refused_pool(const Operand& x) {
    if constexpr (any_traced<Operand>) x.graph->fail(mistake_kind::said_already);
    return x;
}
template <int Axes, auto Window, class... Option>
inline constexpr pool_setting pool_setting_of = pool_of<Window, Option...>(Axes);

}  // namespace detail

/// The largest element of each window: max_pool<2>(x), max_pool<3, nn::stride<2>, nn::padding<1>>(x).
template <auto Window, class... Option, tensor Operand>
constexpr auto max_pool(const Operand& x, source_line line = source_line{__builtin_LINE()}) {
    constexpr int axes = detail::rank_of<Operand> - 1;
    if constexpr (!detail::check_pool<axes, false, Window, Option...>())
        return detail::refused_pool(x);
    else
        return detail::as_image(detail::pool_maximum<detail::pool_setting_of<axes, Window, Option...>>(
            x, line, detail::pooled_axes<Operand>{}));
}
/// The mean of each window.
template <auto Window, class... Option, tensor Operand>
constexpr auto average_pool(const Operand& x, source_line line = source_line{__builtin_LINE()}) {
    constexpr int axes = detail::rank_of<Operand> - 1;
    if constexpr (!detail::check_pool<axes, true, Window, Option...>())
        return detail::refused_pool(x);
    else
        return detail::as_image(detail::pool_mean<detail::pool_setting_of<axes, Window, Option...>>(
            x, line, detail::pooled_axes<Operand>{}));
}
/// The mean of each channel: over all axes but the last.
template <tensor Operand>
constexpr auto global_average_pool(const Operand& x, source_line line = source_line{__builtin_LINE()}) {
    if constexpr (!detail::check_pool<detail::rank_of<Operand> - 1, true, 1>())
        return detail::refused_pool(x);
    else
        return detail::pool_all(x, line, detail::pooled_axes<Operand>{});
}

namespace nn {

template <auto Window, class... Option>
struct max_pool : layer {
    static constexpr int parameter_count = 0;
    using layer::operator();
    template <class Shape>
    constexpr auto operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const {
        using output = typename decltype(sinter::max_pool<Window, Option...>(x, line))::shape_type;
        if (number >= 0) enter(*x.graph, line, "max_pool", output::value, places<Shape> * output::size);
        return sinter::max_pool<Window, Option...>(x, line);
    }

private:
    template <class Shape>
    static constexpr long long places = sinter::detail::pool_of<Window, Option...>(Shape::rank - 1).places();
};
template <auto Window, class... Option>
struct average_pool : layer {
    static constexpr int parameter_count = 0;
    using layer::operator();
    template <class Shape>
    constexpr auto operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const {
        using output = typename decltype(sinter::average_pool<Window, Option...>(x, line))::shape_type;
        if (number >= 0) enter(*x.graph, line, "average_pool", output::value, places<Shape> * output::size);
        return sinter::average_pool<Window, Option...>(x, line);
    }

private:
    template <class Shape>
    static constexpr long long places = sinter::detail::pool_of<Window, Option...>(Shape::rank - 1).places();
};
struct global_average_pool : layer {
    static constexpr int parameter_count = 0;
    using layer::operator();
    template <class Shape>
    constexpr auto operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const {
        using output = typename decltype(sinter::global_average_pool(x, line))::shape_type;
        if (number >= 0) enter(*x.graph, line, "global_average_pool", output::value, Shape::size);
        return sinter::global_average_pool(x, line);
    }
};

}  // namespace nn

}  // namespace sinter
