// SPDX-License-Identifier: BSL-1.0
#include <sinter/io/dtype.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace {

using sinter::dtype;

/// Little-endian bytes of unsigned numbers.
template <class Bits>
std::vector<unsigned char> bytes_of(const std::vector<Bits>& numbers) {
    std::vector<unsigned char> bytes;
    for (const Bits number : numbers)
        for (std::size_t i = 0; i < sizeof number; ++i) bytes.push_back(static_cast<unsigned char>(number >> 8 * i));
    return bytes;
}

template <class Real>
std::vector<Real> converted(dtype type, const std::vector<unsigned char>& bytes, std::size_t count) {
    std::vector<Real> numbers(count, 7);
    CHECK(sinter::detail::convert_stored(type, bytes.data(), count, numbers.data()) == count);
    return numbers;
}

}  // namespace

TEST_CASE("dtype: each of the 65,536 halves is its sign, exponent and fraction, as float and as double") {
    std::vector<std::uint16_t> all;
    for (std::uint32_t half = 0; half < 0x10000; ++half) all.push_back(static_cast<std::uint16_t>(half));
    const auto floats = converted<float>(dtype::f16, bytes_of(all), all.size());
    const auto doubles = converted<double>(dtype::f16, bytes_of(all), all.size());
    bool right = true;
    for (const std::uint16_t half : all) {
        const int exponent = half >> 10 & 31, fraction = half & 1023;
        const double size = exponent == 31  ? (fraction == 0 ? HUGE_VAL : std::nan(""))
                            : exponent == 0 ? std::ldexp(fraction, -24)
                                            : std::ldexp(1024 + fraction, exponent - 25);
        for (const double found : {static_cast<double>(floats[half]), doubles[half]}) {
            right = right && std::signbit(found) == (half >> 15 != 0);
            right = right && (std::isnan(size) ? std::isnan(found) : std::abs(found) == size);
        }
    }
    CHECK(right);
    CHECK(floats[0x3555] == 0x1.554p-2f);  // nearest to a third, as NumPy has it
}

TEST_CASE("dtype: a bfloat16 is the upper half of a float") {
    const auto bytes = bytes_of<std::uint16_t>({0x3f80, 0xc000, 0x7f80, 0xff80, 0x0001, 0x8000, 0x7f7f});
    CHECK(converted<float>(dtype::bf16, bytes, 7) ==
          std::vector<float>{1, -2, HUGE_VALF, -HUGE_VALF, 0x1p-133f, -0.0f, 0x1.fep127f});
    CHECK(converted<double>(dtype::bf16, bytes, 7)[4] == 0x1p-133);
    CHECK(std::isnan(converted<float>(dtype::bf16, bytes_of<std::uint16_t>({0x7fc0}), 1)[0]));
}

TEST_CASE("dtype: doubles are rounded to the nearest float, and the first finite one that no float can hold is told") {
    const auto bytes = [](const std::vector<double>& numbers) {
        std::vector<std::uint64_t> bits;
        for (const double number : numbers) bits.push_back(std::bit_cast<std::uint64_t>(number));
        return bytes_of(bits);
    };
    const std::vector<double> held{0.1, -1e-300, 0x1.fffffefp127, HUGE_VAL, -HUGE_VAL, 0x1.000001p0, 0x1.000003p0};
    CHECK(converted<float>(dtype::f64, bytes(held), held.size()) ==
          std::vector<float>{0.1f, -0.0f, std::numeric_limits<float>::max(), HUGE_VALF, -HUGE_VALF, 1, 0x1.000004p0f});
    CHECK(converted<double>(dtype::f64, bytes(held), held.size()) == held);
    CHECK(std::isnan(converted<float>(dtype::f64, bytes({std::nan("")}), 1)[0]));
    float numbers[3] = {};
    for (const double beyond : {1e39, -1e300, 0x1.ffffffp127, std::numeric_limits<double>::max()})
        CHECK(sinter::detail::convert_stored(dtype::f64, bytes({1, beyond, 2}).data(), 3, numbers) == 1);
    CHECK(sinter::detail::convert_stored(dtype::i32, bytes({1}).data(), 1, numbers) == 0);
}

static_assert(sinter::dtype_named("BF16") == dtype::bf16 && sinter::dtype_named("C64") == dtype::c64 &&
              sinter::dtype_named("F8_E5M2FNUZ") == dtype::f8_e5m2fnuz &&
              sinter::dtype_named("bf16") == dtype::unknown);
static_assert(sinter::bits_of(dtype::f6_e3m2) == 6 && sinter::name_of(dtype::u16) == "U16" &&
              sinter::is_readable(dtype::bf16) && !sinter::is_readable(dtype::boolean));
