// SPDX-License-Identifier: BSL-1.0
#pragma once

/// sequential<input<…>, Layers...>: a network that is a chain.
///
/// Name it by derivation, so that symbols and errors stay short:
///     struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};
/// Layers are library layers, networks, or any type with a call operator. Members are numbered from 0, as in
/// torch.nn.Sequential: `0.weight`. Chains are walked by halves: a thousand layers are ten levels deep.

#include <sinter/nn/layer.hpp>

namespace sinter::nn {

/// The shape of one sample.
template <int... Extent>
struct input {
    using shape_type = shape<Extent...>;
};

namespace detail {

template <std::size_t Index, class Layer>
struct chain_link {
    Layer layer;
};
template <std::size_t Index, class Layer>
constexpr const Layer& link_at(const chain_link<Index, Layer>& link) {
    return link.layer;
}
template <std::size_t Index, class Layer>
constexpr Layer& link_at(chain_link<Index, Layer>& link) {
    return link.layer;
}

template <class Indices, class... Layer>
struct chain_links;
template <std::size_t... Index, class... Layer>
struct chain_links<std::index_sequence<Index...>, Layer...> : chain_link<Index, Layer>... {};

}  // namespace detail

/// The position of a layer in its chain, for messages.
template <int Position>
struct at_position;

namespace detail {
/// What a functor of a chain gives for x; x itself where it cannot be called, and an error says which layer it is.
template <class Position, class Layer, class Shape>
constexpr auto call_functor(const Layer& layer, expr<Shape> x) {
    if constexpr (!requires { layer(x); }) {
        x.graph->fail(mistake_kind::said_already);
        static_assert(
            requires { layer(x); },
            "a layer of a sequential has `constexpr auto operator()(auto x) const`, which can be called on a "
            "tensor; if an error above this one names a line of it, that is the cause (docs/errors.md#no_body)");
        return x;
    } else if constexpr (!tensor<decltype(layer(x))>) {
        x.graph->fail(mistake_kind::said_already);
        constexpr bool returns_a_tensor = tensor<decltype(layer(x))>;
        static_assert(returns_a_tensor,
                      "a layer of a sequential returns one tensor; write `return`, and the tensor itself "
                      "(docs/errors.md#body_returns_no_tensor)");
        return x;
    } else {
        return layer(x);
    }
}
}  // namespace detail

template <class Input = void, class... Layer>
struct sequential : detail::chain_links<std::index_sequence_for<Layer...>, Layer...> {
    using input = typename Input::shape_type;
    static constexpr std::size_t layer_count = sizeof...(Layer);
    int number = -1;

    template <class Shape>
    constexpr auto operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const {
        builder& graph = *x.graph;
        if (line.value != 0) graph.line = line.value;
        expr<input> start{&graph, x.id};
        if constexpr (!std::is_same_v<Shape, input>) {
            graph.layer = number;
            graph.fail(mistake_kind::input_shape_differs, input::value, Shape::value);
            start.id = graph.mistaken(x.id, input::value);
        }
        return call<0, layer_count>(start, line);
    }

    template <class Shape, class Second, class... More>
    constexpr auto operator()(expr<Shape> x, const Second&, const More&...) const {
        static_assert(sinter::detail::never<Second, More...>,
                      "a network takes one value: net(x); several are joined before it, net(concat(x, y)) "
                      "(docs/errors.md#too_many_arguments)");
        return (*this)(x, unknown_line);
    }

    /// Calls visit(layer, index) for each layer in order.
    template <class Visit>
    constexpr void for_each_member(Visit visit) {
        visit_range<0, layer_count>(visit);
    }

private:
    template <std::size_t First, std::size_t Count, class Shape>
    constexpr auto call(expr<Shape> x, source_line line) const {
        if constexpr (Count == 0) {
            return x;
        } else if constexpr (Count == 1) {
            const auto& step = detail::link_at<First>(*this);
            // Only layers and chains, which have a number, are told the line: a functor would take it for a value.
            if constexpr (requires {
                              step.number;
                              step(x, line);
                          }) {
                return step(x, line);
            } else if constexpr (requires {
                                     step.number;
                                     step(x);
                                 }) {  // a layer of the user's own, which knows no line
                return step(x);
            } else {  // a functor, which the walk knows by its chain alone
                builder& graph = *x.graph;
                graph.layer = number;
                graph.element = static_cast<int>(First);
                const auto y = detail::call_functor<at_position<static_cast<int>(First)>>(step, x);
                graph.element = -1;
                return y;
            }
        } else {
            return call<First + Count / 2, Count - Count / 2>(call<First, Count / 2>(x, line), line);
        }
    }
    template <std::size_t First, std::size_t Count, class Visit>
    constexpr void visit_range(Visit& visit) {
        if constexpr (Count == 1) {
            visit(detail::link_at<First>(*this), static_cast<int>(First));
        } else if constexpr (Count > 1) {
            visit_range<First, Count / 2>(visit);
            visit_range<First + Count / 2, Count - Count / 2>(visit);
        }
    }
};

/// Refused, and then a chain of nothing, so that nothing follows from it.
template <class First, class... Layer>
    requires(!requires { typename First::shape_type; })
struct sequential<First, Layer...> : sequential<input<2>> {
    static_assert(
        requires { typename First::shape_type; },
        "sequential<nn::input<784>, layers…>: the first argument is the shape of a sample, nn::input<…> "
        "(docs/errors.md#sequential_without_input)");
};

}  // namespace sinter::nn
