// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Where a group's loop index stands in the values it reads.
///
/// A group iterates over the index of its space (rows and a shape). A node x is read at x.index[k] =
/// space.index[axis[k]] + offset[k], or at the fixed offset[k] where axis[k] is -1. Maps compose from a node to its
/// operands: through broadcasting, transposition, slices, and reshapes that only add or remove extents of 1. Rows map
/// to rows.

#include <sinter/graph/node.hpp>

namespace sinter {

struct index_map {
    int rank = 0;
    int axis[max_rank] = {};
    int offset[max_rank] = {};
    constexpr bool operator==(const index_map& other) const {
        if (rank != other.rank) return false;
        for (int k = 0; k < rank; ++k)
            if (axis[k] != other.axis[k] || offset[k] != other.offset[k]) return false;
        return true;
    }
};

constexpr index_map identity_map(const extents& shape) {
    index_map m{.rank = shape.rank};
    for (int k = 0; k < shape.rank; ++k) m.axis[k] = shape[k] == 1 ? -1 : k;
    return m;
}

/// The axes that are not 1, in order.
constexpr extents squeeze(const extents& shape) {
    extents s;
    for (int k = 0; k < shape.rank; ++k)
        if (shape[k] != 1) s.push(shape[k]);
    return s;
}
/// A reshape that only adds or removes extents of 1.
constexpr bool is_squeeze(const extents& from, const extents& to) { return squeeze(from) == squeeze(to); }

/// The map of a value that broadcasts to one mapped by m: last axes aligned, extents of 1 stay put.
constexpr index_map broadcast_map(const index_map& m, const extents& operand) {
    index_map out{.rank = operand.rank};
    for (int k = 0; k < operand.rank; ++k) {
        const int own = k + m.rank - operand.rank;
        out.axis[k] = operand[k] == 1 ? -1 : m.axis[own];
        out.offset[k] = operand[k] == 1 ? 0 : m.offset[own];
    }
    return out;
}

constexpr index_map squeeze_map(const index_map& m, const extents& from, const extents& to) {
    index_map out{.rank = to.rank};
    int own = 0;
    for (int k = 0; k < to.rank; ++k) {
        out.axis[k] = -1;
        if (to[k] == 1) continue;
        while (from[own] == 1) ++own;
        out.axis[k] = m.axis[own];
        out.offset[k] = m.offset[own++];
    }
    return out;
}

/// A view whose operand is read through a map; the other reshapes reinterpret stored elements.
constexpr bool maps_index(const table_view& t, int i) {
    return is_view(t[i].code) && (t[i].code != op::reshape || is_squeeze(t.shape(i), t.shape(t[i].a)));
}

/// The map of operand x of node i, which is elementwise or a view that maps its index, given i's own.
constexpr index_map operand_map(const table_view& t, int i, int x, const index_map& m) {
    const extents& shape = t.shape(x);
    const extents& attribute = t.attribute(i);
    index_map out{.rank = shape.rank};
    switch (t[i].code) {
        case op::reshape: return squeeze_map(m, t.shape(i), shape);
        case op::transpose:
            for (int k = 0; k < shape.rank; ++k) {
                out.axis[attribute[k]] = m.axis[k];
                out.offset[attribute[k]] = m.offset[k];
            }
            return out;
        case op::slice:
            out = m;
            out.offset[attribute[0]] += attribute[1];
            return out;
        default: return broadcast_map(m, shape);
    }
}

}  // namespace sinter
