// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Mathematics that is constexpr with every compiler, in double.
///
/// The standard library's functions are not constexpr in C++20. At run time these call the compiler's built-ins
/// (correct to an ulp); in constant evaluation they use series, enough for proofs in static_assert: their relative
/// error is below
/// 1e-14 where the result is a normal number, for sin and cos their absolute error below 1e-13 up to a hundred turns
/// (tests/meta/math.cpp sweeps them against the standard library).

#include <sinter/config.hpp>

namespace sinter::math {

inline constexpr double pi = 3.14159265358979323846;
inline constexpr double ln2 = 0.69314718055994530942;

namespace detail {

constexpr double exp_series(double x) {
    if (x != x) return x;
    if (x > 709.782712893384) return __builtin_inf();
    if (x < -745.2) return 0;
    const int k = static_cast<int>(x / ln2 + (x < 0 ? -0.5 : 0.5));
    // ln 2 in two parts, so that the reduction is exact where it matters
    const double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
    double term = 1, sum = 1;
    for (int i = 1; i < 22; ++i) sum += term *= r / i;
    for (int i = 0; i < k; ++i) sum *= 2;
    for (int i = 0; i > k; --i) sum /= 2;
    return sum;
}

constexpr double sqrt_newton(double x) {
    if (!(x > 0) || x == __builtin_inf()) return x < 0 ? __builtin_nan("") : x;
    double scale = 1;
    while (x > 4) x /= 4, scale *= 2;
    while (x < 1) x *= 4, scale /= 2;
    double y = 1.5;
    for (int i = 0; i < 6; ++i) y = 0.5 * (y + x / y);
    return y * scale;
}

constexpr double log_series(double x) {
    if (!(x > 0)) return x == 0 ? -__builtin_inf() : __builtin_nan("");
    if (x == __builtin_inf()) return x;
    int k = 0;
    while (x > 1.4142135623730951) x /= 2, ++k;
    while (x < 0.70710678118654752) x *= 2, --k;
    const double s = (x - 1) / (x + 1), s2 = s * s;
    double term = s, sum = 0;
    for (int i = 1; i < 60; i += 2, term *= s2) sum += term / i;
    return k * 0.693147180369123816490 + (2 * sum + k * 1.90821492927058770002e-10);
}

constexpr double sin_series(double x, bool cosine) {
    const double turns = x / (2 * pi);
    x -= static_cast<double>(static_cast<long long>(turns + (turns < 0 ? -0.5 : 0.5))) * (2 * pi);
    double term = cosine ? 1 : x, sum = term;
    for (int i = cosine ? 1 : 2; i < 40; i += 2) sum += term *= -x * x / (i * (i + 1));
    return sum;
}

}  // namespace detail

constexpr double exp(double x) { return __builtin_is_constant_evaluated() ? detail::exp_series(x) : __builtin_exp(x); }
constexpr double log(double x) { return __builtin_is_constant_evaluated() ? detail::log_series(x) : __builtin_log(x); }
constexpr double sqrt(double x) {
    return __builtin_is_constant_evaluated() ? detail::sqrt_newton(x) : __builtin_sqrt(x);
}
constexpr double sin(double x) {
    return __builtin_is_constant_evaluated() ? detail::sin_series(x, false) : __builtin_sin(x);
}
constexpr double cos(double x) {
    return __builtin_is_constant_evaluated() ? detail::sin_series(x, true) : __builtin_cos(x);
}
constexpr double abs(double x) { return x < 0 ? -x : x == 0 ? 0 : x; }
constexpr double tanh(double x) {
    if (!__builtin_is_constant_evaluated()) return __builtin_tanh(x);
    if (abs(x) < 0.05) {  // the quotient below cancels near zero
        const double s = x * x;
        return x * (1 - s * (1.0 / 3 - s * (2.0 / 15 - s * (17.0 / 315 - s * (62.0 / 2835 - s * 1382.0 / 155925)))));
    }
    const double e = detail::exp_series(-2 * abs(x));
    return (x < 0 ? -1 : 1) * (1 - e) / (1 + e);
}
constexpr double sigmoid(double x) {  // the exponential's argument is never positive: no overflow
    const double e = exp(-abs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

}  // namespace sinter::math
