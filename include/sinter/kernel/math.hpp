// SPDX-License-Identifier: BSL-1.0
#pragma once

/// exp, log, tanh, sigmoid, sin, cos on lanes: ours, so that every number of lanes and both compilers give the same bits.
///
/// In and out: lanes<T> or one_lane<T>. Polynomials with an explicit fma, powers of two made from bits, no tables, no
/// branches. Bits are equal under -ffp-contract=off wherever fma rounds once (vector.hpp). Infinities, NaN, overflow and
/// denormals (where the unit does not flush them) are as in the standard library. The constants are Chebyshev fits.
///
/// Largest error in ulp, over all floats (tests/kernel/math_sweep.cpp) and over samples of double (tests/kernel/math.cpp):
///     float     exp 0.77   log 0.79   tanh 1.44   sigmoid 1.89   sin, cos 0.51
///     double    exp 0.9    log 0.9    tanh 1.7    sigmoid 2.0    sin, cos 1.7

#include <sinter/kernel/vector.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {
// What the rule table calls and needs no polynomial. NaN, signed zeros and ties are as in `scalar_functions` of
// tensor/elementwise.hpp.

template <lane_type V>
SINTER_ALWAYS_INLINE V maximum(V a, V b) {
    return choose(is_nan(a), a, larger(a, b));
}
template <lane_type V>
SINTER_ALWAYS_INLINE V minimum(V a, V b) {
    return choose(is_nan(a), a, smaller(a, b));
}
template <lane_type V>
SINTER_ALWAYS_INLINE V less(V a, V b) {
    return choose(a < b, V{1}, V{0});
}
template <lane_type V>
SINTER_ALWAYS_INLINE V less_equal(V a, V b) {
    return choose(a <= b, V{1}, V{0});
}
template <lane_type V>
SINTER_ALWAYS_INLINE V equal(V a, V b) {
    return choose(a == b, V{1}, V{0});
}
template <lane_type V>
SINTER_ALWAYS_INLINE V select(V c, V a, V b) {
    return choose(c == V{0}, b, a);
}
template <lane_type V>
SINTER_ALWAYS_INLINE V relu(V a) {
    return choose(a <= V{0}, V{0}, a);
}
template <lane_type V>
SINTER_ALWAYS_INLINE V sign(V a) {
    return choose(V{0} < a, V{1}, choose(a < V{0}, V{-1}, V{0}));
}
template <lane_type V>
SINTER_ALWAYS_INLINE V abs(V a) {
    return V::from_bits(a.bits() & (~typename V::word{0} >> 1));
}

namespace detail {

template <class T>
inline constexpr bool is_float = sizeof(T) == 4;

/// The value for float or for double.
template <lane_type V>
SINTER_ALWAYS_INLINE V number(double single, double twice) {
    return V{static_cast<typename V::value_type>(is_float<typename V::value_type> ? single : twice)};
}

/// Horner's scheme, highest power first.
template <lane_type V, class... Coefficient>
SINTER_ALWAYS_INLINE V polynomial(V x, double first, Coefficient... rest) {
    V y{static_cast<typename V::value_type>(first)};
    ((y = fma(y, x, V{static_cast<typename V::value_type>(rest)})), ...);
    return y;
}

template <class T>
inline constexpr int mantissa_bits = is_float<T> ? 23 : 52;

/// Adding it leaves the nearest whole number in the low bits.
template <lane_type V>
SINTER_ALWAYS_INLINE V rounder() {
    return number<V>(0x1.8p23, 0x1.8p52);
}

/// 2^k for k + rounder() with a normal result.
template <lane_type V>
SINTER_ALWAYS_INLINE V power_of_two(V rounded) {
    return V::from_bits((rounded.bits() << mantissa_bits<typename V::value_type>)+V{1}.bits());
}

}  // namespace detail

template <lane_type V>
SINTER_ALWAYS_INLINE V exp(V x) {
    using namespace detail;
    using T = typename V::value_type;
    x = larger(number<V>(-104, -746), smaller(number<V>(89, 710), x));  // NaN stays
    const V rounded = fma(x, V{static_cast<T>(1.44269504088896340736)}, rounder<V>());
    const V k = rounded - rounder<V>();
    const V r = fnma(k, number<V>(-2.12194440e-4, 1.90821492927058770002e-10),
                     fnma(k, number<V>(0.693359375, 6.93147180369123816490e-01), x));
    V p;
    if constexpr (is_float<T>)
        p = polynomial(r, 0.0001989126851, 0.001393390005, 0.008333310675, 0.04166646267, 0.1666666668, 0.5000000014);
    else
        p = polynomial(r, 1.608678194861306585e-10, 2.091836877654224723e-9, 2.505207067688416354e-8,
                       2.755726265283680034e-7, 2.755731924760984132e-6, 2.480158733702903143e-5,
                       1.984126984126315189e-4, 1.388888888887885308e-3, 8.333333333333334026e-3,
                       4.166666666666667706e-2, 1.666666666666666667e-1, 0.5);
    const V near_one = V{1} + r;
    p = near_one + fma(r * r, p, r - (near_one - V{1}));
    // in two steps, so that neither factor leaves the normal numbers
    const V half = fma(k, V{static_cast<T>(0.5)}, rounder<V>());
    const V rest = (k - (half - rounder<V>())) + rounder<V>();
    return p * power_of_two(half) * power_of_two(rest);
}

template <lane_type V>
SINTER_ALWAYS_INLINE V log(V x) {
    using namespace detail;
    using T = typename V::value_type;
    constexpr int bits = mantissa_bits<T>;
    const auto tiny = x < number<V>(0x1p-126, 0x1p-1022);
    const V scaled = choose(tiny, x * number<V>(0x1p23, 0x1p52), x);
    // x = m * 2^k with sqrt(1/2) <= m < sqrt(2)
    const V root_half = number<V>(0.707106781186547524, 0.707106781186547524);
    const auto shifted = scaled.bits() + (V{1}.bits() - root_half.bits());
    const V whole = V::from_bits((shifted >> bits) | number<V>(0x1p23, 0x1p52).bits());  // 2^bits + k + bias
    const V k =
        whole - choose(tiny, number<V>(0x1p23 + 127 + 23, 0x1p52 + 1023 + 52), number<V>(0x1p23 + 127, 0x1p52 + 1023));
    const V m = V::from_bits((shifted & ((typename V::word{1} << bits) - 1)) + root_half.bits());
    const V f = m - V{1};
    const V high = number<V>(0.693359375, 6.93147180369123816490e-01);
    const V low = number<V>(-2.12194440e-4, 1.90821492927058770002e-10);
    V y;
    if constexpr (is_float<T>) {
        const V z = f * f;
        const V p = polynomial(f, 0.06971620541, -0.1147974863, 0.1168542357, -0.1242568569, 0.1424905714,
                               -0.1666780237, 0.2000071576, -0.2499999696, 0.3333333118);
        y = fma(k, high, f + fma(z, V{static_cast<T>(-0.5)}, fma(k, low, f * z * p)));
    } else {
        const V s = f / (V{2} + f), z = s * s;
        const V p =
            z * polynomial(z, 0.1461781258903621082, 0.1533161128185533118, 0.1818289244579325204,
                           0.2222221108919736804, 0.2857142862625495443, 0.3999999999989888805, 0.6666666666666669708);
        const V half = V{static_cast<T>(0.5)} * f * f;
        y = fma(k, high, f - (half - fma(s, half + p, k * low)));
    }
    const V infinity{static_cast<T>(__builtin_inf())};
    y = choose(x < infinity, y, x);  // infinity and NaN
    return choose(V{0} < x, y, choose(x == V{0}, -infinity, choose(x < V{0}, V{static_cast<T>(__builtin_nan(""))}, y)));
}

template <lane_type V>
SINTER_ALWAYS_INLINE V tanh(V x) {
    using namespace detail;
    using T = typename V::value_type;
    const V a = abs(x), z = x * x;
    V p;
    if constexpr (is_float<T>)
        p = polynomial(z, 0.002292744816, -0.008343945516, 0.02176891865, -0.05395925958, 0.1333330356, -0.3333333317);
    else
        p = polynomial(z, 7.8742743453444191e-6, -0.00003372080112046316375, 0.00009455133052924857961,
                       -0.0002384727248015252131, 0.0005899052969492732996, -0.00145581909715135121,
                       0.003592126769962634705, -0.00886323546314680007, 0.02186948853407390774,
                       -0.05396825396822037454, 0.1333333333333331206, -0.3333333333333333331);
    const V near_zero = fma(a * z, p, a);
    const V limited = smaller(number<V>(10, 20), a);  // NaN stays
    const V away = V{1} - V{2} / (exp(limited + limited) + V{1});
    const V y = choose(a < V{static_cast<T>(0.55)}, near_zero, away);
    return V::from_bits(y.bits() | (x.bits() ^ a.bits()));  // the sign of x, of a zero too
}

template <lane_type V>
SINTER_ALWAYS_INLINE V sigmoid(V x) {
    const V e = exp(-abs(x));  // never above 1
    const V below = V{1} + e, lost = e - (below - V{1});
    const V y = choose(x < V{0}, e, V{1}) / below;
    return fnma(y, lost, y);  // puts back what the sum lost
}

namespace detail {

/// sin (quadrant 0) or cos (quadrant 1) of one number, in double. Beyond 2^19 the standard library reduces the argument.
inline double sine(double x, int quadrant) {
    using V = one_lane<double>;
    if (x == 0) return quadrant == 0 ? x : 1;  // -0 stays
    if (!(__builtin_fabs(x) < 0x1p19)) return quadrant == 0 ? __builtin_sin(x) : __builtin_cos(x);
    const V rounded = fma(V{x}, V{0.63661977236758134308}, rounder<V>()), k = rounded - rounder<V>();
    // pi / 2 in three parts of 33 bits: the first product is exact
    const V r = fnma(k, V{2.02226624871116645580e-21},
                     fnma(k, V{6.07710050630396597660e-11}, fnma(k, V{1.57079632673412561417e+00}, V{x})));
    const V z = r * r;
    const unsigned turn = static_cast<unsigned>(rounded.bits()) + static_cast<unsigned>(quadrant);
    V y;
    if (turn % 2 == 0)
        y = fma(r * z,
                polynomial(z, -7.586636882825159649e-13, 1.605853059664595471e-10, -2.505210622599440069e-8,
                           2.755731921932057977e-6, -1.984126984126504105e-4, 8.333333333333331481e-3,
                           -1.666666666666666667e-1),
                r);
    else
        y = fma(z * z,
                polynomial(z, -1.138254464534925044e-11, 2.087614504941317909e-9, -2.755731726587808004e-7,
                           2.480158729875440117e-5, -1.388888888888738977e-3, 4.166666666666666538e-2),
                fma(z, V{-0.5}, V{1}));
    return turn % 4 < 2 ? y.v : -y.v;
}

template <lane_type V>
inline V sines(V x, int quadrant) {
    typename V::value_type t[V::size];
    x.store(t);
    for (auto& e : t) e = static_cast<typename V::value_type>(sine(static_cast<double>(e), quadrant));
    return V::load(t);
}

}  // namespace detail

template <lane_type V>
inline V sin(V x) {
    return detail::sines(x, 0);
}
template <lane_type V>
inline V cos(V x) {
    return detail::sines(x, 1);
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
