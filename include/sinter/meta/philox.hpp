// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Counter-based random numbers: Philox4x32 with ten rounds.
///
/// In: a key and a counter. Out: four words that depend on nothing else, so that element i of a stream is the same for
/// any number of threads or lanes and in any order of asking. Law: equals Random123's published vectors
/// (tests/meta/philox.cpp), at compile time too. Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2,
/// 3", SC 2011. Cost: some 20 ns a block of four.

#include <sinter/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace sinter {

using philox_key = std::array<std::uint32_t, 2>;
using philox_block = std::array<std::uint32_t, 4>;

/// The block of random words that belongs to a counter.
constexpr philox_block philox(philox_key key, philox_block counter) noexcept {
    constexpr int rounds = 10;
    for (int round = 0; round < rounds; ++round) {
        const std::uint64_t first = std::uint64_t{0xD2511F53} * counter[0];
        const std::uint64_t second = std::uint64_t{0xCD9E8D57} * counter[2];
        counter = {static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(second),
                   static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(first)};
        key[0] += 0x9E3779B9;  // golden ratio and sqrt(3) - 1: the Weyl steps of the paper
        key[1] += 0xBB67AE85;
    }
    return counter;
}

/// bits / 2^32 in [0, 1). For float the low eight bits are cut off first, since rounding could give 1;
/// so the float and the double of one word differ by less than 2^-24.
template <class Real = float> constexpr Real uniform01(std::uint32_t bits) noexcept {
    if constexpr (sizeof(Real) < sizeof(double))
        return static_cast<Real>(bits >> 8) * static_cast<Real>(0x1p-24);
    else
        return static_cast<Real>(bits) * static_cast<Real>(0x1p-32);
}

/// Two independent standard normal numbers from two words (Box–Muller), at most 6.7 in magnitude.
///
/// Builtins are <cmath>'s functions without its 0.2 s of includes. Computed in double for every precision: a float
/// network and its double twin start from the same weights. Run time only: clang has no constexpr log.
inline std::array<double, 2> normal_pair(std::uint32_t first, std::uint32_t second) noexcept {
    const double open = (static_cast<double>(first) + 1) * 0x1p-32;  // in (0, 1]: log stays finite
    const double radius = __builtin_sqrt(-2 * __builtin_log(open));
    const double angle = 6.283185307179586476925 * uniform01<double>(second);
    return {radius * __builtin_cos(angle), radius * __builtin_sin(angle)};
}

/// Random access to an endless row of numbers: `random_stream{seed, hash}.uniform<float>(i)`.
///
/// Streams of one seed are independent; a stream is named by any 64-bit number (a parameter's path hash, an epoch).
struct random_stream {
    std::uint64_t seed;
    std::uint64_t stream = 0;

    /// Words 4 * index to 4 * index + 3.
    constexpr philox_block block(std::uint64_t index) const noexcept {
        return philox(words(seed), join(words(index), words(stream)));
    }

    constexpr std::uint32_t bits(std::uint64_t element) const noexcept {
        return block(element / 4)[static_cast<std::size_t>(element % 4)];
    }

    /// Uniform in [0, 1).
    template <class Real = float> constexpr Real uniform(std::uint64_t element) const noexcept {
        return uniform01<Real>(bits(element));
    }

    /// Standard normal; elements 2k and 2k + 1 share the words at these two places.
    template <class Real = float> Real normal(std::uint64_t element) const noexcept {
        const philox_block four = block(element / 4);
        const std::size_t pair = static_cast<std::size_t>(element % 4) / 2 * 2;
        return static_cast<Real>(normal_pair(four[pair], four[pair + 1])[static_cast<std::size_t>(element % 2)]);
    }

    /// Uniform in [0, bound), from the words 2 * draw and 2 * draw + 1. *Requires* 0 < bound ≤ 2^32.
    ///
    /// The high part of a 64-bit random number times bound: no value is likelier than another by more than 2^-32.
    constexpr std::uint64_t below(std::uint64_t draw, std::uint64_t bound) const noexcept {
        const philox_block four = block(draw / 2);
        const std::size_t pair = static_cast<std::size_t>(draw % 2) * 2;
        return (four[pair] * bound + (four[pair + 1] * bound >> 32)) >> 32;
    }

private:
    static constexpr philox_key words(std::uint64_t number) noexcept {
        return {static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32)};
    }
    static constexpr philox_block join(philox_key low, philox_key high) noexcept {
        return {low[0], low[1], high[0], high[1]};
    }
};

}  // namespace sinter
