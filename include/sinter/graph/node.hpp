// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A node of a table, and the view through which every pass reads a table.
///
/// A table is a flat array of nodes in topological order: operands have smaller numbers. Shapes and attributes are
/// numbers of interned `extents`, so that equal shapes have equal numbers. Whoever owns the arrays (a builder while
/// tracing, a constant of the program) hands them to the passes as a `table_view`; passes are ordinary functions,
/// constexpr and run time alike.

#include <sinter/tensor/extents.hpp>
#include <sinter/tensor/op.hpp>

namespace sinter {

constexpr bool same_bits(double a, double b) {
    return __builtin_bit_cast(unsigned long long, a) == __builtin_bit_cast(unsigned long long, b);
}

/// `attribute` by operation: sum, max: {keep, axis...}; transpose: permutation; slice, pad: {axis, begin}; concat:
/// {axis}; matmul: {transposed_left, transposed_right}; update: {number of states}; input: {1} if it holds integers;
/// store: {} if it goes to an output, {1} if to a gradient's buffer.
/// `leaf`: number of the input, parameter, variable, scalar, gradient or output.
struct node {
    op code = op::none;
    bool rows = false;  ///< has the leading axis of samples
    int a = -1, b = -1, c = -1;
    int shape = 0;
    int attribute = 0;
    int leaf = -1;
    double value = 0;
    /// Constants are equal if their bits are: 0.0 and -0.0 are two, and NaN is one.
    constexpr bool operator==(const node& q) const {
        return code == q.code && rows == q.rows && a == q.a && b == q.b && c == q.c && shape == q.shape &&
               attribute == q.attribute && leaf == q.leaf && (code != op::constant || same_bits(value, q.value));
    }
};

struct table_view {
    const node* nodes = nullptr;
    int node_count = 0;
    const extents* lists = nullptr;
    const int* outputs = nullptr;
    int output_count = 0;

    constexpr const node& operator[](int i) const { return nodes[i]; }
    constexpr const extents& shape(int i) const { return lists[nodes[i].shape]; }
    constexpr const extents& attribute(int i) const { return lists[nodes[i].attribute]; }
    constexpr int size(int i) const { return shape(i).size(); }
};

/// Calls f with each operand of a node.
template <class F>
constexpr void for_operands(const node& q, F f) {
    if (q.a >= 0) f(q.a);
    if (q.b >= 0) f(q.b);
    if (q.c >= 0) f(q.c);
}

/// Lists that the nodes name.
constexpr int list_count(const table_view& t) {
    int lists = 0;
    for (int i = 0; i < t.node_count; ++i)
        for (int id : {t[i].shape, t[i].attribute}) lists = id >= lists ? id + 1 : lists;
    return lists;
}

constexpr int count(const table_view& t, op code) {
    int n = 0;
    for (int i = 0; i < t.node_count; ++i) n += t[i].code == code;
    return n;
}

}  // namespace sinter
