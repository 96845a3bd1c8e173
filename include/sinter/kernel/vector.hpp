// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A register of lanes, and one lane: what kernels compute with. The only header that includes xsimd.
///
/// In: the instruction set this unit is compiled for. Out: `lanes<T>` (as many as a register holds), `one_lane<T>` (a
/// plain scalar with the same members and functions; what lanes<T> is under SINTER_SCALAR or without xsimd) and
/// `native_machine<T>()`. The functions that the rule table calls are found by their argument: operators, fma and sqrt
/// here, the others in kernel/math.hpp.
///
/// Everything that depends on the instruction set lives in an inline namespace named after it: without it, units built
/// with different -m flags would hold different functions of one name, and the linker would keep any one of them.
/// Where there is an fma instruction, and in scalar units, fma rounds once; else it is a * b + c.
/// Law: tests/kernel/vector.cpp.

#include <sinter/config.hpp>
#include <sinter/kernel/avx512.hpp>
#include <sinter/kernel/spec.hpp>

#include <cstdint>
#include <cstring>
#include <utility>

#if !defined(SINTER_SCALAR) && __has_include(<xsimd/xsimd.hpp>)
#define SINTER_XSIMD 1
#define SINTER_INSTRUCTION_SET SINTER_TARGET
#include <xsimd/xsimd.hpp>
#else
#define SINTER_XSIMD 0
#define SINTER_JOIN(a, b) a##b
#define SINTER_SCALAR_ON(target) SINTER_JOIN(scalar_, target)
#define SINTER_INSTRUCTION_SET SINTER_SCALAR_ON(SINTER_TARGET)  // a compiler uses the target for scalars too
#endif

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

#if !SINTER_XSIMD || defined(__FMA__) || defined(__AVX512F__) || defined(__aarch64__)
inline constexpr bool has_fma = true;
#else
inline constexpr bool has_fma = false;
#endif

template <class T>
struct word_of;
template <>
struct word_of<float> {
    using type = std::uint32_t;
};
template <>
struct word_of<double> {
    using type = std::uint64_t;
};

/// One scalar, with the members of lanes.
template <class T>
struct one_lane {
    using value_type = T;
    using word = typename word_of<T>::type;
    using words = word;
    using mask = bool;
    static constexpr int size = 1;
    T v;

    one_lane() = default;
    SINTER_ALWAYS_INLINE explicit one_lane(T value) : v{value} {}

    SINTER_ALWAYS_INLINE static one_lane load(const T* p) { return one_lane{*p}; }
    SINTER_ALWAYS_INLINE static one_lane load(const T* p, int n) { return n > 0 ? one_lane{*p} : one_lane{T{}}; }
    SINTER_ALWAYS_INLINE static one_lane load(const std::int32_t* p, int n) {
        return n > 0 ? one_lane{static_cast<T>(*p)} : one_lane{T{}};
    }
    SINTER_ALWAYS_INLINE static one_lane iota(int first) { return one_lane{static_cast<T>(first)}; }
    SINTER_ALWAYS_INLINE void store(T* p) const { *p = v; }
    SINTER_ALWAYS_INLINE void store(T* p, int n) const {
        if (n > 0) *p = v;
    }
    SINTER_ALWAYS_INLINE T first() const { return v; }
    SINTER_ALWAYS_INLINE void pin() {}

    SINTER_ALWAYS_INLINE words bits() const { return __builtin_bit_cast(word, v); }
    SINTER_ALWAYS_INLINE static one_lane from_bits(words w) { return one_lane{__builtin_bit_cast(T, w)}; }

    SINTER_ALWAYS_INLINE friend one_lane operator+(one_lane a, one_lane b) { return one_lane{a.v + b.v}; }
    SINTER_ALWAYS_INLINE friend one_lane operator-(one_lane a, one_lane b) { return one_lane{a.v - b.v}; }
    SINTER_ALWAYS_INLINE friend one_lane operator*(one_lane a, one_lane b) { return one_lane{a.v * b.v}; }
    SINTER_ALWAYS_INLINE friend one_lane operator/(one_lane a, one_lane b) { return one_lane{a.v / b.v}; }
    SINTER_ALWAYS_INLINE friend one_lane operator-(one_lane a) { return one_lane{-a.v}; }
    SINTER_ALWAYS_INLINE friend mask operator<(one_lane a, one_lane b) { return a.v < b.v; }
    SINTER_ALWAYS_INLINE friend mask operator<=(one_lane a, one_lane b) { return a.v <= b.v; }
    SINTER_ALWAYS_INLINE friend mask operator==(one_lane a, one_lane b) { return a.v == b.v; }
    SINTER_ALWAYS_INLINE friend mask is_nan(one_lane a) { return a.v != a.v; }
    SINTER_ALWAYS_INLINE friend one_lane choose(mask m, one_lane a, one_lane b) { return m ? a : b; }
    SINTER_ALWAYS_INLINE friend one_lane fma(one_lane a, one_lane b, one_lane c) {
        if constexpr (!has_fma)
            return one_lane{a.v * b.v + c.v};
        else if constexpr (sizeof(T) == 4)
            return one_lane{__builtin_fmaf(a.v, b.v, c.v)};
        else
            return one_lane{__builtin_fma(a.v, b.v, c.v)};
    }
    SINTER_ALWAYS_INLINE friend one_lane fnma(one_lane a, one_lane b, one_lane c) { return fma(-a, b, c); }
    /// b where a is NaN: what minps does.
    SINTER_ALWAYS_INLINE friend one_lane smaller(one_lane a, one_lane b) { return a.v < b.v ? a : b; }
    SINTER_ALWAYS_INLINE friend one_lane larger(one_lane a, one_lane b) { return a.v > b.v ? a : b; }
    SINTER_ALWAYS_INLINE friend one_lane sqrt(one_lane a) {
        if constexpr (sizeof(T) == 4)
            return one_lane{__builtin_sqrtf(a.v)};
        else
            return one_lane{__builtin_sqrt(a.v)};
    }
};

#if SINTER_XSIMD
// A vector type whose element is a template parameter loses its attribute with g++ 12.
template <class T>
struct vector_of;
template <>
struct vector_of<float> {
    using type [[gnu::vector_size(sizeof(xsimd::batch<float>))]] = float;
    using words [[gnu::vector_size(sizeof(xsimd::batch<float>))]] = std::uint32_t;
};
template <>
struct vector_of<double> {
    using type [[gnu::vector_size(sizeof(xsimd::batch<double>))]] = double;
    using words [[gnu::vector_size(sizeof(xsimd::batch<double>))]] = std::uint64_t;
};

/// A register of T, as a vector type of the compiler: operators on it cost no call to inline. xsimd knows its size, and
/// what operators cannot say.
template <class T>
struct lanes {
    using value_type = T;
    using batch = xsimd::batch<T>;
    using word = typename word_of<T>::type;
    using vector = typename vector_of<T>::type;
    using words = typename vector_of<T>::words;
    using mask = decltype(vector{} < vector{});
    using in_memory [[gnu::aligned(alignof(T)), gnu::may_alias]] = vector;
    static constexpr int size = static_cast<int>(batch::size);
    vector v;

    lanes() = default;
    SINTER_ALWAYS_INLINE explicit lanes(T value) : lanes{batch(value)} {}
    SINTER_ALWAYS_INLINE explicit lanes(vector value) : v{value} {}
    SINTER_ALWAYS_INLINE explicit lanes(batch value) : v{__builtin_bit_cast(vector, value)} {}
    SINTER_ALWAYS_INLINE batch as_batch() const { return __builtin_bit_cast(batch, v); }

    SINTER_ALWAYS_INLINE static lanes load(const T* p) { return lanes{vector{*reinterpret_cast<const in_memory*>(p)}}; }
    [[gnu::noinline]] static lanes load(const std::int32_t* p, int n) {
        T t[size] = {};
        for (int i = 0; i < n; ++i) t[i] = static_cast<T>(p[i]);
        return load(t);
    }
#if defined(__AVX512F__)
    SINTER_ALWAYS_INLINE static lanes load(const T* p, int n) { return lanes{vector{avx512_instructions::load(p, n)}}; }
    SINTER_ALWAYS_INLINE void store(T* p, int n) const { avx512_instructions::store(p, n, v); }
#else
    /// The first n elements; zeros behind them. xsimd 8.1 has no masked loads. Out of line: tails are rare, code is not
    /// free.
    [[gnu::noinline]] static lanes load(const T* p, int n) {
        T t[size] = {};
        for (int i = 0; i < n; ++i) t[i] = p[i];
        return load(t);
    }
    [[gnu::noinline]] void store(T* p, int n) const {
        T t[size];
        store(t);
        for (int i = 0; i < n; ++i) p[i] = t[i];
    }
#endif
    /// first, first + 1, …
    SINTER_ALWAYS_INLINE static lanes iota(int first) {
        T t[size];
        for (int i = 0; i < size; ++i) t[i] = static_cast<T>(i);
        return load(t) + lanes{static_cast<T>(first)};
    }
    SINTER_ALWAYS_INLINE void store(T* p) const { *reinterpret_cast<in_memory*>(p) = v; }
    SINTER_ALWAYS_INLINE T first() const { return v[0]; }
    /// Lane i + By in lane i, around the end.
    template <int By>
    SINTER_ALWAYS_INLINE lanes down() const {
        return rotated<By>(std::make_integer_sequence<int, size>{});
    }
    template <int By, int... Lane>
    SINTER_ALWAYS_INLINE lanes rotated(std::integer_sequence<int, Lane...>) const {
        return lanes{vector{__builtin_shufflevector(v, v, (Lane + By) % size...)}};
    }
    /// Keeps the value in a register from here on. g++ else loads it again for each use, because an fma can.
    SINTER_ALWAYS_INLINE void pin() {
#if defined(__AVX512F__)
        asm("" : "+v"(v));
#elif defined(__SSE2__)
        asm("" : "+x"(v));
#elif defined(__aarch64__)
        asm("" : "+w"(v));
#endif
    }

    SINTER_ALWAYS_INLINE words bits() const { return __builtin_bit_cast(words, v); }
    SINTER_ALWAYS_INLINE static lanes from_bits(words w) { return lanes{__builtin_bit_cast(vector, w)}; }

    SINTER_ALWAYS_INLINE friend lanes operator+(lanes a, lanes b) { return lanes{a.v + b.v}; }
    SINTER_ALWAYS_INLINE friend lanes operator-(lanes a, lanes b) { return lanes{a.v - b.v}; }
    SINTER_ALWAYS_INLINE friend lanes operator*(lanes a, lanes b) { return lanes{a.v * b.v}; }
    SINTER_ALWAYS_INLINE friend lanes operator/(lanes a, lanes b) { return lanes{a.v / b.v}; }
    SINTER_ALWAYS_INLINE friend lanes operator-(lanes a) { return lanes{-a.v}; }
    SINTER_ALWAYS_INLINE friend mask operator<(lanes a, lanes b) { return a.v < b.v; }
    SINTER_ALWAYS_INLINE friend mask operator<=(lanes a, lanes b) { return a.v <= b.v; }
    SINTER_ALWAYS_INLINE friend mask operator==(lanes a, lanes b) { return a.v == b.v; }
    SINTER_ALWAYS_INLINE friend mask is_nan(lanes a) { return a.v != a.v; }
    SINTER_ALWAYS_INLINE friend lanes choose(mask m, lanes a, lanes b) { return lanes{m ? a.v : b.v}; }
    SINTER_ALWAYS_INLINE friend lanes fma(lanes a, lanes b, lanes c) {
#if defined(__AVX512F__)
        return lanes{vector{avx512_instructions::fma(a.v, b.v, c.v)}};
#else
        if constexpr (has_fma)
            return lanes{xsimd::fma(a.as_batch(), b.as_batch(), c.as_batch())};
        else
            return lanes{a.v * b.v + c.v};
#endif
    }
    SINTER_ALWAYS_INLINE friend lanes fnma(lanes a, lanes b, lanes c) { return fma(-a, b, c); }
    // b where one of them is NaN, as minps has it. Not xsimd's min and max, which differ in that between its versions;
    // said outright for AVX, since g++ does not see the instruction where an operand is a constant.
#if defined(__AVX512F__)
    SINTER_ALWAYS_INLINE friend lanes smaller(lanes a, lanes b) {
        return lanes{vector{avx512_instructions::smaller(a.v, b.v)}};
    }
    SINTER_ALWAYS_INLINE friend lanes larger(lanes a, lanes b) {
        return lanes{vector{avx512_instructions::larger(a.v, b.v)}};
    }
    SINTER_ALWAYS_INLINE friend lanes nan_or_smaller(lanes a, lanes b) {
        return lanes{vector{avx512_instructions::nan_or_smaller(a.v, b.v)}};
    }
    SINTER_ALWAYS_INLINE friend lanes nan_or_larger(lanes a, lanes b) {
        return lanes{vector{avx512_instructions::nan_or_larger(a.v, b.v)}};
    }
    SINTER_ALWAYS_INLINE friend lanes scaled(lanes a, lanes k) {
        return lanes{vector{avx512_instructions::scaled(a.v, k.v)}};
    }
#elif defined(__AVX__)
    SINTER_ALWAYS_INLINE friend lanes smaller(lanes a, lanes b) {
        if constexpr (sizeof(T) == 4)
            return lanes{batch(_mm256_min_ps(a.as_batch(), b.as_batch()))};
        else
            return lanes{batch(_mm256_min_pd(a.as_batch(), b.as_batch()))};
    }
    SINTER_ALWAYS_INLINE friend lanes larger(lanes a, lanes b) {
        if constexpr (sizeof(T) == 4)
            return lanes{batch(_mm256_max_ps(a.as_batch(), b.as_batch()))};
        else
            return lanes{batch(_mm256_max_pd(a.as_batch(), b.as_batch()))};
    }
#else
    SINTER_ALWAYS_INLINE friend lanes smaller(lanes a, lanes b) { return choose(a < b, a, b); }
    SINTER_ALWAYS_INLINE friend lanes larger(lanes a, lanes b) { return choose(b < a, a, b); }
#endif
    SINTER_ALWAYS_INLINE friend lanes sqrt(lanes a) {
#if defined(__AVX512F__)
        return lanes{vector{avx512_instructions::sqrt(a.v)}};
#elif defined(__aarch64__)  // xsimd 8.1 approximates
        if constexpr (sizeof(T) == 4)
            return lanes{__builtin_bit_cast(vector, vsqrtq_f32(__builtin_bit_cast(float32x4_t, a.v)))};
        else
            return lanes{__builtin_bit_cast(vector, vsqrtq_f64(__builtin_bit_cast(float64x2_t, a.v)))};
#else
        return lanes{xsimd::sqrt(a.as_batch())};
#endif
    }
};
#else
template <class T>
using lanes = one_lane<T>;
#endif

/// Behind a lambda's parameters: it must vanish into its caller.
#define SINTER_INLINE_LAMBDA __attribute__((always_inline))

/// A register's worth of lanes: lanes<T> or one_lane<T>.
template <class V>
concept lane_type = requires {
    typename V::words;
    V::from_bits;
};

/// What a plan must know of this unit's instruction set.
template <class T>
constexpr machine native_machine() {
#if defined(__AVX512F__) || defined(__aarch64__)
    return {lanes<T>::size, 32, sizeof(T)};
#else
    return {lanes<T>::size, 16, sizeof(T)};
#endif
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd

namespace sinter {
using simd::native_machine;
}
