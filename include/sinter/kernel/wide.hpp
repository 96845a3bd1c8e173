// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Sums over a row with one order for any number of lanes.
///
/// In: registers of a row, in order. Out: their sum or maximum. Law: tests/kernel/vector.cpp.

#include <sinter/kernel/math.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

inline constexpr int virtual_lanes = 16;

/// Sixteen accumulators, whatever the register: element j of a row goes to accumulator j % 16, and `reduce` joins them
/// in a fixed tree (i with i + 8, then + 4, + 2, + 1). So a sum has the same bits for any number of lanes.
template <lane_type V>
struct wide {
    using T = typename V::value_type;
    static constexpr int vectors = virtual_lanes / V::size;
    static_assert(vectors >= 1 && vectors * V::size == virtual_lanes);
    V at[vectors];

    wide() = default;
    SINTER_ALWAYS_INLINE explicit wide(T start) {
        SINTER_UNROLL
        for (int q = 0; q < vectors; ++q) at[q] = V{start};
    }
    /// `join` must be commutative in effect on lanes only; it is applied as join(lower, upper).
    template <class Join>
    SINTER_ALWAYS_INLINE T reduce(Join join) const {
        V t[vectors];
        SINTER_UNROLL
        for (int q = 0; q < vectors; ++q) t[q] = at[q];
        SINTER_UNROLL
        for (int half = vectors / 2; half > 0; half /= 2) {
            SINTER_UNROLL
            for (int q = 0; q < half; ++q) t[q] = join(t[q], t[q + half]);
        }
        // in whole registers, of which the lower lanes count
        V s = t[0];
        if constexpr (V::size > 8) s = join(s, s.template down<8>());
        if constexpr (V::size > 4) s = join(s, s.template down<4>());
        if constexpr (V::size > 2) s = join(s, s.template down<2>());
        if constexpr (V::size > 1) s = join(s, s.template down<1>());
        return s.first();
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
