// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Runs a node table, scalar, in any arithmetic: the oracle of the kernels and of the adjoints.
///
/// Input: a table, the number of rows, and a function giving each leaf's elements. Output: every node's elements, row
/// major, samples first. `Real` is double (constexpr too), float, or a dual number (tests/support/dual.hpp): values
/// come from the operations' lines, so nothing is written twice. Effects are the identity here.

#include <sinter/graph/operations.hpp>
#include <sinter/meta/vector.hpp>
#include <sinter/tensor/elementwise.hpp>

namespace sinter {

template <class Real>
class interpreter {
public:
    /// `leaf(node, index, row, element)` gives an element of a leaf other than a constant or iota.
    template <class Leaf>
    constexpr void run(const table_view& table, int rows, Leaf leaf) {
        table_ = table;
        rows_ = rows;
        first_.truncate(0);
        values_.truncate(0);
        for (int i = 0; i < table.node_count; ++i) {
            first_.push(values_.size());
            if (table[i].code == op::body) {
                run_body(i, leaf);
                continue;
            }
            const int samples = sample_count(i), size = table.size(i);
            for (int r = 0; r < samples; ++r)
                for (int e = 0; e < size; ++e) values_.push(element(i, r, e, leaf));
        }
    }
    constexpr int sample_count(int i) const { return table_[i].rows ? rows_ : 1; }
    constexpr int operand(int i, int k = 0) const { return table_.operand(i, k); }
    /// Element e of sample r of node i; a node without rows is the same for all.
    constexpr const Real& at(int i, int r, int e) const {
        return values_[first_[i] + (table_[i].rows ? r : 0) * table_.size(i) + e];
    }

private:
    /// A body's inputs are the operands, its scalars are the table's.
    struct leaf_of_body {
        const interpreter* outside;
        int body;
        const meta::vector<Real>* scalars;  // per node of the body
        constexpr Real operator()(const node& q, int x, int r, int e) const {
            return q.code == op::input ? outside->at(outside->operand(body, q.number), r, e) : (*scalars)[x];
        }
    };
    /// The results of body i, one behind the other.
    template <class Leaf>
    constexpr void run_body(int i, Leaf& leaf) {
        const table_view body = table_.bodies[table_[i].number];
        meta::vector<Real> scalars;
        for (int x = 0; x < body.node_count; ++x)
            scalars.push(body[x].code == op::scalar ? leaf(body[x], x, 0, 0) : Real(0.0));
        interpreter inside;
        inside.run(body, 1, leaf_of_body{this, i, &scalars});
        for (int k = 0; k < body.output_count; ++k)
            for (int e = 0; e < body.size(body.outputs[k]); ++e) values_.push(inside.at(body.outputs[k], 0, e));
    }
    constexpr const Real& element_of_result(int i, int e) const {
        const table_view body = table_.bodies[table_[operand(i)].number];
        int first = first_[operand(i)];
        for (int k = 0; k < table_[i].number; ++k) first += body.size(body.outputs[k]);
        return values_[first + e];
    }

    /// The multi-index of element e of a shape.
    static constexpr extents unravel(const extents& shape, int e) {
        extents index{.rank = shape.rank};
        for (int axis = shape.rank - 1; axis >= 0; e /= shape[axis--]) index[axis] = e % shape[axis];
        return index;
    }
    static constexpr int ravel(const extents& shape, const extents& index) {
        int e = 0;
        for (int axis = 0; axis < shape.rank; ++axis) e = e * shape[axis] + index[axis];
        return e;
    }
    /// The element of x that `m` reads at element e of `shape`.
    constexpr const Real& mapped(int x, const index_map& m, const extents& shape, int r, int e) const {
        const extents index = unravel(shape, e);
        extents from{.rank = m.rank};
        for (int axis = 0; axis < m.rank; ++axis) from[axis] = m.at(axis, index);
        return at(x, r, ravel(table_.shape(x), from));
    }
    /// Element of x that broadcasts to element e of `shape`.
    constexpr const Real& broadcast(int x, const extents& shape, int r, int e) const {
        const extents& own = table_.shape(x);
        return own == shape ? at(x, r, e) : mapped(x, broadcast_map(identity_map(shape), own), shape, r, e);
    }

    template <class Leaf>
    constexpr Real element(int i, int r, int e, Leaf& leaf) const {
        const node& q = table_[i];
        switch (kind_of(q.code)) {
            case op_kind::leaf:
                if (q.code == op::constant) return Real(q.value);
                if (q.code == op::iota) return Real(static_cast<double>(e % table_.shape(i).last()));
                return leaf(q, i, r, e);
            case op_kind::mark:
            case op_kind::effect: return at(operand(i), r, e);
            case op_kind::body: return element_of_result(i, e);
            case op_kind::elementwise: return elementwise_element(i, r, e, elementwise_indices{});
            case op_kind::view:
                if (q.code == op::margins && !is_inside(i, e)) return Real(0.0);
                return mapped(operand(i), view_map(table_, i), table_.shape(i), r, e);
            case op_kind::movement: return moved(i, r, e);
            case op_kind::reshape: return at(operand(i), r, e);
            case op_kind::reduction: return reduced(i, r, e);
            case op_kind::contraction: return product(i, r, e);
            case op_kind::none:
            case op_kind::access: break;
        }
        return Real(0.0);  // no node is of these kinds
    }

    /// Whether element e of a value with margins is one of its operand.
    constexpr bool is_inside(int i, int e) const {
        const extents index = unravel(table_.shape(i), e), &own = table_.shape(operand(i)), &at = table_.attribute(i);
        bool inside = true;
        for (int k = 0; k < at.rank; k += 2)
            inside = inside && index[at[k]] >= at[k + 1] && index[at[k]] < at[k + 1] + own[at[k]];
        return inside;
    }
    /// Sample r's element e of reduction i; of one over samples the same for all.
    constexpr Real reduced(int i, int r, int e) const {
        const extents &axes = table_.attribute(i), &from = table_.shape(operand(i));
        extents kept = from;
        for (int k = 1; k < axes.rank; ++k) kept[axes[k]] = 1;
        const extents start = unravel(kept, e);
        const bool samples = (axes[0] & over_samples) != 0;
        const int each = from.size() / kept.size(), all = samples ? each * sample_count(operand(i)) : each;
        Real result(0.0);
        for (int k = 0; k < all; ++k) {
            extents index = start;
            for (int axis = axes.rank - 1, rest = k % each; axis > 0; --axis) {
                index[axes[axis]] = rest % from[axes[axis]];
                rest /= from[axes[axis]];
            }
            const Real& x = at(operand(i), samples ? k / each : r, ravel(from, index));
            if (k == 0)
                result = x;
            else if (table_[i].code == op::sum)
                result = result + x;
            else
                result = elementwise<op::maximum>.value(result, x);
        }
        return result;
    }
    /// Sample r's element e of product i.
    constexpr Real product(int node, int r, int e) const {
        const product_axes axes = axes_of_product(table_.attribute(node));
        const int a = operand(node), b = operand(node, 1);
        const extents &left = table_.shape(a), &right = table_.shape(b);
        const int columns = right.size_from(axes.batch + axes.depth), apart = axes.paired ? columns : 1;
        const int depth = axes.paired ? right.size_from(axes.batch) / columns : left.size_from(left.rank - axes.depth);
        const int rows = left.size_from(axes.batch) / (depth * apart), samples = axes.over_samples ? rows_ : 1;
        const int i = e / columns, batch = i / rows, j = e % columns;
        Real sum(0.0);
        for (int k = 0; k < samples * depth; ++k) {
            const int sample = axes.over_samples ? k / depth : r, inner = k % depth;
            sum = sum + at(a, sample, (i * depth + inner) * apart + (axes.paired ? j : 0)) *
                            at(b, sample, (batch * depth + inner) * columns + j);
        }
        return sum;
    }
    /// An element of what was written in parts: of the part that it lies in, or 0.
    constexpr Real moved(int i, int r, int e) const {
        for (int k = 0; k < table_[i].count; ++k) {
            const movement_place to = place_of_part(table_, i, k);
            if (to.everywhere) return at(operand(i, k), r, 0);
            const extents& from = table_.shape(operand(i, k));
            extents index = unravel(table_.shape(i), e);
            bool inside = true;
            for (int axis = 0; axis < from.rank; ++axis) {
                const int distance = index[axis] - to.begin[axis], step = to.step[axis];
                inside = inside && distance >= 0 && distance % step == 0 && distance / step < from[axis];
                index[axis] = distance / step;
            }
            if (inside) return at(operand(i, k), r, ravel(from, index));
        }
        return Real(0.0);
    }

    using elementwise_indices = std::make_index_sequence<static_cast<std::size_t>(elementwise_count)>;
    using element_function = Real (interpreter::*)(int, int, int) const;
    template <std::size_t... Index>
    constexpr Real elementwise_element(int i, int r, int e, std::index_sequence<Index...>) const {
        constexpr element_function functions[] = {
            &interpreter::value_of<static_cast<op>(Index + static_cast<std::size_t>(first_elementwise))>...};
        return (this->*functions[static_cast<int>(table_[i].code) - static_cast<int>(first_elementwise)])(i, r, e);
    }
    template <op Code>
    constexpr Real value_of(int i, int r, int e) const {
        return [&]<std::size_t... K>(std::index_sequence<K...>) {
            return elementwise<Code>.value(broadcast(operand(i, K), table_.shape(i), r, e)...);
        }(std::make_index_sequence<static_cast<std::size_t>(arity_v<Code>)>{});
    }
    table_view table_;
    int rows_ = 1;
    meta::vector<int> first_;
    meta::vector<Real> values_;
};

}  // namespace sinter
