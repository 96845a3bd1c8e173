// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Losses: (output, target) → one number per sample. Training minimises their mean over the minibatch.
///
/// A target is integer labels (shape<>, flagged as integers in its leaf) or a dense value, of the output's shape unless
/// the loss has a member type `target_shape`.

#include <sinter/graph/functions.hpp>

namespace sinter {

namespace detail {
template <class Shape>
constexpr bool holds_integers(const expr<Shape>& x) {
    return (*x.graph)[x.id].kind == value_kind::integer;
}
/// A softmax, exp(x) / sum(exp(x)), or nothing but elements of such: under another shape, in another order, some of
/// them, several behind each other.
constexpr bool holds_probabilities(const builder& graph, int id) {
    const op code = graph[id].code;
    if (code == op::divide) {
        const int part = graph.operand(id, 0), whole = graph.operand(id, 1);
        return graph[part].code == op::exp && graph[whole].code == op::sum && graph.operand(whole) == part;
    }
    if (!is_view(code) && code != op::alias && code != op::stop && code != op::concat) return false;
    for (int k = 0; k < graph[id].count; ++k)
        if (!holds_probabilities(graph, graph.operand(id, k))) return false;
    return true;
}
constexpr expr<shape<>> refuse_target(builder& graph, int like, mistake_kind kind, const extents& expected,
                                      const extents& found) {
    graph.fail(kind, expected, found);
    return {&graph, graph.mistaken(like, extents{})};
}
}  // namespace detail

/// -log softmax(output)[label], or -sum(target * log softmax(output)): torch.nn.functional.cross_entropy on logits.
/// Finite for any finite logits. `output` are logits: no softmax before.
struct cross_entropy {
    template <class Output, class Target>
    constexpr expr<shape<>> operator()(expr<Output> z, expr<Target> t) const {
        builder& graph = *z.graph;
        const auto refuse = [&](mistake_kind kind) {
            return detail::refuse_target(graph, z.id, kind, Output::value, Target::value);
        };
        if (detail::holds_probabilities(graph, z.id)) return refuse(mistake_kind::softmax_before_loss_on_logits);
        if constexpr (Output::rank != 1) {
            return refuse(mistake_kind::flatten_is_missing);
        } else if constexpr (Output::size == 1) {
            return refuse(mistake_kind::one_class);
        } else {
            const auto shifted = z - stop((sinter::max)(z));
            const auto log_sum = log(sum(exp(shifted)));
            if constexpr (Target::rank == 0) {
                if (!detail::holds_integers(t)) return refuse(mistake_kind::labels_do_not_fit_loss);
                const expr<Output> classes{&graph, graph.iota(Output::size)};
                return log_sum - sum(select(equal(classes, t), shifted, 0.0));
            } else if constexpr (std::is_same_v<Output, Target>) {
                return log_sum * sum(t) - sum(t * shifted);
            } else {
                return refuse(mistake_kind::targets_differ_from_output);
            }
        }
    }
};

/// The mean over the output's elements of (output - target)².
struct mean_squared_error {
    template <class Output, class Target>
    constexpr expr<shape<>> operator()(expr<Output> y, expr<Target> t) const {
        builder& graph = *y.graph;
        if (detail::holds_integers(t))
            return detail::refuse_target(graph, y.id, mistake_kind::labels_do_not_fit_loss, Output::value,
                                         Target::value);
        if constexpr (std::is_same_v<Output, Target>) {
            const auto difference = y - t;
            return mean(difference * difference);
        } else {
            return detail::refuse_target(graph, y.id, mistake_kind::targets_differ_from_output, Output::value,
                                         Target::value);
        }
    }
};

}  // namespace sinter
