// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A number that the user of a test may set by an environment variable.

#include <cstdint>
#include <cstdlib>

namespace sinter_test {

inline std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace sinter_test
