// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A scope in which results are rounded to nearest and no floating-point exception traps; when it ends, both are as
/// before. Subnormal numbers are the caller's affair, unlike in flush_to_zero.
///
/// For a function of some ten elements: reading the mode takes a nanosecond, writing it twice ten of them. So it is
/// written only where a caller has changed it (fesetround, feenableexcept). Flags that kernels raise stay: they compute
/// whole registers, and nothing tells the flags of lanes that nobody reads from those of numbers.
/// Law: tests/kernel/to_nearest.cpp.

#include <sinter/config.hpp>

namespace sinter {

class to_nearest {
public:
#if defined(__SSE2__)
    SINTER_ALWAYS_INLINE to_nearest() noexcept : before_{__builtin_ia32_stmxcsr()} {
        if (changed()) __builtin_ia32_ldmxcsr((before_ & ~mode) | usual);
    }
    SINTER_ALWAYS_INLINE ~to_nearest() {
        if (changed()) __builtin_ia32_ldmxcsr(before_);
    }

private:
    static constexpr unsigned usual = 0x1f80U, mode = 0x7f80U;  // all exceptions are masked; bits 13, 14: to nearest
    bool changed() const { return __builtin_expect((before_ & mode) != usual, 0) != 0; }
    unsigned before_;

public:
#elif defined(__aarch64__)
    SINTER_ALWAYS_INLINE to_nearest() noexcept {
        asm volatile("mrs %0, fpcr" : "=r"(before_));
        if (changed()) asm volatile("msr fpcr, %0" : : "r"(before_ & ~mode));
    }
    SINTER_ALWAYS_INLINE ~to_nearest() {
        if (changed()) asm volatile("msr fpcr, %0" : : "r"(before_));
    }

private:
    static constexpr unsigned long mode = 0xc09f00UL;  // bits 22, 23: rounding; 8 to 12 and 15: traps
    bool changed() const { return __builtin_expect((before_ & mode) != 0, 0) != 0; }
    unsigned long before_ = 0;

public:
#else
    to_nearest() noexcept {}
#endif
    to_nearest(const to_nearest&) = delete;
    to_nearest& operator=(const to_nearest&) = delete;
};

}  // namespace sinter
