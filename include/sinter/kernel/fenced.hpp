// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What keeps the functions of kernel/math.hpp right under flags that let a compiler reorder arithmetic.
///
/// In and out: lanes<T> or one_lane<T>. -ffast-math and its parts turn (a + b) - b into a, and reorder a * b * c: that
/// alone makes a range reduction wrong. A value that went through `fenced` is taken as it is. Without such flags this
/// costs nothing: clang's builtin vanishes, and g++ says by a macro what it was given. g++'s own builtin is lost where
/// it makes vectors of a loop. Law: tests/kernel/math_flags.cpp.

#include <sinter/kernel/vector.hpp>

static_assert(sizeof(0.1) == sizeof(double),
              "sinter: build without -fsingle-precision-constant, which rounds the "
              "constants of functions in double to float");

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {
namespace detail {

/// a, as computed: the compiler carries no term across. Where scalars are computed in more precision than they have
/// (-mfpmath=387), it is rounded to the precision of T.
template <lane_type V>
SINTER_ALWAYS_INLINE V fenced(V a) {
#if __FLT_EVAL_METHOD__ == 1 || __FLT_EVAL_METHOD__ == 2 || (!defined(__clang__) && __FLT_EVAL_METHOD__ < 0)
    asm("" : "+m"(a.v));
    return a;
#elif defined(__clang__) && \
    (defined(__x86_64__) || defined(__i386__) || (defined(__aarch64__) && __clang_major__ >= 19))
    return V{__arithmetic_fence(a.v)};
#else
#if defined(__aarch64__) && (defined(__clang__) || defined(__ASSOCIATIVE_MATH__))
    asm("" : "+w"(a.v));
#elif defined(__ASSOCIATIVE_MATH__) && defined(__AVX512F__)
    asm("" : "+v"(a.v));
#elif defined(__ASSOCIATIVE_MATH__) && defined(__SSE2__)
    asm("" : "+x"(a.v));
#elif defined(__ASSOCIATIVE_MATH__) || defined(__FAST_MATH__)
    asm("" : "+m"(a.v));
#endif
    return a;
#endif
}

/// Whether g++ may estimate quotients of registers (-freciprocal-math): the last bits are then off, and upwards too.
#if defined(__RECIPROCAL_MATH__)
inline constexpr bool estimates_quotients = true;
#else
inline constexpr bool estimates_quotients = false;
#endif

}  // namespace detail
}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
