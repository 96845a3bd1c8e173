// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The adjoint of windows that a product reads, such as a convolution's by its input: a product again.
///
/// What comes back to windows is y[p, q] = sum over k of d[p, k] w[k, q], for position p and place q; an element x of
/// the axis gets the sum of y[p, q] over all p * step + q * dilation = x. For step 1 that is the sum over q and k of
/// d[x - q * dilation, k] w[k, q]: a product over (q, k) of windows of d, with margins, and of w turned round. So no
/// buffer holds the windows. For a further step each residue x % step is a product of its own, of the places that meet
/// it, and the residues lie in turns.

#include <sinter/graph/line_adjoint.hpp>

namespace sinter::detail {

/// Margins of zeros on both sides of an axis, put where a value is no view of another one any more: a pad of a view
/// would have to be stored as the view is, windows by windows.
constexpr int with_margins_below(line_adjoint& at, int x, int axis, int margin) {
    const node q = at.node_of(x);
    const extents attribute = at.attribute_of(x);
    if (q.code == op::transpose)
        return at.record(op::transpose, with_margins_below(at, at.operand_of(x), attribute[axis], margin), attribute);
    const int own = attribute.rank > 0 ? attribute[0] : 0;
    if (q.code == op::windows && axis != own && axis != own + 1) {
        const int below = with_margins_below(at, at.operand_of(x), axis < own ? axis : axis - 1, margin);
        return at.record(op::windows, below, attribute);
    }
    return at.padded(x, axis, margin, at.shape(x)[axis] + 2 * margin);
}

/// An axis goes to another place among the axes.
constexpr int with_axis_at(line_adjoint& at, int x, int axis, int to) {
    const int rank = at.shape(x).rank;
    extents order;
    for (int k = 0; order.rank < rank;) {
        if (order.rank == to)
            order.push(axis);
        else if (k++ != axis)
            order.push(k - 1);
    }
    return at.record(op::transpose, x, order);
}

/// The sum over windows of a product, as one product for each residue; -1 where what comes back is none.
constexpr int windows_of_product(line_adjoint& at) {
    const int axis = at.attribute[0], step = at.attribute[2], dilation = at.attribute[3];
    seen_product y;
    if ((step > 1 && dilation > 1) || !at.is_product(at.d, y)) return -1;
    const int batch = y.axes.batch, depth = y.axes.depth, row_end = at.shape(y.left).rank - depth;
    const int row = y.order[axis], place = y.order[axis + 1];
    if (row < batch || row >= row_end || place < row_end) return -1;
    if (step > 1 && batch > 0 && depth == 0) return -1;  // nothing is summed but places: elementwise
    const int column = place - row_end + batch + depth, window = at.shape(y.right)[column];
    // Windows side by side, or with elements between them, need no sum.
    if (window <= step || at.shape(y.left).rank == max_rank) return -1;
    extents order;  // of the axes of d without the place
    for (int k = 0; k < y.order.rank; ++k)
        if (k != axis + 1) order.push(y.order[k] - (y.order[k] > place));
    const int longest = at.shape(y.left)[row] + ((window + step - 1) / step - 1) * dilation;
    // The last depth axis stays the last one: where it is contiguous, it and the places of a line are.
    const int first = depth > 0 ? depth - 1 : 0;
    int all = -1;
    for (int r = 0; r < step; ++r) {
        const int places = (window - r + step - 1) / step;
        int right = y.right, left = with_margins_below(at, y.left, row, (places - 1) * dilation);
        if (step > 1) {
            if (r > 0) right = at.cut(right, column, r, window - r);
            right = at.record(op::stride, right, list(column, step));
        }
        right = with_axis_at(at, at.record(op::flip, right, list(column)), column, batch + first);
        left = at.record(op::windows, left, list(row, places, 1, dilation));
        left = with_axis_at(at, left, row + 1, row_end + first);
        const int z = at.record(op::transpose, at.matmul(left, right, {batch, depth + 1, y.axes.over_samples}), order);
        if (step == 1) return z;
        const int own = at.split(at.fitted(z, axis, longest), axis, 1);
        all = all < 0 ? own : at.concat(all, own, axis + 1);
    }
    return at.fitted(at.merge(all, axis), axis, at.in(0)[axis]);
}

}  // namespace sinter::detail
