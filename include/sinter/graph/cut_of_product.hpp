// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Some rows of a product: the product of these rows.
///
/// What comes back to an image with margins, such as a convolution's by data, is a product for the margins, too, which
/// nobody wants. Its rows are windows of another image: of fewer of them that one has smaller margins.

#include <sinter/graph/line_adjoint.hpp>

namespace sinter::detail {

/// Elements begin … begin + extent - 1 of an axis, cut where a value is no view of another one any more: of what a
/// product reads a view would be stored otherwise.
constexpr int cut_below(line_adjoint& at, int x, int axis, int begin, int extent) {
    const node q = at.node_of(x);
    const extents attribute = at.attribute_of(x);
    const int below = q.count > 0 ? at.operand_of(x) : -1;
    if (q.code == op::transpose)
        return at.record(op::transpose, cut_below(at, below, attribute[axis], begin, extent), attribute);
    if (q.code == op::windows && axis == attribute[0]) {
        const int step = attribute[2], window = at.shape(x)[axis + 1];
        const int span = (extent - 1) * step + (window - 1) * attribute[3] + 1;
        return at.record(op::windows, cut_below(at, below, axis, begin * step, span), attribute);
    }
    if (q.code == op::windows && axis != attribute[0] + 1)
        return at.record(op::windows, cut_below(at, below, axis < attribute[0] ? axis : axis - 1, begin, extent),
                         attribute);
    if (q.code != op::pad || q.count > 1) return at.cut(x, axis, begin, extent);
    // What is left of what lies between the margins, with what is left of them.
    const extents inside = at.shape(below), all = at.shape(x);
    int first = 0;
    for (int k = 0; k < attribute.rank; k += 2)
        if (attribute[k] == axis) first = attribute[k + 1];
    const int end = begin + extent, from = begin > first ? begin : first,
              to = end < first + inside[axis] ? end : first + inside[axis];
    if (from >= to) return at.cut(x, axis, begin, extent);
    int value = at.cut(below, axis, from - first, to - from);
    for (int k = 0; k < attribute.rank; k += 2)
        value = attribute[k] == axis ? at.padded(value, axis, from - begin, extent)
                                     : at.padded(value, attribute[k], attribute[k + 1], all[attribute[k]]);
    return value;
}

/// Elements begin … begin + extent - 1 of an axis of d, which are rows of a product; -1 where they are none.
constexpr int cut_of_product(line_adjoint& at, int d, int axis, int begin, int extent) {
    seen_product y;
    if (extent == at.shape(d)[axis] || !at.is_product(d, y)) return -1;
    const int row = y.order[axis];
    if (row < y.axes.batch || row >= at.shape(y.left).rank - y.axes.depth) return -1;
    const int left = cut_below(at, y.left, row, begin, extent);
    return at.record(op::transpose, at.matmul(left, y.right, y.axes), y.order);
}

}  // namespace sinter::detail
