// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Table → table in which every reduction runs over one axis that is not 1, or over samples.
///
/// A reduction over several axes becomes one after the other, innermost first, samples last; over none it is a reshape.
/// A sum over samples of a value with several axes is taken over the flattened value.
/// The gradients of a·b are b and a: of two updates in place the second would read what the first one wrote. So what an
/// update writes is copied where it is a parameter or a state. A copy is a broadcast to the same shape.
/// A sum or maximum over the few places of a small window is written out, element by element, so that a pool shares the
/// loop of what it reads and of who reads it; its bits are those of a kernel's reduction. Of a value with the gradient
/// of another one the value is left, and what only the other one needs is gone.

#include <sinter/fusion/paired_products.hpp>
#include <sinter/fusion/small_windows.hpp>
#include <sinter/graph/canonical.hpp>

namespace sinter {

namespace detail {

constexpr int lower_sum_over_samples(builder& to, int a) {
    const extents full = to.shape(a);
    int axes = 0;
    for (int axis = 0; axis < full.rank; ++axis) axes += full[axis] != 1;
    if (axes < 2) return to.sum_over_samples(a);
    return to.reshape(to.sum_over_samples(to.reshape(a, list(full.size()))), full);
}

constexpr int lower_reduction(builder& to, op code, int a, const extents& keep_and_axes, const extents& result,
                              window_writer* windows) {
    for (int k = keep_and_axes.rank - 1; k > 0; --k) {
        if (windows != nullptr) {
            const int written = windows->reduced(code, a, keep_and_axes, k);
            if (written >= 0) {
                a = written;
                continue;
            }
        }
        if (to.shape(a)[keep_and_axes[k]] != 1) a = to.record(code, {a}, list(1, keep_and_axes[k]));
    }
    return to.reshape((keep_and_axes[0] & over_samples) != 0 ? lower_sum_over_samples(to, a) : a, result);
}

/// Per node of a table that holds values with the gradients of others: whether the values need it.
constexpr void find_values(const table_view& t, meta::vector<char>& needed) {
    meta::vector<char> reads;
    reads.extend(t.node_count);  // no longer than that: g++ warns of a resize by a negative number
    needed.extend(t.node_count);
    char *const read = reads.begin(), *const need = needed.begin();
    for (int i = 0; i < t.node_count; ++i) read[i] = need[i] = 0;
    for (int k = 0; k < t.output_count; ++k) need[t.outputs[k]] = 1;
    for (int i = t.node_count - 1; i >= 0; --i) {
        const node& q = t.nodes[i];
        if (read[i] == 0 || is_leaf(q.code)) need[i] = 1;  // where a parameter lies is asked in any case
        const int* const operands = t.pool + q.first;
        for (int k = 0; k < q.count; ++k) {
            read[operands[k]] = 1;
            if (need[i] != 0 && (k == 0 || q.code != op::with_gradient_of)) need[operands[k]] = 1;
        }
    }
}

/// A kernel has one axis of columns. Several are read as one; where there is none the operands change places, so that
/// rows are columns.
constexpr int lower_product(builder& to, int a, int b, const product_axes& axes, const extents& result) {
    const int taken = axes.batch + axes.depth;
    if (to.shape(b).rank == taken && to.shape(a).rank > taken) {
        const int other =
            to.record(op::transpose, {a}, exchange(axes.batch, to.shape(a).rank - axes.depth, to.shape(a).rank));
        a = b;
        b = other;
    }
    extents right;
    for (int k = 0; k < taken; ++k) right.push(to.shape(b)[k]);
    right.push(to.shape(b).size_from(taken));
    return to.reshape(to.product(a, to.reshape(b, right), axes), result);
}

/// Whether elementwise operations read x and nobody else, each of the least cost.
constexpr bool only_cheap_ones_read(const table_view& t, int x) {
    bool cheap = true;
    for (int i = x + 1; cheap && i < t.node_count; ++i)
        if (!is_elementwise(t[i].code) || cost_of(t[i].code) > 1)
            for_operands(t, i, [&](int y) { cheap = cheap && y != x; });
    return cheap;
}

/// A copy, which is transposed as x is.
constexpr int lower_copy(builder& to, int x) {
    if (is_transposed_matrix(to.view(), x)) return to.transposed(lower_copy(to, to.operand(x)));
    return to.record(op::broadcast, {x}, {}, extents{to.shape(x)});
}

/// Leaves out what no effect needs.
constexpr void drop_dead(builder& to, meta::vector<int>& image) {
    meta::vector<int> roots, moved, kept(to.size(), -1);
    for (int i = 0; i < to.size(); ++i)
        if (is_effect(to[i].code)) roots.push(i);
    if (roots.empty()) return;
    builder live;
    copy_depth_first(to.view(), roots.begin(), roots.size(), live, moved, false);
    for (int r = 0; r < roots.size(); ++r) kept[roots[r]] = moved[r];
    for (int& x : image) x = x < 0 ? x : kept[x];
    to = static_cast<builder&&>(live);
}

}  // namespace detail

/// A leaf that an update writes.
constexpr bool is_updated(op code) { return code == op::parameter || code == op::state; }
/// A leaf that lies as its parameter does.
constexpr bool is_of_parameter(op code) { return is_updated(code) || code == op::gradient; }

constexpr bool is_copy(const table_view& t, int i) {
    if (t[i].code != op::broadcast) return false;
    const node& x = t[t.operand(i)];
    return t[i].shape == x.shape && t[i].rows == x.rows;
}

/// Copies the nodes of `from` (topological, all live) into `to`; `image[i]` is the new number of node i, if it has one.
constexpr void lower_table(const table_view& from, builder& to, meta::vector<int>& image) {
    image.resize(from.node_count, -1);
    detail::list_copier list(from, to);
    meta::vector<int> operands;
    bool windows = false, proxies = false, paired = false;
    for (int i = 0; i < from.node_count; ++i) {
        const op code = from.nodes[i].code;
        windows = windows || code == op::windows || code == op::skew;
        proxies = proxies || code == op::with_gradient_of;
    }
    detail::window_writer writer(to);
    meta::vector<char> needed;
    if (proxies) detail::find_values(from, needed);
    for (int i = 0; i < from.node_count; ++i) {
        const node& q = from.nodes[i];
        if ((proxies && needed[i] == 0) || (paired && image[i] >= 0)) continue;
        if (q.code == op::with_gradient_of) {
            image[i] = to.broadcast(image[from.operand(i)], extents{from.shape(i)}, q.rows);
            continue;
        }
        const int* const old = from.operands(i);
        operands.extend(q.count);
        int* const x = operands.begin();
        for (int k = 0; k < q.count; ++k) {
            x[k] = image.begin()[old[k]];
            if (q.code == op::matmul && is_leaf(to[x[k]].code) && !is_real_buffer(to[x[k]]))
                x[k] = detail::lower_copy(to, x[k]);
        }
        if (kind_of(q.code) == op_kind::movement)
            for (int k = 0, parts = q.count - (background_of(from, i) >= 0); k < parts; ++k)
                x[k] = detail::lower_part(to, x[k]);
        if (is_reduction(q.code)) {
            image[i] = detail::lower_reduction(to, q.code, x[0], from.attribute(i), from.shape(i),
                                               windows ? &writer : nullptr);
        } else if (q.code == op::matmul && columns_of_product(from, i) != 1) {
            if (detail::lower_paired_product(from, i, to, x[0], x[1], image) >= 0) {
                paired = true;
                continue;
            }
            image[i] =
                detail::lower_product(to, x[0], x[1], axes_of_product(from.attribute(i)), extents{from.shape(i)});
        } else if (q.code == op::reshape) {
            image[i] = windows ? writer.side_by_side(x[0], from.shape(i)) : -1;
            if (image[i] < 0) image[i] = to.reshape(x[0], extents{from.shape(i)});
        } else if (windows && q.code == op::slice && to[x[0]].code == op::interleave) {
            image[i] = writer.slice_of_turns(x[0], from.attribute(i), from.shape(i));
            if (image[i] < 0) image[i] = to.record(op::slice, {x[0]}, from.attribute(i), from.shape(i));
        } else {
            // What an update writes is no leaf that another one writes.
            if (q.code == op::update && is_updated(to[x[1]].code)) x[1] = detail::lower_copy(to, x[1]);
            if (windows && is_elementwise(q.code))
                for (int k = 0; k < q.count && image[i] < 0; ++k)
                    if (to[x[k]].code == op::interleave && detail::only_cheap_ones_read(from, old[k]))
                        image[i] = writer.of_turns(q.code, x, q.count, x[k], from.shape(i));
            if (image[i] >= 0) continue;
            node same = q;
            if (same.shape != 0) same.shape = list(same.shape);  // list 0 is the empty one everywhere
            if (same.attribute != 0) same.attribute = list(same.attribute);
            image[i] = to.adopt(same, x);
        }
    }
    if (windows) detail::drop_dead(to, image);
}

}  // namespace sinter
