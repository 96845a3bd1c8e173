// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A layer or network as an ordinary function of its inputs and its parameters.
///
///     constexpr auto loss = [](auto x, auto y, auto w, auto b) {
///         const auto off = sinter::with_parameters<nn::linear<1>>(x, w, b) - y;
///         return mean_over_samples(mean(off * off));
///     };
///
/// Parameters come behind the inputs, in the order in which `parameters()` of a model lists them and in the shapes of
/// the program: a linear's weight is (inputs, outputs). A value of another shape is a mistake of the graph. So a
/// network's gradient by its parameters is the gradient of a function, and weights may be computed.

#include <sinter/nn/network.hpp>

#include <utility>

namespace sinter {

namespace detail {

/// The number of parameters of a layer or network.
template <class Net>
inline constexpr int count_of_parameters = [] {
    builder graph;
    Net net{};
    nn::walk_members(net, graph, meta::text{});
    return graph.network.parameters.size();
}();

template <class Net, class... Shape>
consteval bool takes_inputs() {
    constexpr bool takes = requires(const Net& net, expr<Shape>... x) { net(x...); };
    static_assert(takes,
                  "a layer or network is called on a tensor for each of its inputs; if an error above this one names a "
                  "line of it, that is the cause (docs/errors.md#function_inputs)");
    return takes;
}
constexpr auto first_of(auto first, auto...) { return first; }

/// What Net gives for its inputs; only layers and chains are told the line, which is none of the user's.
template <class Net, class... Shape>
constexpr auto call_network(const Net& net, expr<Shape>... x) {
    if constexpr (requires {
                      net.number;
                      net(x..., unknown_line);
                  })
        return net(x..., unknown_line);
    else if constexpr (takes_inputs<Net, Shape...>())
        return net(x...);
    else if constexpr (sizeof...(x) == 0)
        return 0;
    else
        return (x.graph->fail(mistake_kind::said_already), ..., first_of(x...));
}

/// Gives use(net) a walked network, then records what it did not call; the network that is traced around it, if there
/// is one, is back afterwards.
template <class Net, class Use>
constexpr auto with_network(builder& graph, const int* given, Use use) {
    const int layer = graph.layer, line = graph.line;
    const int* const outer_given = std::exchange(graph.given_parameters, given);
    network_record outer = std::exchange(graph.network, network_record{});
    Net net{};
    nn::walk_members(net, graph, meta::text{});
    const auto y = use(net);
    refuse_uncalled(graph);
    graph.network = std::move(outer);
    graph.given_parameters = outer_given;
    graph.layer = layer;
    graph.line = line;
    return y;
}

template <class Net>
struct with_parameters_of {
    template <class... Shape>
        requires(sizeof...(Shape) > 0)
    constexpr auto operator()(expr<Shape>... all) const {
        constexpr int inputs = static_cast<int>(sizeof...(Shape)) - count_of_parameters<Net>;
        if constexpr (!require_values<count_of_parameters<Net>, static_cast<int>(sizeof...(Shape))>()) {
            return (all.graph->fail(mistake_kind::said_already), ..., first_of(all...));
        } else {
            return call(std::make_index_sequence<static_cast<std::size_t>(inputs)>{}, all...);
        }
    }

private:
    template <int Parameters, int Found>
    static consteval bool require_values() {
        static_assert(Found > Parameters,
                      "with_parameters<Net>(x, weight, bias): the inputs of Net, then a value for each of its "
                      "parameters (docs/errors.md#parameter_shape_differs)");
        return Found > Parameters;
    }
    template <std::size_t... Input, class... Shape>
    static constexpr auto call(std::index_sequence<Input...>, expr<Shape>... all) {
        const results<expr<Shape>...> values{all...};
        const int ids[] = {all.id...};
        return with_network<Net>(*first_of(all...).graph, ids + sizeof...(Input),
                                 [&](const Net& net) { return call_network(net, values.template get<Input>()...); });
    }
};

}  // namespace detail

/// `with_parameters<Net>(inputs…, parameters…)`: what Net gives.
template <class Net>
inline constexpr detail::with_parameters_of<Net> with_parameters{};

}  // namespace sinter
