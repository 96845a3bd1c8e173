// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Half a register of lanes, for products of few columns (kernel/over_axes.hpp): a processor with units of 32 bytes
/// computes twice as many halves as whole ones.

#include <sinter/kernel/vector.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

/// Half a register, as far as tiles need it.
#if SINTER_XSIMD && defined(__AVX512F__) && defined(__AVX512VL__) && defined(__FMA__)
inline constexpr bool has_half_lanes = true;
template <class T>
struct half_lanes {
    using value_type = T;
    static constexpr int size = lanes<T>::size / 2;
    using vector = decltype(avx512_instructions::half_of(T{}));
    vector v;
    half_lanes() = default;
    SINTER_ALWAYS_INLINE explicit half_lanes(T value) : v{avx512_instructions::half_of(value)} {}
    SINTER_ALWAYS_INLINE static half_lanes load(const T* p, int n = size) {
        half_lanes a;
        a.v = n == size ? avx512_instructions::half_load(p) : avx512_instructions::half_load(p, n);
        return a;
    }
    SINTER_ALWAYS_INLINE void store(T* p) const { avx512_instructions::half_store(p, v); }
    SINTER_ALWAYS_INLINE void pin() { asm("" : "+v"(v)); }
    SINTER_ALWAYS_INLINE friend half_lanes fma(half_lanes a, half_lanes b, half_lanes c) {
        c.v = avx512_instructions::fma(a.v, b.v, c.v);
        return c;
    }
};
#else
inline constexpr bool has_half_lanes = false;
template <class T>
using half_lanes = lanes<T>;
#endif
/// Whether a load of some elements costs no more than one of a register.
#if SINTER_XSIMD && defined(__AVX512F__)
inline constexpr bool has_masks = true;
#else
inline constexpr bool has_masks = false;
#endif

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
