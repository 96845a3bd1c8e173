// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A handle on a node without a static shape: what passes and rules compute with.
///
/// `reference` offers the operators and functions that the adjoints of the rule table are written in. A number as
/// operand becomes a constant of the same builder.

#include <sinter/graph/builder.hpp>

namespace sinter {

struct reference {
    builder* graph;
    int id;
};

namespace detail {
constexpr reference record(op code, reference a) { return {a.graph, a.graph->record(code, {a.id})}; }
constexpr reference record(op code, reference a, reference b) { return {a.graph, a.graph->record(code, {a.id, b.id})}; }
constexpr reference constant_like(reference like, double value) { return {like.graph, like.graph->constant(value)}; }
}  // namespace detail

constexpr reference operator+(reference a, reference b) { return detail::record(op::add, a, b); }
constexpr reference operator-(reference a, reference b) { return detail::record(op::subtract, a, b); }
constexpr reference operator*(reference a, reference b) { return detail::record(op::multiply, a, b); }
constexpr reference operator/(reference a, reference b) { return detail::record(op::divide, a, b); }
constexpr reference operator-(reference a) { return detail::record(op::negate, a); }
constexpr reference operator*(double a, reference b) { return detail::constant_like(b, a) * b; }
constexpr reference operator-(double a, reference b) { return detail::constant_like(b, a) - b; }
constexpr reference less(reference a, reference b) { return detail::record(op::less, a, b); }
constexpr reference equal(reference a, reference b) { return detail::record(op::equal, a, b); }
constexpr reference select(reference c, reference a, reference b) {
    return {a.graph, a.graph->record(op::select, {c.id, a.id, b.id})};
}
constexpr reference select(reference c, reference a, double b) { return select(c, a, detail::constant_like(a, b)); }
constexpr reference select(reference c, double a, reference b) { return select(c, detail::constant_like(b, a), b); }
constexpr reference sin(reference a) { return detail::record(op::sin, a); }
constexpr reference cos(reference a) { return detail::record(op::cos, a); }
constexpr reference sign(reference a) { return detail::record(op::sign, a); }

}  // namespace sinter
