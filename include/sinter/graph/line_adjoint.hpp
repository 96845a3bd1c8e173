// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What the adjoint of an operation's line is written in: node i of a graph, whose adjoint is d.
///
/// The lines stand before the builder, which asks them for shapes, so they see the graph through this class;
/// adjoint/reverse.hpp implements it. It is no template: a line is then plain data, and nothing is instantiated for it.

#include <sinter/graph/node.hpp>

namespace sinter {

/// A product, seen through a transposition: axis k of the value is axis order[k] of the product.
struct seen_product {
    int left = -1, right = -1;
    product_axes axes;
    extents order;
};

class line_adjoint {
public:
    int i, d;
    extents attribute;

    constexpr line_adjoint(int node, int adjoint, const extents& of) : i{node}, d{adjoint}, attribute{of} {}

    // ---- the node and its operands
    virtual constexpr int x(int k) const = 0;
    virtual constexpr bool has(int k) const = 0;  ///< an operand k
    virtual constexpr bool wants(int k) const = 0;
    virtual constexpr bool has_samples(int id) const = 0;
    virtual constexpr const extents& shape(int id) const = 0;  ///< until something is recorded
    constexpr extents in(int k) const { return shape(x(k)); }

    // ---- any node
    virtual constexpr const node& node_of(int id) const = 0;
    virtual constexpr const extents& attribute_of(int id) const = 0;
    virtual constexpr int operand_of(int id) const = 0;
    virtual constexpr bool is_product(int id, seen_product& seen) const = 0;

    /// Adds a value of its shape, or of one that broadcasts to it, to the adjoint of operand k.
    virtual constexpr void give(int k, int value) = 0;
    /// The same for an operand that was stretched: summed over the stretched axes.
    virtual constexpr void contribute(int k, int value) = 0;

    // ---- new nodes
    virtual constexpr int record(op code, int a, const extents& of, const extents& wanted) = 0;
    virtual constexpr int record(op code, int a, int b) = 0;
    virtual constexpr int matmul(int a, int b, const product_axes& axes) = 0;
    virtual constexpr int concat(int a, int b, int axis) = 0;
    virtual constexpr int reshape(int a, const extents& to) = 0;
    virtual constexpr int broadcast(int a, const extents& to) = 0;
    virtual constexpr int sum(int a, const extents& keep_and_axes) = 0;
    constexpr int record(op code, int a, const extents& of) { return record(code, a, of, {}); }

    /// A value of the result's shape, spread over the axes that a reduction removed.
    constexpr int spread(int value) {
        const extents full = in(0);
        extents kept = full;
        for (int k = 1; k < attribute.rank; ++k) kept[attribute[k]] = 1;
        return broadcast(stretches(shape(value), kept) ? value : reshape(value, kept), full);
    }
    /// The sum over the axes that a reduction removes, which stay as axes of one element.
    constexpr int sum_like(int value) {
        extents keep = attribute;
        keep[0] = 1;
        return sum(value, keep);
    }
    /// Two lists of axes exchanged: those from `first` on, and those from `second` on, which reach to the end.
    constexpr int exchanged(int value, int first, int second) {
        const int rank = shape(value).rank;
        return first == second || second == rank ? value : record(op::transpose, value, exchange(first, second, rank));
    }
    /// Zeros around an axis: element 0 goes to `begin`, the axis gets `extent` elements.
    constexpr int padded(int value, int axis, int begin, int extent) {
        extents to = shape(value);
        if (to[axis] == extent) return value;
        to[axis] = extent;
        return record(op::pad, value, list(axis, begin), to);
    }
    /// Elements begin … begin + extent - 1 of an axis.
    constexpr int cut(int value, int axis, int begin, int extent) {
        extents to = shape(value);
        to[axis] = extent;
        return record(op::slice, value, list(axis, begin), to);
    }
    /// Cut or padded at its end.
    constexpr int fitted(int value, int axis, int extent) {
        return shape(value)[axis] <= extent ? padded(value, axis, 0, extent) : cut(value, axis, 0, extent);
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

protected:
    constexpr ~line_adjoint() = default;
    /// `own` broadcasts to what `kept` broadcasts to: it only lacks leading axes of extent 1.
    static constexpr bool stretches(const extents& own, const extents& kept) {
        for (int k = 1; k <= kept.rank; ++k)
            if (kept[kept.rank - k] != (k <= own.rank ? own[own.rank - k] : 1)) return false;
        return true;
    }
};

}  // namespace sinter
