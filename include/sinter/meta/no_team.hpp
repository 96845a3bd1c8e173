// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What stands for a team of threads (program/team.hpp) where there is none: the same names, the caller's thread.

#include <sinter/config.hpp>

namespace sinter {

/// The one thread of a program that no team runs. A member of a team has the same names.
struct alone {
    static constexpr int index = 0, count = 1;
    static constexpr void wait() {}
};

/// Runs on the caller's thread.
struct no_team {
    static constexpr int size() { return 1; }
    static void run(auto&& f) noexcept { f(alone{}); }
};

}  // namespace sinter
