// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Sums and maxima over the few places of a small window, written out as elementwise operations.
///
/// So a pool shares the loop of what it reads and of who reads it, and its lanes run along the channels. The bits are
/// those of a kernel's reduction, whose sixteen accumulators take a place each and join in pairs, 0 with 2 and 1 with 3
/// (kernel/wide.hpp). Law: tests/laws/views.cpp.

#include <sinter/graph/builder.hpp>

namespace sinter::detail {

class window_writer {
public:
    constexpr explicit window_writer(builder& to) : to_{to} {}

    /// The reduction of a over axis keep_and_axes[k] and over those before it in the list, as long as all of them are
    /// axes of small windows: k becomes the last of them, and the axes stay with one element. -1, and k as it was,
    /// where the first is none.
    constexpr int reduced(op code, int a, const extents& keep_and_axes, int& k) {
        extents kept = to_.shape(a);
        int places = 1, first = k + 1;
        while (first > 1) {
            const int axis = keep_and_axes[first - 1], count = kept[axis];
            if (count > most_places || places * count > most_written || (count > 1 && !is_place(a, axis))) break;
            places *= count;
            --first;
        }
        if (places == 1) return -1;
        known_.truncate(0);
        code_ = code;
        axes_of_places_ = {};
        for (int j = first; j <= k; ++j) axes_of_places_.push(keep_and_axes[j]), kept[keep_and_axes[j]] = 1;
        extents at{.rank = axes_of_places_.rank};
        const int all = joined(a, at, 0);
        k = first;
        return to_.reshape(all, kept);
    }

private:
    static constexpr int most_places = 4, most_written = 16;  // of an axis, of all axes together

    /// Over the axes from the n-th on, of which the last one is innermost, at the places of those before.
    constexpr int joined(int a, extents& at, int n) {
        if (n == at.rank) return element(a, at, 0);
        const int count = to_.shape(a)[axes_of_places_[n]];
        const auto place = [&](int k) {
            at[n] = k;
            return joined(a, at, n + 1);
        };
        int all = place(0);
        if (count == 1) return all;
        if (count > 2) all = join(all, place(2));
        if (count > 3) {
            const int second = place(1);
            all = join(all, join(second, place(3)));
        } else {
            all = join(all, place(1));
        }
        return code_ == op::sum ? join(all, to_.constant(0.0)) : all;  // accumulators start at 0.0: no sum is -0.0
    }
    constexpr int join(int x, int y) { return to_.record(code_ == op::sum ? op::add : op::maximum, {x, y}); }

    /// x at one place of its windows, without their axes, of which the first `missing` axes of the whole are not x's.
    /// What is cheap is computed there instead of cut out of a value that somebody would have to store.
    constexpr int element(int x, const extents& at, int missing) {
        for (const one_element& known : known_)
            if (known.of == x && known.missing == missing && known.at == at) return known.id;
        const op code = to_[x].code;
        int id = -1;
        if (is_elementwise(code) && cost_of(code) == 1) {
            meta::vector<int> operands;
            const int rank = to_.shape(x).rank;
            for (int j = 0; j < to_[x].count; ++j) {
                const int y = to_.operand(x, j);
                operands.push(element(y, at, missing + rank - to_.shape(y).rank));
            }
            id = to_.record(code, operands.begin(), operands.size());
        } else if (code == op::stop) {
            id = element(to_.operand(x), at, missing);
        } else {
            id = cut(x, at, missing);
        }
        known_.push({x, missing, at, id});
        return id;
    }
    constexpr int cut(int x, const extents& at, int missing) {
        extents one = to_.shape(x), left;
        bool gone[max_rank] = {};
        for (int n = 0; n < at.rank; ++n) {
            const int axis = axes_of_places_[n] - missing;
            if (axis < 0) continue;
            gone[axis] = true;
            if (one[axis] == 1) continue;
            one[axis] = 1;
            x = to_.record(op::slice, {x}, list(axis, at[n]), one);
        }
        for (int axis = 0; axis < one.rank; ++axis)
            if (!gone[axis]) left.push(one[axis]);
        return to_.reshape(x, left);
    }

    /// Whether an axis of x runs along the places of a window, or along a diagonal, seen through elementwise operations
    /// and views. Each node is looked at once.
    constexpr bool is_place(int x, int axis) {
        while (axes_.size() <= x) axes_.push(axes_of(to_.view(), axes_.size()));
        return (axes_[x] >> axis & 1u) != 0;
    }
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

    struct one_element {
        int of, missing;
        extents at;
        int id;
    };
    builder& to_;
    op code_ = op::sum;
    meta::vector<unsigned> axes_;  // bit k of node i: axis k
    extents axes_of_places_;
    meta::vector<one_element> known_;  // of this reduction
};

}  // namespace sinter::detail
