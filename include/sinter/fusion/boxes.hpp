// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A box of a value, as a value of its own: some elements of each axis, at equal steps, or one of them and no axis.
///
/// The box is taken out of boxes of what the value consists of, wherever that is known: of the operands of cheap
/// elementwise operations, of the part of a movement, of the operand of a view. So what stands at one place of a window
/// is computed there instead of cut out of a value that somebody would have to store. Between zeros only what is
/// computed for whole windows is stored, with its margins: zeros go through operations that keep them.

#include <sinter/graph/builder.hpp>

namespace sinter::detail {

/// Elements begin, begin + step, … of an axis, `count` of them; `gone`: one, and the axis is not in the box.
struct box_axis {
    int begin = 0, step = 1, count = 1;
    bool gone = false;
    int low = 0, high = 1;  ///< the axis has elements low … high - 1, of which those that the value has not are zeros
    constexpr bool operator==(const box_axis&) const = default;
    constexpr bool whole(int extent) const { return !gone && begin == 0 && step == 1 && count == extent; }
    constexpr bool extended(int extent) const { return low != 0 || high != extent; }
};
struct box {
    int rank = 0;
    box_axis at[max_rank] = {};
    constexpr bool operator==(const box& other) const {
        for (int k = 0; k < rank; ++k)
            if (!(at[k] == other.at[k])) return false;
        return rank == other.rank;
    }
};
constexpr box whole_box(const extents& shape) {
    box b{.rank = shape.rank};
    for (int k = 0; k < b.rank; ++k) b.at[k].count = b.at[k].high = shape[k];
    return b;
}
/// What is left of the axes.
constexpr extents shape_of_box(const box& b) {
    extents shape;
    for (int k = 0; k < b.rank; ++k)
        if (!b.at[k].gone) shape.push(b.at[k].count);
    return shape;
}

/// An operand of a movement. Each is a node of its own, because each is written at another place.
constexpr int lower_part(builder& to, int x) {
    const node& q = to[x];
    const node part{
        .code = op::part, .rows = q.rows, .kind = q.kind, .count = 1, .shape = q.shape, .number = to.size()};
    return to.append(part, &x);
}

class box_reader {
public:
    constexpr explicit box_reader(builder& to) : to_{to} {}

    /// The box of x, of which axes may have one element where it repeats; `any`: with anything where zeros would be.
    constexpr int read(int x, const box& b, bool any = false) {
        const extents shape = to_.shape(x);
        bool whole = true;
        for (int k = 0; k < b.rank; ++k) whole = whole && b.at[k].whole(shape[k]) && !b.at[k].extended(shape[k]);
        if (whole || to_[x].code == op::constant) return x;
        for (const known_box& known : known_)
            if (known.of == x && known.any == any && known.at == b) return known.id;
        const int id = new_box(x, b, shape, any);
        known_.push({x, any, b, id});
        return id;
    }
    /// The same in full.
    constexpr int read_all(int x, const box& b) {
        const bool rows = to_[x].rows;
        return to_.broadcast(read(x, b), shape_of_box(b), rows);
    }
    /// The box, in a value of this shape, of x, which broadcasts to it: a view of x, nothing that is computed.
    constexpr int cut_out(int x, const box& b, const extents& shape) {
        const extents own = to_.shape(x);
        return cut(x, stretched(b, shape, own), own);
    }
    /// Begins anew; `deep`: views are seen through, too, as where the result is a movement of such boxes.
    constexpr void begin(bool deep) {
        known_.truncate(0);
        deep_ = deep;
    }

private:
    constexpr int new_box(int x, const box& b, const extents& shape, bool any) {
        const op code = to_[x].code;
        bool extended = false, places = false;
        for (int k = 0; k < b.rank; ++k) {
            extended = extended || b.at[k].extended(shape[k]);
            places = places || (b.at[k].gone && shape[k] > 1);  // something differs from place to place
        }
        const auto zeros_stay = [&] { return !extended || any || keeps_zeros(x, b, shape); };
        box of = b;
        switch (kind_of(code)) {
            case op_kind::elementwise:
                if (cost_of(code) > 1 || (extended && !places) || !zeros_stay()) break;
                return elementwise_box(x, b, shape, any);
            case op_kind::mark: return read(to_.operand(x), b, any);
            case op_kind::movement: return movement_box(x, b, shape, any);
            case op_kind::reshape:
                if (!deep_ || !reshaped(b, shape, to_.shape(to_.operand(x)), of)) break;
                return read(to_.operand(x), of, any);
            case op_kind::view:
                if (code == op::part) return read(to_.operand(x), b, any);
                if (deep_ && code == op::broadcast && zeros_stay())
                    return read(to_.operand(x), stretched(b, shape, to_.shape(to_.operand(x))), any);
                if (!deep_ || !viewed(x, shape, of)) break;
                return read(to_.operand(x), of, any);
            default: break;
        }
        return cut(x, b, shape);
    }

    constexpr int elementwise_box(int x, const box& b, const extents& shape, bool any) {
        meta::vector<int> operands;
        const op code = to_[x].code;
        for (int j = 0; j < to_[x].count; ++j) {
            const int y = to_.operand(x, j);
            const bool chooses = code == op::select && j == 0;
            operands.push(read(y, stretched(b, shape, to_.shape(y)), any || chooses));
        }
        if ((code == op::add || code == op::subtract) && is_count(operands[0]) && is_count(operands[1])) {
            const double l = to_[operands[0]].value, r = to_[operands[1]].value;
            return to_.constant(code == op::add ? l + r : l - r);
        }
        if (code == op::add) {  // x + 0 + 0 is x + 0
            const int l = operands[0], r = operands[1];
            const auto is_sum = [&](int s) {
                return to_[s].code == op::add && to_.is_constant(to_.operand(s, 1), 0.0);
            };
            if (to_.is_constant(r, 0.0) && (to_.is_constant(l, 0.0) || is_sum(l))) return l;
            if (to_.is_constant(l, 0.0)) return is_sum(r) ? r : to_.record(code, {r, l});
        }
        return to_.record(code, operands.begin(), operands.size());
    }
    /// A constant that is a small whole number, of which sums are exact.
    constexpr bool is_count(int x) const {
        const node& q = to_[x];
        return q.code == op::constant && q.value > -1e6 && q.value < 1e6 && static_cast<int>(q.value) == q.value;
    }
    /// The box of an operand that broadcasts to a value of this shape.
    static constexpr box stretched(const box& b, const extents& shape, const extents& operand) {
        box of{.rank = operand.rank};
        for (int k = 0; k < of.rank; ++k) {
            const int own = k + shape.rank - operand.rank;
            of.at[k] = b.at[own];
            if (operand[k] == 1 && shape[own] != 1) of.at[k] = {.gone = b.at[own].gone};
        }
        return of;
    }
    /// Whether x is zero wherever its operands are continued by zeros.
    constexpr bool keeps_zeros(int x, const box& b, const extents& shape) const {
        const auto continued = [&](int j) {
            const int y = to_.operand(x, j);
            if (to_.is_constant(y, 0.0)) return true;
            const extents& own = to_.shape(y);
            const int missing = shape.rank - own.rank;
            for (int k = 0; k < b.rank; ++k)
                if (b.at[k].extended(shape[k]) && (k < missing || own[k - missing] != shape[k])) return false;
            return true;
        };
        switch (to_[x].code) {
            case op::select: return continued(1) && continued(2);
            case op::add: return continued(0) && continued(1);
            case op::broadcast: return continued(0);
            default: return false;
        }
    }

    /// The box of the part that it lies in, or with zeros around the only one.
    constexpr int movement_box(int x, const box& b, const extents& shape, bool any) {
        const table_view t = to_.view();
        for (int n = 0; n < t[x].count; ++n) {
            const movement_place to = place_of_part(t, x, n);
            const int part = t.operand(x, n);
            if (to.everywhere) {  // its number stands between the parts, and zeros behind the ends
                bool extended = false;
                for (int k = 0; k < b.rank; ++k) extended = extended || b.at[k].extended(shape[k]);
                return extended && !any ? cut(x, b, shape) : part;
            }
            const extents own = t.shape(part);
            box of = b;
            bool here = true, seen = true, around = any;
            for (int k = 0; k < b.rank; ++k) {
                box_axis& a = of.at[k];
                const int step = to.step[k], distance = a.begin - to.begin[k];
                if (to.begin[k] == 0 && step == 1 && own[k] == shape[k]) continue;
                if (!a.gone && !deep_) {
                    seen = false;
                } else if (!a.gone && step == 1 && t[x].count == 1) {
                    seen = seen && a.step == 1;
                    around = false;  // zeros of its own are zeros, whatever may stand around it
                    a.begin = distance;
                    a.low -= to.begin[k];
                    a.high -= to.begin[k];
                } else if (!a.gone && (a.step != step || a.extended(shape[k]))) {
                    seen = false;
                } else if (distance % step == 0 && distance >= 0 && distance / step + a.count <= own[k]) {
                    a = {distance / step, 1, a.count, a.gone, 0, own[k]};
                } else if (distance % step != 0 || distance / step >= own[k] || distance / step + a.count <= 0) {
                    here = false;
                } else {
                    seen = false;
                }
            }
            if (here) return seen ? read(part, of, around) : cut(x, b, shape);
        }
        return to_.constant(0.0);
    }

    /// Through a reshape: axes that stay, and one that becomes two or comes from two, at one index of the inner one.
    static constexpr bool reshaped(const box& b, const extents& shape, const extents& operand, box& of) {
        of = whole_box(operand);
        int k = 0, own = 0;
        while (k < shape.rank || own < operand.rank) {
            const bool both = k < shape.rank && own < operand.rank;
            if (both && shape[k] == operand[own]) {
                of.at[own++] = b.at[k++];
            } else if (k < shape.rank && shape[k] == 1) {
                if (!b.at[k++].gone) return false;  // an axis that comes and stays: not needed here
            } else if (own < operand.rank && operand[own] == 1) {
                of.at[own++].gone = true;
            } else if (both && own + 1 < operand.rank && operand[own] * operand[own + 1] == shape[k]) {
                const box_axis& a = b.at[k];
                const int inner = operand[own + 1];
                if (a.extended(shape[k])) return false;
                if (a.gone)
                    of.at[own] = {a.begin / inner, 1, 1, true, 0, operand[own]};
                else if (a.step == inner && a.begin < inner && a.count == operand[own])
                    of.at[own] = {0, 1, a.count, false, 0, operand[own]};
                else
                    return false;
                of.at[own + 1] = {a.begin % inner, 1, 1, true, 0, inner};
                own += 2, ++k;
            } else if (both && k + 1 < shape.rank && shape[k] * shape[k + 1] == operand[own]) {
                const box_axis &outer = b.at[k], &inner = b.at[k + 1];
                if (!outer.gone || !inner.gone) return false;
                of.at[own] = {outer.begin * shape[k + 1] + inner.begin, 1, 1, true, 0, operand[own]};
                ++own, k += 2;
            } else {
                return false;
            }
        }
        return true;
    }
    /// Through a slice, or a diagonal at one of its indices; changes `of` from the box of x to that of its operand.
    constexpr bool viewed(int x, const extents& shape, box& of) const {
        const op code = to_[x].code;
        const extents &at = to_.attribute(x), &operand = to_.shape(to_.operand(x));
        if (code != op::slice && code != op::skew) return false;
        box_axis& a = of.at[at[0]];
        if (a.extended(shape[at[0]])) return false;
        int offset = at[1];
        if (code == op::skew) {
            const box_axis& other = of.at[at[0] + 1];
            if (!other.gone) return false;
            offset = at[1] < 0 ? shape[at[0] + 1] - 1 - other.begin : other.begin;
        }
        a.begin += offset;
        a.low = 0;
        a.high = operand[at[0]];
        return true;
    }

    /// The box cut out of the value itself, which somebody has to store; with its margins, if it has some.
    constexpr int cut(int x, const box& b, const extents& shape) {
        if (const int number = counted(x, b); number >= 0) return to_.constant(number);
        extents left, margins;
        for (int k = 0; k < b.rank; ++k) {
            const box_axis& a = b.at[k];
            const bool extended = a.extended(shape[k]);
            if (!a.gone) left.push(extended ? shape[k] : a.count);
            if (!extended) x = elements(x, k, a.begin, a.step, a.count);
        }
        x = to_.reshape(x, left);
        for (int k = 0, own = 0; k < b.rank; ++k) {
            const box_axis& a = b.at[k];
            if (a.gone) continue;
            if (a.extended(shape[k])) {
                if (margins.rank == max_rank) x = padded(x, margins, left), margins = {};
                margins.push(own), margins.push(-a.low);
                left[own] = a.high - a.low;
            }
            ++own;
        }
        if (margins.rank == 0) return x;
        x = padded(x, margins, left);
        for (int k = 0, own = 0; k < b.rank; ++k) {
            const box_axis& a = b.at[k];
            if (a.gone) continue;
            if (a.extended(shape[k])) x = elements(x, own, a.begin - a.low, a.step, a.count);
            ++own;
        }
        return x;
    }
    constexpr int elements(int x, int axis, int begin, int step, int count) {
        extents shape = to_.shape(x);
        const int span = (count - 1) * step + 1;
        if (shape[axis] != span) {
            shape[axis] = span;
            x = to_.record(op::slice, {x}, list(axis, begin), shape);
        }
        return step == 1 ? x : to_.record(op::stride, {x}, list(axis, step));
    }
    /// One for all boxes of it.
    constexpr int padded(int x, const extents& margins, const extents& shape) {
        for (const known_pad& known : pads_)
            if (known.of == x && known.margins == margins && to_.shape(known.id) == shape) return known.id;
        const int part = lower_part(to_, x);
        const node pad{.code = op::pad,
                       .rows = to_[x].rows,
                       .count = 1,
                       .shape = to_.intern(shape),
                       .attribute = to_.intern(margins)};
        const int id = to_.adopt(pad, &part);
        pads_.push({x, margins, id});
        return id;
    }
    /// The number that stands in one element of 0, 1, 2, …; -1 elsewhere.
    constexpr int counted(int x, const box& b) const {
        int number = 0;
        for (int k = 0; k < b.rank; ++k) {
            if (b.at[k].count != 1 || b.at[k].extended(to_.shape(x)[k])) return -1;
            number = number * to_.shape(x)[k] + b.at[k].begin;
        }
        while (to_[x].code == op::reshape) x = to_.operand(x);
        return to_[x].code == op::iota ? number : -1;
    }

    struct known_box {
        int of;
        bool any;
        box at;
        int id;
    };
    struct known_pad {
        int of;
        extents margins;
        int id;
    };
    builder& to_;
    bool deep_ = false;
    meta::vector<known_box> known_;
    meta::vector<known_pad> pads_;
};

}  // namespace sinter::detail
