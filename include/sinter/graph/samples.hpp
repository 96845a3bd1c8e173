// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Sums and means over the samples of a call: `mean_over_samples(loss(x, y, w))`.
///
/// The operand has a value for each sample, the result is one for all of them, of the same shape. How many samples
/// there are is known when a function is called (program/function.hpp). A network may be given its samples in parts,
/// and has none of its own to sum over: there the mistake is recorded. Samples are added in the order of totals over
/// rows, whatever the machine.

#include <sinter/graph/arithmetic.hpp>

namespace sinter {

namespace detail {

/// The number of the scalar that is one over the number of samples.
inline constexpr int one_over_samples = 0;

template <class Operand>
consteval bool require_traced() {
    static_assert(Operand::traced,
                  "a free expression has no samples, so there is no sum over them; write it in a function, "
                  "[](auto x) { return mean_over_samples(x); } (docs/errors.md#value_without_samples)");
    return Operand::traced;
}

}  // namespace detail

/// The sum over all samples.
template <tensor Operand>
constexpr Operand sum_over_samples(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    if constexpr (detail::require_traced<Operand>()) {
        builder& graph = *a.graph;
        if (line.value != 0) graph.line = line.value;
        if (graph.of_function && graph[a.id].rows) return {&graph, graph.sum_over_samples(a.id)};
        graph.fail(graph.of_function ? mistake_kind::value_without_samples : mistake_kind::samples_of_a_network);
    }
    return a;
}

/// The mean over all samples: the sum of x * (1 / n), so that no loop stands behind that over the samples.
template <tensor Operand>
constexpr Operand mean_over_samples(const Operand& a, source_line line = source_line{__builtin_LINE()}) {
    if constexpr (Operand::traced)
        return sum_over_samples(a * expr<shape<>>{a.graph, a.graph->leaf(op::scalar, detail::one_over_samples, {})},
                                line);
    else
        return sum_over_samples(a, line);
}

}  // namespace sinter
