// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Runs a node table, scalar, in any arithmetic: the oracle of the kernels and of the adjoints.
///
/// Input: a table, the number of rows, and a function giving each leaf's elements. Output: every node's elements, row
/// major, samples first. `Real` is double (constexpr too), float, or a dual number (tests/support/dual.hpp): values
/// come from the rule table, so nothing is written twice. Effects (store, update) are the identity here.

#include <sinter/graph/node.hpp>
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
            const int samples = sample_count(i), size = table.size(i);
            for (int r = 0; r < samples; ++r)
                for (int e = 0; e < size; ++e) values_.push(element(i, r, e, leaf));
        }
    }
    constexpr int sample_count(int i) const { return table_[i].rows ? rows_ : 1; }
    /// Element e of sample r of node i; a node without rows is the same for all.
    constexpr const Real& at(int i, int r, int e) const {
        return values_[first_[i] + (table_[i].rows ? r : 0) * table_.size(i) + e];
    }

private:
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
    /// Element of x that broadcasts to element e of `shape`.
    constexpr const Real& broadcast(int x, const extents& shape, int r, int e) const {
        const extents& own = table_.shape(x);
        if (own == shape) return at(x, r, e);
        const extents index = unravel(shape, e);
        extents from{.rank = own.rank};
        for (int axis = 0; axis < own.rank; ++axis)
            from[axis] = own[axis] == 1 ? 0 : index[axis + shape.rank - own.rank];
        return at(x, r, ravel(own, from));
    }

    template <class Leaf>
    constexpr Real element(int i, int r, int e, Leaf& leaf) const {
        const node& q = table_[i];
        const extents& shape = table_.shape(i);
        if (is_elementwise(q.code))
            return elementwise_element(q, shape, r, e, std::make_index_sequence<elementwise_count>{});
        switch (q.code) {
            case op::constant: return Real(q.value);
            case op::iota: return Real(static_cast<double>(e % shape.last()));
            case op::sum:
            case op::max: return reduced(q, table_.attribute(i), r, e);
            case op::total: {
                Real total(0.0);
                for (int k = 0; k < sample_count(q.a); ++k) total = total + at(q.a, k, e);
                return total;
            }
            case op::broadcast: return broadcast(q.a, shape, r, e);
            case op::reshape:
            case op::alias:
            case op::stop:
            case op::store:
            case op::update: return at(q.a, r, e);
            case op::transpose: {
                const extents &permutation = table_.attribute(i), index = unravel(shape, e);
                extents from{.rank = shape.rank};
                for (int axis = 0; axis < shape.rank; ++axis) from[permutation[axis]] = index[axis];
                return at(q.a, r, ravel(table_.shape(q.a), from));
            }
            case op::slice: {
                extents index = unravel(shape, e);
                index[table_.attribute(i)[0]] += table_.attribute(i)[1];
                return at(q.a, r, ravel(table_.shape(q.a), index));
            }
            case op::pad: {
                const extents &from = table_.shape(q.a), &where = table_.attribute(i);
                extents index = unravel(shape, e);
                index[where[0]] -= where[1];
                const bool inside = index[where[0]] >= 0 && index[where[0]] < from[where[0]];
                return inside ? at(q.a, r, ravel(from, index)) : Real(0.0);
            }
            case op::concat: {
                const int axis = table_.attribute(i)[0], begin = table_.shape(q.a)[axis];
                extents index = unravel(shape, e);
                if (index[axis] < begin) return at(q.a, r, ravel(table_.shape(q.a), index));
                index[axis] -= begin;
                return at(q.b, r, ravel(table_.shape(q.b), index));
            }
            case op::matmul: return product(q, table_.attribute(i), shape, r, e);
            default: return leaf(q, i, r, e);
        }
    }

    template <std::size_t... Index>
    constexpr Real elementwise_element(const node& q, const extents& shape, int r, int e,
                                       std::index_sequence<Index...>) const {
        using function = Real (interpreter::*)(const node&, const extents&, int, int) const;
        constexpr function functions[] = {
            &interpreter::value_of<static_cast<op>(Index + static_cast<std::size_t>(first_elementwise))>...};
        return (this->*functions[static_cast<int>(q.code) - static_cast<int>(first_elementwise)])(q, shape, r, e);
    }
    template <op Code>
    constexpr Real value_of(const node& q, const extents& shape, int r, int e) const {
        if constexpr (arity_v<Code> == 1)
            return elementwise<Code>.value(broadcast(q.a, shape, r, e));
        else if constexpr (arity_v<Code> == 2)
            return elementwise<Code>.value(broadcast(q.a, shape, r, e), broadcast(q.b, shape, r, e));
        else
            return elementwise<Code>.value(broadcast(q.a, shape, r, e), broadcast(q.b, shape, r, e),
                                           broadcast(q.c, shape, r, e));
    }

    constexpr Real reduced(const node& q, const extents& keep_and_axes, int r, int e) const {
        const extents& from = table_.shape(q.a);
        extents kept = from;
        for (int k = 1; k < keep_and_axes.rank; ++k) kept[keep_and_axes[k]] = 1;
        const extents start = unravel(kept, e);
        Real result(0.0);
        bool first = true;
        for (int k = 0; k < from.size() / kept.size(); ++k) {
            extents index = start;
            for (int axis = keep_and_axes.rank - 1, rest = k; axis > 0; --axis) {
                index[keep_and_axes[axis]] = rest % from[keep_and_axes[axis]];
                rest /= from[keep_and_axes[axis]];
            }
            const Real& x = at(q.a, r, ravel(from, index));
            if (first)
                result = x;
            else if (q.code == op::sum)
                result = result + x;
            else
                result = elementwise<op::maximum>.value(result, x);
            first = false;
        }
        return result;
    }

    constexpr Real product(const node& q, const extents& transposed, const extents& shape, int r, int e) const {
        const bool ta = transposed[0] != 0, tb = transposed[1] != 0;
        const int columns = shape.last(), i = table_[q.a].rows && !ta ? r : e / columns, j = e % columns;
        const auto matrix = [&](int x, int row, int column) -> const Real& {
            return table_[x].rows ? at(x, row, column) : at(x, 0, row * table_.shape(x).last() + column);
        };
        const int left_rows = table_[q.a].rows ? rows_ : table_.size(q.a) / table_.shape(q.a).last();
        const int depth = ta ? left_rows : table_.shape(q.a).last();
        Real sum(0.0);
        for (int k = 0; k < depth; ++k)
            sum = sum + (ta ? matrix(q.a, k, i) : matrix(q.a, i, k)) * (tb ? matrix(q.b, j, k) : matrix(q.b, k, j));
        return sum;
    }

    table_view table_;
    int rows_ = 1;
    meta::vector<int> first_;
    meta::vector<Real> values_;
};

}  // namespace sinter
