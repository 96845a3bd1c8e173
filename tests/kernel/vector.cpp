// SPDX-License-Identifier: BSL-1.0
#include <sinter/kernel/wide.hpp>
#include <sinter/tensor/elementwise.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace {

#if !defined(SINTER_SCALAR)
// Fixed for the project: xsimd is what lanes compute with on every instruction set it knows, x86 first of all. It may
// be included in parts, not replaced.
static_assert(std::is_same_v<sinter::simd::lanes<float>::batch, xsimd::batch<float>>);
static_assert(sinter::simd::lanes<double>::size == static_cast<int>(xsimd::batch<double>::size));
#endif

using namespace sinter;
using simd::lanes;
using simd::one_lane;

template <class T>
constexpr T special[] = {0,
                         static_cast<T>(-0.0),
                         1,
                         -1,
                         static_cast<T>(2.5),
                         static_cast<T>(-7),
                         std::numeric_limits<T>::infinity(),
                         -std::numeric_limits<T>::infinity(),
                         std::numeric_limits<T>::quiet_NaN(),
                         std::numeric_limits<T>::min(),
                         std::numeric_limits<T>::max()};

template <class T>
bool same(T a, double b) {
    const T expected = static_cast<T>(b);
    return (std::isnan(a) && std::isnan(expected)) || (a == expected && std::signbit(a) == std::signbit(expected));
}

/// An operation that needs no rounding means on lanes what it means on a double.
template <class T, op Code>
void check_meaning() {
    CAPTURE(name_of(Code));
    for (const T a : special<T>)
        for (const T b : special<T>) {
            CAPTURE(a);
            CAPTURE(b);
            const auto c = static_cast<double>(a), d = static_cast<double>(b);
            if constexpr (arity_v<Code> == 1) {
                CHECK(same(elementwise<Code>.value(lanes<T>{a}).first(), elementwise<Code>.value(c)));
                CHECK(same(elementwise<Code>.value(one_lane<T>{a}).v, elementwise<Code>.value(c)));
            } else if constexpr (arity_v<Code> == 2) {
                CHECK(same(elementwise<Code>.value(lanes<T>{a}, lanes<T>{b}).first(), elementwise<Code>.value(c, d)));
                CHECK(same(elementwise<Code>.value(one_lane<T>{a}, one_lane<T>{b}).v, elementwise<Code>.value(c, d)));
            } else {
                CHECK(same(elementwise<Code>.value(lanes<T>{a}, lanes<T>{b}, lanes<T>{1}).first(),
                           elementwise<Code>.value(c, d, 1.0)));
                CHECK(same(elementwise<Code>.value(one_lane<T>{a}, one_lane<T>{b}, one_lane<T>{1}).v,
                           elementwise<Code>.value(c, d, 1.0)));
            }
        }
}

template <class T>
void check_meanings() {
    check_meaning<T, op::maximum>();
    check_meaning<T, op::minimum>();
    check_meaning<T, op::less>();
    check_meaning<T, op::less_equal>();
    check_meaning<T, op::equal>();
    check_meaning<T, op::select>();
    check_meaning<T, op::relu>();
    check_meaning<T, op::sign>();
    check_meaning<T, op::negate>();
}

template <class T>
void check_partial_access() {
    constexpr int size = lanes<T>::size;
    T from[size];
    std::int32_t whole[size];
    for (int i = 0; i < size; ++i) from[i] = static_cast<T>(i + 1), whole[i] = -i;
    for (int n = 0; n <= size; ++n) {
        T to[size + 1] = {};
        lanes<T>::load(from, n).store(to);
        for (int i = 0; i < size; ++i) CHECK(to[i] == (i < n ? from[i] : 0));
        T guarded[size + 1] = {};
        lanes<T>::load(from).store(guarded, n);
        for (int i = 0; i <= size; ++i) CHECK(guarded[i] == (i < n ? from[i < size ? i : 0] : 0));
        lanes<T>::load(whole, n).store(to);
        for (int i = 0; i < n; ++i) CHECK(to[i] == static_cast<T>(-i));
    }
    lanes<T>::iota(5).store(from);
    for (int i = 0; i < size; ++i) CHECK(from[i] == static_cast<T>(5 + i));
}

template <class T>
void check_tree() {
    simd::wide<lanes<T>> w{T{0}};
    T in[simd::virtual_lanes], expected[simd::virtual_lanes];
    for (int i = 0; i < simd::virtual_lanes; ++i) expected[i] = in[i] = static_cast<T>(1) / static_cast<T>(3 * i + 1);
    for (int q = 0; q < w.vectors; ++q) w.at[q] = lanes<T>::load(in + q * lanes<T>::size);
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; ++i) expected[i] += expected[i + half];
    CHECK(w.reduce([](auto a, auto b) { return a + b; }) == expected[0]);
}

TEST_CASE("vector: operations without rounding mean on lanes what they mean on numbers, NaN and zeros included") {
    check_meanings<float>();
    check_meanings<double>();
}

TEST_CASE("vector: the square root is exactly rounded, for every mantissa of two binades and at every exponent") {
    using V = lanes<float>;
    const auto differing = [](std::uint32_t first, std::uint32_t step, std::uint32_t count) {
        int found = 0;
        for (std::uint32_t i = 0; i < count; i += V::size) {
            float x[V::size], root[V::size];
            for (std::uint32_t l = 0; l < V::size; ++l) x[l] = std::bit_cast<float>(first + (i + l) * step);
            sqrt(V::load(x)).store(root);
            for (int l = 0; l < V::size; ++l)
                found += std::bit_cast<std::uint32_t>(root[l]) != std::bit_cast<std::uint32_t>(std::sqrt(x[l]));
        }
        return found;
    };
    CHECK(differing(0x3f800000u, 1, 1u << 24) == 0);
    CHECK(differing(0, 99'991, 0x7f800000u / 99'991 / V::size * V::size) == 0);
}

TEST_CASE("vector: a partial load reads, and a partial store writes, the elements it says") {
    check_partial_access<float>();
    check_partial_access<double>();
}

TEST_CASE("vector: sixteen accumulators join in one tree, whatever the register") {
    check_tree<float>();
    check_tree<double>();
}

TEST_CASE("vector: the machine is described as a plan needs it") {
    constexpr machine m = native_machine<float>();
    static_assert(m.lanes == lanes<float>::size && m.width() == 2 * m.lanes);
    static_assert(m.registers == 16 || m.registers == 32);
    CHECK(native_machine<double>().lanes == lanes<double>::size);
}

}  // namespace
