// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How much scratch a kernel needs: a packed panel of a transposed right operand, partial column sums.
///
/// In: a list of specs (constant, or run-time data), the index of one, the capacity of its rows. Out: elements of the
/// program's scalar type, for any instruction set. Includes no kernel.

#include <sinter/kernel/spec.hpp>

namespace sinter {

inline constexpr int widest_panel = 32;  ///< two registers of sixteen
inline constexpr int widest_vector = 16;

constexpr std::size_t scratch_elements(const auto& list, int index, int capacity_rows) {
    const spec& s = list.specs[index];
    if (s.kind == kernel_kind::contraction) {
        const slot& right = list.slots[s.slot_first + 1];
        if (!s.transposed_right && (right.panel == 0 || right.panel == list.width)) return 0;
        return static_cast<std::size_t>(s.depth == run_time_rows ? capacity_rows : s.depth) * widest_panel;
    }
    if (s.flat()) return 0;
    std::size_t columns = 0;
    for (int o = 0; o < s.output_count; ++o)
        if (list.outputs[s.output_first + o].kind == output_kind::column) ++columns;
    const int elements = (s.inner + widest_vector - 1) / widest_vector * widest_vector;
    return columns * static_cast<std::size_t>(elements);
}

}  // namespace sinter
