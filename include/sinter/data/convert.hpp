// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Numbers to those that a network computes in, scaled: one sample's values on their way into a program's buffer.
///
/// Law: each is converted, then multiplied, once, at any level of optimisation. Cost: that of storing them, from cache.

#include <sinter/config.hpp>

#include <cstddef>

namespace sinter::detail {
inline namespace SINTER_TARGET {

/// out[i] = in[i] * scale. The inner loop's constant count, and no overlap to look for, let g++ 12 vectorise at -O2.
/// Clang would write it out at -O3 and then gather and scatter across the outer one: inference of one sample took 6.9
/// us, not 4.3.
template <class From, class To>
SINTER_ALWAYS_INLINE void convert_scaled(const From* __restrict in, To* __restrict out, std::size_t count, To scale) {
    constexpr std::size_t block = 32;
    std::size_t i = 0;
    for (; i + block <= count; i += block) {
        SINTER_ROLLED
        for (std::size_t j = 0; j < block; ++j) out[i + j] = static_cast<To>(in[i + j]) * scale;
    }
    for (; i < count; ++i) out[i] = static_cast<To>(in[i]) * scale;
}

}  // namespace SINTER_TARGET
}  // namespace sinter::detail
