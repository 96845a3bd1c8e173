// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How wide the strips of a loop that walks are, and where they begin (kernel/walk.hpp).
///
/// A std::vector begins 16 bytes behind a cache line. A vector across two lines needs both at once, and where rows lie
/// a power of two apart the first cache holds few of them: a sum over the first axis of 1024x256 took 1.8 times as
/// long. Lanes are independent, so a walk may begin at the next line. Law: tests/kernel/strips.cpp.

#include <sinter/kernel/body.hpp>

#include <cstdint>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

inline constexpr int line_bytes = 64;

/// Whether a pass leaves values for a later one.
template <class B>
constexpr bool keeps_values() {
    for (int pass = 0; pass + 1 < B::passes; ++pass)
        for (int i = 0; i < B::count; ++i)
            if (B::kept(pass, i)) return true;
    return false;
}
/// Vectors of a strip that keeps values: `most`, or as few as two lines if that keeps each value of the strip within
/// 128 KiB. What is kept, read and stored then stays in the second cache from pass to pass.
constexpr int strip_that_keeps(int most, int vector_bytes, int walked) {
    while (most * vector_bytes > 2 * line_bytes && walked > (128 << 10) / (most * vector_bytes)) most /= 2;
    return most;
}

/// Whether a slot has its elements one behind the other along the axis in lanes, and others at the next walked index.
template <class B>
constexpr bool is_walked(int s) {
    return B::form_of_slot(s).how == access::contiguous && B::at(s).inner_stride != 0;
}

/// Whether each row of a loop that walks lies on lines as the first one does, and whether it does no harm to compute
/// some lanes twice: nothing is updated in place, and no panel ends within a vector.
template <class B>
constexpr bool rows_lie_alike() {
    constexpr int bytes = static_cast<int>(sizeof(typename B::value_type));
    for (int o = 0; o < B::self.output_count; ++o)
        if (B::out(o).kind == output_kind::element && B::loaded(B::out(o).slot)) return false;
    for (int s = 0; s < B::self.slot_count; ++s) {
        const access how = B::form_of_slot(s).how;
        if (how != access::one && (how != access::contiguous || B::at(s).integer)) return false;
        if (!is_walked<B>(s)) continue;
        if (B::at(s).inner_stride * bytes % line_bytes != 0) return false;
        for (int x = 0; x < B::self.outer_count; ++x)
            if (B::stride(s, x) * bytes % line_bytes != 0) return false;
    }
    return true;
}

/// Elements from what is walked to its next line; 0 if it begins at one, or one slot at another distance than the next.
template <class B>
int to_next_line(void* const* at) {
    constexpr int bytes = static_cast<int>(sizeof(typename B::value_type));
    int behind = -1;
    for (int s = 0; s < B::self.slot_count; ++s) {
        if (!is_walked<B>(s)) continue;
        const int here = static_cast<int>(reinterpret_cast<std::uintptr_t>(at[s]) % line_bytes);
        if (behind >= 0 && behind != here) return 0;
        behind = here;
    }
    return behind <= 0 ? 0 : (line_bytes - behind) / bytes;
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
