// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The fused multiply-add peak of the core, as this unit's instruction set can reach it, and a clock for minima.
///
/// Twelve independent accumulators, explicitly unrolled: a rolled loop at -O2 reads a seventh of the peak. Frequencies
/// move, so measure the peak in turn with what is compared to it (`best_of_rounds`), never once at the start.

#include <sinter/kernel/vector.hpp>

#include <chrono>
#include <cstdio>
#include <ctime>

namespace benchmark {

/// FLOPs of one call of peak_loop<T>(turns).
template <class T>
constexpr double peak_flops(int turns) {
    return 2.0 * 12 * sinter::simd::lanes<T>::size * turns;
}

/// Returns a number that depends on all of its arithmetic.
template <class T>
[[gnu::noinline]] T peak_loop(int turns) {
    using V = sinter::simd::lanes<T>;
    V sum[12];
    SINTER_UNROLL
    for (int i = 0; i < 12; ++i) {
        sum[i] = V{static_cast<T>(i)};
        sum[i].pin();  // else a compiler may find that one of them never changes
    }
    const V factor{static_cast<T>(0.5)}, term{static_cast<T>(1)};
    for (int t = 0; t < turns; ++t) {
        SINTER_UNROLL
        for (int i = 0; i < 12; ++i) sum[i] = fma(sum[i], factor, term);
    }
    V all = sum[0];
    SINTER_UNROLL
    for (int i = 1; i < 12; ++i) all = all + sum[i];
    return all.first();
}

/// Where others use the machine, too, `seconds` may count what the processor spent on this thread.
inline bool counts_processor_time = false;

/// Seconds of one call, by the clock on the wall.
template <class F>
double wall_seconds(F&& f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
/// Seconds of one call.
template <class F>
double seconds(F&& f) {
    if (!counts_processor_time) return wall_seconds(f);
    const auto now = [] {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    };
    const double start = now();
    f();
    return now() - start;
}

}  // namespace benchmark
