// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How far the kernels' mathematics is from the standard library's in a wider type, in units in the last place.

#include <sinter/kernel/math.hpp>
#include <sinter/tensor/elementwise.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

/// |got - wanted| in units of the last place of `wanted` as a T; 0 where both are the same infinity or NaN.
template <class T, class Wide>
double ulp_error(T got, Wide wanted) {
    const T rounded = static_cast<T>(wanted);
    if (std::isnan(got) || std::isnan(rounded)) return std::isnan(got) == std::isnan(rounded) ? 0 : 1e9;
    if (std::isinf(got) || std::isinf(rounded)) return got == rounded ? 0 : 1e9;
    int exponent = 0;
    std::frexp(wanted, &exponent);
    using limits = std::numeric_limits<T>;
    const int last = exponent - limits::digits < limits::min_exponent - limits::digits
                         ? limits::min_exponent - limits::digits
                         : exponent - limits::digits;
    return static_cast<double>(std::fabs(static_cast<Wide>(got) - wanted) / std::ldexp(Wide{1}, last));
}

/// The standard library's value of an operation, in a wider type.
template <sinter::op Code, class Wide>
Wide exact(Wide x) {
    using sinter::op;
    if constexpr (Code == op::exp)
        return std::exp(x);
    else if constexpr (Code == op::log)
        return std::log(x);
    else if constexpr (Code == op::tanh)
        return std::tanh(x);
    else if constexpr (Code == op::sigmoid)
        return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    else if constexpr (Code == op::sin)
        return std::sin(x);
    else
        return std::cos(x);
}

struct sweep_result {
    double worst = 0;         ///< ulp
    float at = 0;             ///< its argument
    long long differing = 0;  ///< values whose bits depend on the number of lanes
};

/// Every `step`-th of the 2^32 floats.
template <sinter::op Code>
sweep_result sweep(std::uint32_t step) {
    using V = sinter::simd::lanes<float>;
    sweep_result result;
    for (std::uint64_t first = 0; first < std::uint64_t{1} << 32; first += std::uint64_t{step} * V::size) {
        float in[V::size], out[V::size];
        for (int i = 0; i < V::size; ++i)
            in[i] = __builtin_bit_cast(float, static_cast<std::uint32_t>(first + static_cast<std::uint64_t>(i) * step));
        sinter::elementwise<Code>.value(V::load(in)).store(out);
        for (int i = 0; i < V::size; ++i) {
            const double error = ulp_error(out[i], exact<Code>(static_cast<double>(in[i])));
            if (error > result.worst) result.worst = error, result.at = in[i];
            const float one = sinter::elementwise<Code>.value(sinter::simd::one_lane<float>{in[i]}).v;
            const bool both_nan = std::isnan(one) && std::isnan(out[i]);
            result.differing +=
                !both_nan && __builtin_bit_cast(std::uint32_t, one) != __builtin_bit_cast(std::uint32_t, out[i]);
        }
    }
    return result;
}
