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
struct without_bias {};

namespace detail {
template <class Option>
concept an_initializer = std::is_base_of_v<initializer, Option>;

template <class... Option>
struct first_initializer {
    using type = framework_default;
};
template <class First, class... Rest>
struct first_initializer<First, Rest...> : first_initializer<Rest...> {};
template <an_initializer First, class... Rest>
struct first_initializer<First, Rest...> {
    using type = First;
};

template <class Option>
constexpr int declared_inputs() {
    if constexpr (requires { Option::declared_inputs; })
        return Option::declared_inputs;
    else
        return 0;
}
}  // namespace detail

template <int Outputs, class... Options>
struct linear : layer {
    static constexpr bool has_bias = !(std::is_same_v<Options, without_bias> || ...);
    static constexpr int declared = (0 + ... + detail::declared_inputs<Options>());
    static constexpr int parameter_count = has_bias ? 2 : 1;
    using initial = typename detail::first_initializer<Options...>::type;

    template <class Shape>
    constexpr expr<shape<Outputs>> operator()(expr<Shape> x, int line = __builtin_LINE()) const {
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
            if (declared != 0 && declared != width) return refuse(mistake_kind::inner_extents_differ, declared, width);
            if (known >= 0 && known != width) return refuse(mistake_kind::shared_layer_with_two_widths, known, width);
            known = width;
            const int w = parameter(graph, 0, "weight", list(width, Outputs), initial::weight(width, Outputs), true);
            const int y = graph.matmul(x.id, w);
            if constexpr (has_bias)
                return {&graph,
                        graph.record(op::add, y, parameter(graph, 1, "bias", list(Outputs), initial::bias(width)))};
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
