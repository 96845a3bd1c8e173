// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How much scratch a kernel needs: packed panels of a right operand, a packed block of a left one, partial column sums.
///
/// In: a list of specs (constant, or run-time data), the index of one, the capacity of its rows, the panel width of the
/// machine if it is known. Out: elements of the program's scalar type. Includes no kernel.

#include <sinter/kernel/spec.hpp>

#include <cstdint>

namespace sinter {

inline constexpr int widest_panel = 32;     ///< two registers of sixteen
inline constexpr int packed_columns = 128;  ///< of a right operand, packed at once; a multiple of every panel
inline constexpr int widest_vector = 16;
inline constexpr int first_cache_elements = 8192;  ///< 32 KiB of float

/// Whether the rows of a plain right operand lie so far apart, and are read so often, that copying them first pays: each is a
/// line of its own in the caches, all in few sets, and no prefetcher follows them. Not if the first cache holds it whole.
constexpr bool right_rows_are_far(const auto& list, int index) {
    const spec& s = list.specs[index];
    const slot& right = list.slots[s.slot_first + 1];
    const bool plain = right.panel == 0 || right.panel == list.width;
    const int stride = list.strides[s.stride_first + 1];
    return plain && !s.transposed_right && list.extents[s.outer_first] >= 16 && stride > 2 * list.width &&
           (s.depth == run_time_rows || (s.depth >= 64 && s.depth * stride >= first_cache_elements));
}

inline constexpr int left_block_elements = 1 << 16;  ///< of float: half of the second cache, or less
inline constexpr int packed_tiles = 8;               ///< of a left operand, packed at once: each is written on its own pages
inline constexpr int most_packed_rows = packed_tiles * 14;  ///< 32 registers
/// From a row of packed tiles to the next: tiles that lay 4096 bytes apart would fall in one set of the first cache.
constexpr int packed_left_stride(int depth) { return (depth + 15) / 16 * 16 + 8; }

/// Whether a product may pack the columns of a plain left operand, tile by tile. Each k is a line and a page of its own there,
/// and no prefetcher follows them; many panels have to read them for it to pay, and what is summed over rows needs all rows of a
/// panel in turn.
constexpr bool left_may_be_packed(const auto& list, int index) {
    const spec& s = list.specs[index];
    const slot& left = list.slots[s.slot_first];
    for (int o = 0; o < s.output_count; ++o)
        if (list.outputs[s.output_first + o].kind == output_kind::whole) return false;
    return s.transposed_left && (left.panel == 0 || left.panel == list.width) && s.inner >= 4 * widest_panel;
}
/// Whether it does with this depth, which may be the number of rows: beyond 64 pages, which a processor finds at once, for tiles
/// of 14 rows; beyond the second cache for smaller ones, of which more read a line.
constexpr bool left_is_far(const auto& list, int index, int depth) {
    const std::int64_t near = list.width == widest_panel ? 1 << 16 : 1 << 18;
    return left_may_be_packed(list, index) &&
           std::int64_t{depth} * list.strides[list.specs[index].stride_first] >= near;
}

/// `panel_width` is that of the machine the kernels are compiled for; without it, any is reckoned with.
constexpr std::size_t scratch_elements(const auto& list, int index, int capacity_rows, int panel_width = 0) {
    const spec& s = list.specs[index];
    if (s.kind == kernel_kind::contraction) {
        const slot& right = list.slots[s.slot_first + 1];
        const int depth = s.depth == run_time_rows ? capacity_rows : s.depth;
        const std::size_t left = left_is_far(list, index, depth)
                                     ? std::size_t{most_packed_rows} * static_cast<std::size_t>(packed_left_stride(depth))
                                     : 0;
        const bool plain = right.panel == 0 || right.panel == list.width;
        const bool read_in_vectors = plain || (panel_width > 0 && list.width % panel_width == 0);
        if (!s.transposed_right && read_in_vectors && !right_rows_are_far(list, index)) return left;
        const int panels = (s.inner + widest_panel - 1) / widest_panel * widest_panel;
        const int columns = panels < packed_columns ? panels : packed_columns;
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
