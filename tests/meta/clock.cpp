// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/clock.hpp>

#include <doctest/doctest.h>

TEST_CASE("clock: seconds pass and never go back") {
    const double start = sinter::meta::steady_seconds();
    double last = start;
    while (last - start < 1e-3) {
        const double now = sinter::meta::steady_seconds();
        REQUIRE(now >= last);
        last = now;
    }
    CHECK(last - start < 60);
}
