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

/// The same for the sweep, in a few operations.
inline double ulp_error(float got, double wanted) {
    const float rounded = static_cast<float>(wanted);
    if (!(std::fabs(got) <= std::numeric_limits<float>::max() &&
          std::fabs(rounded) <= std::numeric_limits<float>::max()))
        return got == rounded || (std::isnan(got) && std::isnan(rounded)) ? 0 : 1e9;
    constexpr std::uint64_t bias = 1023, smallest = bias - 126;
    std::uint64_t exponent = __builtin_bit_cast(std::uint64_t, wanted) >> 52 & 0x7FF;
    exponent = exponent < smallest ? smallest : exponent;
    return std::fabs(static_cast<double>(got) - wanted) *
           __builtin_bit_cast(double, (2 * bias + 23 - exponent) << 52);  // 1 / ulp
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
    else if constexpr (Code == op::sigmoid) {
        const Wide e = std::exp(-std::fabs(x));
        return (x < 0 ? e : 1) / (1 + e);
    } else if constexpr (Code == op::sin)
        return std::sin(x);
    else
        return std::cos(x);
}

struct sweep_result {
    double worst = 0;         ///< ulp
    float at = 0;             ///< its argument
    long long differing = 0;  ///< values whose bits depend on the number of lanes

    void join(const sweep_result& other) {
        if (other.worst > worst) worst = other.worst, at = other.at;
        differing += other.differing;
    }
};

/// Every `step`-th float from `first` on, as 32-bit words, up to but without `last`.
template <sinter::op Code>
sweep_result sweep(std::uint32_t step, std::uint64_t first = 0, std::uint64_t last = std::uint64_t{1} << 32) {
    using lanes = sinter::simd::lanes<float>;
    using one_lane = sinter::simd::one_lane<float>;
    constexpr int count = 512;
    float in[count], many[count], one[count];
    sweep_result result;
    for (std::uint64_t block = first; block < last; block += std::uint64_t{step} * count) {
        for (int i = 0; i < count; ++i) {
            const std::uint64_t word = block + static_cast<std::uint64_t>(i) * step;
            in[i] = __builtin_bit_cast(float, static_cast<std::uint32_t>(word < last ? word : block));
        }
        for (int i = 0; i < count; i += lanes::size)
            sinter::elementwise<Code>.value(lanes::load(in + i)).store(many + i);
        for (int i = 0; i < count; ++i) sinter::elementwise<Code>.value(one_lane{in[i]}).store(one + i);
        for (int i = 0; i < count; ++i) {
            const double error = ulp_error(many[i], exact<Code>(static_cast<double>(in[i])));
            if (error > result.worst) result.worst = error, result.at = in[i];
            const bool both_nan = std::isnan(one[i]) && std::isnan(many[i]);
            result.differing +=
                !both_nan && __builtin_bit_cast(std::uint32_t, one[i]) != __builtin_bit_cast(std::uint32_t, many[i]);
        }
    }
    return result;
}
