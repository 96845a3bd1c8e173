// SPDX-License-Identifier: BSL-1.0
// The series of constant evaluation against the standard library, over each function's whole range.
#include <sinter/meta/math.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

namespace {

namespace math = sinter::math;
namespace series = sinter::math::detail;

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

/// The largest |f - wanted| / max(|wanted|, floor) over evenly spaced points.
template <class Series, class Standard>
double largest_error(Series f, Standard wanted, double low, double high, double floor = 0) {
    double largest = 0;
    for (int i = 0; i <= 20000; ++i) {
        const double x = low + (high - low) * i / 20000, w = wanted(x), size = std::max(std::abs(w), floor);
        if (const double error = size > 0 ? std::abs(f(x) - w) / size : std::abs(f(x) - w); !(error <= largest))
            largest = error;
    }
    return largest;
}
const auto exp_series = [](double x) { return series::exp_series(x); };
const auto log_series = [](double x) { return series::log_series(x); };
const auto sqrt_series = [](double x) { return series::sqrt_newton(x); };
const auto sin_series = [](double x) { return series::sin_series(x, false); };
const auto cos_series = [](double x) { return series::sin_series(x, true); };

TEST_CASE("math: exp's series is exact to 1e-14 wherever the result is a normal number") {
    CHECK(largest_error(exp_series, [](double x) { return std::exp(x); }, -708, 709.7) < 1e-14);
    CHECK(largest_error(exp_series, [](double x) { return std::exp(x); }, -1, 1) < 1e-15);
}

TEST_CASE("math: log's series is exact to 1e-14, near 1 too") {
    CHECK(largest_error(log_series, [](double x) { return std::log(x); }, 0.5, 2) < 1e-14);
    CHECK(largest_error([](double x) { return series::log_series(std::exp(x)); },
                        [](double x) { return std::log(std::exp(x)); }, -700, 700) < 1e-14);
}

TEST_CASE("math: sqrt's iteration is exact to 1e-15 from the smallest number to the largest") {
    CHECK(largest_error(sqrt_series, [](double x) { return std::sqrt(x); }, 0.01, 100) < 1e-15);
    CHECK(largest_error([](double x) { return series::sqrt_newton(std::exp(x)); },
                        [](double x) { return std::sqrt(std::exp(x)); }, -744, 709) < 1e-15);
}

TEST_CASE("math: the series of sin and cos are exact to 1e-13 over a hundred turns") {
    CHECK(largest_error(sin_series, [](double x) { return std::sin(x); }, -3, 3, 1e-3) < 1e-12);
    CHECK(largest_error(sin_series, [](double x) { return std::sin(x); }, -600, 600, 1) < 1e-13);
    CHECK(largest_error(cos_series, [](double x) { return std::cos(x); }, -600, 600, 1) < 1e-13);
}

TEST_CASE("math: at run time the functions are the compiler's own") {
    for (const double x : {-2.5, -0.01, 0.0, 0.3, 7.0}) {
        CHECK(math::exp(x) == std::exp(x));
        CHECK(math::tanh(x) == std::tanh(x));
        CHECK(math::sin(x) == std::sin(x));
        CHECK(math::cos(x) == std::cos(x));
    }
    CHECK(math::log(3.5) == std::log(3.5));
    CHECK(math::sqrt(3.5) == std::sqrt(3.5));
}

TEST_CASE("math: sigmoid does not overflow and is symmetric") {
    CHECK(math::sigmoid(800) == 1);
    CHECK(math::sigmoid(-800) == 0);
    CHECK(math::sigmoid(-700) > 0);
    CHECK(largest_error([](double x) { return math::sigmoid(x); }, [](double x) { return 1 / (1 + std::exp(-x)); }, -30,
                        30) < 1e-15);
    CHECK(std::isnan(math::sigmoid(nan)));
}

// While compiling: tanh over both of its formulas, and what is no ordinary number.
template <int Steps>
struct tanh_values {
    double at[Steps];
};
constexpr double tanh_low = -0.2, tanh_step = 0.003;
constexpr auto tanh_near_zero = [] {
    tanh_values<140> v{};
    for (int i = 0; i < 140; ++i) v.at[i] = math::tanh(tanh_low + tanh_step * i);
    return v;
}();
constexpr auto tanh_far = [] {
    tanh_values<100> v{};
    for (int i = 0; i < 100; ++i) v.at[i] = math::tanh(0.5 * (i - 50));
    return v;
}();
TEST_CASE("math: tanh while compiling is exact to 1e-14, across the change of formula") {
    for (int i = 0; i < 140; ++i) {
        const double wanted = std::tanh(tanh_low + tanh_step * i);
        CHECK(std::abs(tanh_near_zero.at[i] - wanted) <= 1e-14 * std::abs(wanted));
    }
    for (int i = 0; i < 100; ++i) CHECK(std::abs(tanh_far.at[i] - std::tanh(0.5 * (i - 50))) <= 1e-14);
}

static_assert(math::exp(infinity) == infinity && math::exp(-infinity) == 0 && math::exp(0) == 1 &&
              math::exp(1000) == infinity);
static_assert(math::exp(709.782) < infinity && math::exp(709.79) == infinity && math::exp(-700) > 0 &&
              math::exp(-800) == 0);
static_assert(math::exp(nan) != math::exp(nan));
static_assert(math::log(0) == -infinity && math::log(1) == 0 && math::log(infinity) == infinity &&
              math::log(-1) != math::log(-1));
static_assert(math::sqrt(0) == 0 && math::sqrt(4) == 2 && math::sqrt(infinity) == infinity &&
              math::sqrt(-1) != math::sqrt(-1));
static_assert(math::sin(0) == 0 && math::cos(0) == 1 && math::tanh(0) == 0 && math::tanh(1000) == 1 &&
              math::tanh(-1000) == -1);
static_assert(math::abs(-2.5) == 2.5 && math::abs(-0.0) == 0 && math::sigmoid(0) == 0.5);

}  // namespace
