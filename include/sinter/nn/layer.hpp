// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What every layer is: a number given by the walk, and how a layer gets its parameters while it is traced.
///
/// A layer has `parameter_count` and a call operator on `expr`. It holds no weights: those are leaves of the table,
/// stored in the model. A wrong input is recorded, and the layer's declared output returned, so that one mistake gives
/// one error. A user's layer with parameters derives from `layer`, too: its call operator calls `enter` and asks
/// `trained` for each parameter (examples/06_own_layer.cpp).

#include <sinter/graph/misuse.hpp>

namespace sinter::nn {

struct layer {
    int number = -1;  ///< position in the walk, set by it

    /// Begins a call: false, and a mistake recorded, if this layer was not reached by the walk over the network's
    /// members. `kind`, the output's shape and its FLOPs (a multiplication and an addition are two) are for the
    /// summary.
    constexpr bool enter(builder& graph, source_line line, const char* kind, const extents& output,
                         long long flops) const {
        if (line.value != 0) graph.line = line.value;
        return enter(graph, kind, output, flops);
    }
    /// The same for a layer of the user's, called on x, that knows no line.
    template <class X>
    constexpr bool enter(expr<X> x, const char* kind, const extents& output, long long flops) const {
        return enter(*x.graph, kind, output, flops);
    }
    constexpr bool enter(builder& graph, const char* kind, const extents& output, long long flops) const {
        if (number < 0) {
            graph.fail(not_walked(graph));
            return false;
        }
        graph.layer = number;
        member_record& m = graph.network.members[number];
        m.called = true;
        m.kind = kind;
        m.output = output;
        m.flops += flops;
        return true;
    }

    /// Parameter `index` of this layer, counted from 0 and below its `parameter_count`, as a value to compute with.
    /// `x` is the value that the layer is called on. Files and `net.parameter` say `name`, behind the layer's path.
    /// A layer called twice gets the same parameter, so both calls must ask for one shape. A mistake is recorded.
    template <class Shape, class X>
    constexpr expr<Shape> trained(expr<X> x, int index, const char* name, initial_value initial = {}) const {
        builder& graph = *x.graph;
        const auto refuse = [&](mistake_kind kind, const extents& expected, const extents& found) {
            graph.fail(kind, expected, found);
            return expr<Shape>{&graph, graph.mistaken(x.id, Shape::value)};
        };
        if (number < 0) return refuse(not_walked(graph), {}, {});
        const member_record& m = graph.network.members[number];
        if (index < 0 || index >= m.parameter_count)
            return refuse(mistake_kind::parameter_count_differs, list(m.parameter_count), list(index + 1));
        const parameter_record& known = graph.network.parameters[m.first_parameter + index];
        if (known.name != nullptr && known.shape != Shape::value)
            return refuse(mistake_kind::shared_layer_with_two_widths, known.shape, Shape::value);
        return {&graph, parameter(graph, index, name, Shape::value, initial)};
    }

    /// The leaf of this layer's parameter `index`, or what was given for it. A layer called twice gets the same one.
    /// `filters` as in parameter_record.
    constexpr int parameter(builder& graph, int index, const char* name, const extents& shape, initial_value initial,
                            const extents& filters = {}, int before = 0, bool order_unknown = false) const {
        const int p = graph.network.members[number].first_parameter + index;
        graph.network.parameters[p] = {number, name, shape, initial, filters, before, order_unknown};
        if (graph.given_parameters == nullptr) return graph.leaf(op::parameter, p, shape);
        const int given = graph.given_parameters[p];
        if (graph.shape(given) == shape) return given;
        graph.fail(mistake_kind::parameter_shape_differs, shape, graph.shape(given));
        return graph.mistaken(given, shape);
    }
    /// What is wrong with a layer that the walk did not reach.
    static constexpr mistake_kind not_walked(const builder& graph) {
        return graph.of_function ? mistake_kind::parameters_of_a_function : mistake_kind::layer_is_no_walked_member;
    }

    /// What a layer's call operator with more than one value comes to: `using layer::operator();`.
    template <class Shape, class Second, class... More>
    constexpr expr<Shape> operator()(expr<Shape> x, const Second&, const More&...) const {
        static_assert(sinter::detail::never<Second, More...>,
                      "a layer takes one value: l(x); several are joined before it, l(concat(x, y)) "
                      "(docs/errors.md#too_many_arguments)");
        x.graph->fail(mistake_kind::said_already);
        return x;
    }
};

template <class T>
concept library_layer = std::is_base_of_v<layer, T>;

}  // namespace sinter::nn
