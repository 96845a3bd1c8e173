// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A table with bodies as nodes → the same table with their nodes in it: they get groups and buffers as others.
///
/// Bodies that an update splices, element by element, stay bodies (plan/emit.hpp).
/// Law: a table and its inlined one compute the same values (tests/laws/bodies.cpp).

#include <sinter/graph/canonical.hpp>

namespace sinter {

/// Whether a body is to be inlined.
constexpr bool has_bodies(const table_view& t) {
    if (t.body_count == 0) return false;
    for (int i = 0; i < t.node_count; ++i)
        if (t.nodes[i].code == op::body) return true;
    return false;
}

namespace detail {

/// The nodes of a body whose inputs are the nodes `x`; `image` gets its results.
constexpr void inline_body(const table_view& body, const int* x, builder& to, meta::vector<int>& image) {
    list_copier list(body, to);
    meta::vector<int> at(body.node_count), operands;
    for (int i = 0; i < body.node_count; ++i) {
        node q = body[i];
        if (q.code == op::input) {
            at[i] = x[q.number];
            continue;
        }
        operands.extend(q.count);
        for (int k = 0; k < q.count; ++k) operands[k] = at[body.operand(i, k)];
        q.shape = list(q.shape);
        q.attribute = list(q.attribute);
        at[i] = to.adopt(q, operands.begin());
    }
    for (int k = 0; k < body.output_count; ++k) image.push(at[body.outputs[k]]);
}

}  // namespace detail

/// Copies the nodes of `from`, all of whose results are read, into `to`, an empty builder.
constexpr void inline_bodies(const table_view& from, builder& to) {
    detail::list_copier list(from, to);
    for (int k = 0; k < from.body_count; ++k) to.own(from.bodies[k]);
    meta::vector<int> image(from.node_count), results, operands;
    for (int i = 0; i < from.node_count; ++i) {
        node q = from[i];
        if (q.code == op::result) {
            image[i] = results[image[from.operand(i)] + q.number];
            continue;
        }
        operands.extend(q.count);
        for (int k = 0; k < q.count; ++k) operands[k] = image[from.operand(i, k)];
        if (q.code == op::body) {
            image[i] = results.size();
            detail::inline_body(from.bodies[q.number], operands.begin(), to, results);
            continue;
        }
        q.shape = list(q.shape);
        q.attribute = list(q.attribute);
        image[i] = to.adopt(q, operands.begin());
    }
}

}  // namespace sinter
