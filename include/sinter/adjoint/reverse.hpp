// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Reverse mode: a graph → the same graph, extended by its adjoints.
///
/// Input: a builder, one scalar-per-sample (or scalar) node y, and the nodes x to differentiate by. Output: per x the
/// node of dy/dx, of x's shape. The adjoints stand in the operations' lines (tensor/elementwise.hpp, graph/operations.hpp).
/// Adjoints are nodes like any other, so that they differentiate again, fuse, and share.
///
/// Law: an adjoint has exactly its node's shape and rows. What has no rows gets the total over rows, what was broadcast
/// gets the sum over the stretched axes (tests/laws/gradient.cpp: adjoint = tangent = finite difference).

#include <sinter/graph/canonical.hpp>
#include <sinter/graph/reference.hpp>
#include <sinter/tensor/elementwise.hpp>

namespace sinter {

namespace detail {

template <op Code>
constexpr reference elementwise_adjoint(int operand, [[maybe_unused]] reference d, [[maybe_unused]] reference y,
                                        [[maybe_unused]] const int* x) {
    constexpr const auto& rule = elementwise<Code>;
    const auto with = [&](const auto& adjoint) -> reference {
        const auto result = [&]<std::size_t... K>(std::index_sequence<K...>) {
            return adjoint(d, y, reference{d.graph, x[K]}...);
        }(std::make_index_sequence<static_cast<std::size_t>(arity_v<Code>)>{});
        if constexpr (requires { result.id; })
            return result;
        else
            return {d.graph, -1};
    };
    if (operand == 0) return with(rule.first);
    if constexpr (arity_v<Code> >= 2)
        if (operand == 1) return with(rule.second);
    if constexpr (arity_v<Code> == 3) return with(rule.third);
    return {d.graph, -1};
}

using adjoint_function = reference (*)(int, reference, reference, const int*);
template <std::size_t... Index>
constexpr adjoint_function elementwise_adjoint_at(int index, std::index_sequence<Index...>) {
    constexpr adjoint_function functions[] = {
        elementwise_adjoint<static_cast<op>(Index + static_cast<std::size_t>(first_elementwise))>...};
    return functions[index];
}

}  // namespace detail

class reverse_pass {
public:
    constexpr reverse_pass(builder& graph, int y) : graph_{graph}, y_{y} {}

    /// The adjoints of y by each of `count` nodes x, as node numbers.
    constexpr void run(const int* x, int count, int* gradients) {
        meta::vector<int> order;
        depth_first(graph_.view(), &y_, 1, order);
        needed_.resize(graph_.size(), 0);
        adjoint_.resize(graph_.size(), -1);
        for (int i = 0; i < count; ++i) needed_[x[i]] = 1;
        for (int i : order)
            for (int k = 0; k < graph_[i].count; ++k) needed_[i] = needed_[i] | needed_[graph_.operand(i, k)];
        adjoint_[y_] = graph_.broadcast_like(graph_.constant(1), y_);
        for (int k = order.size() - 1; k >= 0; --k)
            if (adjoint_[order[k]] >= 0 && needed_[order[k]] != 0) visit(order[k]);
        for (int i = 0; i < count; ++i)
            gradients[i] = graph_.broadcast_like(adjoint_[x[i]] < 0 ? graph_.constant(0) : adjoint_[x[i]], x[i]);
    }

private:
    constexpr bool wants(int x) const { return needed_[x] != 0; }

    /// Adds `value`, of the result's shape or a shape that broadcasts to it, to the adjoint of operand x of node i.
    constexpr void contribute(int x, int i, int value) {
        if (value < 0) return;
        if (!graph_.same_space(x, i)) {
            const extents target = graph_.shape(x), full = graph_.shape(i);
            value = graph_.broadcast_like(value, i);
            if (!graph_[x].rows && graph_[i].rows) value = graph_.record(op::total, {value});
            extents axes = list(1);
            for (int axis = 0; axis < full.rank; ++axis) {
                const int own = axis - (full.rank - target.rank);
                if (full[axis] > 1 && (own < 0 || target[own] == 1)) axes.push(axis);
            }
            value = graph_.reshape(graph_.sum(value, axes), target);
        }
        accumulate(x, value);
    }
    /// A zero that is known now adds nothing and leaves no node.
    constexpr void accumulate(int x, int value) {
        value = graph_.broadcast_like(value, x);
        if (adjoint_[x] < 0 || is_zero(adjoint_[x]))
            adjoint_[x] = value;
        else if (!is_zero(value))
            adjoint_[x] = graph_.record(op::add, {adjoint_[x], value});
    }
    constexpr bool is_zero(int x) const { return graph_.is_everywhere(x, 0.0) || graph_.is_everywhere(x, -0.0); }

    constexpr void visit_elementwise(int i, int d) {
        const node q = graph_[i];
        int x[3] = {};
        for (int k = 0; k < q.count; ++k) x[k] = graph_.operand(i, k);
        const auto rule = detail::elementwise_adjoint_at(static_cast<int>(q.code) - static_cast<int>(first_elementwise),
                                                         std::make_index_sequence<elementwise_count>{});
        for (int k = 0; k < q.count; ++k)
            if (wants(x[k])) contribute(x[k], i, rule(k, {&graph_, d}, {&graph_, i}, x).id);
    }

    /// What the adjoint of a line computes with: node i, whose adjoint is d.
    struct node_adjoint {
        reverse_pass& pass;
        builder& graph;
        int i, d;
        extents attribute;

        constexpr int x(int k) const { return graph.operand(i, k); }
        constexpr bool wants(int k) const { return pass.wants(x(k)); }
        constexpr extents shape(int id) const { return graph.shape(id); }
        constexpr extents in(int k) const { return graph.shape(x(k)); }
        /// Adds a value of its shape, or of one that broadcasts to it, to the adjoint of operand k.
        constexpr void give(int k, int value) { pass.accumulate(x(k), value); }
        constexpr void give_matrix(int k, int value) { give(k, graph.reshape_like(value, x(k))); }
        /// The same for an operand that was stretched: summed over the stretched axes.
        constexpr void contribute(int k, int value) { pass.contribute(x(k), i, value); }

        constexpr int record(op code, int a, const extents& of, const extents& wanted = {}) {
            return graph.record(code, {a}, of, wanted);
        }
        constexpr int record(op code, int a, int b) { return graph.record(code, {a, b}); }
        constexpr int matmul(int a, int b, bool ta, bool tb) { return graph.matmul(a, b, ta, tb); }
        constexpr int reshape(int a, const extents& to) { return graph.reshape(a, to); }

        /// A value of the result's shape, spread over the axes that a reduction removed.
        constexpr int spread(int value) {
            extents kept = in(0);
            for (int k = 1; k < attribute.rank; ++k) kept[attribute[k]] = 1;
            const int as_kept = stretches(graph.shape(value), kept) ? value : graph.reshape(value, kept);
            return graph.broadcast(as_kept, in(0), graph[value].rows);
        }
        /// The sum over the axes that a reduction removes, which stay as axes of one element.
        constexpr int sum_like(int value) {
            extents keep = attribute;
            keep[0] = 1;
            return graph.sum(value, keep);
        }
        /// Zeros around an axis: element 0 goes to `begin`, the axis gets `extent` elements.
        constexpr int padded(int value, int axis, int begin, int extent) {
            extents to = shape(value);
            if (to[axis] == extent) return value;
            to[axis] = extent;
            return record(op::pad, value, list(axis, begin), to);
        }
        /// Cut or padded at its end.
        constexpr int fitted(int value, int axis, int extent) {
            extents to = shape(value);
            if (to[axis] <= extent) return padded(value, axis, 0, extent);
            to[axis] = extent;
            return record(op::slice, value, list(axis, 0), to);
        }
        constexpr int dilate(int value, int axis, int step) {
            return step == 1 || shape(value)[axis] == 1 ? value : record(op::dilate, value, list(axis, step));
        }
        /// An axis of n elements as n / width of `width`.
        constexpr int split(int value, int axis, int width) {
            const extents from = shape(value);
            extents to;
            for (int k = 0; k < from.rank; ++k) {
                to.push(k == axis ? from[k] / width : from[k]);
                if (k == axis) to.push(width);
            }
            return reshape(value, to);
        }
        /// An axis and the one behind it as one.
        constexpr int merge(int value, int axis) {
            const extents from = shape(value);
            extents to;
            for (int k = 0; k < from.rank; ++k)
                if (k == axis + 1)
                    to[axis] *= from[k];
                else
                    to.push(from[k]);
            return reshape(value, to);
        }
        constexpr int sum(int value, int axis) { return graph.sum(value, list(0, axis)); }
    };

    template <std::size_t Line>
    static constexpr void apply_line(reverse_pass& pass, int i) {
        constexpr const auto& rule = detail::rule_in<Line>(detail::rules::lines);
        node_adjoint at{pass, pass.graph_, i, pass.adjoint_[i], pass.graph_.attribute(i)};
        if constexpr (!std::is_same_v<decltype(rule.adjoint), detail::nothing>) rule.adjoint(at);
    }
    template <std::size_t... Line>
    static constexpr void by_line(reverse_pass& pass, int i, int line, std::index_sequence<Line...>) {
        using function = void (*)(reverse_pass&, int);
        constexpr function functions[] = {&reverse_pass::apply_line<Line>...};
        functions[line](pass, i);
    }

    // Behind the templates that it calls: clang needs their bodies where a constant is computed before a file ends.
    constexpr void visit(int i) {
        const op code = graph_[i].code;
        if (is_elementwise(code)) return visit_elementwise(i, adjoint_[i]);
        if (is_leaf(code)) return;
        by_line(*this, i, detail::line_of(code), detail::line_indices{});
    }

    /// `own` broadcasts to what `kept` broadcasts to: it only lacks leading axes of extent 1.
    static constexpr bool stretches(const extents& own, const extents& kept) {
        for (int k = 1; k <= kept.rank; ++k)
            if (kept[kept.rank - k] != (k <= own.rank ? own[own.rank - k] : 1)) return false;
        return true;
    }

    builder& graph_;
    int y_;
    meta::vector<char> needed_;
    meta::vector<int> adjoint_;
};

}  // namespace sinter
