// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Shapes of operands → shape of the result, one line an operation.
///
/// The same function serves the node table (numbers) and the carriers (types, through graph/expression.hpp), so that
/// the two cannot disagree. Broadcasting aligns the last axes; an extent of 1 stretches. Rows are a flag: a result has
/// rows if an operand has, but for sums over rows and products over rows.

#include <sinter/graph/mistake.hpp>
#include <sinter/tensor/extents.hpp>
#include <sinter/tensor/op.hpp>

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

constexpr shaped reduce_shape(shaped in, const extents& keep_and_axes) {
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
        else if (keep_and_axes[0] != 0)
            out.shape.push(1);
    return out;
}

/// A value as a matrix: rows × columns, where `row_count` is run_time_rows (-1) for samples.
struct matrix_extents {
    int row_count, column_count;
};
constexpr matrix_extents as_matrix(const shaped& in, bool transposed) {
    const int r = in.rows ? -1 : in.shape.rank == 2 ? in.shape[0] : 1, c = in.shape.last();
    return transposed ? matrix_extents{c, r} : matrix_extents{r, c};
}

constexpr shaped matmul_shape(const shaped& left, const shaped& right, const extents& transposed) {
    shaped out{};
    const bool matrices = left.shape.rank > 1 || right.shape.rank > 1;
    if (left.rows && right.rows && matrices)
        return out.fail(mistake_kind::rows_cannot_be_an_inner_axis, left.shape, right.shape);
    for (const shaped* operand : {&left, &right})
        if (operand->shape.rank > (operand->rows ? 1 : 2) || operand->shape.rank == 0)
            return out.fail(mistake_kind::flatten_is_missing, list(1), list(operand->shape.rank));
    const matrix_extents l = as_matrix(left, transposed[0] != 0), r = as_matrix(right, transposed[1] != 0);
    out.rows = l.row_count < 0;
    const bool vector = out.rows || (left.shape.rank == 1 && transposed[0] == 0);
    if (!vector) out.shape.push(l.row_count);
    out.shape.push(r.column_count);
    if (r.column_count < 0 || (l.column_count < 0) != (r.row_count < 0))
        out.fail(mistake_kind::rows_cannot_be_an_inner_axis, left.shape, right.shape);
    if (l.column_count != r.row_count)
        out.fail(mistake_kind::inner_extents_differ, list(r.row_count), list(l.column_count));
    return out;
}

constexpr shaped slice_shape(shaped in, const extents& result, int axis, int begin) {
    shaped out{.shape = result, .rows = in.rows};
    if (axis < 0 || axis >= in.shape.rank)
        return out.fail(mistake_kind::axis_out_of_range, list(in.shape.rank), list(axis));
    if (begin < 0 || result[axis] < 1 || begin + result[axis] > in.shape[axis])
        out.fail(mistake_kind::slice_out_of_range, list(in.shape[axis]), list(begin, begin + result[axis]));
    return out;
}

constexpr shaped concat_shape(const shaped& left, const shaped& right, int axis) {
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

constexpr shaped transpose_shape(shaped in, const extents& permutation) {
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

}  // namespace detail

/// The result of `code` on `count` operands. `wanted` is the result's shape where the operation is told it (reshape,
/// broadcast, slice, pad). After a mistake the returned shape is a plausible one, so that nothing cascades.
constexpr shaped shape_rule(op code, const shaped* in, int count, const extents& attribute, const shaped& wanted) {
    shaped out{};
    switch (code) {
        case op::alias:
        case op::stop: out = in[0]; break;
        case op::sum:
        case op::max: out = detail::reduce_shape(in[0], attribute); break;
        case op::total: out = {.shape = in[0].shape, .rows = false}; break;
        case op::broadcast: out = wanted; break;
        case op::reshape:
            out = {.shape = wanted.shape, .rows = in[0].rows};
            if (out.shape.size() != in[0].shape.size())
                out.fail(mistake_kind::reshape_changes_size, in[0].shape, wanted.shape);
            break;
        case op::transpose: out = detail::transpose_shape(in[0], attribute); break;
        case op::slice: out = detail::slice_shape(in[0], wanted.shape, attribute[0], attribute[1]); break;
        case op::pad: out = {.shape = wanted.shape, .rows = in[0].rows}; break;
        case op::concat: out = detail::concat_shape(in[0], in[1], attribute[0]); break;
        case op::matmul: out = detail::matmul_shape(in[0], in[1], attribute); break;
        case op::update: out = in[0]; break;
        case op::store: out = in[0]; break;
        default: out = is_elementwise(code) ? detail::broadcast_shapes(in, count) : wanted; break;
    }
    if (out.shape.rank > max_rank) {
        out.fail(mistake_kind::rank_too_large, list(max_rank), list(out.shape.rank));
        out.shape.rank = max_rank;
    }
    if (out.shape.size() > max_elements) out.fail(mistake_kind::too_many_elements, {}, out.shape);
    return out;
}

}  // namespace sinter
