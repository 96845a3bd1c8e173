// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A number with a bound of what rounding may have done to it: what float results are compared with.
///
/// It runs in the interpreter. A value comes with the sum of the operands' errors, carried through the operation, and
/// half an ulp of the operands' sizes, so that a sum's bound holds for every order of its terms. Where a comparison is
/// closer than its operands' errors, either answer may come out, and the bound says so; equal values are taken for
/// computed alike.

#include <sinter/meta/math.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sinter_test {

template <class T>
struct bounded {
    static constexpr double unit = std::numeric_limits<T>::epsilon();
    static constexpr double infinite = std::numeric_limits<double>::infinity();

    double value = 0, error = 0;

    bounded() = default;
    explicit bounded(double constant) : value{constant}, error{unit * std::abs(constant)} {}
    bounded(double v, double e) : value{v}, error{e} {}
    double size() const { return std::abs(value) + error; }

    friend bounded operator+(bounded a, bounded b) {
        return {a.value + b.value, a.error + b.error + unit * (a.size() + b.size())};
    }
    friend bounded operator-(bounded a) { return {-a.value, a.error}; }
    friend bounded operator-(bounded a, bounded b) { return a + -b; }
    friend bounded operator*(bounded a, bounded b) {
        return {a.value * b.value, a.size() * b.error + b.size() * a.error + unit * a.size() * b.size()};
    }
    friend bounded operator/(bounded a, bounded b) {
        const double least = std::abs(b.value) - b.error, q = a.value / b.value;
        return {q, least > 0 ? (a.error + std::abs(q) * b.error) / least + unit * a.size() / least : infinite};
    }
    friend bounded fma(bounded a, bounded b, bounded c) { return a * b + c; }

    static bounded either(bool uncertain, double v) { return {v, uncertain ? 1.0 : 0.0}; }
    static bool undecided(bounded a, bounded b) {
        return a.value != b.value && std::abs(a.value - b.value) <= a.error + b.error;
    }
    friend bounded maximum(bounded a, bounded b) { return {std::max(a.value, b.value), std::max(a.error, b.error)}; }
    friend bounded minimum(bounded a, bounded b) { return {std::min(a.value, b.value), std::max(a.error, b.error)}; }
    friend bounded less(bounded a, bounded b) { return either(undecided(a, b), a.value < b.value); }
    friend bounded less_equal(bounded a, bounded b) { return either(undecided(a, b), a.value <= b.value); }
    friend bounded equal(bounded a, bounded b) { return either(undecided(a, b), a.value == b.value); }
    friend bounded select(bounded c, bounded a, bounded b) {
        const bounded chosen = c.value != 0 ? a : b;
        const bool decided = c.error == 0 || std::abs(c.value) > c.error;
        return decided ? chosen : bounded{chosen.value, std::abs(a.value - b.value) + std::max(a.error, b.error)};
    }

    /// y = f(a) where f's derivative is at most `slope` near a.
    static bounded through(bounded a, double y, double slope) {
        return {y, a.error * slope + 4 * unit * (std::abs(y) + a.error * slope)};
    }
    friend bounded exp(bounded a) { return through(a, std::exp(a.value), std::exp(a.value + a.error)); }
    friend bounded log(bounded a) {
        return through(a, std::log(a.value), a.value > a.error ? 1 / (a.value - a.error) : infinite);
    }
    friend bounded sqrt(bounded a) {
        return through(a, std::sqrt(a.value), a.value > a.error ? 1 / (2 * std::sqrt(a.value - a.error)) : infinite);
    }
    friend bounded sin(bounded a) { return through(a, std::sin(a.value), 1); }
    friend bounded cos(bounded a) { return through(a, std::cos(a.value), 1); }
    friend bounded tanh(bounded a) { return through(a, std::tanh(a.value), 1); }
    friend bounded sigmoid(bounded a) { return through(a, 1 / (1 + std::exp(-a.value)), 1); }
    friend bounded relu(bounded a) {
        return {std::max(a.value, 0.0), a.value + a.error > 0 ? a.error : 0};  // of what is negative exactly 0
    }
    friend bounded abs(bounded a) { return {std::abs(a.value), a.error}; }
    friend bounded sign(bounded a) {
        return either(a.value != 0 && std::abs(a.value) <= a.error, a.value > 0 ? 1 : a.value < 0 ? -1 : 0);
    }
};

}  // namespace sinter_test
