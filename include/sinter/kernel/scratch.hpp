// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How much scratch a kernel needs: packed panels of a right operand, a packed block of a left one, partial column sums.
///
/// In: a list of specs (constant, or run-time data), the index of one, the capacity of its rows, the panel width of the
/// machine if it is known. Out: elements of the program's scalar type. Includes no kernel.

#include <sinter/kernel/spec.hpp>

#include <cstdint>

namespace sinter {

inline constexpr int widest_panel = 32;  ///< two registers of sixteen
inline constexpr int packed_panels = 8;  ///< of a right operand, packed at once
inline constexpr int widest_vector = 16;
inline constexpr int first_cache_elements = 8192;  ///< 32 KiB of float

/// Whether the rows of a plain right operand lie so far apart, and are read so often, that copying them first pays: each is a
/// line of its own in the caches, all in few sets, and no prefetcher follows them. Tiles of 14 rows read them seldom enough
/// unless they are 2 KiB apart, which is where prefetchers lose them. Not if the first cache holds it whole.
constexpr bool right_rows_are_far(const auto& list, int index) {
    const spec& s = list.specs[index];
    const slot& right = list.slots[s.slot_first + 1];
    const bool plain = right.panel == 0 || right.panel == list.width;
    const int stride = list.strides[s.stride_first + 1], far = list.width == widest_panel ? 512 : 2 * list.width + 1;
    return plain && !s.transposed_right && list.extents[s.outer_first] >= 16 && stride >= far &&
           (s.depth == run_time_rows || (s.depth >= 64 && s.depth * stride >= first_cache_elements));
}

inline constexpr int left_block_elements = 1 << 16;  ///< of float: half of the second cache, or less
inline constexpr int packed_tiles = 8;  ///< of a left operand, packed at once: each is written on its own pages
inline constexpr int most_packed_rows = packed_tiles * 14;  ///< 32 registers
/// From row to row of what is packed: rows or tiles that lay 4096 bytes apart would fall in one set of the first cache.
constexpr int packed_left_stride(int depth) { return (depth + 15) / 16 * 16 + 8; }

/// Whether a product may pack a plain left operand, which many panels have to read for it to pay; what is summed over rows
/// needs all rows of a panel in turn. Its columns, tile by tile: each k is a line and a page of its own there, and no prefetcher
/// follows them. Its rows, one by one, where they lie in one set of the first cache, whose ways are fewer than a tile's 14 rows.
constexpr bool left_may_be_packed(const auto& list, int index) {
    const spec& s = list.specs[index];
    const slot& left = list.slots[s.slot_first];
    for (int o = 0; o < s.output_count; ++o)
        if (list.outputs[s.output_first + o].kind == output_kind::whole) return false;
    const bool rows_collide = list.width == widest_panel && s.depth >= 1024 && list.strides[s.stride_first] % 1024 == 0;
    return (s.transposed_left || rows_collide) && (left.panel == 0 || left.panel == list.width) &&
           s.inner >= 4 * widest_panel;
}
/// Whether it does with this depth, which may be the number of rows. Columns: beyond 64 pages, which a processor finds at once,
/// for tiles of 14 rows; beyond 128 for smaller ones, of which more read a line.
constexpr bool left_is_far(const auto& list, int index, int depth) {
    const spec& s = list.specs[index];
    const std::int64_t near = list.width == widest_panel ? 1 << 16 : 1 << 17;
    return left_may_be_packed(list, index) &&
           (!s.transposed_left || std::int64_t{depth} * list.strides[s.stride_first] >= near);
}

/// Whether a right operand is copied to panels: it cannot be read in vectors, or better not.
constexpr bool right_is_packed(const auto& list, int index, int panel_width) {
    const spec& s = list.specs[index];
    const slot& right = list.slots[s.slot_first + 1];
    const bool plain = right.panel == 0 || right.panel == list.width;
    const bool read_in_vectors = plain || (panel_width > 0 && list.width % panel_width == 0);
    return s.transposed_right || !read_in_vectors || right_rows_are_far(list, index);
}

/// `panel_width` is that of the machine the kernels are compiled for; without it, any is reckoned with.
constexpr std::size_t scratch_elements(const auto& list, int index, int capacity_rows, int panel_width = 0) {
    const spec& s = list.specs[index];
    if (s.kind == kernel_kind::contraction) {
        const int depth = s.depth == run_time_rows ? capacity_rows : s.depth;
        const std::size_t left =
            left_is_far(list, index, depth)
                ? std::size_t{most_packed_rows} * static_cast<std::size_t>(packed_left_stride(depth))
                : 0;
        if (!right_is_packed(list, index, panel_width)) return left;
        const int panel = panel_width > 0 ? panel_width : widest_panel, most = packed_panels * panel;
        const int whole = (s.inner + panel - 1) / panel * panel, columns = whole < most ? whole : most;
        return left + static_cast<std::size_t>(depth) * static_cast<std::size_t>(columns);
    }
    if (s.flat()) return 0;
    std::size_t columns = 0;
    for (int o = 0; o < s.output_count; ++o)
        if (list.outputs[s.output_first + o].kind == output_kind::column) ++columns;
    const int elements = (s.inner + widest_vector - 1) / widest_vector * widest_vector;
    return columns * static_cast<std::size_t>(elements);
}

}  // namespace sinter
