// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Random products of axes of each kind (batch, rows, columns, depth, and samples wherever they may be) of operands
/// that are leaves, views of leaves (transposed, turned round, cut, windows) or computed, with something behind the
/// product.
///
/// Leaves hold small integers, so that a program gives one answer exactly. The same seed gives the same program.

#include "support/random_views.hpp"

namespace sinter_test {

namespace detail {

class products_writer {
public:
    using op = sinter::op;
    using extents = sinter::extents;

    products_writer(std::uint64_t seed, random_views& into) : random_{seed ^ 0x9D0D}, out_{into}, graph_{into.graph} {
        out_.seed = seed;
        out_.rows = 1 + random_.below(5);
    }
    void write() {
        const int chain = 1 + random_.below(2);
        int value = product(-1);
        for (int k = 1; k < chain && graph_.shape(value).rank > 0; ++k) value = product(value);
        out_.terms.push_back(value);
        // What comes back to the product is not the same everywhere.
        value = graph_.record(op::multiply, {value, leaf(graph_.shape(value), graph_[value].rows && chance(50))});
        extents all = sinter::list(0);
        for (int axis = 0; axis < graph_.shape(value).rank; ++axis) all.push(axis);
        int sum = graph_.sum(value, all);
        if (graph_[sum].rows) sum = graph_.sum_over_samples(sum);
        out_.loss = sum;
    }

private:
    bool chance(int percent) { return random_.chance(percent); }
    int extent() { return chance(8) ? 5 + random_.below(36) : 1 + random_.below(3); }

    /// A leaf of a kind that has derivatives, or of samples.
    int leaf(const extents& shape, bool rows) {
        const int number = static_cast<int>(out_.parameters.size());
        if (!rows && chance(50)) {
            out_.parameters.push_back(graph_.leaf(op::parameter, number, shape));
            return out_.parameters.back();
        }
        return graph_.leaf(op::input, inputs_++, shape, rows);
    }
    /// A value of a shape, as few or as many views of a leaf.
    int operand(const extents& shape, bool rows, int depth = 0) {
        if (shape.rank > 1 && depth < 3 && chance(45)) {  // transposed
            extents permutation, from{.rank = shape.rank};
            for (int k = 0; k < shape.rank; ++k) permutation.push(k);
            for (int k = shape.rank - 1; k > 0; --k) std::swap(permutation[k], permutation[random_.below(k + 1)]);
            for (int k = 0; k < shape.rank; ++k) from[permutation[k]] = shape[k];
            return graph_.record(op::transpose, {operand(from, rows, depth + 1)}, permutation);
        }
        if (shape.rank > 1 && shape.rank < 8 && depth < 3 && chance(25)) {  // windows: axis, and the place behind it
            const int axis = random_.below(shape.rank - 1), step = 1 + random_.below(2),
                      dilation = 1 + random_.below(2);
            extents from;
            for (int k = 0; k < shape.rank; ++k)
                if (k != axis + 1)
                    from.push(k != axis
                                  ? shape[k]
                                  : (shape[k] - 1) * step + (shape[k + 1] - 1) * dilation + 1 + random_.below(step));
            return graph_.record(op::windows, {operand(from, rows, depth + 1)},
                                 sinter::list(axis, shape[axis + 1], step, dilation));
        }
        if (shape.rank > 0 && depth < 4 && chance(depth > 0 ? 20 : 5)) {  // with margins
            extents from = shape, at;
            for (int axis = 0; axis < shape.rank; ++axis) {
                const int before = chance(50) ? random_.below(3) : 0, after = chance(50) ? random_.below(3) : 0;
                if (before + after == 0 || before + after >= shape[axis] || at.rank >= 6) continue;
                from[axis] -= before + after;
                at.push(axis), at.push(before);
            }
            if (at.rank > 0) return graph_.record(op::pad, {operand(from, rows, depth + 1)}, at, shape);
        }
        if (shape.rank > 0 && depth < 3 && chance(25)) {
            const int axis = random_.below(shape.rank);
            extents from = shape;
            switch (random_.below(4)) {
                case 0: return graph_.record(op::flip, {operand(shape, rows, depth + 1)}, sinter::list(axis));
                case 1: {
                    const int begin = random_.below(3);
                    from[axis] += begin + random_.below(2);
                    return graph_.record(op::slice, {operand(from, rows, depth + 1)}, sinter::list(axis, begin), shape);
                }
                case 2:
                    if (shape[axis] == 1) break;
                    from[axis] = 1;
                    return graph_.broadcast(operand(from, rows, depth + 1), shape, rows);
                default: return graph_.reshape(operand(sinter::list(shape.size()), rows, depth + 1), shape);
            }
        }
        const int x = leaf(shape, rows);
        return chance(20) ? graph_.record(op::add, {x, leaf(shape, rows && chance(50))}) : x;
    }
    /// A product's result with an axis of the batch behind all others, perhaps cut.
    int with_batch_behind(int y, int batch) {
        const int rank = graph_.shape(y).rank, last = random_.below(batch);
        extents order;
        for (int k = 0; k < rank; ++k)
            if (k != last) order.push(k);
        if (chance(25) && rank > 2) std::swap(order[0], order[random_.below(rank - 1)]);
        order.push(last);
        y = graph_.record(op::transpose, {y}, order);
        for (int k = random_.below(3); k > 0; --k) {
            const int axis = random_.below(rank);
            extents to = graph_.shape(y);
            const int begin = random_.below(to[axis]);
            to[axis] = 1 + random_.below(to[axis] - begin);
            y = graph_.record(op::slice, {y}, sinter::list(axis, begin), to);
        }
        return y;
    }
    /// One of whose operands may be `given`.
    int product(int given) {
        extents batch, rows, columns, depth;
        const auto axes = [&](extents& of, int most) {
            for (int k = random_.below(most + 1); k > 0; --k) of.push(extent());
        };
        sinter::product_axes split{.batch = 0, .depth = 0};
        bool samples = chance(60), right_samples = chance(35);
        int left = given;
        if (given >= 0) {  // the last axes as the depth
            const extents& shape = graph_.shape(given);
            split.batch = shape.rank > 1 ? random_.below(2) : 0;
            split.depth = random_.below(shape.rank - split.batch + 1);
            for (int k = 0; k < shape.rank; ++k)
                (k < split.batch ? batch : k < shape.rank - split.depth ? rows : depth).push(shape[k]);
            samples = graph_[given].rows;
        } else {
            axes(batch, 2), axes(rows, 2), axes(depth, 2);
            split.batch = batch.rank, split.depth = depth.rank;
        }
        if (batch.rank == 0 || chance(60)) axes(columns, 2);
        if (batch.rank + rows.rank + depth.rank == 0) rows.push(2);
        if (batch.rank + columns.rank + depth.rank == 0) columns.push(3);
        const auto together = [](std::initializer_list<const extents*> lists) {
            extents all;
            for (const extents* list : lists)
                for (int k = 0; k < list->rank; ++k) all.push((*list)[k]);
            return all;
        };
        if (given < 0) left = operand(together({&batch, &rows, &depth}), samples);
        const int right = operand(together({&batch, &depth, &columns}), right_samples);
        split.over_samples = samples && right_samples && chance(50);
        int y = graph_.product(left, right, split);
        if (batch.rank > 0 && chance(columns.rank == 0 ? 80 : 20)) y = with_batch_behind(y, batch.rank);
        if (chance(50) && graph_.shape(y).rank > 0)
            y = graph_.record(op::add, {y, leaf(sinter::list(graph_.shape(y).last()), false)});
        if (chance(25)) y = graph_.record(op::multiply, {y, graph_.constant(2)});
        return y;
    }

    random_stream random_;
    random_views& out_;
    sinter::builder& graph_;
    int inputs_ = 0;
};

}  // namespace detail

inline random_views make_random_products(std::uint64_t seed) {
    random_views out;
    detail::products_writer(seed, out).write();
    return out;
}

}  // namespace sinter_test
