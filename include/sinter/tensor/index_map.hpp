// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Affine maps of indices: where a loop's index, or a view's, stands in the value that it reads.
///
/// A value x is read at x.index[k] = factor[k] * i[axis[k]] + second_factor[k] * i[second_axis[k]] + offset[k], for the
/// index i of a space. A term with factor 0 is none. Two terms an axis are what windows need: position and place in
/// the window. Maps compose; a composition that needs a third term is `rejected`, and what would be read through it is
/// stored first. Rows map to rows.

#include <sinter/tensor/extents.hpp>

namespace sinter {

struct index_map {
    int rank = 0;  ///< of the value that is read; -1: rejected
    int axis[max_rank] = {}, factor[max_rank] = {}, offset[max_rank] = {};
    int second_axis[max_rank] = {}, second_factor[max_rank] = {};
    int seconds = 0;  ///< how many axes have a second term

    constexpr bool rejected() const { return rank < 0; }
    constexpr bool operator==(const index_map& other) const {
        if (rank != other.rank || seconds != other.seconds) return false;
        for (int k = 0; k < rank; ++k)
            if (axis[k] != other.axis[k] || factor[k] != other.factor[k] || offset[k] != other.offset[k]) return false;
        for (int k = 0; seconds > 0 && k < rank; ++k)
            if (second_axis[k] != other.second_axis[k] || second_factor[k] != other.second_factor[k]) return false;
        return true;
    }
    constexpr void set(int k, int to_axis, int by = 1, int from = 0) {
        axis[k] = by == 0 ? 0 : to_axis;
        factor[k] = by;
        offset[k] = from;
    }
    /// Adds by * i[to_axis] to axis k; false where that would be a third term.
    constexpr bool add(int k, int to_axis, int by) {
        if (by == 0) return true;
        if (factor[k] == 0) {
            axis[k] = to_axis;
            factor[k] = by;
        } else if (axis[k] == to_axis) {
            factor[k] += by;
            if (factor[k] == 0) promote(k);
        } else if (second_factor[k] == 0) {
            ++seconds;
            second_axis[k] = to_axis;
            second_factor[k] = by;
            if (second_axis[k] < axis[k]) exchange(k);
        } else if (second_axis[k] == to_axis) {
            second_factor[k] += by;
            if (second_factor[k] == 0) --seconds, second_axis[k] = 0;
        } else {
            return false;
        }
        return true;
    }
    /// The element of axis k that index i reads.
    constexpr int at(int k, const extents& i) const {
        return offset[k] + (factor[k] == 0 ? 0 : factor[k] * i[axis[k]]) +
               (second_factor[k] == 0 ? 0 : second_factor[k] * i[second_axis[k]]);
    }

private:
    constexpr void exchange(int k) {
        const int a = axis[k], f = factor[k];
        axis[k] = second_axis[k];
        factor[k] = second_factor[k];
        second_axis[k] = a;
        second_factor[k] = f;
    }
    /// The first term is gone; the second takes its place.
    constexpr void promote(int k) {
        axis[k] = second_axis[k];
        factor[k] = second_factor[k];
        seconds -= second_factor[k] != 0;
        second_axis[k] = second_factor[k] = 0;
    }
};

/// Axes of one element stay where they are.
constexpr index_map identity_map(const extents& shape) {
    index_map m{.rank = shape.rank};
    for (int k = 0; k < shape.rank; ++k)
        if (shape.at[k] != 1) m.axis[k] = k, m.factor[k] = 1;
    return m;
}

constexpr bool is_identity(const index_map& m, const extents& shape) {
    if (m.rank != shape.rank || m.seconds > 0) return false;
    for (int k = 0; k < m.rank; ++k) {
        const int axis = shape.at[k] == 1 ? 0 : k, factor = shape.at[k] == 1 ? 0 : 1;
        if (m.axis[k] != axis || m.factor[k] != factor || m.offset[k] != 0) return false;
    }
    return true;
}

/// Whether m reads a value of this shape from end to end, as indices of a space run: the two differ by axes of one
/// element alone.
constexpr bool reads_in_order(const index_map& m, const extents& shape, const extents& space) {
    if (m.seconds > 0 || m.rank != shape.rank) return false;
    int own = 0;
    for (int k = 0; k < m.rank; ++k) {
        if (m.offset[k] != 0) return false;
        if (shape.at[k] == 1) continue;
        while (own < space.rank && space.at[own] == 1) ++own;
        if (own == space.rank || space.at[own] != shape.at[k] || m.axis[k] != own++ || m.factor[k] != 1) return false;
    }
    while (own < space.rank && space.at[own] == 1) ++own;
    return own == space.rank;
}

/// What a reader at `outer` reads of a value's operand, where the value reads it at `inner`: inner after outer.
constexpr index_map compose(const index_map& outer, const index_map& inner) {
    index_map m{.rank = inner.rank};
    if (outer.rejected() || inner.rejected()) m.rank = -1;
    if (!m.rejected() && outer.seconds == 0 && inner.seconds == 0) {  // most maps; a call less for each axis
        for (int k = 0; k < m.rank; ++k) {
            const int axis = inner.axis[k], by = inner.factor[k];
            m.offset[k] = inner.offset[k] + (by == 0 ? 0 : by * outer.offset[axis]);
            m.factor[k] = by == 0 ? 0 : by * outer.factor[axis];
            m.axis[k] = m.factor[k] == 0 ? 0 : outer.axis[axis];
        }
        return m;
    }
    for (int k = 0; k < m.rank; ++k) {
        m.offset[k] = inner.offset[k];
        bool kept = true;
        const auto add = [&](int axis, int by) {
            if (by == 0) return;
            m.offset[k] += by * outer.offset[axis];
            kept = kept && m.add(k, outer.axis[axis], by * outer.factor[axis]);
            if (outer.seconds > 0) kept = kept && m.add(k, outer.second_axis[axis], by * outer.second_factor[axis]);
        };
        add(inner.axis[k], inner.factor[k]);
        if (inner.seconds > 0) add(inner.second_axis[k], inner.second_factor[k]);
        if (!kept) m.rank = -1;
    }
    return m;
}

/// The map of a value that broadcasts to one mapped by m: last axes aligned, axes of one element stay put.
constexpr index_map broadcast_map(const index_map& m, const extents& operand) {
    index_map out{.rank = m.rejected() ? -1 : operand.rank};
    for (int k = 0; k < out.rank; ++k) {
        if (operand[k] == 1) continue;
        const int own = k + m.rank - operand.rank;
        out.axis[k] = m.axis[own];
        out.factor[k] = m.factor[own];
        out.offset[k] = m.offset[own];
        if (m.second_factor[own] == 0) continue;
        out.second_axis[k] = m.second_axis[own];
        out.second_factor[k] = m.second_factor[own];
        ++out.seconds;
    }
    return out;
}

/// Whether m, of a value of this shape, keeps axes of one element where they are: then m is its own broadcast.
constexpr bool keeps_ones(const index_map& m, const extents& shape) {
    for (int k = 0; k < m.rank; ++k)
        if (shape.at[k] == 1 && (m.factor[k] != 0 || m.second_factor[k] != 0 || m.offset[k] != 0)) return false;
    return true;
}

/// The axes that are not 1, in order.
constexpr extents squeeze(const extents& shape) {
    extents s;
    for (int k = 0; k < shape.rank; ++k)
        if (shape.at[k] != 1) s.at[s.rank++] = shape.at[k];
    return s;
}
/// A reshape that only adds or removes extents of 1: squeeze(from) == squeeze(to).
constexpr bool is_squeeze(const extents& from, const extents& to) {
    for (int k = 0, own = 0;; ++k, ++own) {
        while (k < from.rank && from.at[k] == 1) ++k;
        while (own < to.rank && to.at[own] == 1) ++own;
        if (k >= from.rank || own >= to.rank) return k >= from.rank && own >= to.rank;
        if (from.at[k] != to.at[own]) return false;
    }
}

}  // namespace sinter
