// SPDX-License-Identifier: BSL-1.0

/// Linked with math_flags_unit.cpp once for each set of flags under which a compiler may reorder arithmetic.

#include "math_flags.hpp"

#include "ulp.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

extern const functions_under_flags fast_math, fast_math_scalar, fast_math_avx2, fast_math_native, associative_math,
    reciprocal_math, more_precision;

namespace {

using sinter::op;

std::vector<const functions_under_flags*> units() {
    std::vector<const functions_under_flags*> all{&fast_math, &fast_math_scalar, &fast_math_native, &associative_math,
                                                  &reciprocal_math};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) all.push_back(&fast_math_avx2);
#endif
#if defined(MORE_PRECISION)
    all.push_back(&more_precision);
#endif
    return all;
}

void call(const functions_under_flags& unit, op f, bool one_lane, const std::vector<float>& in, float* out) {
    unit.floats(f, one_lane, in.data(), out, static_cast<int>(in.size()));
}
void call(const functions_under_flags& unit, op f, bool one_lane, const std::vector<double>& in, double* out) {
    unit.doubles(f, one_lane, in.data(), out, static_cast<int>(in.size()));
}

/// What kernel/math.hpp states, which holds where no quotient is an estimate.
template <op Code, class T>
constexpr double stated = Code == op::exp                           ? 1.1
                          : Code == op::log                         ? 1.0
                          : Code == op::tanh || Code == op::sigmoid ? 1.9
                          : sizeof(T) == 4                          ? 0.51
                                                                    : 1.7;

/// The largest error in ulp over 4,096 numbers between the two, of every unit, in lanes and in one lane.
template <op Code, class T>
void check(double from, double to) {
    std::vector<T> in, out(4096);
    for (int i = 0; i < 4096; ++i) in.push_back(static_cast<T>(from + (to - from) * i / 4095));
    for (const functions_under_flags* unit : units())
        for (const bool one_lane : {false, true}) {
            call(*unit, Code, one_lane, in, out.data());
            double worst = 0;
            T at = 0;
            for (std::size_t i = 0; i < in.size(); ++i) {
                const double error = ulp_error(out[i], exact<Code>(static_cast<long double>(in[i])));
                if (!(error <= worst)) worst = error, at = in[i];
            }
            const std::string flags = unit->flags;
            CAPTURE(flags);
            CAPTURE(name_of(Code));
            CAPTURE(one_lane);
            CAPTURE(at);
            CHECK(worst <= (unit == &associative_math ? stated<Code, T> : 4));
        }
}
template <op Code>
void check_both(double from, double to) {
    check<Code, float>(from, to);
    check<Code, double>(from, to);
}

TEST_CASE("math flags: no flag makes a function of finite numbers wrong by more than 4 ulp") {
    check_both<op::exp>(-2, 2);
    check<op::exp, float>(-103.9, 88.7);
    check<op::exp, double>(-744, 709.7);
    check_both<op::log>(1e-3, 40);
    check<op::log, float>(1e-45, 1e-37);
    check<op::log, double>(4e-320, 1e300);
    check_both<op::tanh>(-9.5, 9.5);
    check_both<op::tanh>(-1e-4, 1e-4);
    check_both<op::sigmoid>(-80, 80);
    check_both<op::sin>(-100, 100);
    check_both<op::cos>(-100, 100);
}

TEST_CASE("math flags: overflow gives infinity, underflow zero, and tanh stays within 1 under every flag") {
    std::vector<float> in, out(4096);
    for (int i = 0; i < 4096; ++i) in.push_back(static_cast<float>(i + 1) * 0.005F);
    const std::vector<float> edges{90, 1e4F, -105, -1e30F, 0, -0.0F, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    for (const functions_under_flags* unit : units())
        for (const bool one_lane : {false, true}) {
            const std::string flags = unit->flags;
            CAPTURE(flags);
            CAPTURE(one_lane);
            call(*unit, op::tanh, one_lane, in, out.data());
            int beyond = 0;
            for (const float y : out) beyond += y > 1;
            CHECK(beyond == 0);
            call(*unit, op::exp, one_lane, edges, out.data());
            CHECK(out[0] == std::numeric_limits<float>::infinity());
            CHECK(out[1] == std::numeric_limits<float>::infinity());
            CHECK(out[2] == 0);
            CHECK(out[3] == 0);
            CHECK(out[4] == 1);
            CHECK(out[6] == doctest::Approx(2.718281828));
            call(*unit, op::log, one_lane, edges, out.data());
            CHECK(out[4] == -std::numeric_limits<float>::infinity());
            CHECK(std::isnan(out[2]));
            call(*unit, op::tanh, one_lane, edges, out.data());
            CHECK(std::signbit(out[5]));
        }
}

TEST_CASE("math flags: a loop with a maximum and a sum over rows is right under every flag") {
    std::vector<float> rows;
    double expected[3] = {0, 0, 0};
    for (int i = 0; i < 60; ++i) {
        rows.push_back(static_cast<float>(i * 37 % 29 - 14) * 5 - 300 * static_cast<float>(i / 20));
        expected[i / 20] += std::exp(static_cast<double>(rows.back()));
    }
    for (const functions_under_flags* unit : units()) {
        const std::string flags = unit->flags;
        CAPTURE(flags);
        float found[3] = {};
        unit->log_sum_exp(rows.data(), found);
        for (int r = 0; r < 3; ++r) CHECK(found[r] == doctest::Approx(std::log(expected[r])).epsilon(1e-6));
    }
}

}  // namespace
