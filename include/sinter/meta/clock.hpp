// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A steady clock in seconds. <chrono> is the fallback only: it costs every file that trains 0.15 to 0.3 s to include.

#include <sinter/config.hpp>

#if defined(__unix__) || defined(__APPLE__)
#include <time.h>
#else
#include <chrono>
#endif

namespace sinter::meta {

/// Seconds since some moment; never goes back.
inline double steady_seconds() noexcept {
#if defined(__unix__) || defined(__APPLE__)
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#else
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
#endif
}

}  // namespace sinter::meta
