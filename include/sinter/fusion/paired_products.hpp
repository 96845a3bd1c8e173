// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Batched products whose result is wanted with an axis of the batch behind all others, as paired ones.
///
/// A depthwise convolution is a product for each channel, of positions and places, and channels are the last axis in
/// memory. A kernel that runs a product for each index of the batch would have one column, and its result would be
/// copied. Instead the axis becomes that of the columns, along which both operands move:
///     paired product of left [batch…, rows…, depth…, column] and right [batch…, depth…, column]
/// is [batch…, rows…, column]. So lanes run along channels, and sums are those of any product. Who reads a product is
/// asked of batched ones alone.

#include <sinter/graph/builder.hpp>

namespace sinter::detail {

/// The transposition that alone reads product i, which has a batch and no columns; -1 where something else does.
constexpr int transposition_of_product(const table_view& t, int i) {
    const product_axes axes = axes_of_product(t.attribute(i));
    if (axes.batch == 0 || t.shape(t.operand(i, 1)).rank != axes.batch + axes.depth) return -1;
    int reader = -1;
    for (int k = 0; k < t.output_count; ++k)
        if (t.outputs[k] == i) return -1;
    for (int r = i + 1; r < t.node_count; ++r)
        for (int k = 0; k < t[r].count; ++k) {
            if (t.operand(r, k) != i) continue;
            if (reader >= 0 || t[r].code != op::transpose) return -1;
            reader = r;
        }
    return reader;
}

/// The product `q` of a and b, transposed so, as a paired one; -1 where its last axis is none of the batch, or where
/// others of the batch stand behind rows.
constexpr int paired_product(builder& to, const node& q, int a, int b, const product_axes& axes, const extents& order) {
    const int rank = order.rank, others = axes.batch - 1, lane = order[rank - 1];
    if (lane >= axes.batch || to.shape(a)[lane] == 1) return -1;
    for (int k = 0; k < others; ++k)
        if (order[k] >= axes.batch) return -1;
    extents left, right, shape;
    for (int k = 0; k + 1 < rank; ++k) {
        left.push(order[k]);
        if (k < others) right.push(order[k]);
        shape.push(to.shape(a)[order[k]]);
    }
    shape.push(to.shape(a)[lane]);
    for (int k = 0; k < axes.depth; ++k) left.push(rank + k), right.push(axes.batch + k);
    left.push(lane), right.push(lane);
    const int operands[] = {to.record(op::transpose, {a}, left), to.record(op::transpose, {b}, right)};
    return to.adopt({.code = op::matmul,
                     .rows = q.rows,
                     .count = 2,
                     .shape = to.intern(shape),
                     .attribute = to.intern(list(others, axes.depth, axes.over_samples, 1))},
                    operands);
}

}  // namespace sinter::detail
