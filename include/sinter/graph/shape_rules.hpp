// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Shapes of operands → shape of the result.
///
/// The same functions serve the node table (numbers) and the carriers (types, through graph/expression.hpp), so that
/// the two cannot disagree. Broadcasting aligns the last axes; an extent of 1 stretches. Rows are a flag: a result has
/// rows if an operand has, but for sums over rows and products over rows. Which operation has which shape is said in
/// graph/operations.hpp.

#include <sinter/graph/mistake.hpp>
#include <sinter/graph/node.hpp>

namespace sinter {

struct shaped {
    extents shape{};
    bool rows = false;
    mistake_kind wrong = mistake_kind::none;
    extents expected{}, found{};  // of the mistake

    constexpr shaped& fail(mistake_kind kind, extents expects, extents finds) {
        if (wrong == mistake_kind::none) wrong = kind, expected = expects, found = finds;
        return *this;
    }
};

namespace detail {

/// What the shape of a result depends on. `wanted` is the result's shape where the operation is told it.
struct shape_request {
    const shaped* in;
    int count;
    const extents& attribute;
    const shaped& wanted;
};

constexpr shaped broadcast_shapes(const shaped* in, int count) {
    shaped out = in[0];
    for (int i = 1; i < count; ++i) {
        const extents left = out.shape, right = in[i].shape;
        out.rows = out.rows || in[i].rows;
        if (left == right || right.rank == 0) continue;
        if (left.rank == 0) {
            out.shape = right;
            continue;
        }
        out.shape.rank = left.rank > right.rank ? left.rank : right.rank;
        for (int k = 1; k <= out.shape.rank; ++k) {
            const int x = k <= left.rank ? left[left.rank - k] : 1, y = k <= right.rank ? right[right.rank - k] : 1;
            if (x != y && x != 1 && y != 1)
                return out.shape = left, out.fail(mistake_kind::shapes_do_not_broadcast, left, right);
            out.shape[out.shape.rank - k] = x > y ? x : y;
        }
    }
    return out;
}

constexpr shaped reduce_shape(const shape_request& of) {
    const shaped& in = of.in[0];
    const extents& keep_and_axes = of.attribute;
    shaped out{.shape = {}, .rows = in.rows};
    bool reduced[max_rank] = {};
    for (int i = 1; i < keep_and_axes.rank; ++i) {
        const int axis = keep_and_axes[i];
        if (axis < 0 || axis >= in.shape.rank)
            return out.fail(mistake_kind::axis_out_of_range, list(in.shape.rank), list(axis));
        if (reduced[axis]) return out.fail(mistake_kind::axis_named_twice, {}, list(axis));
        reduced[axis] = true;
    }
    for (int i = 0; i < in.shape.rank; ++i)
        if (!reduced[i])
            out.shape.push(in.shape[i]);
        else if ((keep_and_axes[0] & keeps_axes) != 0)
            out.shape.push(1);
    return out;
}
/// Only a sum may be over samples, and only one of a value that has them.
constexpr shaped sum_shape(const shape_request& of) {
    shaped out = reduce_shape(of);
    if ((of.attribute[0] & over_samples) == 0) return out;
    if (!of.in[0].rows) out.fail(mistake_kind::value_without_samples, {}, of.in[0].shape);
    out.rows = false;
    return out;
}

/// left [batch…, rows…, depth…] times right [batch…, depth…, columns…] is [batch…, rows…, columns…]; each of the four
/// is a list of axes, of which batch and depth are counted by the attribute. Samples are a further axis: of the depth,
/// where the product sums over them, else of the batch or, if only one operand has them, of what that one brings.
constexpr shaped matmul_shape(const shape_request& of) {
    const shaped &left = of.in[0], &right = of.in[1];
    const product_axes axes = axes_of_product(of.attribute);
    const int taken = axes.batch + axes.depth, columns = axes.paired ? right.shape.rank - taken : 0;
    const int row_end = left.shape.rank - axes.depth - columns;
    for (const shaped* operand : {&left, &right})
        if (operand->shape.rank < taken)
            return shaped{}.fail(mistake_kind::flatten_is_missing, list(taken), list(operand->shape.rank));
    shaped out{.shape = {}, .rows = !axes.over_samples && (left.rows || right.rows)};
    for (int k = 0; k < row_end; ++k) out.shape.push(left.shape[k]);
    for (int k = taken; k < right.shape.rank; ++k) out.shape.push(right.shape[k]);
    if (axes.over_samples && !(left.rows && right.rows))
        out.fail(mistake_kind::value_without_samples, left.shape, right.shape);
    for (int k = 0; k < axes.batch; ++k)
        if (left.shape[k] != right.shape[k]) out.fail(mistake_kind::shapes_do_not_broadcast, left.shape, right.shape);
    for (int k = 0; k < axes.depth; ++k)
        if (const int l = left.shape[row_end + k], r = right.shape[axes.batch + k]; l != r)
            out.fail(mistake_kind::inner_extents_differ, list(r), list(l));
    return out;
}

constexpr shaped slice_shape(const shape_request& of) {
    const shaped& in = of.in[0];
    const extents& result = of.wanted.shape;
    const int axis = of.attribute[0], begin = of.attribute[1];
    shaped out{.shape = result, .rows = in.rows};
    if (axis < 0 || axis >= in.shape.rank)
        return out.fail(mistake_kind::axis_out_of_range, list(in.shape.rank), list(axis));
    if (begin < 0 || result[axis] < 1 || begin + result[axis] > in.shape[axis])
        out.fail(mistake_kind::slice_out_of_range, list(in.shape[axis]), list(begin, begin + result[axis]));
    return out;
}

constexpr shaped concat_shape(const shape_request& of) {
    const shaped &left = of.in[0], &right = of.in[1];
    const int axis = of.attribute[0];
    shaped out{.shape = left.shape, .rows = left.rows || right.rows};
    if (axis < 0 || axis >= left.shape.rank)
        return out.fail(mistake_kind::axis_out_of_range, list(left.shape.rank), list(axis));
    extents same = right.shape;
    if (axis < same.rank) same[axis] = left.shape[axis];
    if (!(same == left.shape && left.rows == right.rows))
        out.fail(mistake_kind::concat_extents_differ, left.shape, right.shape);
    else if (right.shape[axis] <= max_elements - left.shape[axis])
        out.shape[axis] += right.shape[axis];
    else
        out.fail(mistake_kind::too_many_elements, left.shape, right.shape);
    return out;
}

constexpr shaped transpose_shape(const shape_request& of) {
    const shaped& in = of.in[0];
    const extents& permutation = of.attribute;
    shaped out = in;
    unsigned seen = 0;
    for (int i = 0; i < permutation.rank; ++i) {
        const int axis = permutation[i];
        if (axis < 0 || axis >= in.shape.rank || permutation.rank != in.shape.rank || (seen >> axis & 1u) != 0)
            return out.fail(mistake_kind::axis_out_of_range, list(in.shape.rank), permutation);
        seen |= 1u << axis;
        out.shape[i] = in.shape[axis];
    }
    return out;
}

constexpr shaped reshape_shape(const shape_request& of) {
    const shaped& in = of.in[0];
    const extents& result = of.wanted.shape;
    shaped out{.shape = result, .rows = in.rows};
    if (result.size() != in.shape.size()) out.fail(mistake_kind::reshape_changes_size, in.shape, result);
    return out;
}
constexpr bool has_axis(const shaped& x, int axis) { return axis >= 0 && axis < x.shape.rank; }
constexpr shaped no_such_axis(const shaped& x, int axis) {
    shaped out = x;
    return out.fail(mistake_kind::axis_out_of_range, list(x.shape.rank), list(axis));
}
constexpr shaped pad_shape(const shape_request& of) {
    if (!has_axis(of.in[0], of.attribute[0])) return no_such_axis(of.in[0], of.attribute[0]);
    return {.shape = of.wanted.shape, .rows = of.in[0].rows};
}
constexpr extents inverse_permutation(const extents& permutation) {
    extents inverse{.rank = permutation.rank};
    for (int axis = 0; axis < permutation.rank; ++axis) inverse[permutation[axis]] = axis;
    return inverse;
}

/// Every step-th element of an axis.
constexpr shaped stride_shape(const shape_request& of) {
    const int axis = of.attribute[0], step = of.attribute[1];
    shaped out = of.in[0];
    if (!has_axis(out, axis)) return no_such_axis(out, axis);
    if (step < 1) return out.fail(mistake_kind::step_is_not_positive, list(1), list(step));
    out.shape[axis] = (out.shape[axis] + step - 1) / step;
    return out;
}
constexpr shaped flip_shape(const shape_request& of) {
    return has_axis(of.in[0], of.attribute[0]) ? of.in[0] : no_such_axis(of.in[0], of.attribute[0]);
}
/// Elements step apart, zeros between them.
constexpr shaped dilate_shape(const shape_request& of) {
    const shaped& in = of.in[0];
    const int axis = of.attribute[0], step = of.attribute[1];
    shaped out = in;
    if (!has_axis(in, axis)) return no_such_axis(in, axis);
    if (step < 1) return out.fail(mistake_kind::step_is_not_positive, list(1), list(step));
    if (in.shape[axis] - 1 > (max_elements - 1) / step) return out.fail(mistake_kind::too_many_elements, {}, in.shape);
    out.shape[axis] = (in.shape[axis] - 1) * step + 1;
    return out;
}
/// An axis as windows of some elements: {axis, extent, step, dilation}.
constexpr shaped windows_shape(const shape_request& of) {
    const shaped& in = of.in[0];
    const int axis = of.attribute[0], extent = of.attribute[1], step = of.attribute[2], dilation = of.attribute[3];
    shaped out = in;
    if (!has_axis(in, axis)) return no_such_axis(in, axis);
    if (step < 1 || dilation < 1)
        return out.fail(mistake_kind::step_is_not_positive, list(1), list(step < 1 ? step : dilation));
    const long long span = (extent - 1LL) * dilation + 1;
    if (extent < 1 || span > in.shape[axis])
        return out.fail(mistake_kind::window_out_of_range, list(in.shape[axis]),
                        list(span > max_elements ? max_elements : static_cast<int>(span)));
    if (in.shape.rank == max_rank) return out.fail(mistake_kind::rank_too_large, list(max_rank), list(max_rank + 1));
    ++out.shape.rank;
    for (int k = in.shape.rank; k > axis + 1; --k) out.shape[k] = in.shape[k - 1];
    out.shape[axis] = (in.shape[axis] - static_cast<int>(span)) / step + 1;
    out.shape[axis + 1] = extent;
    return out;
}
/// Diagonals of two adjacent axes: {axis, direction}.
constexpr shaped skew_shape(const shape_request& of) {
    const shaped& in = of.in[0];
    const int axis = of.attribute[0];
    shaped out = in;
    if (!has_axis(in, axis) || !has_axis(in, axis + 1)) return no_such_axis(in, axis);
    out.shape[axis] = in.shape[axis] - in.shape[axis + 1] + 1;
    if (out.shape[axis] < 1)
        return out = in, out.fail(mistake_kind::window_out_of_range, list(in.shape[axis]), list(in.shape[axis + 1]));
    return out;
}

}  // namespace detail

}  // namespace sinter
