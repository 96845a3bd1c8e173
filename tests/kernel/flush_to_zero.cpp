// SPDX-License-Identifier: BSL-1.0
#include <sinter/kernel/flush_to_zero.hpp>

#include <doctest/doctest.h>

#include <limits>

namespace {

/// 2^-127, a denormal, computed at run time.
float half_of_least() {
    volatile float least = std::numeric_limits<float>::min();
    return least * 0.5f;
}

#if defined(__SSE2__) || defined(__aarch64__)
TEST_CASE("flush_to_zero: denormals are zero inside the scope and are back behind it, nested scopes too") {
    CHECK(half_of_least() > 0);
    {
        const sinter::flush_to_zero outer;
        CHECK(half_of_least() == 0);
        {
            const sinter::flush_to_zero inner;
            CHECK(half_of_least() == 0);
        }
        CHECK(half_of_least() == 0);
    }
    CHECK(half_of_least() > 0);
}
#endif

TEST_CASE("flush_to_zero: a scope that is off changes nothing") {
    const sinter::flush_to_zero off{false};
    CHECK(half_of_least() > 0);
}

}  // namespace
