// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Sums and maxima over the few places of a small window, written out as elementwise operations.
///
/// So a pool shares the loop of what it reads and of who reads it, and its lanes run along the channels. The bits are
/// those of a kernel's reduction, whose sixteen accumulators take a place each and join in pairs, 0 with 2 and 1 with 3
/// (kernel/wide.hpp). Law: tests/laws/views.cpp.

#include <sinter/fusion/boxes.hpp>

namespace sinter::detail {

class window_writer {
public:
    constexpr explicit window_writer(builder& to) : to_{to}, boxes_{to} {}

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
        boxes_.begin(false);
        code_ = code;
        axes_of_places_ = {};
        for (int j = first; j <= k; ++j) axes_of_places_.push(keep_and_axes[j]), kept[keep_and_axes[j]] = 1;
        box at = whole_box(to_.shape(a));
        const int all = joined(a, at, 0);
        k = first;
        return to_.reshape(all, kept);
    }

    /// A reshape of a that lays the places of small windows side by side, each axis of places behind that of its
    /// windows, as a movement of the places of a and of what lies side by side in it: so they are written by the loop
    /// that computes them. -1 where it is none.
    constexpr int side_by_side(int a, const extents& shape) {
        const op code = to_[a].code;
        if (code != op::broadcast && !(is_elementwise(code) && cost_of(code) == 1)) return -1;
        const extents from = to_.shape(a);
        extents merged, turns, axes,
            inner;  // axis of the result and how many take turns there; axis of a; its own turns
        int axis = 0, places = 1;
        bool any = false;
        for (int k = 0; k < shape.rank; ++k, ++axis) {
            int count = 1;
            const bool split = axis < from.rank && k + 1 < shape.rank && shape[k] * shape[k + 1] == from[axis];
            const bool stays = split || (axis < from.rank && from[axis] == shape[k]);
            merged.push(split ? from[axis] : shape[k]);
            k += split;
            if (stays) {
                count = turns_of(a, axis);
            } else {
                if (axis + 1 >= from.rank || from[axis] * from[axis + 1] != shape[k] || from[axis + 1] > most_places ||
                    !is_repeated(a, axis + 1))
                    return -1;
                any = true;
                count = from[axis + 1];
            }
            if (count > 1 && places * count <= most_written && turns.rank < max_rank) {
                places *= count;
                turns.push(merged.rank - 1), turns.push(count), axes.push(axis), inner.push(stays);
            }
            axis += !stays;
        }
        if (axis != from.rank || !any) return -1;
        boxes_.begin(true);
        meta::vector<int> parts;
        for (int place = 0; place < places; ++place) {
            box at = whole_box(from);
            for (int n = axes.rank - 1, rest = place; n >= 0; --n) {
                const int count = turns[2 * n + 1], turn = rest % count, k = axes[n];
                rest /= count;
                if (inner[n] != 0)
                    at.at[k] = {turn, count, (from[k] - turn + count - 1) / count, false, 0, from[k]};
                else
                    at.at[k + 1] = place_box(turn, count);
            }
            parts.push(lower_part(to_, boxes_.read_all(a, at)));
        }
        return to_.reshape(interleaved(parts, to_[a].rows, merged, turns), shape);
    }
    /// A slice of values that take turns: slices of these. -1 where a is none.
    constexpr int slice_of_turns(int a, const extents& slice, const extents& shape) {
        if (to_[a].code != op::interleave) return -1;
        const extents turns = to_.attribute(a);
        const int axis = slice[0], begin = slice[1];
        int count = 1, apart = 1;  // turns along the axis; parts from one turn to the next
        for (int k = turns.rank - 2; k >= 0 && turns[k] != axis; k -= 2) apart *= turns[k + 1];
        for (int k = 0; k < turns.rank; k += 2)
            if (turns[k] == axis) count = turns[k + 1];
        if (shape[axis] < count) return -1;
        boxes_.begin(true);
        meta::vector<int> parts;
        for (int place = 0; place < to_[a].count; ++place) {
            const int turn = count == 1 ? 0 : place / apart % count, first = (begin + turn) / count;
            const int from = count == 1 ? place : place + ((begin + turn) % count - turn) * apart;
            const int part = to_.operand(to_.operand(a, from));
            box at = whole_box(to_.shape(part));
            at.at[axis].begin = first;
            at.at[axis].count = (shape[axis] - turn + count - 1) / count;
            parts.push(lower_part(to_, boxes_.read_all(part, at)));
        }
        return interleaved(parts, to_[a].rows, shape, turns);
    }
    /// An elementwise operation on a, whose values take turns, and on others: results that take turns, so that the loop
    /// which computes the values goes on with them and a is not stored. -1 where a is no such value.
    constexpr int of_turns(op code, const int* operands, int count, int a, const extents& shape) {
        if (to_[a].code != op::interleave || to_.shape(a) != shape) return -1;
        const extents turns = to_.attribute(a);
        if (shape.size_from(turns[turns.rank - 2] + 1) == 1) return -1;  // each element beside one of another turn
        boxes_.begin(false);
        meta::vector<int> parts, x;
        x.extend(count);
        bool rows = false;
        for (int place = 0; place < to_[a].count; ++place) {
            box at = whole_box(shape);
            for (int n = turns.rank - 2, rest = place; n >= 0; n -= 2) {
                const int axis = turns[n], turn = rest % turns[n + 1];
                rest /= turns[n + 1];
                at.at[axis] = {turn, turns[n + 1], (shape[axis] - turn + turns[n + 1] - 1) / turns[n + 1], false,
                               0,    shape[axis]};
            }
            for (int k = 0; k < count; ++k) {
                const int y = operands[k];
                const bool same = to_[y].code == op::interleave && to_.shape(y) == shape && to_.attribute(y) == turns;
                x.begin()[k] = same ? to_.operand(to_.operand(y, place)) : boxes_.cut_out(y, at, shape);
            }
            parts.push(lower_part(to_, to_.record(code, x.begin(), count)));
            rows = to_[parts[place]].rows;
        }
        return interleaved(parts, rows, shape, turns);
    }

private:
    static constexpr int most_places = 4, most_written = 16;  // of an axis, of all axes together

    /// Over the axes from the n-th on, of which the last one is innermost, at the places of those before.
    constexpr int joined(int a, box& at, int n) {
        if (n == axes_of_places_.rank) return boxes_.read_all(a, at);
        const int axis = axes_of_places_[n], count = to_.shape(a)[axis];
        const auto place = [&](int k) {
            at.at[axis] = place_box(k, count);
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
    constexpr int interleaved(const meta::vector<int>& parts, bool rows, const extents& shape, const extents& turns) {
        return to_.adopt({.code = op::interleave,
                          .rows = rows,
                          .count = parts.size(),
                          .shape = to_.intern(shape),
                          .attribute = to_.intern(turns)},
                         parts.begin());
    }
    static constexpr box_axis place_box(int place, int count) { return {place, 1, 1, true, 0, count}; }
    constexpr int join(int x, int y) { return to_.record(code_ == op::sum ? op::add : op::maximum, {x, y}); }

    /// Whether an axis of x runs along the places of a window, or along a diagonal, seen through elementwise operations
    /// and views. Each node is looked at once.
    constexpr bool is_place(int x, int axis) {
        know(x);
        return (axes_[x].places >> axis & 1u) != 0;
    }
    /// Whether what differs along an axis of x, if anything does, are places of a window or their numbers.
    constexpr bool is_repeated(int x, int axis) {
        know(x);
        return ((axes_[x].places | axes_[x].repeated) >> axis & 1u) != 0;
    }
    /// How many values take turns along an axis of x, 1 where it is one value.
    constexpr int turns_of(int x, int axis) {
        know(x);
        const int count = static_cast<int>(axes_[x].turns >> 4 * axis & 15u);
        return count > 1 && count <= to_.shape(x)[axis] ? count : 1;
    }
    /// Bits of axes: those of places, those of numbers or repetitions, and four of how many values take turns.
    struct known_axes {
        unsigned places = 0, repeated = 0;
        unsigned long long turns = 0;
    };
    constexpr void know(int x) {
        while (axes_.size() <= x) axes_.push(axes_of(to_.view(), axes_.size()));
    }
    constexpr known_axes axes_of(const table_view& t, int i) const {
        const op code = t[i].code;
        const op_kind kind = kind_of(code);
        known_axes axes;
        if (kind == op_kind::elementwise || kind == op_kind::movement || code == op::stop)
            for_operands(t, i, [&](int x) {
                const int missing = t.shape(i).rank - t.shape(x).rank;
                axes.places |= axes_[x].places << missing;
                axes.repeated |= axes_[x].repeated << missing;
                axes.turns |= axes_[x].turns << 4 * missing;
            });
        if (kind == op_kind::movement)  // of single elements
            for (int k = 0; k < t.shape(i).rank; ++k)
                if (t.shape(i)[k] > 1 && t.shape(t.operand(i))[k] == 1) axes.repeated |= 1u << k;
        if (code == op::interleave) {
            axes.turns = 0;
            for (int k = 0; k < t.attribute(i).rank; k += 2)
                axes.turns |= static_cast<unsigned long long>(t.attribute(i)[k + 1]) << 4 * t.attribute(i)[k];
        }
        if (code == op::iota) axes.repeated = 1;
        if (!is_view(code)) return axes;
        const known_axes& below = axes_[t.operand(i)];
        if (code == op::slice || code == op::part) {  // an axis of one place is one of places
            axes = below;
            if (code == op::slice && t.attribute(i)[1] != 0) axes.turns &= ~(15ULL << 4 * t.attribute(i)[0]);
            return axes;
        }
        if (code == op::reshape) return axes_of_reshape(below, t.shape(t.operand(i)), t.shape(i));
        if (code == op::broadcast)
            for (int k = 0; k < t.shape(i).rank; ++k)
                if (is_stretched(t, i, k)) axes.repeated |= 1u << k;
        if (below.places != 0 || below.repeated != 0 || below.turns != 0) {
            const index_map m = view_map(t, i);
            for (int k = 0; k < m.rank; ++k) {
                if (m.factor[k] == 0) continue;
                axes.places |= (below.places >> k & 1u) << m.axis[k];
                axes.repeated |= (below.repeated >> k & 1u) << m.axis[k];
                if (m.factor[k] == 1) axes.turns |= (below.turns >> 4 * k & 15u) << 4 * m.axis[k];
            }
        }
        if (code == op::windows || code == op::skew) axes.places |= 1u << (t.attribute(i)[0] + 1);
        return axes;
    }
    /// An axis that stays is what it was; of places come places.
    static constexpr known_axes axes_of_reshape(const known_axes& below, const extents& from, const extents& to) {
        known_axes axes;
        for (int k = 0, own = 0; k < to.rank && own < from.rank;) {
            const unsigned place = below.places >> own & 1u, again = below.repeated >> own & 1u;
            if (from[own] == to[k]) {
                axes.places |= place << k;
                axes.repeated |= again << k;
                axes.turns |= (below.turns >> 4 * own++ & 15u) << 4 * k++;
            } else if (to[k] == 1) {
                ++k;
            } else if (from[own] == 1) {
                ++own;
            } else if (own + 1 < from.rank && from[own] * from[own + 1] == to[k]) {
                own += 2, ++k;
            } else if (k + 1 < to.rank && to[k] * to[k + 1] == from[own]) {
                axes.places |= (place | place << 1) << k;
                axes.repeated |= (again | again << 1) << k;
                k += 2, ++own;
            } else {
                break;
            }
        }
        return axes;
    }
    /// Whether a broadcast repeats one element along an axis.
    static constexpr bool is_stretched(const table_view& t, int x, int axis) {
        const extents& from = t.shape(t.operand(x));
        const int own = axis - (t.shape(x).rank - from.rank);
        return own < 0 || from[own] == 1;
    }

    builder& to_;
    op code_ = op::sum;
    box_reader boxes_;
    meta::vector<known_axes> axes_;  // per node
    extents axes_of_places_;
};

}  // namespace sinter::detail
