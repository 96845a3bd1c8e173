// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A dual number: a value and its derivative along one direction, the oracle of every adjoint.
///
/// It runs in the interpreter like any other arithmetic. Its derivatives come from textbooks, not from the rule table,
/// and are written in another form where there is one. At the kinks it keeps the table's promises: relu, abs and sign
/// have derivative 0 at 0, maximum and minimum share evenly.

#include <sinter/meta/math.hpp>

namespace sinter_test {

struct dual {
    double value = 0, tangent = 0;

    constexpr dual() = default;
    constexpr explicit dual(double constant) : value{constant} {}
    constexpr dual(double v, double t) : value{v}, tangent{t} {}

    friend constexpr dual operator+(dual a, dual b) { return {a.value + b.value, a.tangent + b.tangent}; }
    friend constexpr dual operator-(dual a, dual b) { return {a.value - b.value, a.tangent - b.tangent}; }
    friend constexpr dual operator-(dual a) { return {-a.value, -a.tangent}; }
    friend constexpr dual operator*(dual a, dual b) {
        return {a.value * b.value, a.tangent * b.value + a.value * b.tangent};
    }
    friend constexpr dual operator/(dual a, dual b) {
        return {a.value / b.value, (a.tangent * b.value - a.value * b.tangent) / (b.value * b.value)};
    }

    friend constexpr dual fma(dual a, dual b, dual c) { return a * b + c; }
    friend constexpr dual maximum(dual a, dual b) {
        if (a.value == b.value) return {a.value, (a.tangent + b.tangent) / 2};
        return a.value > b.value ? a : b;
    }
    friend constexpr dual minimum(dual a, dual b) { return -maximum(-a, -b); }
    friend constexpr dual less(dual a, dual b) { return dual(a.value < b.value ? 1.0 : 0.0); }
    friend constexpr dual less_equal(dual a, dual b) { return dual(a.value <= b.value ? 1.0 : 0.0); }
    friend constexpr dual equal(dual a, dual b) { return dual(a.value == b.value ? 1.0 : 0.0); }
    friend constexpr dual select(dual c, dual a, dual b) { return c.value != 0 ? a : b; }

    friend constexpr dual exp(dual a) { return {sinter::math::exp(a.value), a.tangent * sinter::math::exp(a.value)}; }
    friend constexpr dual log(dual a) { return {sinter::math::log(a.value), a.tangent / a.value}; }
    friend constexpr dual sqrt(dual a) {
        return {sinter::math::sqrt(a.value), a.tangent * sinter::math::sqrt(a.value) / (2 * a.value)};
    }
    friend constexpr dual sin(dual a) { return {sinter::math::sin(a.value), a.tangent * sinter::math::cos(a.value)}; }
    friend constexpr dual cos(dual a) { return {sinter::math::cos(a.value), -a.tangent * sinter::math::sin(a.value)}; }
    friend constexpr dual tanh(dual a) {  // 1 / cosh(a)^2
        const double cosh = (sinter::math::exp(a.value) + sinter::math::exp(-a.value)) / 2;
        return {sinter::math::tanh(a.value), a.tangent / (cosh * cosh)};
    }
    friend constexpr dual sigmoid(dual a) {
        const double e = sinter::math::exp(-sinter::math::abs(a.value));
        return {sinter::math::sigmoid(a.value), a.tangent * e / ((1 + e) * (1 + e))};
    }
    friend constexpr dual relu(dual a) { return a.value > 0 ? a : dual(0.0); }
    friend constexpr dual abs(dual a) { return a.value < 0 ? -a : a.value > 0 ? a : dual(0.0); }
    friend constexpr dual sign(dual a) { return dual(a.value > 0 ? 1.0 : a.value < 0 ? -1.0 : 0.0); }
};

/// |a - b| ≤ tolerance · (1 + |a|); false if either is no number.
constexpr bool close(double a, double b, double tolerance) {
    const double difference = a > b ? a - b : b - a;
    return difference <= tolerance * (1 + (a > 0 ? a : -a));
}

}  // namespace sinter_test
