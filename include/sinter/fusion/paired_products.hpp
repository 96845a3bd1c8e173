// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Batched products whose result is wanted with an axis of the batch behind all others, as paired ones.
///
/// A depthwise convolution is a product for each channel, of positions and places, and channels are the last axis in
/// memory. A kernel that runs a product for each index of the batch would have one column, and its result would be
/// copied. Instead the axis becomes that of the columns, along which both operands move:
///     paired product of left [batch…, rows…, depth…, column] and right [batch…, depth…, column]
/// is [batch…, rows…, column]. So lanes run along channels, and sums are those of any product. Margins of the left
/// operand are not written: the kernel leaves out what lies in them. Of a result that is cut off only the rest is
/// computed. One of depth 1 is elementwise. Who reads a product is asked of batched ones alone.

#include <sinter/graph/builder.hpp>
#include <sinter/kernel/spec.hpp>

namespace sinter::detail {

/// Who alone reads x, an operation of this code; -1 where something else does.
constexpr int only_reader(const table_view& t, int x, op code) {
    int reader = -1;
    for (int k = 0; k < t.output_count; ++k)
        if (t.outputs[k] == x) return -1;
    for (int r = x + 1; r < t.node_count; ++r)
        for (int k = 0; k < t[r].count; ++k) {
            if (t.operand(r, k) != x) continue;
            if (reader >= 0 || t[r].code != code) return -1;
            reader = r;
        }
    return reader;
}
/// A batched product of depth 1, transposed so, is one multiplication for each element: operands as they broadcast.
constexpr int lower_outer_product(builder& to, int a, int b, const product_axes& axes, const extents& order) {
    const int rows = to.shape(a).rank - axes.batch - axes.depth;
    extents left = to.shape(a), right = to.shape(b), wide;
    left.rank = axes.batch + rows;
    for (int k = axes.batch + axes.depth; k < right.rank; ++k) left.push(1);
    for (int k = 0; k < left.rank; ++k)
        wide.push(k < axes.batch ? right[k] : k < axes.batch + rows ? 1 : right[k - rows + axes.depth]);
    a = to.record(op::transpose, {to.reshape(a, left)}, order);
    b = to.record(op::transpose, {to.reshape(b, wide)}, order);
    extents full = to.shape(a);
    for (int k = 0; k < full.rank; ++k) full[k] *= full[k] == 1 ? to.shape(b)[k] : 1;
    // The repetition is said outright: by it small windows know that there are places side by side.
    const int operands[] = {to.broadcast(a, full, to[a].rows), b};
    return to.adopt({.code = op::multiply, .rows = to[a].rows || to[b].rows, .count = 2, .shape = to.intern(full)},
                    operands);
}

/// Whether a paired product reads its left operand through x, a view of memory.
constexpr bool is_seen_through(op code) { return code == op::transpose || code == op::windows || code == op::slice; }

/// The depth axes of a product's left operand from `depth` on, in the order in which they lie in memory: the last one
/// walks the nearest elements, which neighbouring rows share.
constexpr extents depth_in_memory(const builder& of, int left, int depth) {
    const int count = of.shape(left).rank - depth;
    extents place{.rank = count}, order{.rank = count};
    index_map m{.rank = of.shape(left).rank};
    for (int k = 0; k < m.rank; ++k) m.set(k, k);
    for (int x = left; is_seen_through(of[x].code); x = of.operand(x)) m = compose(m, view_map(of.view(), x));
    for (int k = 0; k < m.rank; ++k) {
        if (m.factor[k] != 0 && m.axis[k] >= depth) place[m.axis[k] - depth] = k;
        if (m.second_factor[k] != 0 && m.second_axis[k] >= depth) place[m.second_axis[k] - depth] = k;
    }
    for (int k = 0; k < count; ++k) {
        int to = k;
        for (; to > 0 && place[order[to - 1]] > place[k]; --to) order[to] = order[to - 1];
        order[to] = k;
    }
    return order;
}

/// The left operand of a paired product with axes of depth from `depth` on, without the zeros of a pad that it reads
/// through windows: the product knows them, and nobody stores them. Itself where it reads none.
constexpr int without_zeros(builder& to, int left, int depth) {
    constexpr int most = 16;
    const int last = to.shape(left).rank - 1;
    int chain[most] = {}, count = 0, x = left;
    index_map m{.rank = last + 1};
    for (int k = 0; k < m.rank; ++k) m.set(k, k);
    for (; is_seen_through(to[x].code); x = to.operand(x)) {
        if (count == most) return left;
        chain[count++] = x;
        m = compose(m, view_map(to.view(), x));
    }
    if (to[x].code != op::pad || to[x].count != 1 || m.rejected()) return left;
    const extents at = to.attribute(x);
    const int own = m.rank - 1, below = to.operand(to.operand(x));  // below its part
    if (m.axis[own] != last || m.factor[own] != 1 || m.second_factor[own] != 0 || at.rank > 2 * most_margins)
        return left;
    if (is_leaf(to[below].code) && !is_real_buffer(to[below])) return left;
    for (int n = 0; n < at.rank; n += 2) {  // of a place and a position
        const int k = at[n], one = m.axis[k], other = m.second_axis[k];
        if (m.seconds == 0 || m.factor[k] <= 0 || m.second_factor[k] <= 0 || (one < depth) == (other < depth) ||
            one == last || other == last)
            return left;
    }
    x = to.record(op::margins, {below}, at, extents{to.shape(x)});
    while (count-- > 0) {
        const int from = chain[count];
        x = to.record(to[from].code, {x}, extents{to.attribute(from)}, extents{to.shape(from)});
    }
    return x;
}

/// The product i of a and b as a paired one, which is the image of the transposition and the slices that alone read it,
/// one after the other. -1 where it remains a product for each index of the batch: where the last axis of the
/// transposition is none of the batch, or another one of the batch stands behind rows.
constexpr int lower_paired_product(const table_view& from, int i, builder& to, int a, int b, meta::vector<int>& image) {
    const product_axes axes = axes_of_product(from.attribute(i));
    const int transposed = axes.batch > 0 ? only_reader(from, i, op::transpose) : -1;
    if (transposed < 0) return -1;
    const extents order = from.attribute(transposed);
    if (!axes.over_samples && to.shape(a).size_from(to.shape(a).rank - axes.depth) == 1)
        return image[transposed] = lower_outer_product(to, a, b, axes, order);
    if (to.shape(b).rank != axes.batch + axes.depth) return -1;
    const int rank = order.rank, others = axes.batch - 1, lane = order[rank - 1];
    if (lane >= axes.batch || to.shape(a)[lane] == 1) return -1;
    for (int k = 0; k < others; ++k)
        if (order[k] >= axes.batch) return -1;
    extents left, right;
    for (int k = 0; k + 1 < rank; ++k) left.push(order[k]);
    for (int k = 0; k < others; ++k) right.push(order[k]);
    const extents depth = depth_in_memory(to, a, rank);
    for (int k = 0; k < axes.depth; ++k) left.push(rank + depth[k]), right.push(axes.batch + depth[k]);
    left.push(lane), right.push(lane);
    a = to.record(op::transpose, {a}, left);
    b = to.record(op::transpose, {b}, right);
    int last = transposed;
    for (int next = only_reader(from, last, op::slice); next >= 0; next = only_reader(from, last, op::slice)) {
        const int axis = from.attribute(next)[0];
        if (axis < others || axis == rank - 1) break;
        extents cut = to.shape(a);
        cut[axis] = from.shape(next)[axis];
        a = to.record(op::slice, {a}, extents{from.attribute(next)}, cut);
        last = next;
    }
    const int operands[] = {without_zeros(to, a, rank - 1), b};
    const int product = to.adopt({.code = op::matmul,
                                  .rows = from[i].rows,
                                  .count = 2,
                                  .shape = to.intern(from.shape(last)),
                                  .attribute = to.intern(list(others, axes.depth, axes.over_samples, 1))},
                                 operands);
    for (int r = transposed; r != last; r = only_reader(from, r, op::slice)) image[r] = product;
    return image[last] = product;
}

}  // namespace sinter::detail
