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
#include <sinter/train/update_whole.hpp>

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

/// A type that says what targets are: `labels` or `dense<shape<…>>`.
template <class Target>
concept target_type = requires {
    typename Target::shape_type;
    typename std::bool_constant<Target::integers>;
};

/// What targets are where a network has one (a target_type) or several (train/loss_lists.hpp).
template <class Target>
concept target_types = target_type<Target> || requires { requires Target::are_targets; };

/// A type that training can make a loss of, whatever the output and the target: training knows a loss by its type
/// alone, so it has no members. An update rule is none.
template <class Loss>
concept loss_type = __is_empty(Loss) && requires { Loss{}; } && !requires { Loss::state_count; };
/// A loss that can be called on an output and a target.
template <class Loss, class Output, class Target>
concept loss_function = loss_type<Loss> && requires(expr<Output> y, expr<Target> t) { Loss{}(y, t); };

namespace detail {
/// The loss can run while the compiler does.
template <class Loss, class Output, class Target>
constexpr bool loss_runs() {
    builder graph;
    const auto input = [&](int number, const extents& shape) { return graph.leaf(op::input, number, shape, true); };
    static_cast<void>(
        Loss{}(expr<Output>{&graph, input(0, Output::value)}, expr<Target>{&graph, input(1, Target::value)}));
    return true;
}
template <class Loss, class Output, class Target>
concept loss_is_constant =
    loss_function<Loss, Output, Target> && requires { typename std::bool_constant<loss_runs<Loss, Output, Target>()>; };

/// One error, the first that holds, for a type that is no loss; the compiler prints its name.
template <class Loss>
consteval bool require_loss_type() {
    if constexpr (requires { Loss::state_count; })
        static_assert(never<Loss>,
                      "expected a loss, found an update rule; the order is trainer{net, loss, rule, targets}, "
                      "fit(net, data, loss, rule), compile_as<Net, Loss, Rule> (docs/errors.md#no_loss)");
    else if constexpr (!loss_type<Loss>)
        static_assert(never<Loss>,
                      "a loss is an empty struct or a lambda without captures: training knows its type alone, not an "
                      "object's numbers; make them constants of the type or template arguments "
                      "(docs/errors.md#no_loss)");
    return true;
}
template <class Loss, class Output, class Target>
consteval bool require_loss() {
    if constexpr (!loss_type<Loss>)
        return require_loss_type<Loss>();
    else if constexpr (!loss_function<Loss, Output, Target>)
        static_assert(never<Loss>,
                      "a loss has `constexpr auto operator()(auto output, auto target) const`, which can be called on "
                      "tensors of these shapes (docs/errors.md#no_loss)");
    else if constexpr (!loss_is_constant<Loss, Output, Target>)
        static_assert(never<Loss>,
                      "a loss is constexpr, and so is all that it calls: it runs while the compiler does, and gives an "
                      "expression (docs/errors.md#no_loss)");
    return true;
}
template <class Target>
consteval bool require_target() {
    constexpr bool says_what_targets_are = target_type<Target>;  // the concept would print all its parts
    static_assert(says_what_targets_are,
                  "targets are sinter::labels{} for class numbers or sinter::dense<sinter::shape<N>>{} for N values a "
                  "sample (docs/errors.md#no_targets)");
    return true;
}
/// The first of these errors alone.
template <class Loss, class Rule, class Target>
consteval bool require_types() {
    if constexpr (!loss_type<Loss>)
        return require_loss_type<Loss>();
    else if constexpr (!update_rule<Rule>)
        return require_rule<Rule>();
    else
        return require_target<Target>();
}
/// A target, or what stands for one that is none.
template <class Target>
struct target_of_list : labels {};
template <target_type Target>
struct target_of_list<Target> : Target {};
/// What a trainer goes on with after one of them.
struct any_loss {
    constexpr auto operator()(auto output, auto...) const { return sum(output); }
};
struct any_rule {
    static constexpr int state_count = 0, scalar_count = 0;
    static constexpr auto update(auto p, auto, const auto&, const auto&) { return p; }
    void scalars(long long, double*) const {}
};
struct no_targets {};
}  // namespace detail

/// The loss of a network's first output, from the network's table on.
template <class Net, class Loss, class Target>
struct loss_recipe {
    static constexpr int room = 32 + network<Net>::table.node_count;
    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        if constexpr (network<Net>::report.first_mistake.kind != mistake_kind::none) {  // raised by `report`
        } else if constexpr (!target_type<Target>) {
            detail::require_target<Target>();
            graph.fail(mistake_kind::said_already);
        } else {
            trace<shape_of_value<network_output<Net>>, typename Target::shape_type>(graph, outputs);
        }
    }

private:
    template <class Output, class Wanted>
    static constexpr void trace(builder& graph, meta::vector<int>& outputs) {
        static_assert(detail::require_loss<Loss, Output, Wanted>());
        if constexpr (!detail::loss_is_constant<Loss, Output, Wanted>) {
            graph.fail(mistake_kind::said_already);
        } else {
            const table_view forward = network<Net>::table.view();
            copy_canonical(forward, graph);
            const expr<Output> y{&graph, forward.outputs[0]};
            const expr<Wanted> t{&graph, graph.leaf(op::input, input_count<Net>, Wanted::value, true,
                                                    Target::integers ? value_kind::integer : value_kind::real)};
            using value = decltype(Loss{}(y, t));
            if constexpr (!std::is_same_v<std::remove_cvref_t<value>, expr<shape<>>>) {
                if constexpr (tensor<value>)
                    graph.fail(mistake_kind::loss_returns_no_number, {}, shape_of<value>::value);
                else
                    graph.fail(mistake_kind::loss_returns_no_number);
            } else {
                const auto loss = Loss{}(y, t);
                if (!graph[loss.id].rows) graph.fail(mistake_kind::loss_without_samples);
                // Divided by the rows before it is summed: the sum is the result, without a kernel behind it.
                outputs.push(
                    graph.sum_over_samples(graph.record(op::multiply, {loss.id, graph.leaf(op::scalar, 0, {})})));
                outputs.push(y.id);
            }
        }
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

/// True; or one error for the first mistake of a network, its loss or its targets, wherever that is asked.
template <class Net, class Loss, class Target>
inline constexpr bool has_loss = is_sound<Net, trained<Net, Loss, Target>::report>;
/// The same, with the rule's mistake where there is no other.
template <class Net, class Loss, class Target, class Rule>
inline constexpr bool is_trainable = has_loss<Net, Loss, Target>;
template <class Net, class Loss, class Target, class Rule>
    requires(trained<Net, Loss, Target>::report.first_mistake.kind == mistake_kind::none)
inline constexpr bool is_trainable<Net, Loss, Target, Rule> = is_sound_rule<Rule>;

struct no_rule {};
/// The rule of a step can be used.
template <class Rule>
inline constexpr bool has_sound_rule = false;
template <update_rule Rule>
inline constexpr bool has_sound_rule<Rule> = rule_table<Rule>.first_mistake.kind == mistake_kind::none;
template <update_rule Rule>
    requires(takes_whole_parameters<Rule>)
inline constexpr bool has_sound_rule<Rule> = true;
template <>
inline constexpr bool has_sound_rule<no_rule> = true;

/// What callers of a training program fill: a network's inputs, then its target.
template <class Net, class Target>
struct training_inputs {
    static constexpr int count = 2;
    static constexpr extents shapes[2] = {input_shape_t<Net>::value, Target::shape_type::value};
};

/// The table of a training program, from the traced loss on.
template <class Net, class Loss, class Target, class Rule, program_kind Kind>
struct program_recipe {
    static constexpr const auto& inputs = training_inputs<Net, Target>::shapes;
    static constexpr int input_count = Kind == program_kind::update ? 0 : training_inputs<Net, Target>::count;
    static constexpr ports inputs_are = ports::in_workspace;
    static constexpr int room = 16 + 5 * trained<Net, Loss, Target>::table.node_count / 2 +
                                4 * trained<Net, Loss, Target>::report.parameter_count;
    static constexpr void build(builder& graph, meta::vector<int>& roots) {
        if constexpr (std::is_same_v<Rule, no_rule>)
            static_assert(has_loss<Net, Loss, Target>);
        else
            static_assert(is_trainable<Net, Loss, Target, Rule>);
        if constexpr (trained<Net, Loss, Target>::report.first_mistake.kind != mistake_kind::none ||
                      !has_sound_rule<Rule>)
            return;
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
            for (int k = 0; k < forward.output_count; ++k)
                roots.push(graph.effect(op::output, k, {forward.outputs[k]}));
        }
        constexpr bool updates = Kind == program_kind::step || Kind == program_kind::update;
        if constexpr (updates && takes_whole_parameters<Rule>) {
            [&]<std::size_t... P>(std::index_sequence<P...>) {
                (detail::update_whole<Rule, detail::shape_of_parameter<Net, P>>(graph, parameters[static_cast<int>(P)],
                                                                                gradients[static_cast<int>(P)], roots),
                 ...);
            }(std::make_index_sequence<static_cast<std::size_t>(count)>{});
            return;
        }
        int body = -1;
        if constexpr (updates && has_sound_rule<Rule>) body = graph.own(rule_table<Rule>.view());
        for (int p = 0; p < count; ++p) {
            if constexpr (updates)
                roots.push(graph.effect(op::update, body, {parameters[p], gradients[p]}, list(rule_state_count<Rule>)));
            else if constexpr (Kind == program_kind::accumulate)
                roots.push(graph.effect(
                    op::export_gradient, p,
                    {graph.record(op::add,
                                  {graph.leaf(op::gradient, p, extents{graph.shape(parameters[p])}), gradients[p]})}));
            else
                roots.push(graph.effect(op::export_gradient, p, {gradients[p]}));
        }
    }
};

/// The forward table of a network, its outputs stored.
template <class Net>
struct inference_recipe {
    static constexpr const auto& inputs = detail::inputs_t<Net>::shapes;
    static constexpr int input_count = detail::inputs_t<Net>::count;
    static constexpr ports inputs_are = ports::addressed;  // samples are read where they lie
    static constexpr int room = 2 * network<Net>::table.node_count + 8;
    static constexpr void build(builder& graph, meta::vector<int>& roots) {
        static_assert(is_sound<Net, network<Net>::report>);
        if constexpr (network<Net>::report.first_mistake.kind != mistake_kind::none) return;
        const table_view forward = network<Net>::table.view();
        copy_canonical(forward, graph);
        for (int k = 0; k < forward.output_count; ++k) roots.push(graph.effect(op::output, k, {forward.outputs[k]}));
    }
};

}  // namespace sinter
