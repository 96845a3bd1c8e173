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
    /// axes of small windows: k becomes the last of them. -1, and k as it was, where the first is none.
    constexpr int reduced(op code, int a, const extents& keep_and_axes, int& k) {
        int places = 1, first = k + 1;
        while (first > 1) {
            const int axis = keep_and_axes[first - 1], count = to_.shape(a)[axis];
            if (count > most_places || places * count > most_written || (count > 1 && !is_place(a, axis))) break;
            places *= count;
            --first;
        }
        if (places == 1) return -1;
        known_.truncate(0);
        code_ = code;
        const int all = joined(a, keep_and_axes, first, k);
        k = first;
        return all;
    }

private:
    static constexpr int most_places = 4, most_written = 16;  // of an axis, of all axes together

    /// Over axes first … last of the list, of which the last one is innermost.
    constexpr int joined(int a, const extents& axes, int first, int last) {
        if (first > last) return a;
        const int axis = axes[first], count = to_.shape(a)[axis];
        if (count == 1) return joined(a, axes, first + 1, last);
        const auto place = [&](int k) { return joined(place_of(a, axis, k), axes, first + 1, last); };
        int all = place(0);
        if (count > 2) all = join(all, place(2));
        all = join(all, count > 3 ? join(place(1), place(3)) : place(1));
        return code_ == op::sum ? join(all, to_.constant(0.0)) : all;  // accumulators start at 0.0: no sum is -0.0
    }
    constexpr int join(int x, int y) { return to_.record(code_ == op::sum ? op::add : op::maximum, {x, y}); }

    /// Element k of an axis, which stays as an axis of one element. What is cheap is computed there instead of cut out
    /// of a value that somebody would have to store.
    constexpr int place_of(int x, int axis, int k) {
        if (to_.shape(x)[axis] == 1) return x;
        for (const one_place& known : known_)
            if (known.of == x && known.axis == axis && known.k == k) return known.id;
        const op code = to_[x].code;
        int id = -1;
        if (is_elementwise(code) && is_cheap(code)) {
            meta::vector<int> operands;
            for (int j = 0; j < to_[x].count; ++j) {
                const int y = to_.operand(x, j), own = axis - (to_.shape(x).rank - to_.shape(y).rank);
                operands.push(own < 0 ? y : place_of(y, own, k));
            }
            id = to_.record(code, operands.begin(), operands.size());
        } else if (code == op::stop) {
            id = place_of(to_.operand(x), axis, k);
        } else {
            extents one = to_.shape(x);
            one[axis] = 1;
            id = to_.record(op::slice, {x}, list(axis, k), one);
        }
        known_.push({x, axis, k, id});
        return id;
    }
    static constexpr bool is_cheap(op code) {
        return code < op::divide || (code > op::divide && code < op::exp) || (code > op::sigmoid && code < op::sin);
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

    struct one_place {
        int of, axis, k, id;
    };
    builder& to_;
    op code_ = op::sum;
    meta::vector<unsigned> axes_;    // bit k of node i: axis k
    meta::vector<one_place> known_;  // of this reduction
};

}  // namespace sinter::detail
