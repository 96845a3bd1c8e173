// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Whether a number is finite, and whether it is NaN, asked of its bits.
///
/// Under -ffast-math compilers take `x == x` and std::isfinite(x) for true, and clang what a function returned or was
/// given for finite. So a number is read where it lies in memory: give the element of an array, not a result.
/// Law: the answer is the same under all flags (tests/train/fast_math.cpp). Cost: two instructions.

#include <sinter/config.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace sinter::meta {

namespace detail {
/// The bits without the sign, and those of infinity: more is NaN.
template <class Real>
struct magnitude {
    using bits = std::uint64_t;
    static constexpr bits infinity = 0x7ff0000000000000;
    static constexpr bits of(const Real& x) noexcept {
        const double wide = static_cast<double>(x);  // a long double beyond it is infinite for every network
        return std::bit_cast<bits>(wide) & 0x7fffffffffffffff;
    }
};
template <>
struct magnitude<double> {
    using bits = std::uint64_t;
    static constexpr bits infinity = 0x7ff0000000000000;
    static constexpr bits of(const double& x) noexcept { return std::bit_cast<bits>(x) & 0x7fffffffffffffff; }
};
template <>
struct magnitude<float> {
    using bits = std::uint32_t;
    static constexpr bits infinity = 0x7f800000;
    static constexpr bits of(const float& x) noexcept { return std::bit_cast<bits>(x) & 0x7fffffff; }
};
}  // namespace detail

/// Neither infinite nor NaN; what is no floating-point number is finite.
template <class Number>
constexpr bool is_finite(const Number& x) noexcept {
    if constexpr (std::floating_point<Number>)
        return detail::magnitude<Number>::of(x) < detail::magnitude<Number>::infinity;
    else
        return true;
}

template <class Number>
constexpr bool is_nan(const Number& x) noexcept {
    if constexpr (std::floating_point<Number>)
        return detail::magnitude<Number>::of(x) > detail::magnitude<Number>::infinity;
    else
        return false;
}

inline namespace SINTER_TARGET {

/// Whether `count` numbers in memory are finite.
template <class Number>
bool all_finite(const Number* numbers, std::size_t count) noexcept {
    if constexpr (std::floating_point<Number>) {
        using magnitude = detail::magnitude<Number>;
        using bits = typename magnitude::bits;
        constexpr bits top = bits{1} << (sizeof(bits) * 8 - 1), to_top = top - magnitude::infinity;
        constexpr std::size_t block = 32;  // a constant count, so that g++ 12 vectorises at -O2
        bits any = 0;                      // has its top bit if a magnitude reaches infinity
        std::size_t i = 0;
        for (; i + block <= count; i += block)
            for (std::size_t j = 0; j < block; ++j) any |= magnitude::of(numbers[i + j]) + to_top;
        for (; i < count; ++i) any |= magnitude::of(numbers[i]) + to_top;
        return any < top;
    }
    return true;
}

}  // namespace SINTER_TARGET
}  // namespace sinter::meta
