// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The library's version and its only public macros.
///
/// In: the compiler's own macros. Out: SINTER_VERSION, SINTER_HAS_EXCEPTIONS, SINTER_ALWAYS_INLINE, SINTER_COLD and SINTER_UNROLL.
/// One macro is the user's to define: SINTER_SCALAR compiles every kernel without SIMD instructions of our own.
/// Law: tests/meta/config.cpp. Includes nothing.

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

/// Stands before a loop of a constant number of turns, at most 64, and unrolls it, nested loops included.
/// g++ 12 at -O2 leaves such a loop rolled without it, and its tile in memory: 2.6 times slower.
#if defined(__clang__)
#define SINTER_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SINTER_UNROLL _Pragma("GCC unroll 64")
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
