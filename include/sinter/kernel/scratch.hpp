// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How much scratch a kernel needs: packed panels of a right operand, a packed block of a left one, partial column
/// sums, values kept from pass to pass.
///
/// In: a list of specs (constant, or run-time data), the index of one, the capacity of its rows, the panel width of the
/// machine if it is known. Out: elements of the program's scalar type. Includes no kernel. What is packed:
/// kernel/packing.hpp.

#include <sinter/kernel/packing.hpp>

#include <cstddef>

namespace sinter {

inline constexpr int widest_vector = 16;
inline constexpr int widest_strip = 128;  ///< elements: 512 bytes (kernel/walk.hpp)
/// From row to row of what is packed: rows or tiles that lay 4096 bytes apart would fall in one set of the first cache.
constexpr int packed_left_stride(int depth) { return (depth + 15) / 16 * 16 + 8; }

/// `panel_width` is that of the machine the kernels are compiled for; without it, any is reckoned with.
constexpr std::size_t scratch_elements(const auto& list, int index, int capacity_rows, int panel_width = 0) {
    const spec& s = list.specs[index];
    if (s.paired) return 0;
    if (s.kind == kernel_kind::contraction && !is_matrix_product(list, s))
        return scratch_over_axes(list, index, capacity_rows, panel_width);
    if (s.kind == kernel_kind::contraction) {
        const int depth = depth_of(list, s, capacity_rows);
        const std::size_t left =
            left_is_packed(list, index, depth)
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
    const int along = s.lanes > 0 ? s.lanes : s.inner;
    const int elements = (along + widest_vector - 1) / widest_vector * widest_vector;
    if (s.inner <= (s.lanes > 0 ? 0 : panel_width == 0 ? 8 : 4 * panel_width))  // a row is held whole
        return columns * static_cast<std::size_t>(elements);
    // values that a later pass wants again: of a row, or of a strip of the axis in lanes
    std::size_t kept = 0, before = 0;
    for (int i = 0; i < s.instruction_count; ++i) {
        const instruction& c = list.instructions[s.instruction_first + i];
        before += is_costly(c.code) && c.at == level::element;
        if (is_reduction(c.code)) kept = before;
    }
    const int row = s.lanes == 0 ? elements : s.inner * (elements < widest_strip ? elements : widest_strip);
    return columns * static_cast<std::size_t>(elements) + kept * static_cast<std::size_t>(row);
}

}  // namespace sinter
