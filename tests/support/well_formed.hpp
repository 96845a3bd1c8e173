// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What every node table is, whoever made it: operands before their readers, shapes as the shape rules say, broadcasts
/// that only stretch, no node twice. `complaint` names what is wrong with a table, or returns nothing.

#include <sinter/graph/node.hpp>
#include <sinter/graph/operations.hpp>

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace sinter_test {

inline std::string shape_complaint(const sinter::table_view& t, int i) {
    using sinter::op;
    const sinter::node& q = t[i];
    if (sinter::is_leaf(q.code)) return {};
    std::vector<sinter::shaped> in;
    sinter::for_operands(t, i, [&](int x) { in.push_back({.shape = t.shape(x), .rows = t[x].rows}); });
    const sinter::shaped own{.shape = t.shape(i), .rows = q.rows},
        out = sinter::shape_rule(q.code, in.data(), q.count, t.attribute(i), own);
    if (out.wrong != sinter::mistake_kind::none)
        return "is a mistake of kind " + std::to_string(static_cast<int>(out.wrong));
    if (!(out.shape == own.shape) || out.rows != own.rows) return "has another shape than its operands give";
    if (q.code == op::broadcast) {
        sinter::shaped both[] = {own, in[0]};
        const sinter::shaped joined = sinter::detail::broadcast_shapes(both, 2);
        if (joined.wrong != sinter::mistake_kind::none || !(joined.shape == own.shape) || joined.rows != own.rows)
            return "broadcasts what does not stretch to it";
        if (in[0].shape == own.shape && in[0].rows == own.rows) return "broadcasts to the shape it has";
    }
    if (q.code == op::pad) {
        sinter::extents cut = own.shape;
        bool holds = true;
        for (int k = 0; k < t.attribute(i).rank; k += 2) {
            const int axis = t.attribute(i)[k], begin = t.attribute(i)[k + 1];
            cut[axis] = in[0].shape[axis];
            holds = holds && begin >= 0 && begin + in[0].shape[axis] <= own.shape[axis];
        }
        if (!holds || !(cut == in[0].shape)) return "pads to less than it holds";
    }
    if (q.code == op::slice) {
        sinter::extents whole = own.shape;
        whole[t.attribute(i)[0]] = in[0].shape[t.attribute(i)[0]];
        if (!(whole == in[0].shape)) return "slices along more than one axis";
    }
    return {};
}

inline std::string complaint(const sinter::table_view& t) {
    std::set<std::tuple<int, bool, std::vector<int>, int, int, int, unsigned long long>> seen;
    for (int i = 0; i < t.node_count; ++i) {
        const sinter::node& q = t[i];
        const std::string name = "node " + std::to_string(i) + " (" + sinter::name_of(q.code) + ") ";
        bool ordered = true;
        sinter::for_operands(t, i, [&](int x) { ordered = ordered && x < i; });
        if (!ordered) return name + "reads a later node";
        if (std::string wrong = shape_complaint(t, i); !wrong.empty()) return name + wrong;
        const std::vector<int> operands(t.operands(i), t.operands(i) + q.count);
        if (!seen.emplace(static_cast<int>(q.code), q.rows, operands, q.shape, q.attribute, q.number,
                          __builtin_bit_cast(unsigned long long, q.value))
                 .second)
            return name + "stands twice";
        for (int j = 0; j < 2; ++j)
            if ((j == 0 ? t.shape(i) : t.attribute(i)).rank > sinter::max_rank + j) return name + "has too many axes";
    }
    return {};
}

}  // namespace sinter_test
