// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Where the operands of a contraction over several axes lie, as numbers of the call; and the parts of its depth that
/// are computed one after another.
///
/// In: a list of specs (constant, or run-time data), the index of a contraction, the rows. Out: `axes_of`, the extents
/// and strides; `depth_parts_of`, the boxes of depth. A kernel reads both (kernel/over_axes.hpp), scratch the second
/// (kernel/scratch.hpp). Includes no kernel. Why boxes: docs/design/0019-contractions-over-axes.md.

#include <sinter/kernel/tiling.hpp>

#include <cstddef>

namespace sinter {

inline constexpr int most_axes = 8;  ///< outer ones, or depth

/// Extents, and each operand's strides in elements.
struct contraction_axes {
    int outer_count = 0, depth_count = 0;
    int batch_count = 0;  ///< the first outer axes, the last of which moves the right operand
    int outer[most_axes] = {}, depth[most_axes] = {};
    std::ptrdiff_t left_outer[most_axes] = {}, right_outer[most_axes] = {};
    std::ptrdiff_t left_depth[most_axes] = {}, right_depth[most_axes] = {};
    border edge{}, along{};

    constexpr int batches() const { return product(outer, 0, batch_count); }
    /// Of one batch.
    constexpr int rows() const { return product(outer, batch_count, outer_count); }
    /// Rows that lie a stride apart.
    constexpr int line() const { return batch_count < outer_count ? outer[outer_count - 1] : 1; }
    constexpr std::ptrdiff_t row_stride() const { return batch_count < outer_count ? left_outer[outer_count - 1] : 0; }
    /// The same of a call: where axes of run-time rows have that for their extent.
    contraction_axes with_rows(int rows) const {
        contraction_axes a = *this;
        for (int x = 0; x < most_axes; ++x) {
            if (outer[x] == run_time_rows) a.outer[x] = rows;
            if (depth[x] == run_time_rows) a.depth[x] = rows;
        }
        return a;
    }
    static constexpr int product(const int* extent, int first, int last) {
        int n = 1;
        for (; first < last; ++first) n *= extent[first];
        return n;
    }
};

constexpr double absolute(std::ptrdiff_t n) { return static_cast<double>(n < 0 ? -n : n); }

constexpr contraction_axes axes_of(const auto& list, int index, int rows) {
    const spec& s = list.specs[index];
    contraction_axes a{.outer_count = s.outer_count, .depth_count = s.depth_count, .edge = s.edge, .along = s.along};
    for (int x = 0; x < s.axes(); ++x) {
        const int e = list.extents[s.outer_first + x], extent = e == run_time_rows ? rows : e;
        const int left = list.strides[s.stride_of(0, x)], right = list.strides[s.stride_of(1, x)];
        if (const int k = x - s.outer_count; k >= 0) {
            a.depth[k] = extent, a.left_depth[k] = left, a.right_depth[k] = right;
        } else {
            a.outer[x] = extent, a.left_outer[x] = left, a.right_outer[x] = right;
            if (right != 0) a.batch_count = x + 1;
        }
    }
    return a;
}

/// Boxes of depth: `axis` is divided into parts of `length`, the axes in front of it into single indices, those behind
/// it not at all. Sums wait in memory from box to box.
struct depth_parts {
    int axis = 0, length = 1;
    int boxes = 1;
    int depth = 1;  ///< of the largest box
};

/// Of both operands, that stay in the second cache while all tiles of some rows read them.
constexpr int box_bytes(const machine& target) { return target.registers == 32 ? 1 << 19 : 1 << 18; }
/// Sums of so many elements wait for the next box.
inline constexpr int waiting_sums = 1 << 16;

/// Rows whose sums wait together, in memory of their own.
constexpr int waiting_rows(const machine& target, int inner) {
    const int columns = (inner + target.width() - 1) / target.width() * target.width();
    const int least = block_rows(target.registers, 2), rows = waiting_sums / columns / least * least;
    return rows < least ? least : rows;
}

/// One box, where what a tile reads stays in the second cache; else the largest boxes of which what all tiles read of
/// the left operand does, and a panel. `copied` columns of the right operand are packed, and stay there too.
constexpr depth_parts depth_parts_of(const contraction_axes& a, const machine& target, int inner, int copied) {
    const int rows = a.rows(), tile = most_tile_rows(target.registers, 2), together = waiting_rows(target, inner);
    const auto fits = [&](int axis, int length, int at_once) {
        double depth = length, span = 1 + static_cast<double>(length - 1) * absolute(a.left_depth[axis]);
        for (int x = axis + 1; x < a.depth_count; ++x)
            depth *= a.depth[x], span += static_cast<double>(a.depth[x] - 1) * absolute(a.left_depth[x]);
        for (int x = at_once > tile ? a.batch_count : a.outer_count - 1; x < a.outer_count; ++x)
            span += static_cast<double>(a.outer[x] - 1) * absolute(a.left_outer[x]);
        const double all = depth * (at_once < rows ? at_once : rows), left = span < all ? span : all;
        const double right = depth * (copied > 0 ? copied : target.width());
        return (left + right) * target.bytes <= box_bytes(target);
    };
    depth_parts p{.length = a.depth[0], .depth = contraction_axes::product(a.depth, 0, a.depth_count)};
    if (p.depth == 0 || (rows <= tile && copied == 0) || fits(0, p.length, tile)) return p;
    while (p.axis + 1 < a.depth_count && !fits(p.axis, 1, together)) ++p.axis;
    p.length = a.depth[p.axis];
    for (int parts = 1; p.length > 1 && !fits(p.axis, p.length, together);)
        p.length = (a.depth[p.axis] + parts) / (parts + 1), ++parts;
    p.boxes = contraction_axes::product(a.depth, 0, p.axis) * ((a.depth[p.axis] + p.length - 1) / p.length);
    p.depth = p.length * contraction_axes::product(a.depth, p.axis + 1, a.depth_count);
    return p;
}

/// Rows whose lines of the left operand stay in the second cache: whole lines, or parts of one in blocks of `block`
/// rows. Windows overlap, so a line counts what the next one does not read.
constexpr int rows_at_once(const contraction_axes& a, int depth, int bytes, int block, bool tiles_of_lines) {
    const int all = a.line();
    double elements = static_cast<double>(all) * depth;
    if (a.outer_count - a.batch_count > 1)
        if (const double apart = absolute(a.left_outer[a.outer_count - 2]); apart > 0 && apart < elements)
            elements = apart;
    const double fit = left_block_bytes / static_cast<double>(bytes) / (elements > 0 ? elements : 1);
    if (fit * all >= a.rows()) return a.rows();
    if (!tiles_of_lines && fit >= 1) return static_cast<int>(fit) * all;
    if (!tiles_of_lines && all <= block) return all;
    const int rows = static_cast<int>(fit * all) / block * block;
    return rows < block ? block : rows;
}

/// Whether panels of so many columns of the right operand can be read where they lie.
constexpr bool columns_are_vectors(const auto& list, const spec& s, int panel_width) {
    const slot& right = list.slots[s.slot_first + 1];
    const bool in_rows = right.panel == 0 || right.panel == list.target.width();
    return right.inner_stride == 1 && (in_rows || (panel_width > 0 && list.target.width() % panel_width == 0));
}
/// Columns of the right operand that are packed at once, in panels of whatever machine: of all panels, or of the last.
constexpr int copied_columns(int inner, bool all) {
    constexpr int most = packed_panels * widest_panel;
    const int columns = (inner + widest_panel - 1) / widest_panel * widest_panel;
    return !all ? widest_panel : columns < most ? columns : most;
}
/// Scratch for what is packed and for sums that wait; enough for fewer rows, too, since boxes fit.
constexpr std::size_t scratch_over_axes(const auto& list, int index, int capacity_rows, int panel_width) {
    const spec& s = list.specs[index];
    const bool all = !columns_are_vectors(list, s, panel_width);
    const auto size = [](int n) { return static_cast<std::size_t>(n); };
    const int copied = copied_columns(s.inner, all), box = box_bytes(list.target) / list.target.bytes;
    const int boxed = box < copied ? copied : box;
    const std::size_t depth = size(depth_of(list, s, capacity_rows)), packed = depth * size(copied);
    const std::size_t waiting = size(waiting_rows(list.target, s.inner)) * size(copied_columns(s.inner, true));
    const bool waits = depth_parts_of(axes_of(list, index, capacity_rows), list.target, s.inner, copied).boxes > 1 ||
                       depth_parts_of(axes_of(list, index, capacity_rows), list.target, s.inner, 0).boxes > 1;
    return (packed < size(boxed) ? packed : size(boxed)) + (waits ? waiting : 0);
}

}  // namespace sinter
