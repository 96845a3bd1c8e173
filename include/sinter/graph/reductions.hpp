// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Sums, means, extremes, variances and softmax over any axes of a sample.
///
/// `sum<0, 2>(x)` is over axes 0 and 2, `sum(x)` over all. The axes are removed; `sum<0>(x, keep_extents)` leaves them
/// as axes of one element, so that the result broadcasts with x. Axes count from 0; negative ones from the end.

#include <sinter/graph/arithmetic.hpp>

namespace sinter {

struct keep_extents_tag {};
/// Reduced axes stay, with extent 1: x - mean<0>(x, keep_extents).
inline constexpr keep_extents_tag keep_extents{};

template <int Count>
struct correction_tag {};
/// What a variance over n elements subtracts from n before it divides: correction<1> is PyTorch's and R's default,
/// correction<0> numpy's, JAX's, and that of batch and layer normalisation.
template <int Count>
inline constexpr correction_tag<Count> correction{};

namespace detail {

template <class Operand, int Keep, class All, int... Axis>
struct axes_of {
    using type = attributes<Keep, axis_of<Operand, Axis>...>;
    static constexpr double count = [] {
        double n = 1;
        for (int axis : {axis_of<Operand, Axis>...})
            if (axis >= 0 && axis < rank_of<Operand>) n *= shape_of<Operand>::extent(axis);
        return n;
    }();
};
template <class Operand, int Keep, int... All>
struct axes_of<Operand, Keep, std::integer_sequence<int, All...>> {
    using type = attributes<Keep, All...>;
    static constexpr double count = shape_of<Operand>::size;
};
/// {keep, axes...}; no axes given means all of them.
template <class Operand, int Keep, int... Axis>
using axes = axes_of<Operand, Keep, std::make_integer_sequence<int, rank_of<Operand>>, Axis...>;

template <op Code, int Keep, int... Axis, class Operand>
constexpr auto reduce(const Operand& a, source_line line) {
    using list = typename axes<Operand, Keep, Axis...>::type;
    static_assert(is_traced<Operand> || fits<Code, list, shape<>, Operand>,
                  "sum, mean, max, softmax: no such axis (docs/errors.md#axis_out_of_range)");
    if constexpr (list::value.rank > 1) {
        return apply<Code, list>(line, a);
    } else {  // a number per sample already
        if constexpr (is_traced<Operand>)
            if (a.graph->of_elements) {
                a.graph->line = line.value;
                a.graph->fail(mistake_kind::rule_needs_whole_parameters);
            }
        return a;
    }
}
template <int Keep, int... Axis, class Operand>
constexpr auto reduced_mean(const Operand& a, source_line line) {
    return reduce<op::sum, Keep, Axis...>(a, line) * (1.0 / axes<Operand, Keep, Axis...>::count);
}
template <int Correction, class Operand, int... Axis>
inline constexpr bool has_variance = 0 <= Correction && Correction < axes<Operand, 0, Axis...>::count;
/// Sum of squared distances from the mean, over n - Correction.
template <int Correction, int Keep, int... Axis, class Operand>
constexpr auto reduced_variance(const Operand& a, source_line line) {
    constexpr double count = axes<Operand, 0, Axis...>::count;
    const auto distance = a - reduced_mean<1, Axis...>(a, line);
    return reduce<op::sum, Keep, Axis...>(distance * distance, line) *
           (1.0 / (count > Correction ? count - Correction : 1));
}

}  // namespace detail

/// The sum over the given axes, or over all: sum<0>(x), sum(x).
template <int... Axis, tensor Operand>
constexpr auto sum(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduce<op::sum, 0, Axis...>(a, line);
}
template <int... Axis, tensor Operand>
constexpr auto sum(const Operand& a, keep_extents_tag, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduce<op::sum, 1, Axis...>(a, line);
}
template <int... Axis, tensor Operand>
constexpr auto mean(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduced_mean<0, Axis...>(a, line);
}
template <int... Axis, tensor Operand>
constexpr auto mean(const Operand& a, keep_extents_tag, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduced_mean<1, Axis...>(a, line);
}
/// The largest element over the given axes, or over all. Ties share the gradient evenly.
template <int... Axis, tensor Operand>
constexpr auto(max)(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduce<op::max, 0, Axis...>(a, line);
}
template <int... Axis, tensor Operand>
constexpr auto(max)(const Operand& a, keep_extents_tag, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduce<op::max, 1, Axis...>(a, line);
}
/// The smallest element over the given axes, or over all. Ties share the gradient evenly.
template <int... Axis, tensor Operand>
constexpr auto(min)(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return -detail::reduce<op::max, 0, Axis...>(-a, line);
}
template <int... Axis, tensor Operand>
constexpr auto(min)(const Operand& a, keep_extents_tag, source_line line = source_line{__builtin_LINE()}) {
    return -detail::reduce<op::max, 1, Axis...>(-a, line);
}
/// The mean of squared distances from the mean: over n elements the sum is divided by n, as normalisations do it.
/// variance<0>(x, correction<1>) divides by n - 1, which is torch.var(x, 0).
template <int... Axis, tensor Operand>
constexpr auto variance(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduced_variance<0, 0, Axis...>(a, line);
}
template <int... Axis, tensor Operand>
constexpr auto variance(const Operand& a, keep_extents_tag, source_line line = source_line{__builtin_LINE()}) {
    return detail::reduced_variance<0, 1, Axis...>(a, line);
}
template <int... Axis, tensor Operand, int Count>
constexpr auto variance(const Operand& a, correction_tag<Count>, source_line line = source_line{__builtin_LINE()}) {
    static_assert(detail::has_variance<Count, Operand, Axis...>,
                  "variance(x, correction<C>) divides by the number of elements less C, which must be positive "
                  "(docs/errors.md#correction_too_large)");
    return detail::reduced_variance<Count, 0, Axis...>(a, line);
}
template <int... Axis, tensor Operand, int Count>
constexpr auto variance(const Operand& a, correction_tag<Count>, keep_extents_tag,
                        source_line line = source_line{__builtin_LINE()}) {
    static_assert(detail::has_variance<Count, Operand, Axis...>,
                  "variance(x, correction<C>) divides by the number of elements less C, which must be positive "
                  "(docs/errors.md#correction_too_large)");
    return detail::reduced_variance<Count, 1, Axis...>(a, line);
}

// ---- softmax and its kin, along the last axis or the given ones, safe for any finite input: the maximum is subtracted
// first. It is taken as a constant, which leaves every derivative exact because the functions do not change when their
// input is shifted.

namespace detail {
/// reduce over the given axes, or along the last one.
template <op Code, int Keep, int... Axis, class Operand>
constexpr auto reduce_along(const Operand& a, source_line line) {
    if constexpr (sizeof...(Axis) == 0)
        return reduce<Code, Keep, -1>(a, line);
    else
        return reduce<Code, Keep, Axis...>(a, line);
}
template <int... Axis, class Operand>
constexpr auto shifted(const Operand& a, source_line line) {
    return a - stop(reduce_along<op::max, 1, Axis...>(a, line), line);
}
}  // namespace detail

/// exp(a) / sum(exp(a)) along the last axis; softmax<0, 1>(a) over axes 0 and 1 together.
template <int... Axis, tensor Operand>
constexpr auto softmax(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    const auto e = exp(detail::shifted<Axis...>(a, line), line);
    return e / detail::reduce_along<op::sum, 1, Axis...>(e, line);
}
/// log(softmax(a)) along the last axis, or over the given ones.
template <int... Axis, tensor Operand>
constexpr auto log_softmax(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    const auto z = detail::shifted<Axis...>(a, line);
    return z - log(detail::reduce_along<op::sum, 1, Axis...>(exp(z, line), line), line);
}
/// log(sum(exp(a))) along the last axis, or over the given ones, which are removed. An infinite maximum is not
/// subtracted: it is the result.
template <int... Axis, tensor Operand>
constexpr auto log_sum_exp(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    const auto finite = [line](auto top) {
        return stop(select(equal(abs(top, line), __builtin_inf(), line), 0.0, top, line), line);
    };
    const auto z = a - finite(detail::reduce_along<op::max, 1, Axis...>(a, line));
    return log(detail::reduce_along<op::sum, 0, Axis...>(exp(z, line), line), line) +
           finite(detail::reduce_along<op::max, 0, Axis...>(a, line));
}

}  // namespace sinter
