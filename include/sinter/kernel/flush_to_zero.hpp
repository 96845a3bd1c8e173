// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A scope in which denormal results and operands are zero, no floating-point exception is raised and results are
/// rounded to nearest; when it ends, the floating-point environment is as before.
///
/// The moments of a dead unit turn denormal after some hundred steps of Adam; on denormals a core takes a microcoded
/// path (a step of one sample: 83 µs against 51). Kernels compute whole registers, so padding divides zero by zero
/// where nobody reads the result: exceptions are masked for those who have enabled them (feenableexcept), and the flags
/// that fetestexcept reads are those from before, because nothing tells flags of padding from flags of numbers. exp,
/// sin and their kin are right for rounding to nearest alone; so a caller's fesetround does not count.
/// One register is written for all of that: MXCSR on x86 (FTZ, DAZ, masks, flags, rounding); on AArch64 FPCR (FZ,
/// traps, rounding), and FPSR for the flags. Nothing is done elsewhere.
/// Law: tests/kernel/flush_to_zero.cpp.

#include <sinter/config.hpp>

namespace sinter {

class flush_to_zero {
public:
#if defined(__SSE2__)
    explicit flush_to_zero(bool on = true) noexcept : before_{__builtin_ia32_stmxcsr()}, on_{on} {
        constexpr unsigned flush = 0x8040U, masks = 0x1f80U;  // bits 13 and 14, of the rounding, are 0: to nearest
        if (on_) __builtin_ia32_ldmxcsr(flush | masks);
    }
    ~flush_to_zero() {
        if (on_) __builtin_ia32_ldmxcsr(before_);
    }

private:
    unsigned before_;
    bool on_;

public:
#elif defined(__aarch64__)
    explicit flush_to_zero(bool on = true) noexcept : on_{on} {
        constexpr unsigned long flush = 1UL << 24;  // no trap, rounding to nearest
        asm volatile("mrs %0, fpcr" : "=r"(before_));
        asm volatile("mrs %0, fpsr" : "=r"(flags_));
        if (on_) asm volatile("msr fpcr, %0" : : "r"(flush));
    }
    ~flush_to_zero() {
        if (!on_) return;
        asm volatile("msr fpcr, %0" : : "r"(before_));
        asm volatile("msr fpsr, %0" : : "r"(flags_));
    }

private:
    unsigned long before_, flags_;
    bool on_;

public:
#else
    explicit flush_to_zero(bool = true) noexcept {}
#endif
    flush_to_zero(const flush_to_zero&) = delete;
    flush_to_zero& operator=(const flush_to_zero&) = delete;
};

}  // namespace sinter
