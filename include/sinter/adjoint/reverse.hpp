// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Reverse mode: a graph → the same graph, extended by its adjoints.
///
/// Input: a builder, outputs y and for each its seed, the nodes x to differentiate by. Output: per x a node of its
/// shape, the derivative of Σ y · seed where seeds are constants. The gradient of a number is that of one output with
/// seed 1.
/// The adjoints stand in the operations' lines (tensor/elementwise.hpp, graph/operations.hpp).
/// Adjoints are nodes like any other, so that they differentiate again, fuse, and share.
///
/// Law: an adjoint has exactly its node's shape and rows. What has no rows gets the sum over them, what was broadcast
/// gets the sum over the stretched axes (tests/laws/gradient.cpp: adjoint = tangent = finite difference).

#include <sinter/graph/canonical.hpp>
#include <sinter/graph/reference.hpp>
#include <sinter/tensor/elementwise.hpp>

namespace sinter {

namespace detail {

using elementwise_adjoint = reference (*)(reference d, reference y, const int* x);
/// An adjoint of the rule table as a function of numbers of nodes.
template <int Arity, class Adjoint>
constexpr reference adjoint_of(reference d, reference y, const int* x) {
    if constexpr (Arity == 1)
        return Adjoint{}(d, y, reference{d.graph, x[0]});
    else if constexpr (Arity == 2)
        return Adjoint{}(d, y, reference{d.graph, x[0]}, reference{d.graph, x[1]});
    else
        return Adjoint{}(d, y, reference{d.graph, x[0]}, reference{d.graph, x[1]}, reference{d.graph, x[2]});
}
template <int Arity, class Adjoint>
inline constexpr elementwise_adjoint adjoint_pointer = adjoint_of<Arity, Adjoint>;
template <int Arity>
inline constexpr elementwise_adjoint adjoint_pointer<Arity, no_adjoint> = nullptr;

/// The adjoints of the rule table by operation and operand; nullptr where there is none.
struct operand_adjoints {
    elementwise_adjoint of[3];
};
template <class Rule>
inline constexpr operand_adjoints adjoints_of_rule{};
template <class Value, class... Adjoint>
inline constexpr operand_adjoints adjoints_of_rule<elementwise_rule<Value, Adjoint...>> = {
    {adjoint_pointer<static_cast<int>(sizeof...(Adjoint)), Adjoint>...}};
template <class Table>
struct adjoints_of_table;
template <class Indices, class... Rule>
struct adjoints_of_table<rule_pack<Indices, Rule...>> {
    static constexpr operand_adjoints at[sizeof...(Rule)] = {adjoints_of_rule<Rule>...};
};
constexpr const operand_adjoints& elementwise_adjoints(op code) {
    using table = adjoints_of_table<std::remove_const_t<decltype(rules::table)>>;
    return table::at[static_cast<int>(code) - static_cast<int>(first_elementwise)];
}

}  // namespace detail

class reverse_pass {
public:
    /// A seed broadcasts to its output; of an output without rows it is summed over the samples.
    struct output {
        int y, seed;
    };
    constexpr reverse_pass(builder& graph, const output* outputs, int count) : graph_{graph} {
        for (int k = 0; k < count; ++k) outputs_.push(outputs[k]);
    }
    /// Of a number, or one for each sample, with seed 1.
    constexpr reverse_pass(builder& graph, int y) : graph_{graph} { outputs_.push({y, graph.constant(1)}); }

    /// The adjoints by each of `count` nodes x, as node numbers.
    constexpr void run(const int* x, int count, int* adjoints) {
        meta::vector<int> roots, order;
        for (output& o : outputs_) {
            roots.push(o.y);
            if (graph_[o.seed].rows && !graph_[o.y].rows) o.seed = graph_.sum_over_samples(o.seed);
        }
        depth_first(graph_.view(), roots.begin(), roots.size(), order);
        needed_.resize(graph_.size(), 0);
        adjoint_.resize(graph_.size(), -1);
        for (int i = 0; i < count; ++i) needed_[x[i]] = 1;
        const table_view t = graph_.view();  // until something is recorded
        char* const needed = needed_.begin();
        for (int i : order)
            for (const int *p = t.operands(i), *const end = p + t.nodes[i].count; p != end; ++p)
                if (needed[*p] != 0) needed[i] = 1;
        int* const adjoint = adjoint_.begin();
        for (const output& o : outputs_) accumulate(o.y, o.seed);
        for (const int *i = order.end(), *const first = order.begin(); i != first;)
            if (adjoint[*--i] >= 0 && needed[*i] != 0) visit(*i, adjoint[*i]);
        for (int i = 0; i < count; ++i)
            adjoints[i] = graph_.broadcast_like(adjoint_[x[i]] < 0 ? graph_.constant(0) : adjoint_[x[i]], x[i]);
    }

private:
    constexpr bool wants(int x) const { return needed_.begin()[x] != 0; }

    /// Adds `value`, of the result's shape or a shape that broadcasts to it, to the adjoint of operand x of node i.
    constexpr void contribute(int x, int i, int value) {
        if (!graph_.same_space(x, i)) {
            const extents target = graph_.shape(x), full = graph_.shape(i);
            value = graph_.broadcast_like(value, i);
            if (!graph_[x].rows && graph_[i].rows) value = graph_.sum_over_samples(value);
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
        int& adjoint = adjoint_.begin()[x];
        if (adjoint < 0 || is_zero(adjoint))
            adjoint = value;
        else if (!is_zero(value))
            adjoint = graph_.record(op::add, {adjoint, value});
    }
    constexpr bool is_zero(int x) const {
        const node* const q = graph_.everywhere(x);
        return q != nullptr && q->value == 0;
    }

    constexpr void visit(int i, int d) {
        const op code = graph_[i].code;
        if (is_leaf(code)) return;
        if (is_elementwise(code)) return visit_elementwise(i, d, code);
        const adjoint_function line = detail::line_of(code).adjoint;
        if (line == nullptr) return;
        of_node at{*this, i, d};
        line(at);
    }

    constexpr void visit_elementwise(int i, int d, op code) {
        int x[3] = {};
        const int count = graph_[i].count;
        for (int k = 0; k < count; ++k) x[k] = graph_.operand(i, k);
        const detail::operand_adjoints& rule = detail::elementwise_adjoints(code);
        for (int k = 0; k < count; ++k)
            if (wants(x[k]) && rule.of[k] != nullptr) contribute(x[k], i, rule.of[k]({&graph_, d}, {&graph_, i}, x).id);
    }

    class of_node final : public line_adjoint {
    public:
        constexpr of_node(reverse_pass& pass, int node, int adjoint)
            : line_adjoint{node, adjoint, pass.graph_.attribute(node)}, pass_{pass}, graph_{pass.graph_} {}

        constexpr int x(int k) const override { return graph_.operand(i, k); }
        constexpr bool has(int k) const override { return k < graph_[i].count; }
        constexpr bool wants(int k) const override { return pass_.wants(x(k)); }
        constexpr bool has_samples(int id) const override { return graph_[id].rows; }
        constexpr const node& node_of(int id) const override { return graph_[id]; }
        constexpr const extents& attribute_of(int id) const override { return graph_.attribute(id); }
        constexpr int operand_of(int id) const override { return graph_.operand(id); }
        constexpr bool is_product(int id, seen_product& seen) const override {
            const bool moved = graph_[id].code == op::transpose;
            const int product = moved ? graph_.operand(id) : id;
            if (graph_[product].code != op::matmul) return false;
            seen = {graph_.operand(product, 0), graph_.operand(product, 1), axes_of_product(graph_.attribute(product)),
                    moved ? graph_.attribute(id) : extents{}};
            for (int k = 0; !moved && k < graph_.shape(id).rank; ++k) seen.order.push(k);
            return true;
        }
        constexpr const extents& shape(int id) const override { return graph_.shape(id); }
        /// What a transposed matrix gets goes to the matrix.
        constexpr void give(int k, int value) override {
            int to = x(k);
            for (; is_transposed_matrix(graph_.view(), to); to = graph_.operand(to))
                value = graph_[value].code == op::matmul ? graph_.transposed_product(value) : graph_.transposed(value);
            pass_.accumulate(to, value);
        }
        constexpr void contribute(int k, int value) override { pass_.contribute(x(k), i, value); }
        constexpr int record(op code, int a, const extents& of, const extents& wanted) override {
            return graph_.record(code, {a}, of, wanted);
        }
        constexpr int record(op code, int a, int b) override { return graph_.record(code, {a, b}); }
        constexpr int matmul(int a, int b, const product_axes& axes) override { return graph_.product(a, b, axes); }
        constexpr int concat(int a, int b, int axis) override { return graph_.record(op::concat, {a, b}, list(axis)); }
        constexpr int reshape(int a, const extents& to) override { return graph_.reshape(a, to); }
        constexpr int broadcast(int a, const extents& to) override { return graph_.broadcast(a, to, graph_[a].rows); }
        constexpr int sum(int a, const extents& keep_and_axes) override { return graph_.sum(a, keep_and_axes); }

    private:
        reverse_pass& pass_;
        builder& graph_;
    };

    builder& graph_;
    meta::vector<output> outputs_;
    meta::vector<char> needed_;
    meta::vector<int> adjoint_;
};

}  // namespace sinter
