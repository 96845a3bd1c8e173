// SPDX-License-Identifier: BSL-1.0
#pragma once

/// exp, log, tanh, sigmoid, sin, cos on lanes: ours, so that every number of lanes and both compilers give the same
/// bits.
///
/// In and out: lanes<T> or one_lane<T>. Polynomials with an explicit fma, powers of two made from bits, no tables, no
/// branches. Bits are equal under -ffp-contract=off wherever fma rounds once (vector.hpp). Infinities, NaN, overflow
/// and denormals (where the unit does not flush them) are as in the standard library. The constants are minimax and
/// Chebyshev fits. Forms and times: docs/design/0013-functions.md.
///
/// Largest error in ulp, over all floats (tests/kernel/math_sweep.cpp; sin and cos beyond 2^19 are the standard
/// library's) and over samples of double (tests/kernel/math.cpp):
///     float     exp 1.04   log 0.83   tanh 1.75   sigmoid 1.69   sin, cos 0.51
///     double    exp 1.1    log 0.9    tanh 1.9    sigmoid 1.7    sin, cos 1.7

#include <sinter/kernel/fenced.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {
// What the rule table calls and needs no polynomial. NaN, signed zeros and ties are as in `scalar_functions` of
// tensor/elementwise.hpp.

template <lane_type V>
SINTER_ALWAYS_INLINE V maximum(V a, V b) {
    if constexpr (requires { nan_or_larger(a, b); })
        return nan_or_larger(a, b);
    else
        return choose(is_nan(a), a, larger(a, b));
}
template <lane_type V>
SINTER_ALWAYS_INLINE V minimum(V a, V b) {
    if constexpr (requires { nan_or_smaller(a, b); })
        return nan_or_smaller(a, b);
    else
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

/// The same in pairs: half as many steps wait for each other. z is x * x.
template <lane_type V, class... Coefficient>
SINTER_ALWAYS_INLINE V paired(V x, V z, Coefficient... coefficient) {
    constexpr int count = sizeof...(coefficient), first = 2 - count % 2;
    const V c[] = {V{static_cast<typename V::value_type>(coefficient)}...};
    V y = first == 1 ? c[0] : fma(c[0], x, c[1]);
    SINTER_UNROLL
    for (int i = first; i < count; i += 2) y = fma(y, z, fma(c[i], x, c[i + 1]));
    return y;
}

template <class T>
inline constexpr int mantissa_bits = is_float<T> ? 23 : 52;

/// Adding it leaves the nearest whole number in the low bits.
template <lane_type V>
SINTER_ALWAYS_INLINE V rounder() {
    return number<V>(0x1.8p23, 0x1.8p52);
}

/// 2^k, a normal number, for the word k (or a word with more bits above those of an exponent).
template <lane_type V>
SINTER_ALWAYS_INLINE V power_of_two(typename V::words k) {
    return V::from_bits((k << mantissa_bits<typename V::value_type>)+V{1}.bits());
}

/// e^x = 2^k * (1 + q), -0.3 < q < 0.42. The word k may have more bits above those of an exponent.
template <lane_type V>
struct exponential {
    typename V::words k;
    V whole_k, q;
};
template <lane_type V>
SINTER_ALWAYS_INLINE exponential<V> exponential_of(V x) {
    const V rounded = fenced(fma(x, number<V>(1.44269504088896340736, 1.44269504088896340736), rounder<V>()));
    const V k = rounded - rounder<V>();
    const V r = fnma(k, number<V>(-2.12194440e-4, 1.90821492927058770002e-10),
                     fenced(fnma(k, number<V>(0.693359375, 6.93147180369123816490e-01), x)));
    const V z = r * r;
    V p;
    if constexpr (is_float<typename V::value_type>)
        p = paired(r, z, 0.00138144819238, 0.00836877896484, 0.0416683938607, 0.166665201193, 0.499999934141);
    else
        p = paired(r, z, 2.499996526656340572e-8, 2.7630375221902566942e-7, 2.7557587324751147058e-6,
                   2.4801492771600778323e-5, 1.984126950480450047e-4, 1.3888888943914922746e-3,
                   8.3333333334955968032e-3, 4.1666666666529214569e-2, 1.6666666666666410291e-1,
                   0.50000000000000107184);
    return {rounded.bits(), k, fenced(fma(z, p, r))};
}

}  // namespace detail

template <lane_type V>
SINTER_ALWAYS_INLINE V exp(V x) {
    using namespace detail;
    const auto e = exponential_of(larger(number<V>(-104, -746), smaller(number<V>(89, 710), x)));  // NaN stays
    if constexpr (requires { scaled(e.q, e.whole_k); }) {
        return scaled(e.q + V{1}, e.whole_k);
    } else {
        const auto half = e.k >> 1;  // in two steps, so that neither factor leaves the normal numbers
        const V scale = power_of_two<V>(half);
        return fenced(fma(e.q, scale, scale)) * power_of_two<V>(e.k - half);
    }
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
        const V p = paired(f, z, 0.06971620541, -0.1147974863, 0.1168542357, -0.1242568569, 0.1424905714, -0.1666780237,
                           0.2000071576, -0.2499999696, 0.3333333118);
        y = fma(k, high, fenced(f + fma(z, V{static_cast<T>(-0.5)}, fma(k, low, f * z * p))));
    } else {
        const V s = f / (V{2} + f), z = s * s;
        const V p =
            z * polynomial(z, 0.1461781258903621082, 0.1533161128185533118, 0.1818289244579325204,
                           0.2222221108919736804, 0.2857142862625495443, 0.3999999999989888805, 0.6666666666666669708);
        const V half = V{static_cast<T>(0.5)} * f * f;
        y = fma(k, high, fenced(f - fenced(half - fma(s, half + p, k * low))));
    }
    const V infinity{static_cast<T>(__builtin_inf())};
    y = choose(x < infinity, y, infinity);
    return choose(V{0} < x, y, choose(x == V{0}, -infinity, V{static_cast<T>(__builtin_nan(""))}));
}

/// tanh(a) for a = k * log(2) / 2 + r, s = 2^k and t = tanh(r) is (s - 1 + (s + 1) * t) / (s + 1 + (s - 1) * t), here
/// with numerator and denominator halved. Three things keep it within 2 ulp: k grows where k * log(2) / 2 is a quarter
/// above a whole number, so that results below 1/4 have k = 0, which makes them t; the denominator is the numerator and
/// 1 - t, so that the numerator's rounding cancels near 1; r is rounded once.
template <lane_type V>
SINTER_ALWAYS_INLINE V tanh(V x) {
    using namespace detail;
    using T = typename V::value_type;
    const V a = abs(x), limited = smaller(number<V>(10, 20), a);  // NaN stays
    const V rounder_of_halves = number<V>(0x1.8p22, 0x1.8p51);
    const V halves = fma(limited, number<V>(2.88539008177792681472, 2.88539008177792681472), rounder_of_halves);
    const V rounded = V::from_bits(halves.bits() & ~typename V::word{1});
    const V k = rounded - rounder_of_halves;
    V r, p;
    if constexpr (is_float<T> && has_fma)
        r = fnma(k, V{static_cast<T>(0.34657359027997265471)}, limited);
    else
        r = fnma(k, number<V>(-1.06097220e-4, 9.5410746463529385001e-11),
                 fenced(fnma(k, number<V>(0.3466796875, 3.46573590184561908245e-01), limited)));
    const V z = r * r;
    if constexpr (is_float<T>)
        p = polynomial(z, -0.0512708435893834774, 0.13323044765310118065, -0.33333221048168532808);
    else
        p = polynomial(z, -0.0013097036368278912771, 0.0035768472582279427003, -0.0088623985207200232523,
                       0.021869463231187938293, -0.053968253558201474441, 0.13333333333017892199,
                       -0.33333333333332511847);
    const V t = fma(r * z, p, r), half{static_cast<T>(0.5)};
    const V s = V::from_bits((rounded.bits() << (mantissa_bits<T> - 1)) + half.bits());
    const V above = fenced(fma(fenced(s + half), t, fenced(s - half)));
    V y = above / (above + fenced(V{1} - t));
    if constexpr (estimates_quotients) y = smaller(y, V{1});
    return V::from_bits(y.bits() | (x.bits() ^ a.bits()));  // the sign of x, of a zero too
}

/// 1 / (1 + e^|x|) for negative x, else 1 minus that, both parts of the fraction times 2^-(k / 2), which keeps them
/// normal.
template <lane_type V>
SINTER_ALWAYS_INLINE V sigmoid(V x) {
    using namespace detail;
    constexpr int bits = mantissa_bits<typename V::value_type>;
    const auto e = exponential_of(smaller(number<V>(104, 746), abs(x)));  // NaN stays
    const auto lower = V{1}.bits() - (e.k >> 1 << bits);  // of 2^(-(k / 2)), which the other part shares
    const V above = V::from_bits(lower), scale = V::from_bits((e.k << bits) + lower);
    const V sum = fenced(scale + above), lost = above - fenced(sum - scale);
    const V y = above / (fma(e.q, scale, lost) + sum);
    return choose(x < V{0}, y, V{1} - y);
}

namespace detail {

/// sin (quadrant 0) or cos (quadrant 1) of one number, in double. Beyond 2^19 the standard library reduces the
/// argument.
inline double sine(double x, int quadrant) {
    using V = one_lane<double>;
    if (x == 0) return quadrant == 0 ? x : 1;  // -0 stays
    if (!(__builtin_fabs(x) < 0x1p19)) return quadrant == 0 ? __builtin_sin(x) : __builtin_cos(x);
    const V rounded = fenced(fma(V{x}, V{0.63661977236758134308}, rounder<V>())), k = rounded - rounder<V>();
    // pi / 2 in three parts of 33 bits: the first product is exact
    const V r =
        fnma(k, V{2.02226624871116645580e-21},
             fenced(fnma(k, V{6.07710050630396597660e-11}, fenced(fnma(k, V{1.57079632673412561417e+00}, V{x})))));
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
