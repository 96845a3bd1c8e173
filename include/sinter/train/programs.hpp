// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A network, a loss and an update rule → the tables of its programs.
///
/// inference  inputs → output
/// gradient   inputs → loss (its mean over rows), output, and each parameter's gradient into the gradients' arena
/// accumulate the same, added to what is there
/// step       inputs → loss, output, and each parameter's update, fused into whatever makes its gradient
/// update     the rule on the gradients' arena alone
/// Output 0 is the loss and 1 the network's output, but for inference, whose output 0 is the network's output.

#include <sinter/nn/loss.hpp>
#include <sinter/nn/network.hpp>
#include <sinter/optim/optimizer.hpp>
#include <sinter/plan/frozen.hpp>

namespace sinter {

/// Targets that are class numbers.
struct labels {
    using shape_type = shape<>;
    static constexpr bool integers = true;
};
/// Targets that are values.
template <class Shape>
struct dense {
    using shape_type = Shape;
    static constexpr bool integers = false;
};

enum class program_kind : unsigned char { inference, gradient, accumulate, step, update };

/// The loss of a network's first output, from the network's table on.
template <class Net, class Loss, class Target>
struct loss_recipe {
    static constexpr int room = 32 + network<Net>::table.node_count;
    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        if constexpr (network<Net>::report.first_mistake.kind != mistake_kind::none) return;  // raised by `report`
        const table_view forward = network<Net>::table.view();
        copy_canonical(forward, graph);
        const expr<shape_of_value<network_output<Net>>> y{&graph, forward.outputs[0]};
        using target_shape = typename Target::shape_type;
        const expr<target_shape> t{
            &graph, graph.leaf(op::input, 1, target_shape::value, true, Target::integers ? list(1) : extents{})};
        const auto loss = Loss{}(y, t);
        // Divided by the rows before it is summed: the sum is the result, without a kernel behind it.
        outputs.push(
            graph.record(op::total, graph.record(op::multiply, loss.id, graph.leaf(op::scalar, 0, extents{}))));
        outputs.push(y.id);
    }
};

template <class Net, class Loss, class Target>
struct trained {
    static constexpr const auto& table = frozen_table<loss_recipe<Net, Loss, Target>>::value;
    /// The network's, with the loss's mistake where the network has none.
    static constexpr auto report_loss() {
        auto of = network<Net>::report;
        if (of.first_mistake.kind == mistake_kind::none) of.first_mistake = table.first_mistake;
        return of;
    }
    static constexpr auto report = report_loss();
};

/// The table of a training program, from the traced loss on.
template <class Net, class Loss, class Target, class Rule, program_kind Kind>
struct program_recipe {
    static constexpr extents inputs[] = {input_shape_t<Net>::value, Target::shape_type::value};
    static constexpr int input_count = Kind == program_kind::update ? 0 : 2;  // that callers fill
    static constexpr int room =
        16 + 2 * trained<Net, Loss, Target>::table.node_count + 4 * trained<Net, Loss, Target>::report.parameter_count;
    static constexpr void build(builder& graph, meta::vector<int>& roots) {
        if constexpr (trained<Net, Loss, Target>::report.first_mistake.kind != mistake_kind::none)
            return;  // raised elsewhere, once
        const table_view forward = trained<Net, Loss, Target>::table.view();
        meta::vector<int> parameters, gradients;
        copy_canonical(forward, graph);
        constexpr int count = trained<Net, Loss, Target>::report.parameter_count;
        for (int p = 0; p < count; ++p)
            parameters.push(graph.leaf(op::parameter, p, trained<Net, Loss, Target>::report.parameters[p].shape));
        gradients.resize(count, -1);
        if constexpr (Kind == program_kind::update) {
            for (int p = 0; p < count; ++p)
                gradients[p] = graph.leaf(op::gradient, p, extents{graph.shape(parameters[p])});
        } else {
            reverse_pass(graph, forward.outputs[0]).run(parameters.begin(), count, gradients.begin());
            for (int k = 0; k < forward.output_count; ++k) roots.push(graph.effect(op::store, k, forward.outputs[k]));
        }
        for (int p = 0; p < count; ++p) {
            if constexpr (Kind == program_kind::step || Kind == program_kind::update)
                roots.push(graph.effect(op::update, p, parameters[p], gradients[p], list(Rule::state_count)));
            else if constexpr (Kind == program_kind::accumulate)
                roots.push(
                    graph.effect(op::store, p,
                                 graph.record(op::add, graph.leaf(op::gradient, p, extents{graph.shape(parameters[p])}),
                                              gradients[p]),
                                 -1, list(1)));
            else
                roots.push(graph.effect(op::store, p, gradients[p], -1, list(1)));
        }
    }
};

/// The forward table of a network, its outputs stored.
template <class Net>
struct inference_recipe {
    static constexpr extents inputs[] = {input_shape_t<Net>::value};
    static constexpr int input_count = 1;
    static constexpr int room = 2 * network<Net>::table.node_count + 8;
    static constexpr void build(builder& graph, meta::vector<int>& roots) {
        if constexpr (network<Net>::report.first_mistake.kind != mistake_kind::none) return;
        const table_view forward = network<Net>::table.view();
        copy_canonical(forward, graph);
        for (int k = 0; k < forward.output_count; ++k) roots.push(graph.effect(op::store, k, forward.outputs[k]));
    }
};

}  // namespace sinter
