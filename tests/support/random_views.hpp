// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Random programs out of views: windows, strides, flips, dilations, diagonals, slices, transpositions, broadcasts,
/// reshapes, pads and concats, with sums and maxima over any axes and elementwise operations between.
///
/// Leaves hold small integers, and every value stays an integer below 2^22, so that a program gives one answer exactly,
/// whatever the order of its sums, in float too. Where a program is asked for real numbers, its leaves are real. Some
/// axes are longer than two panels of a machine of sixteen lanes. The same seed gives the same program.

#include "support/random_stream.hpp"

#include <cstdint>
#include <vector>

namespace sinter_test {

struct random_views {
    sinter::builder graph;
    std::vector<int> terms;  ///< what was written, in order
    std::vector<int> parameters;
    int loss = -1;  ///< a number without rows
    int rows = 1;
    bool smooth = true;  ///< no maxima, comparisons, or choices
    bool whole = true;   ///< leaves are integers
    std::uint64_t seed = 0;

    double leaf(const sinter::node& q, int row, int element) const {
        random_stream stream = stream_of_element(seed, q, row, element);
        return whole ? stream.below(7) - 3 : stream.between(-1, 1);
    }
    auto leaves() const {
        return [this](const sinter::node& q, int, int row, int element) { return leaf(q, row, element); };
    }
};

namespace detail {

class views_writer {
public:
    using op = sinter::op;
    using extents = sinter::extents;
    struct term {
        int id;
        double bound;
    };

    views_writer(std::uint64_t seed, bool smooth, bool proxies, random_views& into)
        : random_{seed ^ 0x71E35}, out_{into}, graph_{into.graph}, proxies_{proxies} {
        out_.seed = seed;
        out_.smooth = smooth;
        out_.rows = 1 + random_.below(4);
        long_axes_ = random_.chance(25);
    }
    void write(int steps) {
        for (int i = 0; i < 3; ++i) keep(leaf(i == 0, i == 1));
        for (int i = 0; i < steps; ++i) keep(step());
        close();
    }

private:
    static constexpr double most = 4194304;  // 2^22
    static constexpr int largest = 3000;     // elements

    /// A term that grew too large is cut to integers of small size; where that had a kink, a leaf takes its place.
    void keep(term t) {
        if (t.bound > 1000 && out_.smooth) t = leaf(random_.chance(50), random_.chance(50));
        if (t.bound > 1000) {
            const int low = graph_.record(op::maximum, {t.id, graph_.constant(-50)});
            t = {graph_.record(op::minimum, {low, graph_.constant(50)}), 50};
        }
        terms_.push_back(t);
        out_.terms.push_back(t.id);
    }
    term leaf(bool rows, bool parameter) {
        extents shape;
        for (int rank = 1 + random_.below(4); rank > 0; --rank) shape.push(1 + random_.below(6));
        if (long_axes_ && random_.chance(60)) shape[random_.below(shape.rank)] = 33 + random_.below(38);
        while (shape.size() > largest) --shape.rank;
        return leaf_of(shape, rows, parameter);
    }
    term leaf_of(const extents& shape, bool rows, bool parameter) {
        if (!parameter) return {graph_.leaf(op::input, inputs_++, shape, rows), 3};
        const int id = graph_.leaf(op::parameter, static_cast<int>(out_.parameters.size()), shape);
        out_.parameters.push_back(id);
        return {id, 3};
    }
    const extents& shape(term t) const { return graph_.shape(t.id); }
    int rank(term t) const { return shape(t).rank; }
    int axis(term t) { return random_.below(rank(t)); }
    /// A recent one, more often than an old one: chains grow deep.
    term any() {
        const int n = static_cast<int>(terms_.size()), recent = n < 4 || random_.chance(25) ? n : 4;
        return terms_[static_cast<std::size_t>(n - 1 - random_.below(recent))];
    }
    term any_of_rank(int least) {
        for (int attempt = 0; attempt < 10; ++attempt)
            if (const term t = any(); rank(t) >= least) return t;
        extents shape;
        for (int i = 0; i < least + random_.below(2); ++i) shape.push(2 + random_.below(4));
        return leaf_of(shape, random_.chance(40), random_.chance(40));
    }
    term record(op code, term t, const extents& attribute, const extents& wanted = {}) {
        return {graph_.record(code, {t.id}, attribute, wanted, graph_[t.id].rows), t.bound};
    }
    extents with(term t, int axis, int extent) const {
        extents s = shape(t);
        s[axis] = extent;
        return s;
    }

    term step() {
        term t = any_of_rank(1);
        const int a = axis(t), n = shape(t)[a], size = shape(t).size();
        switch (random_.below(16)) {
            case 0:
            case 1:
            case 2: {  // windows
                const int extent = 1 + random_.below(n < 5 ? n : 5), dilation = extent > 1 ? 1 + random_.below(2) : 1,
                          step = 1 + random_.below(3);
                if ((extent - 1) * dilation >= n || rank(t) > 5 || size * extent > largest) return t;
                return record(op::windows, t, sinter::list(a, extent, step, dilation));
            }
            case 3: return record(op::stride, t, sinter::list(a, 1 + random_.below(3)));
            case 4: return record(op::flip, t, sinter::list(a));
            case 5: {
                const int step = 1 + random_.below(3);
                return size * step > largest ? t : record(op::dilate, t, sinter::list(a, step));
            }
            case 6: {
                const int direction = random_.chance(50) ? -1 : 1;
                if (a + 1 >= rank(t) || shape(t)[a] < shape(t)[a + 1]) return t;
                return record(op::skew, t, sinter::list(a, direction));
            }
            case 7: {
                const int begin = random_.below(n), end = begin + 1 + random_.below(n - begin);
                return record(op::slice, t, sinter::list(a, begin), with(t, a, end - begin));
            }
            case 8: return record(op::transpose, t, random_permutation(random_, rank(t)));
            case 9: return reshaped(t);
            case 10: {
                const int before = random_.below(3), after = random_.below(3);
                if (size / n * (n + before + after) > largest) return t;
                if (random_.chance(50))
                    return record(op::pad, t, sinter::list(a, before), with(t, a, n + before + after));
                const int around = graph_.constant(random_.below(5) - 2);
                return {graph_.record(op::pad, {t.id, around}, sinter::list(a, before), with(t, a, n + before + after)),
                        t.bound > 2 ? t.bound : 2};
            }
            case 11: {
                const term other = random_.chance(50) ? t : elementwise(t);
                if (!(shape(other) == shape(t)) || graph_[other.id].rows != graph_[t.id].rows || 2 * size > largest)
                    return t;
                return {graph_.record(op::concat, {t.id, other.id}, sinter::list(a)),
                        t.bound > other.bound ? t.bound : other.bound};
            }
            case 12:
            case 13: return reduced(t);
            default: return elementwise(t);
        }
    }
    term reshaped(term t) {
        extents to;
        switch (random_.below(4)) {
            case 0: to.push(shape(t).size()); break;
            case 1:  // an axis of one more
                if (rank(t) > 5) return t;
                for (int k = 0, at = random_.below(rank(t) + 1); k <= rank(t); ++k) {
                    if (k == at) to.push(1);
                    if (k < rank(t)) to.push(shape(t)[k]);
                }
                break;
            case 2: {  // an axis in two
                const int a = axis(t), n = shape(t)[a], by = n % 2 == 0 ? 2 : n % 3 == 0 ? 3 : 1;
                if (rank(t) > 5) return t;
                for (int k = 0; k < rank(t); ++k) {
                    to.push(k == a ? n / by : shape(t)[k]);
                    if (k == a) to.push(by);
                }
                break;
            }
            default:  // two axes as one
                if (rank(t) < 2) return t;
                for (int k = 0, at = random_.below(rank(t) - 1); k < rank(t); ++k)
                    if (k == at + 1)
                        to[at] *= shape(t)[k];
                    else
                        to.push(shape(t)[k]);
        }
        return {graph_.reshape(t.id, to), t.bound};
    }
    term reduced(term t) {
        extents attribute = sinter::list(random_.chance(50));
        int count = 1;
        for (int k = 0; k < rank(t); ++k)
            if (random_.chance(40)) attribute.push(k), count *= shape(t)[k];
        if (attribute.rank == 1) attribute.push(rank(t) - 1), count = shape(t)[rank(t) - 1];
        if (!out_.smooth && random_.chance(50)) return record(op::max, t, attribute);
        return count * t.bound > most ? t : term{graph_.record(op::sum, {t.id}, attribute), count * t.bound};
    }
    /// What broadcasts with t: t itself, another term, or a leaf with fewer or stretched axes.
    term partner(term t) {
        for (int attempt = 0; attempt < 3; ++attempt) {
            const term other = any();
            const sinter::shaped out = joined(graph_, t.id, other.id);
            if (out.wrong == sinter::mistake_kind::none && out.shape.size() <= largest) return other;
        }
        extents own;
        for (int k = random_.below(rank(t) + 1); k < rank(t); ++k) own.push(random_.chance(40) ? 1 : shape(t)[k]);
        return leaf_of(own, random_.chance(30), random_.chance(50));
    }
    term elementwise(term t) {
        const term u = partner(t);
        if (proxies_ && shape(t) == shape(u) && random_.chance(50))
            return {graph_.record(op::with_gradient_of, {t.id, u.id}), t.bound};
        const double larger = t.bound > u.bound ? t.bound : u.bound;
        switch (random_.below(out_.smooth ? 5 : 9)) {
            case 0: return {graph_.record(op::add, {t.id, u.id}), t.bound + u.bound};
            case 1: return {graph_.record(op::subtract, {t.id, u.id}), t.bound + u.bound};
            case 2:
                if (t.bound * u.bound > most) return t;
                return {graph_.record(op::multiply, {t.id, u.id}), t.bound * u.bound};
            case 3: return {graph_.record(op::negate, {t.id}), t.bound};
            case 4: {
                const sinter::shaped to = joined(graph_, t.id, u.id);
                return {graph_.broadcast(u.id, to.shape, to.rows), u.bound};
            }
            case 5: return {graph_.record(op::maximum, {t.id, u.id}), larger};
            case 6: return {graph_.record(op::less, {t.id, u.id}), 1};
            case 7: return {graph_.record(op::select, {graph_.record(op::less, {t.id, u.id}), t.id, u.id}), larger};
            default: return {graph_.record(op::equal, {t.id, u.id}), 1};
        }
    }
    /// The sum of the last terms, each once.
    void close() {
        const int n = static_cast<int>(terms_.size());
        int all = -1;
        for (int k = n - 1; k >= 0 && k >= n - 5; --k) {
            term t = terms_[static_cast<std::size_t>(k)];
            extents axes = sinter::list(0);
            for (int axis = 0; axis < rank(t); ++axis) axes.push(axis);
            int sum = graph_.sum(t.id, axes);
            if (graph_[sum].rows) sum = graph_.sum_over_samples(sum);
            all = all < 0 ? sum : graph_.record(op::add, {all, sum});
        }
        out_.loss = all;
    }

    random_stream random_;
    random_views& out_;
    sinter::builder& graph_;
    std::vector<term> terms_;
    int inputs_ = 0;
    bool long_axes_ = false, proxies_ = false;
};

}  // namespace detail

/// `smooth`: without maxima, comparisons, choices; `proxies`: with values that have the gradient of others.
inline random_views make_random_views(std::uint64_t seed, bool smooth, bool proxies = false) {
    random_views g;
    detail::views_writer(seed, smooth, proxies, g).write(14);
    return g;
}

}  // namespace sinter_test
