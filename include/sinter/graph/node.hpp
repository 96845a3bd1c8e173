// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A node of a table, and the view through which every pass reads a table.
///
/// A table is a flat array of nodes in topological order: operands have smaller numbers. A node's operands are a range
/// of the table's pool of operands. Shapes and attributes are numbers of interned `extents`, so that equal shapes have
/// equal numbers. Whoever owns the arrays (a builder while tracing, a constant of the program) hands them to the passes
/// as a `table_view`; passes are ordinary functions, constexpr and run time alike.

#include <sinter/tensor/extents.hpp>
#include <sinter/tensor/op.hpp>

namespace sinter {

constexpr bool same_bits(double a, double b) {
    return __builtin_bit_cast(unsigned long long, a) == __builtin_bit_cast(unsigned long long, b);
}

/// The first number of a reduction's attribute: its axes stay, with one element each; a sum is over the samples, too.
inline constexpr int keeps_axes = 1, over_samples = 2;

/// What a value holds: numbers, or std::int32_t as they lie in a leaf. A view of integers holds integers; what a
/// program computes and keeps is real.
enum class value_kind : unsigned char { real, integer };

/// `attribute` by operation: sum, max: {flags, axis...}; transpose: permutation; slice, pad: {axis, begin}; concat:
/// {axis}; matmul: {batch axes, depth axes, over samples}; update: {number of states}; state: {which of them}.
struct node {
    op code = op::none;
    bool rows = false;  ///< has the leading axis of samples
    value_kind kind = value_kind::real;
    int first = 0;  ///< of its operands, in the pool
    int count = 0;
    int shape = 0;
    int attribute = 0;
    int number = -1;  ///< which input, parameter, variable, scalar, gradient, output, alias, body or result
    double value = 0;
    /// Equal but for where the operands stand. Constants are equal if their bits are: 0.0 and -0.0 are two, NaN is one.
    constexpr bool alike(const node& q) const {
        return code == q.code && rows == q.rows && kind == q.kind && count == q.count && shape == q.shape &&
               attribute == q.attribute && number == q.number && (code != op::constant || same_bits(value, q.value));
    }
};

/// What a product's attribute says: how many leading axes are of the batch, how many are summed over, and whether
/// samples are. In lowered tables a product may be paired: the right operand's columns are the left one's last axes,
/// too (fusion/paired_products.hpp).
struct product_axes {
    int batch = 0, depth = 1;
    bool over_samples = false;
    bool paired = false;
};
constexpr product_axes axes_of_product(const extents& attribute) {
    return {attribute[0], attribute[1], attribute[2] != 0, attribute.rank > 3};
}

struct table_view {
    const node* nodes = nullptr;
    int node_count = 0;
    const int* pool = nullptr;  ///< of operands
    const extents* lists = nullptr;
    const int* outputs = nullptr;
    int output_count = 0;
    /// Tables that nodes of this one name by number: their inputs are a node's operands, their outputs its results.
    /// They are constants, or outlive whoever names them.
    const table_view* bodies = nullptr;
    int body_count = 0;

    constexpr const node& operator[](int i) const { return nodes[i]; }
    constexpr const extents& shape(int i) const { return lists[nodes[i].shape]; }
    constexpr const extents& attribute(int i) const { return lists[nodes[i].attribute]; }
    constexpr int size(int i) const { return shape(i).size(); }
    /// The operands of a node, as an array of node::count numbers.
    constexpr const int* operands(int i) const { return pool + nodes[i].first; }
    constexpr int operand(int i, int k = 0) const { return pool[nodes[i].first + k]; }
};

/// Equal nodes and outputs, number for number.
constexpr bool same_nodes(const table_view& a, const table_view& b) {
    if (a.nodes == b.nodes) return true;
    if (a.node_count != b.node_count || a.output_count != b.output_count) return false;
    for (int i = 0; i < a.node_count; ++i) {
        node q = b[i];
        if (!(a.shape(i) == b.shape(i)) || !(a.attribute(i) == b.attribute(i)) || a[i].count != q.count) return false;
        q.shape = a[i].shape;
        q.attribute = a[i].attribute;
        if (!a[i].alike(q)) return false;
        for (int k = 0; k < q.count; ++k)
            if (a.operand(i, k) != b.operand(i, k)) return false;
    }
    for (int k = 0; k < a.output_count; ++k)
        if (a.outputs[k] != b.outputs[k]) return false;
    return true;
}

/// Calls f with each operand of node i.
template <class F>
constexpr void for_operands(const table_view& t, int i, F f) {
    const int* const x = t.operands(i);
    for (int k = 0, n = t.nodes[i].count; k < n; ++k) f(x[k]);
}

/// Lists that the nodes name, and operands.
struct table_extent {
    int lists = 0, operands = 0;
};
constexpr table_extent extent_of(const table_view& t) {
    table_extent all;
    for (const node *q = t.nodes, *const end = q + t.node_count; q != end; ++q) {
        const int last = q->shape > q->attribute ? q->shape : q->attribute;
        if (last >= all.lists) all.lists = last + 1;
        if (q->first + q->count > all.operands) all.operands = q->first + q->count;
    }
    return all;
}

constexpr int count(const table_view& t, op code) {
    int n = 0;
    for (int i = 0; i < t.node_count; ++i) n += t[i].code == code;
    return n;
}

}  // namespace sinter
