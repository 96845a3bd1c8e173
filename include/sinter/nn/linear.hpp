// SPDX-License-Identifier: BSL-1.0
#pragma once

/// linear<Outputs, Options...>: y = x W + b along the last axis, W of shape (inputs, outputs).
///
/// The number of inputs is the last extent of the value it is called on. Options, in any order: an initializer
/// (nn/initialize.hpp), `inputs<N>` to declare the number of inputs, `without_bias`. Parameters: weight, bias; in files
/// weight is (outputs, inputs), as torch.nn.Linear stores it; behind a flattened image its columns are in the order in
/// which PyTorch flattens one (nn/image_order.hpp).

#include <sinter/graph/functions.hpp>
#include <sinter/nn/image_order.hpp>
#include <sinter/nn/initialize.hpp>
#include <sinter/nn/layer.hpp>

namespace sinter::nn {

template <int Count>
struct inputs {
    static constexpr int declared_inputs = Count;
};

namespace detail {
template <class Option>
concept declares_inputs = requires { Option::declared_inputs; };
template <class Option>
concept option_of_linear = an_initializer<Option> || declares_inputs<Option> || std::is_same_v<Option, without_bias>;

template <class Option>
constexpr int declared_inputs() {
    if constexpr (declares_inputs<Option>)
        return Option::declared_inputs;
    else
        return 0;
}
/// One error for an option that is none; the compiler prints its name.
template <class Option>
consteval bool check_option() {
    constexpr bool known = option_of_linear<Option>;
    static_assert(known,
                  "linear<N, options…>: an option is an initializer (nn::he_normal, or a struct derived from "
                  "nn::initializer that has weight(fan_in, fan_out)), nn::inputs<M> or nn::without_bias "
                  "(docs/errors.md#options_of_linear)");
    static_assert(!declares_inputs<Option> || declared_inputs<Option>() > 0,
                  "linear<N, inputs<M>>: M, the number of inputs, is positive (docs/errors.md#options_of_linear)");
    return true;
}
template <int Initializers, int Inputs, int Biases>
consteval bool check_counts() {
    static_assert(Initializers <= 1, "linear<N, options…>: one initializer at most (docs/errors.md#options_of_linear)");
    static_assert(Inputs <= 1, "linear<N, options…>: nn::inputs<M> once at most (docs/errors.md#options_of_linear)");
    static_assert(Biases <= 1, "linear<N, options…>: nn::without_bias once at most (docs/errors.md#options_of_linear)");
    return true;
}
}  // namespace detail

namespace detail {
/// The last extent becomes another; of a number it is the only one.
template <class Shape, int Last>
inline constexpr extents with_last = [] {
    extents e = Shape::value;
    e.rank = e.rank == 0 ? 1 : e.rank;
    e[e.rank - 1] = Last;
    return e;
}();
}  // namespace detail

template <int Outputs, class... Options>
struct linear : layer {
    template <class Shape>
    using output_of = shape_of_value<detail::with_last<Shape, Outputs>>;
    static constexpr int declared_times = (0 + ... + int{detail::declares_inputs<Options>}),
                         declared = declared_times > 1 ? 0 : (0 + ... + detail::declared_inputs<Options>());
    static constexpr int without_bias_times = (0 + ... + int{std::is_same_v<Options, without_bias>});
    static constexpr bool has_bias = without_bias_times == 0;
    static_assert(
        detail::check_counts<(0 + ... + int{detail::an_initializer<Options>}), declared_times, without_bias_times>());
    static_assert((detail::check_option<Options>() && ...));
    static constexpr int parameter_count = has_bias ? 2 : 1;
    using initial = typename detail::first_initializer<Options...>::type;

    using layer::operator();
    template <class Shape>
    constexpr expr<output_of<Shape>> operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const {
        using result = expr<output_of<Shape>>;
        constexpr extents output = output_of<Shape>::value;
        builder& graph = *x.graph;
        const auto refuse = [&](mistake_kind kind, int expected, int found) {
            graph.fail(kind, list(expected), list(found));
            return result{&graph, graph.mistaken(x.id, output)};
        };
        constexpr int width = Shape::value.last();
        constexpr long long flops = (2LL * width + (has_bias ? 1 : 0)) * output.size();
        if (!enter(graph, line, "linear", output, flops)) return result{&graph, graph.mistaken(x.id, output)};
        if constexpr (Shape::rank == 0) {
            return refuse(mistake_kind::flatten_is_missing, 1, 0);
        } else {
            int& known = graph.network.members[number].width;
            if (declared > 0 && declared != width) return refuse(mistake_kind::inner_extents_differ, declared, width);
            if (known >= 0 && known != width) return refuse(mistake_kind::shared_layer_with_two_widths, known, width);
            known = width;
            const int w = graph.network.images.size() > 0 ? weight_behind_image<width>(graph, x.id)
                                                          : weight<width>(graph, list(width, Outputs));
            const int y = graph.matmul(x.id, w);
            if constexpr (has_bias)
                return {&graph,
                        graph.record(op::add, {y, parameter(graph, 1, "bias", list(Outputs), initial::bias(width))})};
            else
                return {&graph, y};
        }
    }

private:
    template <int Width>
    constexpr int weight(builder& graph, const extents& filters, int before = 0, bool order_unknown = false) const {
        return parameter(graph, 0, "weight", list(Width, Outputs), initial::weight(Width, Outputs), filters, before,
                         order_unknown);
    }
    /// The columns of a matrix that reads a flattened image are its places and channels. One that is called twice, on
    /// different orders, has none.
    template <int Width>
    constexpr int weight_behind_image(builder& graph, int x) const {
        const sinter::detail::order_of_image read = sinter::detail::image_orders{graph}.of(x);
        extents filters = list(Width);
        if (read.order == sinter::detail::image_order::flattened) filters = graph.shape(read.image);
        filters.push(Outputs);
        const parameter_record& known = graph.network.parameters[graph.network.members[number].first_parameter];
        const bool another =
            known.name != nullptr && (known.order_unknown || known.filters != filters || known.before != read.before);
        return weight<Width>(graph, filters, read.before,
                             another || read.order == sinter::detail::image_order::unknown);
    }
};

namespace detail {
template <int Outputs>
struct refused_outputs {
    static consteval bool raise() {
        static_assert(Outputs > 0,
                      "linear<N>: N, the number of outputs, is at least 1 (docs/errors.md#linear_without_outputs)");
        return true;
    }
};
}  // namespace detail

/// Refused, and then a layer of two outputs, so that nothing follows from it.
template <int Outputs, class... Options>
    requires(Outputs < 1)
struct linear<Outputs, Options...> : linear<2, Options...> {
    static constexpr int parameter_count =
        detail::refused_outputs<Outputs>::raise() ? linear<2, Options...>::parameter_count : 0;
};

}  // namespace sinter::nn
