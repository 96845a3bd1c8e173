// SPDX-License-Identifier: BSL-1.0
#include <sinter/kernel/flush_to_zero.hpp>

#include <doctest/doctest.h>

#include <cfenv>
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

#if defined(__SSE2__) && defined(__GLIBC__)
/// 0 / 0, computed at run time.
float no_number() {
    volatile float zero = 0;
    return zero / zero;
}

TEST_CASE("flush_to_zero: enabled exceptions are masked inside the scope; masks, flags and rounding are as before") {
    std::feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_ALL_EXCEPT);
    {
        const sinter::flush_to_zero outer;
        const float x = no_number();  // would end the program
        const sinter::flush_to_zero inner;
        const float y = half_of_least();
        (void)x, (void)y;
    }
    const int enabled = fegetexcept();
    fedisableexcept(FE_ALL_EXCEPT);
    CHECK(enabled == FE_ALL_EXCEPT);
    CHECK(std::fetestexcept(FE_ALL_EXCEPT) == 0);

    std::feraiseexcept(FE_INEXACT);
    std::fesetround(FE_UPWARD);
    volatile float one = 1, least = std::numeric_limits<float>::min();
    CHECK(one + least > 1);
    {
        const sinter::flush_to_zero scope;
        const float sum = one + least;
        CHECK(sum == 1);
    }
    CHECK(std::fetestexcept(FE_ALL_EXCEPT) == FE_INEXACT);
    CHECK(std::fegetround() == FE_UPWARD);
    std::fesetround(FE_TONEAREST);
    std::feclearexcept(FE_ALL_EXCEPT);
}
#endif

TEST_CASE("flush_to_zero: a scope that is off changes nothing") {
    const sinter::flush_to_zero off{false};
    CHECK(half_of_least() > 0);
}

}  // namespace
