// SPDX-License-Identifier: BSL-1.0
// The bits against the standard library, without -ffast-math; with it, tests/train/fast_math.cpp.
#include <sinter/meta/finite.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

namespace {

using sinter::meta::is_finite, sinter::meta::is_nan;

static_assert(is_finite(1.0F) && is_finite(-0.0) && is_finite(7) && !is_nan(7));
static_assert(!is_finite(std::numeric_limits<float>::infinity()) &&
              !is_finite(std::numeric_limits<double>::quiet_NaN()));

template <class Real>
void check_numbers() {
    using limits = std::numeric_limits<Real>;
    for (const Real x : {Real(0), Real(1), limits::min(), limits::denorm_min(), limits::max(), limits::infinity(),
                         limits::quiet_NaN(), limits::epsilon()})
        for (const Real y : {x, -x}) {
            CHECK(is_finite(y) == std::isfinite(y));
            CHECK(is_nan(y) == std::isnan(y));
        }
}

TEST_CASE("finite: is what the standard library says, of both signs, largest and smallest numbers") {
    check_numbers<float>();
    check_numbers<double>();
}

template <class Real>
void check_places() {
    for (const std::size_t count : {0u, 1u, 31u, 32u, 33u, 100u}) {
        std::vector<Real> x(count, -std::numeric_limits<Real>::max());
        CHECK(sinter::meta::all_finite(x.data(), count));
        for (Real& bad : x)
            for (const Real y : {std::numeric_limits<Real>::infinity(), -std::numeric_limits<Real>::quiet_NaN()}) {
                const Real kept = bad;
                bad = y;
                CHECK_FALSE(sinter::meta::all_finite(x.data(), count));
                bad = kept;
            }
    }
}

TEST_CASE("finite: one number among many is found in every place") {
    check_places<float>();
    check_places<double>();
    CHECK(sinter::meta::all_finite("text", 4));
}

TEST_CASE("finite: a long double beyond double is infinite for every network") {
    const long double large = 1e300L;
    CHECK(is_finite(large));
    CHECK(is_finite(large * large) == (sizeof(long double) == sizeof(double) && std::isfinite(large * large)));
    CHECK(is_nan(std::numeric_limits<long double>::quiet_NaN()));
}

}  // namespace
