// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Random update rules on whole parameters: bodies with sums, views and products, for parameters of any shape.
///
/// Results may be what the body was given: two states may change places. Values stay small: what grows is divided.

#include "support/random_program.hpp"
#include <sinter/fusion/bodies.hpp>

#include <deque>

namespace sinter_test {

/// Writes bodies of inputs 0 parameter, 1 gradient, 2… states, all of one shape.
class body_writer {
public:
    body_writer(random_stream& random, const extents& shape, int states) : random_{random}, shape_{shape} {
        for (int k = 0; k < 2 + states; ++k) values_.push_back(graph_.leaf(op::input, k, shape));
        const int given = static_cast<int>(values_.size());
        for (int steps = 3 + random_.below(8); steps > 0; --steps) values_.push_back(step());
        for (int k = 0; k < 1 + states; ++k)  // mostly what was computed
            roots_.push(
                random_.chance(80)
                    ? values_[static_cast<std::size_t>(given + random_.below(static_cast<int>(values_.size()) - given))]
                    : any());
    }
    void write(program_table& into) {
        canonicalise(graph_.view(), roots_.begin(), roots_.size(), into.graph, into.roots);
    }

private:
    int any() { return values_[static_cast<std::size_t>(random_.below(static_cast<int>(values_.size())))]; }
    int bounded(int x) { return graph_.record(op::tanh, {x}); }
    /// x over 1 + Σ x² over the axes from `first` to `last`, which broadcasts.
    int normalised(int x, int first, int last) {
        extents axes = list(keeps_axes);
        for (int k = first; k <= last; ++k) axes.push(k);
        const int squares = graph_.sum(graph_.record(op::multiply, {x, x}), axes);
        return graph_.record(op::divide, {x, graph_.record(op::add, {squares, graph_.constant(1)})});
    }
    int step() {
        const int a = any(), b = any();
        const int last = shape_.rank - 1;
        switch (random_.below(11)) {
            case 0: return graph_.record(op::add, {a, b});
            case 1: return graph_.record(op::multiply, {bounded(a), b});
            case 2: return graph_.record(op::fma, {a, graph_.constant(0.5), b});
            case 3: return graph_.record(op::multiply, {a, graph_.leaf(op::scalar, 1, {})});
            case 4: return normalised(a, 0, last);
            case 5: return shape_.rank > 0 ? normalised(a, last, last) : bounded(a);
            case 6:
                return shape_.rank > 0 ? graph_.record(op::flip, {a}, list(random_.below(shape_.rank))) : bounded(b);
            case 7:
                if (shape_.rank != 2) return graph_.record(op::subtract, {a, b});
                return bounded(graph_.matmul(graph_.matmul(a, b, false, true), any()));
            case 8: return shape_.rank > 0 ? normalised(a, 0, 0) : bounded(a);  // lanes along the last axis
            case 9:                                                             // the same elements by other axes
                if (shape_.rank != 2) return bounded(b);
                return graph_.transposed(graph_.reshape(a, list(shape_[1], shape_[0])));
            default:
                if (shape_.rank != 2 || shape_[0] != shape_[1]) return bounded(a);
                return graph_.transposed(a);
        }
    }

    random_stream& random_;
    extents shape_;
    builder graph_;
    std::vector<int> values_;
    meta::vector<int> roots_;
};

inline constexpr int whole_states = 2;

/// Parameters are updated by a random body for each shape, as a whole. Bodies live as long as the program.
struct whole_step : program_table {
    std::deque<program_table> bodies;
};
inline void write_whole_step(const random_program& x, std::uint64_t seed, whole_step& into) {
    random_stream random(seed ^ 0xB0D1E5);
    builder raw;
    meta::vector<int> image, effects;
    std::vector<int> wanted = x.outputs;
    wanted.insert(wanted.end(), x.g.parameters.begin(), x.g.parameters.end());
    wanted.insert(wanted.end(), x.gradients.begin(), x.gradients.end());
    canonicalise(x.g.graph.view(), wanted.data(), static_cast<int>(wanted.size()), raw, image);
    const int n = static_cast<int>(x.outputs.size()), m = static_cast<int>(x.gradients.size());
    for (int k = 0; k < n; ++k) effects.push(raw.effect(op::output, k, {image[k]}));
    for (int p = 0; p < m; ++p) {
        const extents shape = raw.shape(image[n + p]);
        body_writer(random, shape, whole_states).write(into.bodies.emplace_back());
        std::vector<int> written{image[n + p], image[n + m + p]};
        for (int s = 0; s < whole_states; ++s) written.push_back(raw.state(p, s, shape));
        const int step = raw.body(raw.own(into.bodies.back().view()), written.data(), static_cast<int>(written.size()));
        for (int k = 0; k <= whole_states; ++k)
            effects.push(raw.effect(op::update, -1,
                                    {written[static_cast<std::size_t>(k == 0 ? 0 : 1 + k)], raw.result(step, k)}));
    }
    canonicalise(raw.view(), effects.begin(), effects.size(), into.graph, into.roots);
}

}  // namespace sinter_test
