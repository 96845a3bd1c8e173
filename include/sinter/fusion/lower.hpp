// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Table → table in which every reduction runs over one axis that is not 1, and parameters are read as they lie.
///
/// A kernel reduces over its inner axis only. A sum or maximum over several axes becomes one after the other, innermost
/// first; over none it is a reshape. A total over rows of a value with several axes is taken over the flattened value.
/// The gradients of a·b are b and a: of two updates in place the second would read what the first one wrote. So a
/// gradient that is a parameter is copied, and so is a parameter that a reader wants in another layout than the
/// programs of its network share. A copy is a broadcast to the same shape.

#include <sinter/graph/canonical.hpp>

namespace sinter {

namespace detail {

constexpr int lower_reduction(builder& to, op code, int a, const extents& keep_and_axes, const extents& result) {
    for (int k = keep_and_axes.rank - 1; k > 0; --k)
        if (to.shape(a)[keep_and_axes[k]] != 1) a = to.record(code, {a}, list(1, keep_and_axes[k]));
    return to.reshape(a, result);
}

constexpr int lower_total(builder& to, int a) {
    const extents full = to.shape(a);
    int axes = 0;
    for (int axis = 0; axis < full.rank; ++axis) axes += full[axis] != 1;
    if (axes < 2) return to.record(op::total, {a});
    return to.reshape(to.record(op::total, {to.reshape(a, list(full.size()))}), full);
}

constexpr int lower_copy(builder& to, int x) { return to.record(op::broadcast, {x}, {}, extents{to.shape(x)}); }

}  // namespace detail

constexpr bool is_copy(const table_view& t, int i) {
    if (t[i].code != op::broadcast) return false;
    const node& x = t[t.operand(i)];
    return t[i].shape == x.shape && t[i].rows == x.rows;
}

/// Copies the nodes of `from` (topological, all live) into `to`; `image[i]` is the new number of node i. All but
/// products and updates read copies of the parameters with the numbers `copied`, and of their gradients.
constexpr void lower_table(const table_view& from, const meta::vector<int>& copied, builder& to,
                           meta::vector<int>& image) {
    image.resize(from.node_count, -1);
    detail::list_copier list(from, to);
    meta::vector<int> operands;
    const auto is_copied = [&](int x) {
        for (int p : copied)
            if ((to[x].code == op::parameter || to[x].code == op::gradient) && to[x].number == p) return true;
        return false;
    };
    for (int i = 0; i < from.node_count; ++i) {
        const node& q = from.nodes[i];
        const bool in_place = copied.empty() || q.code == op::matmul || q.code == op::update;
        const int* const old = from.operands(i);
        operands.extend(q.count);
        int* const x = operands.begin();
        for (int k = 0; k < q.count; ++k) {
            x[k] = image.begin()[old[k]];
            if (!in_place && is_copied(x[k])) x[k] = detail::lower_copy(to, x[k]);
        }
        if (is_reduction(q.code)) {
            image[i] = detail::lower_reduction(to, q.code, x[0], from.attribute(i), from.shape(i));
        } else if (q.code == op::total) {
            image[i] = detail::lower_total(to, x[0]);
        } else {
            if (q.code == op::update && to[x[1]].code == op::parameter) x[1] = detail::lower_copy(to, x[1]);
            node same = q;
            if (same.shape != 0) same.shape = list(same.shape);  // list 0 is the empty one everywhere
            if (same.attribute != 0) same.attribute = list(same.attribute);
            image[i] = to.adopt(same, x);
        }
    }
}

}  // namespace sinter
