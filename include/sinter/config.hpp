// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The library's version and its only public macros.
///
/// In: the compiler's own macros. Out: SINTER_VERSION, SINTER_HAS_EXCEPTIONS, SINTER_ALWAYS_INLINE, SINTER_COLD,
/// SINTER_UNROLL, SINTER_ROLLED and SINTER_TARGET.
/// One macro is the user's to define: SINTER_SCALAR compiles every kernel without SIMD instructions of our own.
/// Law: tests/meta/config.cpp. Includes nothing. It is the first that any header of sinter's includes, so that a
/// compiler or a standard that is too old is one error (tests/structure/refused_compilers.py).

#if defined(__clang__)
#define SINTER_OLD_COMPILER (__clang_major__ < 14)
#elif defined(__GNUC__)
#define SINTER_OLD_COMPILER (__GNUC__ < 12)
#else
#define SINTER_OLD_COMPILER 0
#endif
#if SINTER_OLD_COMPILER
#error "sinter needs g++ 12 or newer, or clang 14 or newer (docs/errors.md#old_compiler)"
#include <stop_after_the_error_above>
#elif __cplusplus < 202002L
#error "sinter needs C++20: compile with -std=c++20; in CMake, cxx_std_20 (docs/errors.md#old_standard)"
#include <stop_after_the_error_above>
#endif
#undef SINTER_OLD_COMPILER

#define SINTER_VERSION_MAJOR 0
#define SINTER_VERSION_MINOR 1
#define SINTER_VERSION_PATCH 0

/// One number to compare: 10000 * major + 100 * minor + patch.
#define SINTER_VERSION (10000 * SINTER_VERSION_MAJOR + 100 * SINTER_VERSION_MINOR + SINTER_VERSION_PATCH)

/// 1 where `throw` compiles, 0 under -fno-exceptions.
#if defined(__cpp_exceptions)
#define SINTER_HAS_EXCEPTIONS 1
#else
#define SINTER_HAS_EXCEPTIONS 0
#endif

/// Opens the declaration of a function that must vanish into its caller, so that a register tile stays in registers.
#define SINTER_ALWAYS_INLINE [[gnu::always_inline]] inline

/// Opens the declaration of a function that runs once or never: compiled for size, out of its callers' way.
#if defined(__clang__)
#define SINTER_COLD __attribute__((cold, noinline, minsize))
#else
#define SINTER_COLD __attribute__((cold, noinline))
#endif

/// SINTER_UNROLL stands before a loop of a constant number of turns, at most 64, and unrolls it, nested loops included:
/// g++ 12 at -O2 leaves such a loop rolled without it, and its tile in memory, 2.6 times slower. SINTER_ROLLED stands
/// before a loop whose body is whole already: clang would write it out four times, no faster and larger than an
/// inference should be.
#if defined(__clang__)
#define SINTER_UNROLL _Pragma("clang loop unroll(full)")
#define SINTER_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define SINTER_UNROLL _Pragma("GCC unroll 64")
#define SINTER_ROLLED _Pragma("GCC unroll 1")
#endif

/// The instruction set that this unit is compiled for, as the name of an inline namespace. What is fast because of it
/// lives in one: without, units built with different -m flags would hold different functions of one name, and the
/// linker would keep any one of them. Where we know no registers of lanes, kernels are scalar.
#if defined(__AVX512F__) && defined(__AVX512CD__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#define SINTER_TARGET avx512
#elif defined(__AVX512F__)
#define SINTER_TARGET avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define SINTER_TARGET avx2
#elif defined(__AVX2__)
#define SINTER_TARGET avx2_without_fma
#elif defined(__AVX__) && defined(__FMA__)
#define SINTER_TARGET avx_with_fma
#elif defined(__AVX__)
#define SINTER_TARGET avx
#elif defined(__SSE4_2__)
#define SINTER_TARGET sse4_2
#elif defined(__SSE4_1__)
#define SINTER_TARGET sse4_1
#elif defined(__SSSE3__)
#define SINTER_TARGET ssse3
#elif defined(__SSE3__)
#define SINTER_TARGET sse3
#elif defined(__SSE2__)
#define SINTER_TARGET sse2
#elif defined(__aarch64__) && defined(__ARM_NEON)
#define SINTER_TARGET neon
#elif defined(__wasm_simd128__)
#define SINTER_TARGET wasm
#else
#define SINTER_TARGET generic
#if !defined(SINTER_SCALAR)
#define SINTER_SCALAR
#endif
#endif

namespace sinter {

/// The version as values, for code that prints or compares it.
struct version_number {
    int major;
    int minor;
    int patch;
    friend constexpr bool operator==(const version_number&, const version_number&) = default;
};

inline constexpr version_number version{SINTER_VERSION_MAJOR, SINTER_VERSION_MINOR, SINTER_VERSION_PATCH};

}  // namespace sinter
