// SPDX-License-Identifier: BSL-1.0
#include "ulp.hpp"
#include <sinter/kernel/math.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sinter;

constexpr double infinity = std::numeric_limits<double>::infinity();

template <op Code>
void check_float(double limit) {
    const sweep_result r = sweep<Code>(16'381);  // a prime: every exponent and many mantissas
    CAPTURE(name_of(Code));
    CAPTURE(r.at);
    CHECK(r.worst <= limit);
    CHECK(r.differing == 0);
}

template <op Code>
void check_double(double limit, double from, double to) {
    double worst = 0;
    int differing = 0;
    for (int i = 0; i <= 20'000; ++i) {
        const double x = from + (to - from) * i / 20'000;
        const double got = elementwise<Code>.value(simd::one_lane<double>{x}).v;
        const double error = ulp_error(got, exact<Code>(static_cast<long double>(x)));
        worst = error > worst ? error : worst;
        differing += elementwise<Code>.value(simd::lanes<double>{x}).first() != got;
    }
    CAPTURE(name_of(Code));
    CHECK(worst <= limit);
    CHECK(differing == 0);
}

/// The value of an operation, the same in one lane and in many.
template <class T, op Code>
T value(double x) {
    const T one = elementwise<Code>.value(simd::one_lane<T>{static_cast<T>(x)}).v;
    const T many = elementwise<Code>.value(simd::lanes<T>{static_cast<T>(x)}).first();
    CHECK((one == many || (one != one && many != many)));
    return many;
}

template <class T>
void check_special_values() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const T tiny = std::numeric_limits<T>::denorm_min();
    CHECK(value<T, op::exp>(infinity) == static_cast<T>(infinity));
    CHECK(value<T, op::exp>(-infinity) == 0);
    CHECK(value<T, op::exp>(0) == 1);
    CHECK(value<T, op::exp>(-0.0) == 1);
    CHECK(value<T, op::exp>(1e4) == static_cast<T>(infinity));
    CHECK(value<T, op::exp>(-1e4) == 0);
    CHECK(value<T, op::log>(infinity) == static_cast<T>(infinity));
    CHECK(value<T, op::log>(0) == static_cast<T>(-infinity));
    CHECK(value<T, op::log>(-0.0) == static_cast<T>(-infinity));
    CHECK(value<T, op::log>(1) == 0);
    CHECK(std::isnan(value<T, op::log>(-1)));
    CHECK(std::isnan(value<T, op::log>(-infinity)));
    CHECK(std::fabs(value<T, op::log>(static_cast<double>(tiny)) / std::log(tiny) - 1) <
          std::numeric_limits<T>::epsilon());
    CHECK(value<T, op::tanh>(infinity) == 1);
    CHECK(value<T, op::tanh>(-infinity) == -1);
    CHECK(value<T, op::tanh>(static_cast<double>(tiny)) == tiny);
    CHECK(std::signbit(value<T, op::tanh>(-0.0)));
    CHECK(value<T, op::sigmoid>(infinity) == 1);
    CHECK(value<T, op::sigmoid>(-infinity) == 0);
    CHECK(value<T, op::sigmoid>(0) == static_cast<T>(0.5));
    CHECK(value<T, op::sigmoid>(-50) > 0);
    CHECK(std::signbit(value<T, op::sin>(-0.0)));
    CHECK(std::isnan(value<T, op::sin>(infinity)));
    CHECK(std::isnan(value<T, op::cos>(-infinity)));
    CHECK(std::isnan(value<T, op::exp>(nan)));
    CHECK(std::isnan(value<T, op::log>(nan)));
    CHECK(std::isnan(value<T, op::tanh>(nan)));
    CHECK(std::isnan(value<T, op::sigmoid>(nan)));
    CHECK(std::isnan(value<T, op::sin>(nan)));
}

TEST_CASE("math: in float, the error is as stated and every number of lanes gives the same bits") {
    check_float<op::exp>(1.1);
    check_float<op::log>(1.0);
    check_float<op::tanh>(1.75);
    check_float<op::sigmoid>(1.75);
    check_float<op::sin>(0.51);
    check_float<op::cos>(0.51);
}

TEST_CASE("math: in double, the error is as stated") {
    check_double<op::exp>(1.1, -744, 709);
    check_double<op::log>(1.0, 1e-3, 30);
    check_double<op::tanh>(1.9, -3, 3);
    check_double<op::sigmoid>(1.75, -40, 40);
    check_double<op::sin>(1.7, -100, 100);
    check_double<op::cos>(1.7, -100, 100);
}

TEST_CASE("math: infinities, NaN, zeros, overflow and denormals are as in the standard library") {
    check_special_values<float>();
    check_special_values<double>();
}

}  // namespace
