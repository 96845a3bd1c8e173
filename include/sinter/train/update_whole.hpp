// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The step of an update rule on whole parameters, as nodes of a program's table.

#include <sinter/nn/network.hpp>
#include <sinter/optim/optimizer.hpp>

namespace sinter {

namespace detail {
template <class Net, std::size_t Parameter>
inline constexpr extents shape_of_parameter = network<Net>::report.parameters[Parameter].shape;

/// The step of a rule on one parameter as a whole: its body as a node, of which each result is written.
template <class Rule, const extents& Shape>
constexpr void update_whole(builder& graph, int parameter, int gradient, meta::vector<int>& roots) {
    using body = rule_on_shape<Rule, shape_of_value<Shape>>;
    static_assert(is_sound<body, table_report<body>>);
    if constexpr (frozen_table<body>::value.first_mistake.kind == mistake_kind::none) {
        int written[2 + Rule::state_count] = {parameter, gradient};
        for (int s = 0; s < Rule::state_count; ++s) written[2 + s] = graph.state(graph[parameter].number, s, Shape);
        const int step = graph.body(graph.own(frozen_table<body>::value.view()), written, 2 + Rule::state_count);
        for (int k = 0; k <= Rule::state_count; ++k)
            roots.push(graph.effect(op::update, -1, {written[k == 0 ? 0 : 1 + k], graph.result(step, k)}));
    }
}
}  // namespace detail

}  // namespace sinter
