// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Random node tables, built at run time: what laws over graphs quantify over.
///
/// `make_random_graph(seed)` gives a builder with one loss: a number without rows over some thirty nodes that use every
/// elementwise operation in every form of broadcasting, reductions, totals, softmax and its kin, views, pads, concats,
/// and products with either side transposed, over columns and over rows. Chance alone rarely writes some forms that
/// passes must tell apart; `written_form` writes these. Extents are 1 to 4, in some of those forms 33 to 70, above two
/// panels of a machine of sixteen lanes. The same seed gives the same graph.
///
/// Values stay small and inside each operation's domain by construction. Operations with kinks read operands that a
/// leaf of their own has moved, so that exact ties do not occur; `near_kink` says whether a value came close to one by
/// chance, where finite differences mean nothing. Nothing here knows what is checked.

#include "support/random_stream.hpp"
#include <sinter/graph/interpreter.hpp>
#include <sinter/meta/math.hpp>

#include <cstdint>
#include <vector>

namespace sinter_test {

/// A node whose elements are distances to a kink. `zeros` of them per sample are exactly 0 and harmless.
struct kink {
    int distance;
    int zeros;
};

struct random_graph {
    sinter::builder graph;
    int loss = -1;
    std::vector<int> parameters;  ///< their nodes
    std::vector<kink> kinks;
    int rows = 1;
    std::uint64_t seed = 0;

    static constexpr int label_count = 3;

    /// An element of a leaf of this graph, of a copy of it, or of its gradient: by kind and number, not by node.
    double leaf(const sinter::node& q, int row, int element) const {
        if (q.code == sinter::op::scalar) return 1.0 / rows;
        random_stream stream = stream_of_element(seed, q, row, element);
        const bool labels = q.code == sinter::op::input && q.number == label_leaf;
        return labels ? stream.below(label_count) : stream.between(-1, 1);
    }
    auto leaves() const {
        return [this](const sinter::node& q, int, int row, int element) { return leaf(q, row, element); };
    }
    /// Some value is closer to a kink than `margin`, given every node's value.
    bool near_kink(const sinter::interpreter<double>& run, double margin) const {
        for (const kink& k : kinks)
            for (int r = 0; r < run.sample_count(k.distance); ++r) {
                int close = 0;
                for (int e = 0; e < graph.shape(k.distance).size(); ++e)
                    close += sinter::math::abs(run.at(k.distance, r, e)) < margin;
                if (close > k.zeros) return true;
            }
        return false;
    }

    static constexpr int label_leaf = 0;  ///< number of the input that holds integers, one per sample
};

namespace detail {

/// Writes a random graph. A term is a node and a bound of its elements' absolute values.
class graph_writer {
public:
    using op = sinter::op;
    using extents = sinter::extents;
    struct term {
        int id;
        double bound;
    };

    graph_writer(std::uint64_t seed, random_graph& into) : random_{seed}, out_{into}, graph_{into.graph} {
        out_.seed = seed;
        out_.rows = 1 + random_.below(5);
    }

    void write(int steps) {
        for (int i = 0; i < 3; ++i) terms_.push_back(new_leaf(random_shape(), i == 0));
        terms_.push_back(parameter(random_shape()));
        for (int i = 0; i < steps; ++i) terms_.push_back(tame(step()));
        out_.loss = close();
    }

private:
    // ---- leaves

    extents random_shape() {
        extents shape;
        for (int rank = random_.below(4); rank > 0; --rank) shape.push(1 + random_.below(4));
        return shape;
    }
    term parameter(const extents& shape) {
        const int id = graph_.leaf(op::parameter, static_cast<int>(out_.parameters.size()), shape);
        out_.parameters.push_back(id);
        return {id, 1};
    }
    term input(const extents& shape, bool rows) { return {graph_.leaf(op::input, ++inputs_, shape, rows), 1}; }
    term number(double value) { return {graph_.constant(value), sinter::math::abs(value)}; }
    term new_leaf(const extents& shape, bool rows) {
        if (rows) return input(shape, true);
        if (shape.rank == 0 && random_.chance(30)) return number(random_.between(-2, 2));
        if (shape.rank == 1 && random_.chance(15)) return scaled({graph_.iota(shape[0]), 4}, 1);
        return random_.chance(60) ? parameter(shape) : input(shape, false);
    }

    // ---- what a term is

    const extents& shape(term t) const { return graph_.shape(t.id); }
    bool rows(term t) const { return graph_[t.id].rows; }
    int rank(term t) const { return shape(t).rank; }
    term any() { return terms_[static_cast<std::size_t>(random_.below(static_cast<int>(terms_.size())))]; }
    /// A recent term of at least this rank; flattened upwards from a number if there is none.
    term any_of_rank(int least) {
        for (int attempt = 0; attempt < 8; ++attempt)
            if (const term t = any(); rank(t) >= least) return t;
        extents shape;
        for (int i = 0; i < least; ++i) shape.push(2 + random_.below(3));
        const term number = any_number(), leaf = new_leaf(shape, random_.chance(40));
        return combine(op::add, number, leaf);
    }
    term any_number() {
        const term t = any();
        return rank(t) == 0 ? t : reduce(op::sum, t, all_axes(t), false);
    }
    extents all_axes(term t) const {
        extents axes;
        for (int axis = 0; axis < rank(t); ++axis) axes.push(axis);
        return axes;
    }

    // ---- keeping values in range

    term scaled(term t, double limit) {
        return t.bound <= limit ? t
                                : term{graph_.record(op::multiply, {t.id, graph_.constant(limit / t.bound)}), limit};
    }
    term tame(term t) { return t.bound <= 4 ? t : scaled(t, 2); }
    /// Between 0.5 and 3.
    term positive(term t) {
        switch (random_.below(3)) {
            case 0: t = apply(op::abs, {moved(scaled(t, 1))}); return plus(t, 0.5);
            case 1: t = scaled(t, 1.5); return plus(combine(op::multiply, t, t), 0.5);
            default: return plus({graph_.record(op::sin, {t.id}), 1}, 1.75);
        }
    }
    term plus(term t, double value) {
        return {graph_.record(op::add, {t.id, graph_.constant(value)}), t.bound + value};
    }
    int sum_of(term a, term b) { return graph_.record(op::add, {a.id, b.id}); }
    /// t plus a leaf of its own, different in each element: no two elements tie, none is exactly 0.
    term moved(term t) {
        const term by = random_.chance(60) ? parameter(shape(t)) : input(shape(t), rows(t));
        return {sum_of(t, by), t.bound + 1};
    }

    // ---- elementwise

    term combine(op code, term a, term b) { return apply(code, {a, b}); }

    /// A partner that broadcasts with t: an existing term, or a leaf whose shape drops, stretches or adds axes.
    term partner(term t) {
        for (int attempt = 0; attempt < 4; ++attempt) {
            const term other = any();
            const sinter::shaped out = joined(graph_, t.id, other.id);
            if (out.wrong == sinter::mistake_kind::none && out.shape.size() <= 48) return other;
        }
        const extents full = shape(t);
        extents own;
        if (full.rank < 3 && random_.chance(25)) own.push(1 + random_.below(3));
        for (int axis = own.rank > 0 ? 0 : random_.below(full.rank + 1); axis < full.rank; ++axis)
            own.push(full[axis] == 1 && random_.chance(50) ? 1 + random_.below(3)
                     : random_.chance(30)                  ? 1
                                                           : full[axis]);
        return new_leaf(own, random_.chance(30));
    }

    term elementwise(op code) {
        const int arity = arity_of(code, std::make_index_sequence<sinter::elementwise_count>{});
        std::vector<term> x{any()};
        while (static_cast<int>(x.size()) < arity) x.push_back(partner(x.size() == 1 ? x[0] : x[random_.chance(50)]));
        if (arity == 3) {
            const sinter::shaped all[] = {graph_.shape_and_rows(x[0].id), graph_.shape_and_rows(x[1].id),
                                          graph_.shape_and_rows(x[2].id)};
            if (sinter::detail::broadcast_shapes(all, 3).wrong != sinter::mistake_kind::none) x[2] = x[1];
        }
        switch (code) {
            case op::exp: x[0] = scaled(x[0], 1.5); break;
            case op::log:
            case op::sqrt: x[0] = positive(x[0]); break;
            case op::divide: x[1] = positive(x[1]); break;
            case op::relu:
            case op::abs:
            case op::sign: x[0] = moved(x[0]); break;
            case op::maximum:
            case op::minimum:
            case op::less:
            case op::less_equal:
            case op::equal: {
                const sinter::shaped out = joined(graph_, x[0].id, x[1].id);
                x[0] = moved({graph_.broadcast(x[0].id, out.shape, out.rows), x[0].bound});
                break;
            }
            case op::select: {
                const term condition = moved(x[0]), threshold = number(random_.between(-0.5, 0.5));
                x[0] = combine(op::less, condition, threshold);
                break;
            }
            case op::add:
            case op::subtract:
            case op::multiply:
            case op::negate:
            case op::fma:
            case op::tanh:
            case op::sigmoid:
            case op::sin:
            case op::cos: break;
            default:  // an operation that is younger than this list: into an interval where most functions behave
                for (term& t : x) t = plus(scaled({graph_.record(op::sin, {t.id}), 1}, 0.25), 0.5);
        }
        return apply(code, x);
    }
    template <std::size_t... Index>
    static int arity_of(op code, std::index_sequence<Index...>) {
        constexpr int arity[] = {
            sinter::arity_v<static_cast<op>(Index + static_cast<std::size_t>(sinter::first_elementwise))>...};
        return arity[static_cast<int>(code) - static_cast<int>(sinter::first_elementwise)];
    }

    /// Records an elementwise operation on operands that suit it, with its kink and its bound.
    term apply(op code, const std::vector<term>& x) {
        const double a = x[0].bound, b = x.size() > 1 ? x[1].bound : 0, c = x.size() > 2 ? x[2].bound : 0;
        std::vector<int> operands;
        for (const term& t : x) operands.push_back(t.id);
        const int id = graph_.record(code, operands.data(), static_cast<int>(operands.size()));
        switch (code) {
            case op::relu:
            case op::abs:
            case op::sign: out_.kinks.push_back({x[0].id, 0}); break;
            case op::maximum:
            case op::minimum:
            case op::less:
            case op::less_equal:
            case op::equal: out_.kinks.push_back({graph_.record(op::subtract, {x[0].id, x[1].id}), 0}); break;
            default: break;
        }
        switch (code) {
            case op::add:
            case op::subtract: return {id, a + b};
            case op::multiply: return {id, a * b};
            case op::divide: return {id, 2 * a};
            case op::fma: return {id, a * b + c};
            case op::maximum:
            case op::minimum: return {id, a > b ? a : b};
            case op::select: return {id, b > c ? b : c};
            case op::exp: return {id, sinter::math::exp(a)};
            case op::negate:
            case op::relu:
            case op::abs: return {id, a};
            case op::log:
            case op::sqrt: return {id, 2};
            case op::less:
            case op::less_equal:
            case op::equal:
            case op::tanh:
            case op::sigmoid:
            case op::sign:
            case op::sin:
            case op::cos: return {id, 1};
            default: return {id, 4};
        }
    }

    // ---- reductions

    term reduce(op code, term t, const extents& axes, bool keep) {
        extents attribute = sinter::list(keep);
        int count = 1;
        for (int i = 0; i < axes.rank; ++i) attribute.push(axes[i]), count *= shape(t)[axes[i]];
        if (axes.rank == 0) return t;
        const int id = graph_.record(code, {t.id}, attribute);
        if (code == op::sum) return {id, count * t.bound};
        extents kept = attribute;
        kept[0] = 1;
        const int largest = graph_.record(op::max, {t.id}, kept);
        out_.kinks.push_back({graph_.record(op::subtract, {t.id, largest}), graph_.shape(largest).size()});
        return {id, t.bound};
    }
    term random_reduction() {
        const term t = any_of_rank(1);
        extents axes;
        for (int axis = 0; axis < rank(t); ++axis)
            if (random_.chance(50)) axes.push(axis);
        if (axes.rank == 0) axes.push(random_.below(rank(t)));
        if (random_.chance(20)) axes = all_axes(t);
        if (axes.rank > 1 && random_.chance(30)) {  // axes come in any order
            const int first = axes[0];
            axes[0] = axes[axes.rank - 1];
            axes[axes.rank - 1] = first;
        }
        const bool keep = random_.chance(50);
        return random_.chance(60) ? reduce(op::sum, t, axes, keep) : reduce(op::max, moved(t), axes, keep);
    }
    term total() {
        const term t = any();
        if (!rows(t)) return combine(op::multiply, t, t);
        return {graph_.sum_over_samples(t.id), out_.rows * t.bound};
    }

    /// softmax, log_softmax, log_sum_exp, cross entropy: the maximum is subtracted as a constant.
    term softmax_like() {
        const term t = scaled(any_of_rank(1), 2);
        const int axis = random_.below(rank(t)), largest = graph_.record(op::max, {t.id}, sinter::list(1, axis)),
                  held = graph_.record(op::stop, {largest}), z = graph_.record(op::subtract, {t.id, held}),
                  e = graph_.record(op::exp, {z}), sum = graph_.record(op::sum, {e}, sinter::list(1, axis));
        switch (random_.below(4)) {
            case 0: return {graph_.record(op::divide, {e, sum}), 1};
            case 1: return {graph_.record(op::subtract, {z, graph_.record(op::log, {sum})}), 6};
            case 2: return {graph_.record(op::add, {graph_.record(op::log, {sum}), held}), 5};
            default: break;
        }
        const term row = scaled(any_of_rank(1), 2);
        const extents classes = sinter::list(random_graph::label_count);
        const term offset = reduce(op::sum, row, all_axes(row), false);
        const int logits = sum_of(input(classes, true), offset),
                  top = graph_.record(op::stop, {graph_.record(op::max, {logits}, sinter::list(0, 0))}),
                  shifted = graph_.record(op::subtract, {logits, top}),
                  log_sum = graph_.record(
                      op::log, {graph_.record(op::sum, {graph_.record(op::exp, {shifted})}, sinter::list(0, 0))}),
                  label =
                      graph_.leaf(op::input, random_graph::label_leaf, extents{}, true, sinter::value_kind::integer),
                  hit = graph_.record(op::equal, {graph_.iota(random_graph::label_count), label}),
                  chosen = graph_.record(op::select, {hit, shifted, graph_.constant(0)});
        return {graph_.record(op::subtract, {log_sum, graph_.record(op::sum, {chosen}, sinter::list(0, 0))}), 20};
    }

    // ---- views and data movement

    term view() {
        const term t = any_of_rank(1);
        const extents from = shape(t);
        switch (random_.below(6)) {
            case 0: {
                extents to;
                if (from.rank < 3 && random_.chance(60)) to.push(1 + random_.below(3));
                for (int axis = 0; axis < from.rank; ++axis)
                    to.push(from[axis] == 1 ? 1 + random_.below(3) : from[axis]);
                return {graph_.broadcast(t.id, to, rows(t) || random_.chance(40)), t.bound};
            }
            case 1: {
                extents to = sinter::list(from.size());
                for (int divisor = 2; divisor < from.size(); ++divisor)
                    if (from.size() % divisor == 0 && random_.chance(50))
                        to = sinter::list(divisor, from.size() / divisor);
                if (to.rank == 2 && random_.chance(30)) to.push(1);
                return {graph_.reshape(t.id, to), t.bound};
            }
            case 2: return {graph_.record(op::transpose, {t.id}, random_permutation(random_, from.rank)), t.bound};
            case 3: {
                extents to = from;
                const int axis = random_.below(from.rank), begin = random_.below(from[axis]);
                to[axis] = 1 + random_.below(from[axis] - begin);
                return {graph_.record(op::slice, {t.id}, sinter::list(axis, begin), to), t.bound};
            }
            case 4: {
                extents to = from;
                const int axis = random_.below(from.rank), begin = random_.below(3);
                to[axis] += begin + random_.below(2);
                return {graph_.record(op::pad, {t.id}, sinter::list(axis, begin), to), t.bound};
            }
            default: {
                extents other = from;
                const int axis = random_.below(from.rank);
                other[axis] = 1 + random_.below(3);
                const term u = random_.chance(20) ? t : rows(t) ? input(other, true) : new_leaf(other, false);
                const bool swap = random_.chance(50);
                const int a = swap ? u.id : t.id, b = swap ? t.id : u.id;
                return {graph_.record(op::concat, {a, b}, sinter::list(axis)), t.bound > 1 ? t.bound : 1};
            }
        }
    }

    // ---- products

    /// t as rows of vectors, a vector, or a matrix.
    term as_operand(term t, int rank_wanted) {
        const extents from = shape(t);
        if (from.rank == rank_wanted) return t;
        const extents to = rank_wanted == 1 ? sinter::list(from.size())
                           : from.rank == 0 ? sinter::list(1, 1)
                                            : sinter::list(from.size() / from.last(), from.last());
        return {graph_.reshape(t.id, to), t.bound};
    }
    term product() {
        const term t = scaled(any(), 1);
        const int width = 1 + random_.below(4);
        const bool flag = random_.chance(50);
        if (rows(t)) {
            const term x = as_operand(t, 1);
            const int depth = shape(x).last();
            if (random_.chance(35)) {  // over the samples: [rows, k] transposed times [rows, n]
                const term y = random_.chance(20) ? x : input(sinter::list(width), true);
                return {graph_.matmul(flag ? y.id : x.id, flag ? x.id : y.id, true, false), out_.rows * x.bound};
            }
            if (flag) return {graph_.matmul(x.id, matrix(width, depth), false, true), depth * x.bound};
            return {graph_.matmul(x.id, matrix(depth, width)), depth * x.bound};
        }
        if (random_.chance(30)) {
            const term x = as_operand(t, 1);
            const int depth = shape(x).last();
            switch (random_.below(3)) {
                case 0: return {graph_.matmul(x.id, matrix(depth, width)), depth * x.bound};
                case 1: return {graph_.matmul(x.id, matrix(width, depth), false, true), depth * x.bound};
                default: return {graph_.matmul(x.id, new_leaf(sinter::list(width), false).id, true, false), x.bound};
            }
        }
        const term x = as_operand(t, 2);
        const bool left = random_.chance(50), transposed = random_.chance(50);  // of x
        const int inner = shape(x)[left == transposed ? 0 : 1];
        const bool other_transposed = flag;
        const int y = left == other_transposed ? matrix(width, inner) : matrix(inner, width);
        return {left ? graph_.matmul(x.id, y, transposed, other_transposed)
                     : graph_.matmul(y, x.id, other_transposed, transposed),
                inner * x.bound};
    }
    /// A leaf, or the transpose of one: the builder turns that into a flag.
    int matrix(int r, int c) {
        if (random_.chance(20))
            return graph_.record(op::transpose, {new_leaf(sinter::list(c, r), false).id}, sinter::list(1, 0));
        return new_leaf(sinter::list(r, c), false).id;
    }

    // ---- forms that chance rarely writes

    int small() { return 2 + random_.below(3); }
    /// Mostly small, in some graphs above two panels.
    int width() {
        if (random_.chance(70)) return small();
        return random_.chance(30) ? 64 : 33 + random_.below(38);
    }
    /// Of several operands, so that a pass computes it in a loop instead of at its readers.
    term computed(term t) {
        const term x = scaled(t, 1);
        return {graph_.record(op::tanh, {graph_.record(op::exp, {sum_of(x, new_leaf(shape(x), rows(x)))})}), 1};
    }
    term transposed(term t) { return {graph_.record(op::transpose, {t.id}, sinter::list(1, 0)), t.bound}; }
    term part(term t, int axis, int begin, int extent) {
        extents to = shape(t);
        to[axis] = extent;
        return {graph_.record(op::slice, {t.id}, sinter::list(axis, begin), to), t.bound};
    }
    term shaped_as(term t, const extents& to) { return {graph_.reshape(t.id, to), t.bound}; }
    op sum_or_product() { return random_.chance(50) ? op::add : op::multiply; }

    /// A value, and its own elements in another order: a transpose of a reshape, or a reshape of a transpose.
    term folded() {
        const int a = small(), b = random_.chance(40) ? a : small() + 2;
        term x = computed(new_leaf(sinter::list(a, b), random_.chance(50)));
        if (random_.chance(40)) {  // rows that sum to 1: what is folded then needs whole rows first
            const term e{graph_.record(op::exp, {x.id}), 3};
            x = {graph_.record(op::divide, {e.id, reduce(op::sum, e, sinter::list(1), true).id}), 1};
        }
        const term y = a == b               ? transposed(x)
                       : random_.chance(50) ? transposed(shaped_as(x, sinter::list(b, a)))
                                            : shaped_as(transposed(x), sinter::list(a, b));
        switch (random_.below(a == b ? 4 : 3)) {
            case 0: return combine(op::add, x, shaped_as(computed(shaped_as(y, sinter::list(a * b))), shape(x)));
            case 3: {
                const term sums = reduce(op::sum, y, sinter::list(1), false), first = part(x, 0, 0, 1);
                return combine(op::multiply, sums, first);
            }
            default: return combine(sum_or_product(), x, y);
        }
    }
    /// A parameter that one expression reads at two indices.
    term read_twice() {
        const int n = width();
        const bool samples = random_.chance(30);
        const term p = random_.chance(50) ? parameter(sinter::list(n)) : parameter(sinter::list(n, n));
        if (rank(p) == 2) {
            if (random_.chance(20)) {
                const bool left = random_.chance(50), right = random_.chance(50);
                return {graph_.matmul(p.id, p.id, left, right), 1.0 * n};
            }
            const term x = combine(sum_or_product(), p, transposed(p));
            return samples && n < 5 ? combine(op::multiply, x, input(shape(x), true)) : x;
        }
        switch (random_.below(3)) {
            case 0: {
                const term head = part(p, 0, 0, n - 1), tail = part(p, 0, 1, n - 1);
                return combine(sum_or_product(), head, tail);
            }
            case 1:
                return n > 4 ? combine(op::add, p, part(p, 0, 1, 1))
                             : combine(op::multiply, shaped_as(p, sinter::list(n, 1)), p);
            default: {
                const term total = reduce(op::sum, combine(op::multiply, p, p), sinter::list(0), random_.chance(50));
                return combine(op::multiply, p, total);
            }
        }
    }
    /// Two loops or products that differ in one number: a depth, a flag, which of two values is read again, along which
    /// axis one is stretched.
    term nearly_equal() {
        const int n = width(), depth = small();
        const bool flag = random_.chance(50), other_flag = flag != random_.chance(30);
        const auto layer = [&](int k, bool transposed_right) {
            const term x = input(sinter::list(k), true), b = parameter(sinter::list(n)),
                       w = parameter(transposed_right ? sinter::list(n, k) : sinter::list(k, n));
            const int product = graph_.matmul(x.id, w.id, false, transposed_right);
            return term{graph_.record(op::tanh, {graph_.record(op::add, {product, b.id})}), 1};
        };
        const auto loop = [&](bool first) {
            const term x = input(sinter::list(n), true), y = parameter(sinter::list(n)), both = combine(op::add, x, y);
            const term z = combine(op::multiply, {graph_.record(op::sin, {both.id}), 1}, first ? x : y);
            return term{graph_.record(op::tanh, {graph_.record(op::exp, {z.id})}), 1};
        };
        const auto stretched = [&](int axis) {
            const term x = input(sinter::list(2, 2, 2), true), p = parameter(sinter::list(2, 2));
            extents to = shape(x);
            to[axis] = 1;
            const term z = combine(op::multiply, x, shaped_as(p, to));
            return term{graph_.record(op::tanh, {graph_.record(op::exp, {z.id})}), 1};
        };
        if (random_.chance(60)) {
            const bool flat = random_.chance(50);
            const int axis = random_.below(2);
            const term one = flat ? loop(true) : stretched(axis), other = flat ? loop(false) : stretched(axis + 1);
            return combine(sum_or_product(), one, other);
        }
        const term one = layer(depth, flag), other = layer(depth + 1, other_flag);
        return random_.chance(50) ? combine(op::multiply, one, other) : combine(op::add, scaled(one, 1), other);
    }
    /// A parameter that one product reads as its right operand, which likes panels, and something else in another
    /// order: along columns, transposed, cut, reshaped, per outer index, or only in the gradient.
    term read_across() {
        const int k = small(), n = width();
        const bool samples = random_.chance(70);
        const term p = parameter(sinter::list(k, n));
        const auto product = [&](term w) {
            const term x = input(sinter::list(k), samples);
            return term{graph_.matmul(x.id, w.id), k * w.bound};
        };
        const auto columns = [&](term t) { return reduce(op::sum, t, sinter::list(0), random_.chance(50)); };
        term other{};
        switch (random_.below(8)) {
            case 0: {  // computed where it is read, until a product wants it in a buffer
                const term u{graph_.record(op::multiply, {p.id, graph_.constant(random_.between(0.5, 1))}), 1};
                const term sums = columns(u);
                other = combine(op::add, sums, product(u));
                break;
            }
            case 1: other = columns(combine(op::multiply, p, new_leaf(sinter::list(n), false))); break;
            case 2: other = columns(shaped_as(transposed(p), sinter::list(k, n))); break;
            case 3:
                other = transposed(p);
                other = combine(op::multiply, other, new_leaf(sinter::list(n, k), false));
                other = reduce(op::sum, other, sinter::list(1), false);
                break;
            case 4: {  // one value per element of p, from a longer tensor
                const term x = computed(input(sinter::list(k, n, 2), false));
                other = columns(combine(op::multiply, reduce(op::sum, x, sinter::list(2), false), p));
                break;
            }
            case 5: {  // a gain, whose gradient sums along columns
                const term gain = parameter(random_.chance(50) ? sinter::list(n) : sinter::list(k, 1));
                other = product(combine(op::multiply, p, gain));
                break;
            }
            case 6:
                other = shaped_as(p, sinter::list(k * n));
                other = combine(op::multiply, other, new_leaf(sinter::list(k * n), false));
                other = reduce(op::sum, other, sinter::list(0), false);
                break;
            default: {  // columns that sum to 1
                const term positive = computed(p), e = combine(op::add, positive, number(1.5));
                other = product({graph_.record(op::divide, {e.id, reduce(op::sum, e, sinter::list(0), true).id}), 1});
            }
        }
        other = scaled(other, 1);
        return combine(op::multiply, other, product(p));
    }
    /// A product of a matrix that is cut out of something longer, or of labels.
    term cut_matrix() {
        extents whole;
        for (int k = 0; k < 3; ++k) whole.push(small());
        const int axis = random_.below(3);
        extents to;
        for (int k = 0; k < 3; ++k)
            if (k != axis) to.push(whole[k]);
        const term tensor = new_leaf(whole, false),
                   x = shaped_as(part(tensor, axis, random_.below(whole[axis]), 1), to);
        const term label{graph_.leaf(op::input, random_graph::label_leaf, extents{}, true, sinter::value_kind::integer),
                         2};
        if (random_.chance(20)) {
            const term row = shaped_as(label, sinter::list(1));
            return {graph_.matmul(row.id, matrix(1, width())), 2};
        }
        const bool flag = random_.chance(50);
        const term y = input(sinter::list(to[flag ? 1 : 0]), true);
        return {graph_.matmul(y.id, x.id, false, flag), 1.0 * shape(y).last()};
    }
    /// A value and its total over the samples, in one expression, as in a normalisation by them.
    term centred() {
        const term x = computed(input(random_shape(), true)), total{graph_.sum_over_samples(x.id), 1.0 * out_.rows};
        if (random_.chance(50)) return combine(sum_or_product(), x, total);
        const int share = graph_.leaf(op::scalar, 0, extents{});
        return combine(op::subtract, x, {graph_.record(op::multiply, {total.id, share}), 1});
    }
    term wide_layer() {
        const int k = small(), n = width(), m = random_.chance(30) ? width() : small();
        const bool samples = random_.chance(70);
        const term x = random_.chance(50) ? scaled(as_operand(any(), 1), 1) : input(sinter::list(k), samples);
        const term w = parameter(sinter::list(shape(x).last(), n));
        const term y{graph_.matmul(x.id, w.id), 1};
        term h{graph_.record(op::tanh, {sum_of(y, new_leaf(sinter::list(n), false))}), 1};
        if (random_.chance(30)) h = combine(op::add, h, computed(h));
        if (random_.chance(30)) h = part(h, 0, n / 3, n - n / 3);
        return {random_.chance(50) ? graph_.matmul(h.id, matrix(shape(h).last(), m))
                                   : graph_.matmul(h.id, matrix(m, shape(h).last()), false, true),
                shape(h).last() * h.bound};
    }
    term written_form() {
        switch (random_.below(7)) {
            case 0: return folded();
            case 1: return read_twice();
            case 2: return nearly_equal();
            case 3: return read_across();
            case 4: return cut_matrix();
            case 5: return centred();
            default: return wide_layer();
        }
    }

    term step() {
        if (random_.chance(12)) return written_form();
        const int dice = random_.below(100);
        if (dice < 50)
            return elementwise(static_cast<op>(static_cast<int>(sinter::first_elementwise) +
                                               random_.below(sinter::elementwise_count)));
        if (dice < 60) return random_reduction();
        if (dice < 64) return total();
        if (dice < 70) return softmax_like();
        if (dice < 85) return view();
        if (dice < 98) return product();
        const term t = any();
        return {graph_.alias(t.id), t.bound};
    }

    /// The loss: every term that nobody reads, weighted by a leaf and summed over its elements and over the samples.
    int close() {
        std::vector<char> read(static_cast<std::size_t>(graph_.size()));
        for (int i = 0; i < graph_.size(); ++i)
            for (int k = 0; k < graph_[i].count; ++k) read[static_cast<std::size_t>(graph_.operand(i, k))] = 1;
        int loss = -1;
        for (const term t : terms_) {
            if (read[static_cast<std::size_t>(t.id)] != 0 && t.id != terms_.back().id) continue;
            term part = random_.chance(60) ? combine(op::multiply, t, new_leaf(shape(t), rows(t))) : t;
            part = reduce(op::sum, part, all_axes(part), false);
            if (rows(part)) {
                part = {graph_.sum_over_samples(part.id), part.bound};
                if (random_.chance(70))
                    part.id = graph_.record(op::multiply, {part.id, graph_.leaf(op::scalar, 0, extents{})});
            }
            loss = loss < 0 ? part.id : graph_.record(op::add, {loss, part.id});
        }
        return loss;
    }

    random_stream random_;
    random_graph& out_;
    sinter::builder& graph_;
    std::vector<term> terms_;
    int inputs_ = random_graph::label_leaf;
};

}  // namespace detail

/// The graph of this seed: `steps` random operations, and what they and the loss need beside.
inline random_graph make_random_graph(std::uint64_t seed, int steps = 14) {
    random_graph g;
    detail::graph_writer(seed, g).write(steps);
    return g;
}

}  // namespace sinter_test
