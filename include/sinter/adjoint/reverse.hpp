// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Reverse mode: a graph → the same graph, extended by its adjoints.
///
/// Input: a builder, one scalar-per-sample (or scalar) node y, and the nodes x to differentiate by. Output: per x the
/// node of dy/dx, of x's shape. Elementwise adjoints come from the rule table (tensor/elementwise.hpp); the others
/// stand here, one case each. Adjoints are nodes like any other, so that they differentiate again, fuse, and share.
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
                                        const reference (&x)[3]) {
    constexpr const auto& rule = elementwise<Code>;
    const auto with = [&](const auto& adjoint) -> reference {
        const auto result = [&] {
            if constexpr (arity_v<Code> == 1)
                return adjoint(d, y, x[0]);
            else if constexpr (arity_v<Code> == 2)
                return adjoint(d, y, x[0], x[1]);
            else
                return adjoint(d, y, x[0], x[1], x[2]);
        }();
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

using adjoint_function = reference (*)(int, reference, reference, const reference (&)[3]);
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
        for (int i : order) for_operands(graph_[i], [&](int operand) { needed_[i] = needed_[i] | needed_[operand]; });
        adjoint_[y_] = graph_.broadcast_like(graph_.constant(1), y_);
        for (int k = order.size() - 1; k >= 0; --k)
            if (adjoint_[order[k]] >= 0 && needed_[order[k]] != 0) visit(order[k]);
        for (int i = 0; i < count; ++i)
            gradients[i] = graph_.broadcast_like(adjoint_[x[i]] < 0 ? graph_.constant(0) : adjoint_[x[i]], x[i]);
    }

private:
    constexpr bool wants(int x) const { return x >= 0 && needed_[x] != 0; }

    /// Adds `value`, of the result's shape or a shape that broadcasts to it, to the adjoint of operand x of node i.
    constexpr void contribute(int x, int i, int value) {
        if (value < 0) return;
        if (!graph_.same_space(x, i)) {
            const extents target = graph_.shape(x), full = graph_.shape(i);
            value = graph_.broadcast_like(value, i);
            if (!graph_[x].rows && graph_[i].rows) value = graph_.record(op::total, value);
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
            adjoint_[x] = graph_.record(op::add, adjoint_[x], value);
    }
    constexpr bool is_zero(int x) const { return graph_.is_everywhere(x, 0.0) || graph_.is_everywhere(x, -0.0); }

    constexpr void visit(int i) {
        const node q = graph_[i];
        const int d = adjoint_[i];
        if (is_elementwise(q.code)) return visit_elementwise(q, i, d);
        const extents attribute = graph_.attribute(i), in = q.a >= 0 ? graph_.shape(q.a) : extents{};
        switch (q.code) {
            case op::alias: accumulate(q.a, d); break;
            case op::broadcast: contribute(q.a, i, d); break;
            case op::total: accumulate(q.a, d); break;  // the same for every sample
            case op::sum: accumulate(q.a, spread(d, in, attribute)); break;
            case op::max: visit_max(q, i, d, attribute); break;
            case op::reshape: accumulate(q.a, graph_.reshape(d, in)); break;
            case op::transpose: {
                extents inverse{.rank = attribute.rank};
                for (int axis = 0; axis < attribute.rank; ++axis) inverse[attribute[axis]] = axis;
                accumulate(q.a, graph_.record(op::transpose, d, -1, -1, inverse));
                break;
            }
            case op::slice: accumulate(q.a, graph_.record(op::pad, d, -1, -1, attribute, in)); break;
            case op::pad: accumulate(q.a, graph_.record(op::slice, d, -1, -1, attribute, in)); break;
            case op::concat: {
                const int axis = attribute[0], begin = in[axis];
                const extents right = graph_.shape(q.b);
                if (wants(q.a)) accumulate(q.a, graph_.record(op::slice, d, -1, -1, list(axis, 0), in));
                if (wants(q.b)) accumulate(q.b, graph_.record(op::slice, d, -1, -1, list(axis, begin), right));
                break;
            }
            case op::matmul: {
                const bool ta = attribute[0] != 0, tb = attribute[1] != 0;
                // A vector is a matrix of one row: what comes back as [1, n] is the vector again.
                const auto give = [&](int x, int product) { accumulate(x, graph_.reshape_like(product, x)); };
                if (wants(q.a)) give(q.a, ta ? graph_.matmul(q.b, d, tb, true) : graph_.matmul(d, q.b, false, !tb));
                if (wants(q.b)) give(q.b, tb ? graph_.matmul(d, q.a, true, ta) : graph_.matmul(q.a, d, !ta, false));
                break;
            }
            default: break;  // leaves, stop, mistake: nothing flows on
        }
    }

    constexpr void visit_elementwise(const node& q, int i, int d) {
        const reference x[3] = {{&graph_, q.a}, {&graph_, q.b}, {&graph_, q.c}};
        const auto rule = detail::elementwise_adjoint_at(static_cast<int>(q.code) - static_cast<int>(first_elementwise),
                                                         std::make_index_sequence<elementwise_count>{});
        for (int k = 0; k < 3; ++k)
            if (wants(x[k].id)) contribute(x[k].id, i, rule(k, {&graph_, d}, {&graph_, i}, x).id);
    }

    /// `own` broadcasts to what `kept` broadcasts to: it only lacks leading axes of extent 1.
    static constexpr bool stretches(const extents& own, const extents& kept) {
        for (int k = 1; k <= kept.rank; ++k)
            if (kept[kept.rank - k] != (k <= own.rank ? own[own.rank - k] : 1)) return false;
        return true;
    }
    /// The adjoint of a reduction's result, spread over the axes that were reduced.
    constexpr int spread(int d, const extents& in, const extents& keep_and_axes) {
        extents kept = in;
        for (int k = 1; k < keep_and_axes.rank; ++k) kept[keep_and_axes[k]] = 1;
        return graph_.broadcast(stretches(graph_.shape(d), kept) ? d : graph_.reshape(d, kept), in, graph_[d].rows);
    }

    /// Ties share the adjoint evenly.
    constexpr void visit_max(const node& q, int i, int d, const extents& keep_and_axes) {
        const extents in = graph_.shape(q.a);
        extents keep = keep_and_axes;
        keep[0] = 1;
        const int mask = graph_.record(op::equal, q.a, spread(i, in, keep_and_axes));
        const int share = graph_.record(op::divide, spread(d, in, keep_and_axes), graph_.sum(mask, keep));
        accumulate(q.a, graph_.record(op::multiply, share, mask));
    }

    builder& graph_;
    int y_;
    meta::vector<char> needed_;
    meta::vector<int> adjoint_;
};

}  // namespace sinter
