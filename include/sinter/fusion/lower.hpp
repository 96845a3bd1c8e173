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
        if (to.shape(a)[keep_and_axes[k]] != 1) a = to.record(code, a, -1, -1, list(1, keep_and_axes[k]));
    return to.reshape(a, result);
}

constexpr int lower_total(builder& to, int a) {
    const extents full = to.shape(a);
    int axes = 0;
    for (int axis = 0; axis < full.rank; ++axis) axes += full[axis] != 1;
    if (axes < 2) return to.record(op::total, a);
    return to.reshape(to.record(op::total, to.reshape(a, list(full.size()))), full);
}

constexpr int lower_copy(builder& to, int x) { return to.record(op::broadcast, x, -1, -1, {}, extents{to.shape(x)}); }

}  // namespace detail

constexpr bool is_copy(const table_view& t, int i) {
    return t[i].code == op::broadcast && t[i].shape == t[t[i].a].shape && t[i].rows == t[t[i].a].rows;
}

/// Copies the nodes of `from` (topological, all live) into `to`; `image[i]` is the new number of node i. All but
/// products and updates read copies of the parameters with the numbers `copied`, and of their gradients.
constexpr void lower_table(const table_view& from, const meta::vector<int>& copied, builder& to,
                           meta::vector<int>& image) {
    image.resize(from.node_count, -1);
    detail::list_copier list(from, to);
    const auto is_copied = [&](int x) {
        for (int p : copied)
            if ((to[x].code == op::parameter || to[x].code == op::gradient) && to[x].leaf == p) return true;
        return false;
    };
    const auto adopt = [&](node same) {
        if (same.shape != 0) same.shape = list(same.shape);  // list 0 is the empty one everywhere
        if (same.attribute != 0) same.attribute = list(same.attribute);
        return to.adopt(same);
    };
    for (int i = 0; i < from.node_count; ++i) {
        const node& q = from.nodes[i];
        const auto moved = [&](int x) {
            if (x < 0) return -1;
            if (copied.empty()) return image[x];
            const bool in_place = q.code == op::matmul || q.code == op::update;
            return !in_place && is_copied(image[x]) ? detail::lower_copy(to, image[x]) : image[x];
        };
        if (q.code == op::constant)
            image[i] = to.constant(q.value);
        else if (is_leaf(q.code))
            image[i] = adopt(q);
        else if (q.code == op::update && to[image[q.b]].code == op::parameter)
            image[i] = to.effect(q.code, q.leaf, moved(q.a), detail::lower_copy(to, moved(q.b)), from.attribute(i));
        else if (is_reduction(q.code))
            image[i] = detail::lower_reduction(to, q.code, moved(q.a), from.attribute(i), from.shape(i));
        else if (q.code == op::total)
            image[i] = detail::lower_total(to, moved(q.a));
        else {
            node same = q;
            same.a = moved(q.a);
            same.b = moved(q.b);
            same.c = moved(q.c);
            image[i] = adopt(same);
        }
    }
}

}  // namespace sinter
