// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The types of numbers that safetensors files hold, and their values as float or double.
///
/// In: a type's name; bytes of a file, little-endian. Out: its size; numbers. Law: F16, BF16 and F32 become float and
/// double exactly. F64 becomes double exactly, and float by rounding to the nearest; a finite number that no float can
/// hold is an error, never an infinity. Integers, F8 and smaller are told apart, and not read. Cost: one pass.

#include <sinter/config.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sinter {

/// In the order of `dtype_table`; the first four can be read.
enum class dtype : unsigned char {
    f32,
    f64,
    f16,
    bf16,
    boolean,
    u8,
    i8,
    u16,
    i16,
    u32,
    i32,
    u64,
    i64,
    c64,
    f4,
    f6_e2m3,
    f6_e3m2,
    f8_e4m3,
    f8_e5m2,
    f8_e8m0,
    f8_e4m3fnuz,
    f8_e5m2fnuz,
    unknown
};

struct dtype_name {
    std::string_view name;
    unsigned bits;  // a value
};
inline constexpr dtype_name dtype_table[] = {
    {"F32", 32},    {"F64", 64},    {"F16", 16},        {"BF16", 16},      {"BOOL", 8},    {"U8", 8},
    {"I8", 8},      {"U16", 16},    {"I16", 16},        {"U32", 32},       {"I32", 32},    {"U64", 64},
    {"I64", 64},    {"C64", 64},    {"F4", 4},          {"F6_E2M3", 6},    {"F6_E3M2", 6}, {"F8_E4M3", 8},
    {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}};

constexpr std::string_view name_of(dtype type) noexcept { return dtype_table[static_cast<std::size_t>(type)].name; }
constexpr unsigned bits_of(dtype type) noexcept { return dtype_table[static_cast<std::size_t>(type)].bits; }
constexpr bool is_readable(dtype type) noexcept { return type <= dtype::bf16; }

/// The type of this name, or unknown.
constexpr dtype dtype_named(std::string_view name) noexcept {
    std::size_t i = 0;
    while (i < std::size(dtype_table) && dtype_table[i].name != name) ++i;
    return static_cast<dtype>(i);
}

namespace detail {

/// An unsigned integer of a file, or its bytes for one.
template <std::unsigned_integral Bits>
Bits from_little(Bits bits) noexcept {
    if constexpr (std::endian::native == std::endian::little) return bits;
    auto bytes = std::bit_cast<std::array<unsigned char, sizeof(Bits)>>(bits);
    std::reverse(bytes.begin(), bytes.end());
    return std::bit_cast<Bits>(bytes);
}

template <std::unsigned_integral Bits>
Bits load_little(const unsigned char* bytes) noexcept {
    Bits bits;
    std::memcpy(&bits, bytes, sizeof bits);
    return from_little(bits);
}

/// IEEE's binary16 as a float. Subnormal ones are multiples of 2^-24, which a float holds as normal numbers.
constexpr float float_of_half(std::uint16_t half) noexcept {
    const std::uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31u, fraction = half & 0x3FFu;
    if (exponent == 0) {
        const float size = static_cast<float>(fraction) * 0x1p-24f;
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | sign);
    }
    return std::bit_cast<float>(sign | (exponent == 31 ? 0xFFu : exponent + 112) << 23 | fraction << 13);
}

/// Whether a number is neither infinite nor NaN; looks at the bits, since -ffast-math takes comparisons away.
constexpr bool has_finite_bits(float number) noexcept {
    return (std::bit_cast<std::uint32_t>(number) & 0x7F800000u) != 0x7F800000u;
}
constexpr bool has_finite_bits(double number) noexcept {
    return (std::bit_cast<std::uint64_t>(number) >> 52 & 0x7FFu) != 0x7FFu;
}

/// `count` values of this type into numbers. *Returns* how many came before one that Real cannot hold: all, if none.
template <std::floating_point Real>
std::size_t convert_stored(dtype type, const unsigned char* bytes, std::size_t count, Real* numbers) noexcept {
    switch (type) {
        case dtype::f32:
            for (std::size_t i = 0; i < count; ++i)
                numbers[i] = static_cast<Real>(std::bit_cast<float>(load_little<std::uint32_t>(bytes + 4 * i)));
            return count;
        case dtype::f16:
            for (std::size_t i = 0; i < count; ++i)
                numbers[i] = static_cast<Real>(float_of_half(load_little<std::uint16_t>(bytes + 2 * i)));
            return count;
        case dtype::bf16:
            for (std::size_t i = 0; i < count; ++i)
                numbers[i] = static_cast<Real>(
                    std::bit_cast<float>(std::uint32_t{load_little<std::uint16_t>(bytes + 2 * i)} << 16));
            return count;
        case dtype::f64:
            for (std::size_t i = 0; i < count; ++i) {
                const double wide = std::bit_cast<double>(load_little<std::uint64_t>(bytes + 8 * i));
                numbers[i] = static_cast<Real>(wide);
                if (has_finite_bits(wide) && !has_finite_bits(numbers[i])) return i;
            }
            return count;
        default: return 0;
    }
}

}  // namespace detail
}  // namespace sinter
