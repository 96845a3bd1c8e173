// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The tables of losses of several outputs, or one error for lists that do not fit.
///
/// In: a network, `losses<…>` or a loss of all outputs, `targets<…>` (train/loss_lists.hpp). Out: what `trained` and
/// `has_loss` are for them, and by which numbers a training program has inputs, outputs and targets.

#include <sinter/train/loss_lists.hpp>

namespace sinter {

namespace detail {

template <class Loss>
struct loss_part {
    using type = Loss;
    static constexpr double weight = 1;
};
template <class Loss, class Weight>
struct loss_part<weighted<Loss, Weight>> {
    using type = Loss;
    static constexpr double weight = weighted<Loss, Weight>::weight;
};

/// The first thing in which lists of losses and targets do not fit a network, as one error.
template <class Net, class Losses, class Targets>
struct lists_fit;
template <class Net, class... Loss, class... Target>
struct lists_fit<Net, losses<Loss...>, targets<Target...>> {
    using list = losses<Loss...>;
    static constexpr bool value = list::count == output_count<Net> &&
                                  list::trained_count == targets<Target...>::count && list::trained_count > 0 &&
                                  targets<Target...>::are_targets && (loss_type<Loss> && ...);
    static consteval bool require() {
        if constexpr (!(loss_type<Loss> && ...))
            return ((loss_type<Loss> || require_loss_type<Loss>()) && ...);
        else if constexpr (!targets<Target...>::are_targets)
            return ((target_type<Target> || require_target<Target>()) && ...);
        else if constexpr (list::count != output_count<Net>)
            static_assert(list::count == output_count<Net>,
                          "sinter::losses<…> has one loss for each output of the network, in their order; "
                          "sinter::untrained stands for an output without a loss (docs/errors.md#losses_and_outputs)");
        else if constexpr (list::trained_count == 0)
            static_assert(list::trained_count > 0,
                          "sinter::losses<…> trains no output: give one a loss (docs/errors.md#losses_and_outputs)");
        else if constexpr (list::trained_count != targets<Target...>::count)
            static_assert(list::trained_count == targets<Target...>::count,
                          "sinter::targets<…> has one target for each output that is trained, in their order; an "
                          "output with sinter::untrained has none (docs/errors.md#losses_and_targets)");
        return true;
    }
};

template <class Loss, class... Value>
constexpr bool list_loss_runs() {
    builder graph;
    int next = 0;
    const int leaf[] = {graph.leaf(op::input, next++, Value::value, true)...};
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        static_cast<void>(Loss{}(expr<Value>{&graph, leaf[Index]}...));
    }(std::index_sequence_for<Value...>{});
    return true;
}
/// A loss that can be called on these shapes.
template <class Loss, class... Value>
concept calls_shapes = loss_type<Loss> && requires(expr<Value>... x) { Loss{}(x...); };
template <class Loss, class... Value>
concept runs_on_shapes =
    calls_shapes<Loss, Value...> && requires { typename std::bool_constant<list_loss_runs<Loss, Value...>()>; };

/// A loss of all outputs and targets, or one error.
template <class Loss, class... Value>
consteval bool require_joint_loss() {
    if constexpr (!loss_type<Loss>)
        return require_loss_type<Loss>();
    else if constexpr (!calls_shapes<Loss, Value...>)
        static_assert(never<Loss>,
                      "with sinter::targets<…> a loss is called on all outputs of the network, then all targets: "
                      "`constexpr auto operator()(auto y0, auto y1, auto t0, auto t1) const`; one loss for each output "
                      "is sinter::losses<…> (docs/errors.md#losses_and_outputs)");
    else if constexpr (!runs_on_shapes<Loss, Value...>)
        static_assert(never<Loss>,
                      "a loss is constexpr, and so is all that it calls: it runs while the compiler does, and gives an "
                      "expression (docs/errors.md#no_loss)");
    return true;
}

/// The node of a loss's number a sample, or of what stands for it where there is a mistake.
template <class Loss, class... Value>
constexpr int loss_node(builder& graph, expr<Value>... x) {
    using value = decltype(Loss{}(x...));
    if constexpr (!std::is_same_v<std::remove_cvref_t<value>, expr<shape<>>>) {
        if constexpr (tensor<value>)
            graph.fail(mistake_kind::loss_returns_no_number, {}, shape_of<value>::value);
        else
            graph.fail(mistake_kind::loss_returns_no_number);
        return -1;
    } else {
        const int id = Loss{}(x...).id;
        if (!graph[id].rows) graph.fail(mistake_kind::loss_without_samples);
        return id;
    }
}
/// Divided by the rows before it is summed: the sum is the result, without a kernel behind it.
constexpr int mean_over_rows(builder& graph, int id) {
    return graph.sum_over_samples(graph.record(op::multiply, {id, graph.leaf(op::scalar, 0, {})}));
}
template <class Net, int Output>
constexpr auto traced_output(builder& graph, const table_view& forward) {
    return expr<shape_of_value<output_shape<Net, Output>>>{&graph, forward.outputs[Output]};
}
template <class Net, class Target>
constexpr auto traced_target(builder& graph, int number) {
    return expr<typename Target::shape_type>{
        &graph, graph.leaf(op::input, input_count<Net> + number, Target::shape_type::value, true,
                           Target::integers ? value_kind::integer : value_kind::real)};
}

/// Whether a loss is one of all outputs and targets: else, for one target, it is of the first output.
template <class Net, class Loss, class Outputs, class... Target>
inline constexpr bool is_joint = false;
template <class Net, class Loss, std::size_t... Output, class... Target>
inline constexpr bool is_joint<Net, Loss, std::index_sequence<Output...>, Target...> =
    sizeof...(Target) != 1 || calls_shapes<Loss, shape_of_value<output_shape<Net, static_cast<int>(Output)>>...,
                                           typename target_of_list<Target>::shape_type...>;
template <class Net>
using output_numbers = std::make_index_sequence<static_cast<std::size_t>(output_count<Net>)>;

}  // namespace detail

/// The losses of several outputs.
template <class Net, class... Loss, class... Target>
struct loss_recipe<Net, losses<Loss...>, targets<Target...>> {
    using list = losses<Loss...>;
    using fit = detail::lists_fit<Net, list, targets<Target...>>;
    static constexpr int room = 64 + network<Net>::table.node_count + 16 * list::count;
    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        if constexpr (network<Net>::report.first_mistake.kind != mistake_kind::none) {  // raised by `report`
        } else if constexpr (!fit::value) {
            static_assert(fit::require());
            graph.fail(mistake_kind::said_already);
        } else {
            const table_view forward = network<Net>::table.view();
            copy_canonical(forward, graph);
            sum_of_losses sum;
            [&]<std::size_t... K>(std::index_sequence<K...>) {
                (add<static_cast<int>(K)>(graph, forward, sum), ...);
            }(std::index_sequence_for<Loss...>{});
            if (graph.first_mistake().kind != mistake_kind::none) return;
            outputs.push(detail::mean_over_rows(graph, sum.total));
            for (int k = 0; k < list::count; ++k)
                if (list::trains[k]) outputs.push(forward.outputs[k]);
            if (list::trained_count > 1)
                for (const int part : sum.parts) outputs.push(detail::mean_over_rows(graph, part));
        }
    }

private:
    struct sum_of_losses {
        int total = -1;
        meta::vector<int> parts;
    };
    template <int K>
    static constexpr void add(builder& graph, const table_view& forward, sum_of_losses& sum) {
        if constexpr (list::trains[K]) {
            using given = detail::nth_type<static_cast<std::size_t>(K), Loss...>;
            using target = detail::nth_type<static_cast<std::size_t>(list::target_of(K)), Target...>;
            using its = detail::loss_part<given>;
            using result = shape_of_value<output_shape<Net, K>>;
            static_assert(detail::require_loss<typename its::type, result, typename target::shape_type>());
            if constexpr (!detail::loss_is_constant<typename its::type, result, typename target::shape_type>) {
                graph.fail(mistake_kind::said_already);
            } else {
                graph.element = K;
                const auto t = detail::traced_target<Net, target>(graph, list::target_of(K));
                const int id =
                    detail::loss_node<typename its::type>(graph, detail::traced_output<Net, K>(graph, forward), t);
                graph.element = -1;
                if (id < 0) return;
                const int term = its::weight == 1 ? id : graph.record(op::multiply, {graph.constant(its::weight), id});
                sum.total = sum.total < 0 ? term : graph.record(op::add, {sum.total, term});
                sum.parts.push(id);
            }
        }
    }
};
template <class Net, class... Loss, class Target>
struct loss_recipe<Net, losses<Loss...>, Target> : loss_recipe<Net, losses<Loss...>, targets<Target>> {};

/// One loss of all outputs and all targets.
template <class Net, class Loss, class... Target>
struct loss_recipe<Net, Loss, targets<Target...>> {
    static constexpr int room = 64 + network<Net>::table.node_count;
    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        if constexpr (network<Net>::report.first_mistake.kind != mistake_kind::none) {  // raised by `report`
        } else if constexpr (!targets<Target...>::are_targets) {
            static_cast<void>(((target_type<Target> || detail::require_target<Target>()) && ...));
            graph.fail(mistake_kind::said_already);
        } else if constexpr (detail::is_joint<Net, Loss, detail::output_numbers<Net>, Target...>) {
            trace(graph, outputs, detail::output_numbers<Net>{}, std::index_sequence_for<Target...>{});
        } else {
            trace(graph, outputs, std::index_sequence<0>{}, std::index_sequence_for<Target...>{});
        }
    }

private:
    template <std::size_t... Output, std::size_t... Number>
    static constexpr void trace(builder& graph, meta::vector<int>& outputs, std::index_sequence<Output...>,
                                std::index_sequence<Number...>) {
        static_assert(detail::require_joint_loss<Loss, shape_of_value<output_shape<Net, static_cast<int>(Output)>>...,
                                                 typename Target::shape_type...>());
        if constexpr (!detail::runs_on_shapes<Loss, shape_of_value<output_shape<Net, static_cast<int>(Output)>>...,
                                              typename Target::shape_type...>) {
            graph.fail(mistake_kind::said_already);
        } else {
            const table_view forward = network<Net>::table.view();
            copy_canonical(forward, graph);
            const int loss =
                detail::loss_node<Loss>(graph, detail::traced_output<Net, static_cast<int>(Output)>(graph, forward)...,
                                        detail::traced_target<Net, Target>(graph, static_cast<int>(Number))...);
            if (loss < 0) return;
            outputs.push(detail::mean_over_rows(graph, loss));
            (outputs.push(forward.outputs[Output]), ...);
        }
    }
};

/// The loss of one output of a network, for messages.
template <int Output, class Net>
struct loss_of_output;
namespace detail {
template <class Net, int Element>
struct spelled_loss {
    using type = loss_of_output<Element, Net>;
};
template <class Net>
struct spelled_loss<Net, -1> {
    using type = Net;
};
}  // namespace detail
template <class Net, class... Loss, class Target>
inline constexpr bool has_loss<Net, losses<Loss...>, Target> =
    is_sound<typename detail::spelled_loss<Net, network<Net>::report.first_mistake.kind == mistake_kind::none
                                                    ? trained<Net, losses<Loss...>, Target>::table.first_mistake.element
                                                    : -1>::type,
             trained<Net, losses<Loss...>, Target>::report>;

template <class Net, class... Target>
struct training_inputs<Net, targets<Target...>> {
    static constexpr int count = input_count<Net> + targets<Target...>::count;
    struct list {
        extents at[static_cast<std::size_t>(count) + 1]{};
    };
    static constexpr list find() {
        list all;
        for (int k = 0; k < input_count<Net>; ++k) all.at[k] = detail::inputs_t<Net>::shapes[k];
        for (int k = 0; k < targets<Target...>::count; ++k)
            all.at[input_count<Net> + k] = targets<Target...>::shapes[k];
        return all;
    }
    static constexpr list value = find();
    static constexpr const extents* shapes = value.at;
};
template <class Net, target_type Target>
    requires(detail::inputs_t<Net>::is_list)
struct training_inputs<Net, Target> : training_inputs<Net, targets<Target>> {};

/// Which inputs, outputs and targets a training program has, and by which numbers.
template <class Net, class Loss, class Target>
struct training_lists {
    using target = Target;
    static constexpr bool by_number = detail::inputs_t<Net>::is_list;  ///< buffers have numbers, not names
    static constexpr int inputs = input_count<Net>, targets = 1, losses = 0;
    static constexpr bool integers(int) { return Target::integers; }
    static constexpr extents target_shape(int) { return Target::shape_type::value; }
    /// The program's output that is the network's, that is the mean of its loss, and the target of that; -1 if none is.
    static constexpr int output_place(int k) { return k == 0 ? 1 : -1; }
    static constexpr int loss_place(int) { return -1; }
    static constexpr int target_of(int k) { return k == 0 ? 0 : -1; }
};
template <class Net, class Loss, class... Target>
struct training_lists<Net, Loss, targets<Target...>> {
    using given = sinter::targets<Target...>;
    static constexpr bool by_number = true;
    static constexpr int inputs = input_count<Net>, targets = given::count, losses = 0;
    static constexpr bool joint = detail::is_joint<Net, Loss, detail::output_numbers<Net>, Target...>;
    static constexpr bool integers(int k) { return given::has_integers[k]; }
    static constexpr extents target_shape(int k) { return given::shapes[k]; }
    static constexpr int output_place(int k) { return k == 0 || (joint && k < output_count<Net>) ? 1 + k : -1; }
    static constexpr int loss_place(int) { return -1; }
    static constexpr int target_of(int k) {
        return targets == 1 ? (k == 0 ? 0 : -1) : targets == output_count<Net> && k < targets ? k : -1;
    }
};
template <class Net, class... Loss, class... Target>
struct training_lists<Net, losses<Loss...>, targets<Target...>> {
    using given = sinter::targets<Target...>;
    using list = sinter::losses<Loss...>;
    static constexpr bool by_number = true;
    static constexpr int inputs = input_count<Net>, targets = given::count, losses = list::count;
    static constexpr bool integers(int k) { return given::has_integers[k]; }
    static constexpr extents target_shape(int k) { return given::shapes[k]; }
    static constexpr int output_place(int k) { return list::target_of(k) < 0 ? -1 : 1 + list::target_of(k); }
    static constexpr int loss_place(int k) {
        if (list::target_of(k) < 0) return -1;
        return list::trained_count == 1 ? 0 : 1 + list::trained_count + list::target_of(k);
    }
    static constexpr int target_of(int k) { return list::target_of(k); }
};
template <class Net, class... Loss, class Target>
struct training_lists<Net, losses<Loss...>, Target> : training_lists<Net, losses<Loss...>, targets<Target>> {};

}  // namespace sinter
