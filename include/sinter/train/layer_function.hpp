// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A layer, a chain or a network on a caller's arrays, its parameters among them.
///
///     sinter::layer_function<nn::linear<4>, sinter::samples<sinter::shape<3>, 100>> layer;
///     layer.into(y, x, weight, bias);  // (n, 4), (n, 3), (3, 4), (4)
///
/// Inputs are those of `sinter::function` (program/function.hpp); behind them a call takes an array for each parameter,
/// as `with_parameters` orders and shapes them (nn/with_parameters.hpp). All else is as with a function.

#include <sinter/nn/with_parameters.hpp>
#include <sinter/program/function.hpp>

namespace sinter {

namespace detail {

/// Extents of the parameters of Net where it is called on these inputs, in their order.
template <class Net, class... Input>
struct parameters_on {
    static constexpr int count = count_of_parameters<Net>;
    static constexpr auto shapes = [] {
        std::array<extents, static_cast<std::size_t>(count) + 1> found{};
        builder graph;
        int next = 0;
        const int inputs[] = {graph.leaf(op::input, next++, input_of<Input>::shape_type::value)..., 0};
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            with_network<Net>(graph, nullptr, [&](const Net& net) {
                call_network(net, expr<typename input_of<Input>::shape_type>{&graph, inputs[Index]}...);
                for (int p = 0; p < count; ++p) found[static_cast<std::size_t>(p)] = graph.network.parameters[p].shape;
                return 0;
            });
        }(std::index_sequence_for<Input...>{});
        return found;
    }();
    template <std::size_t Parameter>
    static constexpr extents shape = shapes[Parameter];
};

template <floating Scalar, class Net, class Parameters, class... Input>
struct layer_door;
template <floating Scalar, class Net, std::size_t... Parameter, class... Input>
struct layer_door<Scalar, Net, std::index_sequence<Parameter...>, Input...> {
    using type = function_of<Scalar, with_parameters<Net>, Input...,
                             shape_of_value<parameters_on<Net, Input...>::template shape<Parameter>>...>;
};

}  // namespace detail

/// Net in numbers of Scalar.
template <floating Scalar, class Net, class... Input>
using layer_function_of = typename detail::layer_door<
    Scalar, Net, std::make_index_sequence<static_cast<std::size_t>(detail::count_of_parameters<Net>)>, Input...>::type;
/// Net in single precision.
template <class Net, class... Input>
using layer_function = layer_function_of<float, Net, Input...>;

}  // namespace sinter
