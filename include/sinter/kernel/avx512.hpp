// SPDX-License-Identifier: BSL-1.0
#pragma once

/// AVX-512 beyond xsimd, of which 8.1 multiplies and adds instead of fma, and has no masks.
///
/// In and out: registers of the compiler. Only kernel/vector.hpp includes it; empty on other instruction sets. g++ 12
/// warns of its own header's minimum, maximum and root without a mask, so all lanes are named.
/// Law: tests/kernel/vector.cpp.

#include <sinter/config.hpp>

#if defined(__AVX512F__)
#include <immintrin.h>

namespace sinter::simd::avx512_instructions {

inline constexpr __mmask16 all_floats = 0xffff;
inline constexpr __mmask8 all_doubles = 0xff;

SINTER_ALWAYS_INLINE __m512 fma(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
SINTER_ALWAYS_INLINE __m512d fma(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
SINTER_ALWAYS_INLINE __m512 smaller(__m512 a, __m512 b) { return _mm512_maskz_min_ps(all_floats, a, b); }
SINTER_ALWAYS_INLINE __m512d smaller(__m512d a, __m512d b) { return _mm512_maskz_min_pd(all_doubles, a, b); }
SINTER_ALWAYS_INLINE __m512 larger(__m512 a, __m512 b) { return _mm512_maskz_max_ps(all_floats, a, b); }
SINTER_ALWAYS_INLINE __m512d larger(__m512d a, __m512d b) { return _mm512_maskz_max_pd(all_doubles, a, b); }
/// The same where a is a number, else a: a comparison and a minimum or maximum that keeps lanes, which g++ 12 does not
/// make of a choice.
SINTER_ALWAYS_INLINE __m512 nan_or_smaller(__m512 a, __m512 b) {
    return _mm512_mask_min_ps(a, _mm512_cmp_ps_mask(a, a, _CMP_ORD_Q), a, b);
}
SINTER_ALWAYS_INLINE __m512d nan_or_smaller(__m512d a, __m512d b) {
    return _mm512_mask_min_pd(a, _mm512_cmp_pd_mask(a, a, _CMP_ORD_Q), a, b);
}
SINTER_ALWAYS_INLINE __m512 nan_or_larger(__m512 a, __m512 b) {
    return _mm512_mask_max_ps(a, _mm512_cmp_ps_mask(a, a, _CMP_ORD_Q), a, b);
}
SINTER_ALWAYS_INLINE __m512d nan_or_larger(__m512d a, __m512d b) {
    return _mm512_mask_max_pd(a, _mm512_cmp_pd_mask(a, a, _CMP_ORD_Q), a, b);
}
/// a * 2^k for a whole number k, rounded once; denormal results and overflow as of a product.
SINTER_ALWAYS_INLINE __m512 scaled(__m512 a, __m512 k) { return _mm512_maskz_scalef_ps(all_floats, a, k); }
SINTER_ALWAYS_INLINE __m512d scaled(__m512d a, __m512d k) { return _mm512_maskz_scalef_pd(all_doubles, a, k); }

/// The exactly rounded root by the processor's estimate (within 2^-14), a step of Goldschmidt's and a correction by the
/// remainder; by the divider where a part of that could underflow. So a quotient that follows has the divider alone.
SINTER_ALWAYS_INLINE __m512 sqrt(__m512 a) {
    const __m512i least = _mm512_set1_epi32(0x1a800000), range = _mm512_set1_epi32(0x3f000000);  // 2^-74 to 2^52
    if (_mm512_cmpge_epu32_mask(_mm512_sub_epi32(_mm512_castps_si512(a), least), range) != 0) [[unlikely]]
        return _mm512_maskz_sqrt_ps(all_floats, a);
    const __m512 half = _mm512_set1_ps(0.5f), estimate = _mm512_maskz_rsqrt14_ps(all_floats, a);
    const __m512 s = _mm512_mul_ps(a, estimate), h = _mm512_mul_ps(estimate, half);
    const __m512 error = _mm512_fnmadd_ps(s, h, half);
    const __m512 root = fma(s, error, s), half_inverse = fma(h, error, h);
    return fma(_mm512_fnmadd_ps(root, root, a), half_inverse, root);
}
SINTER_ALWAYS_INLINE __m512d sqrt(__m512d a) { return _mm512_maskz_sqrt_pd(all_doubles, a); }

/// The first n elements; zeros behind them, which are not read.
SINTER_ALWAYS_INLINE __m512 load(const float* p, int n) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
}
SINTER_ALWAYS_INLINE __m512d load(const double* p, int n) {
    return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << n) - 1), p);
}
SINTER_ALWAYS_INLINE void store(float* p, int n, __m512 a) {
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), a);
}
SINTER_ALWAYS_INLINE void store(double* p, int n, __m512d a) {
    _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << n) - 1), a);
}

// Half a register: of columns that fill no more, a processor with units of 32 bytes computes twice as many.
#if defined(__AVX512VL__) && defined(__FMA__)
SINTER_ALWAYS_INLINE __m256 fma(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
SINTER_ALWAYS_INLINE __m256d fma(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
SINTER_ALWAYS_INLINE __m256 half_load(const float* p) { return _mm256_loadu_ps(p); }
SINTER_ALWAYS_INLINE __m256d half_load(const double* p) { return _mm256_loadu_pd(p); }
SINTER_ALWAYS_INLINE __m256 half_load(const float* p, int n) {
    return _mm256_maskz_loadu_ps(static_cast<__mmask8>((1u << n) - 1), p);
}
SINTER_ALWAYS_INLINE __m256d half_load(const double* p, int n) {
    return _mm256_maskz_loadu_pd(static_cast<__mmask8>((1u << n) - 1), p);
}
SINTER_ALWAYS_INLINE __m256 half_of(float a) { return _mm256_set1_ps(a); }
SINTER_ALWAYS_INLINE __m256d half_of(double a) { return _mm256_set1_pd(a); }
SINTER_ALWAYS_INLINE void half_store(float* p, __m256 a) { _mm256_storeu_ps(p, a); }
SINTER_ALWAYS_INLINE void half_store(double* p, __m256d a) { _mm256_storeu_pd(p, a); }
#endif

}  // namespace sinter::simd::avx512_instructions
#endif
