// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Sums and maxima over the few places of a small window, written out as elementwise operations.
///
/// So a pool shares the loop of what it reads and of who reads it, and its lanes run along the channels. The bits are
/// those of a kernel's reduction, whose sixteen accumulators take a place each and join in pairs, 0 with 2 and 1 with 3
/// (kernel/wide.hpp). Law: tests/laws/views.cpp.

#include <sinter/graph/builder.hpp>

namespace sinter::detail {

/// An operand of a movement. Each is a node of its own, because each is written at another place.
constexpr int lower_part(builder& to, int x) {
    const node& q = to[x];
    const node part{.code = op::part, .rows = q.rows, .kind = q.kind, .count = 1, .shape = q.shape, .number = to.size()};
    return to.append(part, &x);
}

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

    /// A reshape of a that lays the places of small windows side by side, each axis of places behind that of its
    /// windows, as a movement of a's places: so they are written by the loop that computes them. -1 where it is none.
    constexpr int side_by_side(int a, const extents& shape) {
        const op code = to_[a].code;
        if (code != op::broadcast && !(is_elementwise(code) && cost_of(code) == 1)) return -1;
        const extents from = to_.shape(a);
        extents turns, at;
        axes_of_places_ = {};
        int axis = 0, places = 1;
        for (int k = 0; k < shape.rank; ++k, ++axis) {
            if (axis < from.rank && from[axis] == shape[k]) continue;
            if (axis + 1 >= from.rank || from[axis] * from[axis + 1] != shape[k] || from[axis + 1] > most_places ||
                !(code == op::broadcast ? is_stretched(a, axis + 1) : is_place(a, axis + 1)))
                return -1;
            axes_of_places_.push(++axis);
            places *= from[axis];
            turns.push(k);
            turns.push(from[axis]);
            at.push(0);
        }
        if (axis != from.rank || places == 1 || places > most_written || turns.rank > max_rank) return -1;
        known_.truncate(0);
        extents left = shape;
        for (int k = 0; k < turns.rank; k += 2) left[turns[k]] /= turns[k + 1];
        meta::vector<int> parts;
        for (int place = 0; place < places; ++place) {
            for (int n = at.rank - 1, rest = place; n >= 0; rest /= turns[2 * n-- + 1]) at[n] = rest % turns[2 * n + 1];
            parts.push(lower_part(to_, to_.broadcast(element(a, at, 0), left, to_[a].rows)));
        }
        return to_.adopt({.code = op::interleave,
                          .rows = to_[a].rows,
                          .count = places,
                          .shape = to_.intern(shape),
                          .attribute = to_.intern(turns)},
                         parts.begin());
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
            id = simplified(code, operands);
        } else if (code == op::stop) {
            id = element(to_.operand(x), at, missing);
        } else if (kind_of(code) == op_kind::movement) {
            id = element_of_part(x, at, missing);
        } else {
            id = cut(x, at, missing);
        }
        known_.push({x, missing, at, id});
        return id;
    }
    /// What is known of the operands is known of the result: x + 0 + 0 is x + 0.
    constexpr int simplified(op code, const meta::vector<int>& operands) {
        if (code == op::add) {
            const int x = operands[0], y = operands[1];
            const auto is_sum = [&](int s) { return to_[s].code == op::add && to_.is_constant(to_.operand(s, 1), 0.0); };
            if (to_.is_constant(y, 0.0) && (to_.is_constant(x, 0.0) || is_sum(x))) return x;
            if (to_.is_constant(x, 0.0)) return is_sum(y) ? y : to_.record(code, {y, x});
        }
        return to_.record(code, operands.begin(), operands.size());
    }
    /// Of the part that has the place; or it is cut, where parts are others along another axis than the places'.
    constexpr int element_of_part(int x, const extents& at, int missing) {
        const table_view t = to_.view();
        const extents whole = t.shape(x);
        for (int k = 0; k < t[x].count; ++k) {
            const movement_place to = place_of_part(t, x, k);
            const int part = t.operand(x, k);
            if (to.everywhere) return part;
            const extents own = t.shape(part);
            extents inside = at;
            bool has = true, all = true;
            for (int axis = 0; axis < whole.rank; ++axis) {
                int n = 0;
                while (n < at.rank && axes_of_places_[n] - missing != axis) ++n;
                if (n < at.rank) {
                    const int distance = (whole[axis] == 1 ? 0 : at[n]) - to.begin[axis];
                    has = has && distance >= 0 && distance % to.step[axis] == 0 && distance / to.step[axis] < own[axis];
                    inside[n] = distance / to.step[axis];
                } else {
                    all = all && own[axis] == whole[axis];
                }
            }
            if (!all) return cut(x, at, missing);
            if (has) return element(t[part].code == op::part ? t.operand(part) : part, inside, missing);
        }
        return to_.constant(0.0);
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
        if (is_elementwise(code) || code == op::stop || kind_of(code) == op_kind::movement)
            for_operands(t, i, [&](int x) { axes |= axes_[x] << (t.shape(i).rank - t.shape(x).rank); });
        if (!maps_index(t, i)) return axes;
        const unsigned below = axes_[t.operand(i)];
        if (code == op::slice || code == op::part) return below;  // an axis of one place is one of places
        if (below != 0) {
            const index_map m = view_map(t, i);
            for (int k = 0; k < m.rank; ++k)
                if ((below >> k & 1u) != 0 && m.factor[k] != 0) axes |= 1u << m.axis[k];
        }
        if (code == op::windows || code == op::skew) axes |= 1u << (t.attribute(i)[0] + 1);
        return axes;
    }

    /// Whether a broadcast repeats one element along an axis.
    constexpr bool is_stretched(int x, int axis) const {
        const extents& from = to_.shape(to_.operand(x));
        const int own = axis - (to_.shape(x).rank - from.rank);
        return own < 0 || from[own] == 1;
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
