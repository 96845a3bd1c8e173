// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Table → table in which every reduction runs over one axis that is not 1, and parameters are read as they lie.
///
/// A kernel reduces over its inner axis only. A sum or maximum over several axes becomes one after the other, innermost
/// first; over none it is a reshape. A total over rows of a value with several axes is taken over the flattened value.
/// The gradients of a·b are b and a: of two updates in place the second would read what the first one wrote. So a
/// gradient that is a parameter is copied, and so is a parameter that a reader wants in another layout than the
/// programs of its network share. A copy is a broadcast to the same shape.
/// A sum or maximum over the few places of a small window is written out, element by element, so that a pool shares the
/// loop of what it reads and of who reads it; its bits are those of a kernel's reduction. Of a value with the gradient
/// of another one the value is left, and what only the other one needs is gone.

#include <sinter/graph/canonical.hpp>

namespace sinter {

namespace detail {

/// Which axes of a value run along the places of a window, or along a diagonal, seen through elementwise operations and
/// views. Asked of nodes of a builder that grows; a node is looked at once.
class window_places {
public:
    constexpr explicit window_places(const builder& nodes) : nodes_{nodes} {}
    constexpr bool has(int x, int axis) {
        while (axes_.size() <= x) axes_.push(axes_of(nodes_.view(), axes_.size()));
        return (axes_[x] >> axis & 1u) != 0;
    }

private:
    constexpr unsigned axes_of(const table_view& t, int i) const {
        const op code = t[i].code;
        unsigned axes = 0;
        if (is_elementwise(code) || code == op::stop)
            for_operands(t, i, [&](int x) { axes |= axes_[x] << (t.shape(i).rank - t.shape(x).rank); });
        if (!maps_index(t, i)) return axes;
        const unsigned below = axes_[t.operand(i)];
        if (below != 0) {
            const index_map m = view_map(t, i);
            for (int k = 0; k < m.rank; ++k)
                if ((below >> k & 1u) != 0 && m.factor[k] != 0) axes |= 1u << m.axis[k];
        }
        if (code == op::windows || code == op::skew) axes |= 1u << (t.attribute(i)[0] + 1);
        return axes;
    }
    const builder& nodes_;
    meta::vector<unsigned> axes_;  // bit k of node i: axis k
};

/// Places of a window at most that are written out: a kernel's sixteen accumulators take one each, and join in pairs,
/// 0 with 2 and 1 with 3.
inline constexpr int written_places = 4;
constexpr int write_out(builder& to, op code, int a, int axis) {
    extents one = to.shape(a);
    const int count = one[axis];
    one[axis] = 1;
    const op joined = code == op::sum ? op::add : op::maximum;
    const auto place = [&](int k) { return to.record(op::slice, {a}, list(axis, k), one); };
    const auto join = [&](int x, int y) { return to.record(joined, {x, y}); };
    int all = place(0);
    if (count > 2) all = join(all, place(2));
    all = join(all, count > 3 ? join(place(1), place(3)) : place(1));
    return code == op::sum ? join(all, to.constant(0.0)) : all;  // accumulators start at 0.0: there is no sum -0.0
}

constexpr int lower_reduction(builder& to, op code, int a, const extents& keep_and_axes, const extents& result,
                              window_places* places) {
    for (int k = keep_and_axes.rank - 1; k > 0; --k) {
        const int axis = keep_and_axes[k], count = to.shape(a)[axis];
        if (count == 1) continue;
        a = places != nullptr && count <= written_places && places->has(a, axis) ? write_out(to, code, a, axis)
                                                                                 : to.record(code, {a}, list(1, axis));
    }
    return to.reshape(a, result);
}

/// Per node of a table that holds values with the gradients of others: whether the values need it.
constexpr void find_values(const table_view& t, meta::vector<char>& needed) {
    meta::vector<char> read(t.node_count);
    needed.resize(t.node_count, 0);
    for (int i = t.node_count - 1; i >= 0; --i) {
        if (read[i] == 0) needed[i] = 1;
        for (int k = 0; k < t[i].count; ++k) {
            const int x = t.operand(i, k);
            read[x] = 1;
            if (needed[i] != 0 && (k == 0 || t[i].code != op::with_gradient_of)) needed[x] = 1;
        }
    }
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
    bool windows = false, proxies = false;
    for (int i = 0; i < from.node_count; ++i) {
        const op code = from.nodes[i].code;
        windows = windows || code == op::windows || code == op::skew;
        proxies = proxies || code == op::with_gradient_of;
    }
    detail::window_places places(to);
    meta::vector<char> needed;
    if (proxies) detail::find_values(from, needed);
    for (int i = 0; i < from.node_count; ++i) {
        const node& q = from.nodes[i];
        if (proxies && needed[i] == 0) continue;
        if (q.code == op::with_gradient_of) {
            image[i] = to.broadcast(image[from.operand(i)], extents{from.shape(i)}, q.rows);
            continue;
        }
        const bool in_place = copied.empty() || q.code == op::matmul || q.code == op::update;
        operands.truncate(0);
        for_operands(from, i, [&](int x) {
            operands.push(!in_place && is_copied(image[x]) ? detail::lower_copy(to, image[x]) : image[x]);
        });
        const int* const x = operands.begin();
        if (is_reduction(q.code)) {
            image[i] = detail::lower_reduction(to, q.code, x[0], from.attribute(i), from.shape(i),
                                               windows ? &places : nullptr);
        } else if (q.code == op::total) {
            image[i] = detail::lower_total(to, x[0]);
        } else {
            if (q.code == op::update && to[x[1]].code == op::parameter) operands[1] = detail::lower_copy(to, x[1]);
            node same = q;
            if (same.shape != 0) same.shape = list(same.shape);  // list 0 is the empty one everywhere
            if (same.attribute != 0) same.attribute = list(same.attribute);
            image[i] = to.adopt(same, x);
        }
    }
}

}  // namespace sinter
