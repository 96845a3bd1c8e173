// SPDX-License-Identifier: BSL-1.0
#pragma once

/// One numbering for equal graphs: dead nodes dropped, depth first from the outputs, first operand first.
///
/// Compilers evaluate the operands of `*` in different orders, so raw numbers differ between them; canonical ones are
/// equal. Aliases have done their work by now and vanish; a stop stays, for a derivative that is yet to be taken.
/// Variables are renumbered in the order they appear.

#include <sinter/graph/builder.hpp>

namespace sinter {

/// Nodes reachable from `roots` in topological order.
constexpr void depth_first(const table_view& t, const int* roots, int root_count, meta::vector<int>& order) {
    meta::vector<char> states(t.node_count);  // 1: its operands are on the stack, 2: done
    char* const state = states.begin();
    const node* const nodes = t.nodes;
    meta::vector<int> stack;
    for (int r = 0; r < root_count; ++r) {
        stack.push(roots[r]);
        while (!stack.empty()) {
            const int x = stack.back();
            if (state[x] == 0) {
                state[x] = 1;
                const int *const first = t.pool + nodes[x].first, *last = first + nodes[x].count;
                while (last != first)
                    if (state[*--last] == 0) stack.push(*last);
            } else {
                stack.pop();
                if (state[x] == 1) {
                    state[x] = 2;
                    order.push(x);
                }
            }
        }
    }
}

namespace detail {

/// Numbers of one table's lists in another builder.
class list_copier {
public:
    constexpr list_copier(const table_view& from, builder& to) : from_{from}, to_{to} {}
    constexpr int operator()(int list) {
        if (list < size_ && at_begin_[list] >= 0) return at_begin_[list];
        while (at_.size() <= list) at_.push(-1);
        at_begin_ = at_.begin();
        size_ = at_.size();
        return at_begin_[list] = to_.intern(from_.lists[list]);
    }

private:
    table_view from_;
    builder& to_;
    meta::vector<int> at_;
    int* at_begin_ = nullptr;  // constant evaluation pays for each call
    int size_ = 0;
};

/// Whether an alias was dropped, behind which an identity may have been hidden.
constexpr bool copy_depth_first(const table_view& from, const int* roots, int root_count, builder& to,
                                meta::vector<int>& image, bool number_variables) {
    meta::vector<int> order, images(from.node_count), variables;
    int* const at = images.begin();  // written before it is read: operands come first
    depth_first(from, roots, root_count, order);
    list_copier list(from, to);
    for (int k = 0; k < from.body_count; ++k) to.own(from.bodies[k]);  // they keep their numbers
    meta::vector<int> operands;
    bool dropped = false;
    for (int i : order) {
        node q = from[i];
        const int* const x = from.pool + q.first;
        if (q.code == op::alias) {
            at[i] = at[x[0]];
            dropped = true;
            continue;
        }
        if (number_variables && q.code == op::variable) {
            int number = 0;
            while (number < variables.size() && variables[number] != q.number) ++number;
            if (number == variables.size()) variables.push(q.number);
            q.number = number;
        }
        operands.extend(q.count);
        int* const moved = operands.begin();
        for (int k = 0; k < q.count; ++k) moved[k] = at[x[k]];
        if (dropped && !is_leaf(q.code) && q.code < op::body && q.code != op::mistake) {  // those behind are effects
            at[i] = to.record(q.code, moved, q.count, from.attribute(i), from.shape(i), q.rows);
        } else {
            if (q.shape != 0) q.shape = list(q.shape);  // list 0 is the empty one everywhere
            if (q.attribute != 0) q.attribute = list(q.attribute);
            at[i] = dropped ? to.adopt(q, moved) : to.append(q, moved);  // nodes of a table are distinct
        }
    }
    for (int r = 0; r < root_count; ++r) image.push(at[roots[r]]);
    return dropped;
}
}  // namespace detail

/// Copies what `roots` need into `to`, an empty builder, canonically; `image[r]` is the new number of root r.
/// `number_variables`: variables get numbers 0, 1, … as they appear (named variables have no order of their own).
///
/// An identity that an alias had hidden fires while copying and may leave a dead node or another order: then the copy
/// is copied. Law: the canonical table of a canonical table is itself (tests/laws/gradient.cpp).
constexpr void canonicalise(const table_view& from, const int* roots, int root_count, builder& to,
                            meta::vector<int>& image, bool number_variables = false) {
    if (!detail::copy_depth_first(from, roots, root_count, to, image, number_variables)) return;
    const auto in_order = [&] {
        meta::vector<int> order;
        depth_first(to.view(), image.begin(), root_count, order);
        for (int i = 0; i < order.size(); ++i)
            if (order[i] != i) return false;
        return order.size() == to.size();
    };
    while (!in_order()) {
        builder again;
        meta::vector<int> moved;
        detail::copy_depth_first(to.view(), image.begin(), root_count, again, moved, number_variables);
        to = static_cast<builder&&>(again);
        image.swap(moved);
    }
}

/// The same where `from` is canonical and all of it is needed: nodes keep their numbers.
constexpr void copy_canonical(const table_view& from, builder& to) {
    const table_extent all = extent_of(from);
    for (int list = 1; list < all.lists; ++list) to.intern(from.lists[list]);  // list 0 is the empty one everywhere
    for (int k = 0; k < from.body_count; ++k) to.own(from.bodies[k]);
    to.append_all(from, all.operands);
}

}  // namespace sinter
