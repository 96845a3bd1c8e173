// SPDX-License-Identifier: BSL-1.0
#pragma once

/// linear<Outputs, Options...>: y = x W + b, W of shape (inputs, outputs).
///
/// The number of inputs is that of the value it is called on. Options, in any order: an initializer
/// (nn/initialize.hpp), `inputs<N>` to declare the number of inputs, `without_bias`. Parameters: weight, bias; in files
/// weight is (outputs, inputs), as torch.nn.Linear stores it.

#include <sinter/graph/functions.hpp>
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

template <int Outputs, class... Options>
struct linear : layer {
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
    constexpr expr<shape<Outputs>> operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const {
        builder& graph = *x.graph;
        const auto refuse = [&](mistake_kind kind, int expected, int found) {
            graph.fail(kind, list(expected), list(found));
            return expr<shape<Outputs>>{&graph, graph.mistaken(x.id, list(Outputs))};
        };
        constexpr long long flops = 2LL * Shape::size * Outputs + (has_bias ? Outputs : 0);
        if (!enter(graph, line, "linear", list(Outputs), flops)) return {&graph, graph.mistaken(x.id, list(Outputs))};
        if constexpr (Shape::rank != 1) {
            return refuse(mistake_kind::flatten_is_missing, 1, Shape::rank);
        } else {
            constexpr int width = Shape::size;
            int& known = graph.network.members[number].width;
            if (declared > 0 && declared != width) return refuse(mistake_kind::inner_extents_differ, declared, width);
            if (known >= 0 && known != width) return refuse(mistake_kind::shared_layer_with_two_widths, known, width);
            known = width;
            const int w = parameter(graph, 0, "weight", list(width, Outputs), initial::weight(width, Outputs), true);
            const int y = graph.matmul(x.id, w);
            if constexpr (has_bias)
                return {&graph,
                        graph.record(op::add, {y, parameter(graph, 1, "bias", list(Outputs), initial::bias(width))})};
            else
                return {&graph, y};
        }
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
