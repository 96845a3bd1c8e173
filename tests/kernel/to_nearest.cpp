// SPDX-License-Identifier: BSL-1.0
// In the scope results are rounded to nearest and nothing traps; behind it the mode is as before, whatever it was.
#include <sinter/kernel/to_nearest.hpp>

#include <doctest/doctest.h>

#include <cfenv>
#include <initializer_list>
#include <limits>

namespace {

/// Computed when it is called, in whatever mode.
double sum(double a, double b) {
    volatile double x = a, y = b;
    return x + y;
}
double quotient(double a, double b) {
    volatile double x = a, y = b;
    return x / y;
}

}  // namespace

#if defined(__SSE2__) || defined(__aarch64__)

TEST_CASE("to_nearest: rounding is to nearest inside of the scope and as before behind it") {
    for (const int mode : {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        std::fesetround(mode);
        double inside = 0, nested = 0;
        {
            const sinter::to_nearest scope;
            inside = sum(1, 1e-30);
            const sinter::to_nearest again;
            nested = sum(-1, -1e-30);
        }
        const double behind = sum(1, 1e-30);
        std::fesetround(FE_TONEAREST);
        CHECK(inside == 1);
        CHECK(nested == -1);
        CHECK((behind > 1) == (mode == FE_UPWARD));
    }
}

TEST_CASE("to_nearest: subnormal numbers stay numbers") {
    const sinter::to_nearest scope;
    CHECK(quotient(std::numeric_limits<double>::min(), 2) > 0);
}

#if defined(__SSE2__) && defined(__GLIBC__)
TEST_CASE("to_nearest: enabled exceptions do not trap inside of the scope, and are enabled again behind it") {
    feenableexcept(FE_DIVBYZERO);
    double inside = 0;
    {
        const sinter::to_nearest scope;
        inside = quotient(1, 0);
    }
    const int enabled = fegetexcept();
    fedisableexcept(FE_ALL_EXCEPT);
    std::feclearexcept(FE_ALL_EXCEPT);
    CHECK(inside == std::numeric_limits<double>::infinity());
    CHECK(enabled == FE_DIVBYZERO);
}
#endif

#endif
