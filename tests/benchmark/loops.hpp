// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The training step of 784-128-10 in plain loops over static extents: a peer in float, the reference in double.

#include "task.hpp"

#include <algorithm>
#include <cmath>

namespace benchmark {

/// x(row, :) = bytes of the row's sample, scaled; their labels.
template <class T>
void gather_bytes(const task& from, minibatch samples, T* x, std::uint8_t* labels) {
    for (const std::uint32_t sample : samples) {
        const std::uint8_t* const bytes = from.bytes.data() + std::size_t{sample} * pixels;
        for (int i = 0; i < pixels; ++i) x[i] = static_cast<T>(bytes[i]) * static_cast<T>(task::scale);
        x += pixels;
        *labels++ = from.labels[sample];
    }
}

/// Mean cross entropy of the logits y (rows, 10); y becomes its gradient.
template <class T>
double cross_entropy_and_gradient(T* y, const std::uint8_t* labels, int rows) {
    double loss = 0;
    for (int r = 0; r < rows; ++r, y += classes) {
        const T most = *std::max_element(y, y + classes);
        const T at_label = y[labels[r]] - most;
        T sum = 0;
        for (int c = 0; c < classes; ++c) sum += y[c] = std::exp(y[c] - most);
        loss += static_cast<double>(std::log(sum) - at_label);
        for (int c = 0; c < classes; ++c) y[c] *= 1 / (sum * static_cast<T>(rows));
        y[labels[r]] -= 1 / static_cast<T>(rows);
    }
    return loss / rows;
}

/// What a step multiplies by, from the rule's hyper-parameters.
template <class T>
struct update_factors {
    T rate, take1, keep2, take2, root, epsilon;
    update_factors(rule by, int step) {
        const hyper_parameters h = by == rule::adam ? adam_parameters : sgd_parameters;
        const double b1 = static_cast<double>(h.beta1), b2 = static_cast<double>(h.beta2);
        const bool adam = by == rule::adam;
        rate = static_cast<T>(static_cast<double>(h.rate) / (adam ? 1 - std::pow(b1, step) : 1));
        take1 = static_cast<T>(1 - b1), keep2 = static_cast<T>(b2), take2 = static_cast<T>(1 - b2);
        root = static_cast<T>(1 / std::sqrt(1 - std::pow(b2, step)));
        epsilon = static_cast<T>(h.epsilon);
    }
};

/// A parameter with its gradient and the moments of Adam.
template <class T>
struct parameter {
    std::vector<T> value, gradient, moment, square;
    parameter() = default;
    parameter(const std::vector<float>& start, rule by) : value(start.begin(), start.end()), gradient(start.size()) {
        if (by == rule::adam) moment.resize(start.size()), square.resize(start.size());
    }
    void update(rule by, const update_factors<T>& f) {
        const std::size_t count = value.size();
        T *const w = value.data(), *const m = moment.data(), *const v = square.data();
        const T* const g = gradient.data();
        if (by == rule::sgd) {
            for (std::size_t i = 0; i < count; ++i) w[i] -= f.rate * g[i];
            return;
        }
        for (std::size_t i = 0; i < count; ++i) {
            m[i] += f.take1 * (g[i] - m[i]);
            v[i] = f.keep2 * v[i] + f.take2 * g[i] * g[i];
            w[i] -= f.rate * m[i] / (std::sqrt(v[i]) * f.root + f.epsilon);
        }
    }
};

/// The network's parameters and the values of a step; who multiplies is the peer's business.
template <class T>
struct hand_written {
    const task& from;
    rule by;
    parameter<T> weight1{from.weight1, by}, bias1{from.bias1, by}, weight2{from.weight2, by}, bias2{from.bias2, by};
    std::vector<T> x, h, y, dh;
    std::vector<std::uint8_t> labels;
    int steps = 0;

    hand_written(const task& job, rule update, int rows)
        : from{job}
        , by{update}
        , x(static_cast<std::size_t>(rows) * pixels)
        , h(static_cast<std::size_t>(rows) * hidden)
        , y(static_cast<std::size_t>(rows) * classes)
        , dh(h.size())
        , labels(static_cast<std::size_t>(rows)) {}

    void update() {
        const update_factors<T> f(by, ++steps);
        for (parameter<T>* p : {&weight1, &bias1, &weight2, &bias2}) p->update(by, f);
    }
};

/// c (rows, Columns) = bias + a (rows, Depth) b.
template <int Columns, int Depth, class T>
void affine(const T* __restrict a, const T* __restrict b, const T* __restrict bias, T* __restrict c, int rows) {
    for (int r = 0; r < rows; ++r, a += Depth, c += Columns) {
        for (int j = 0; j < Columns; ++j) c[j] = bias[j];
        for (int k = 0; k < Depth; ++k)
            for (int j = 0; j < Columns; ++j) c[j] += a[k] * b[k * Columns + j];
    }
}

/// weight (Depth, Columns) = a' d and bias = the column sums of d, over rows.
template <int Columns, int Depth, class T>
void affine_gradient(const T* __restrict a, const T* __restrict d, T* __restrict weight, T* __restrict bias, int rows) {
    std::fill_n(weight, Depth * Columns, T(0));
    std::fill_n(bias, Columns, T(0));
    for (int r = 0; r < rows; ++r, a += Depth, d += Columns) {
        for (int k = 0; k < Depth; ++k)
            for (int j = 0; j < Columns; ++j) weight[k * Columns + j] += a[k] * d[j];
        for (int j = 0; j < Columns; ++j) bias[j] += d[j];
    }
}

template <class T>
void forward_by_loops(hand_written<T>& n, const T* x, int rows) {
    affine<hidden, pixels>(x, n.weight1.value.data(), n.bias1.value.data(), n.h.data(), rows);
    for (int i = 0; i < rows * hidden; ++i)
        n.h[static_cast<std::size_t>(i)] = std::max(n.h[static_cast<std::size_t>(i)], T(0));
    affine<classes, hidden>(n.h.data(), n.weight2.value.data(), n.bias2.value.data(), n.y.data(), rows);
}

template <class T>
class loops_training final : public training, hand_written<T> {
public:
    using hand_written<T>::hand_written;
    double step(minibatch samples) override {
        auto& n = static_cast<hand_written<T>&>(*this);
        const int rows = static_cast<int>(samples.size());
        gather_bytes(n.from, samples, n.x.data(), n.labels.data());
        forward_by_loops(n, n.x.data(), rows);
        const double loss = cross_entropy_and_gradient(n.y.data(), n.labels.data(), rows);
        affine_gradient<classes, hidden>(n.h.data(), n.y.data(), n.weight2.gradient.data(), n.bias2.gradient.data(),
                                         rows);
        for (int r = 0; r < rows; ++r)
            for (int k = 0; k < hidden; ++k) {
                const std::size_t at = static_cast<std::size_t>(r * hidden + k);
                T sum = 0;
                for (int c = 0; c < classes; ++c)
                    sum += n.y[static_cast<std::size_t>(r * classes + c)] *
                           n.weight2.value[static_cast<std::size_t>(k * classes + c)];
                n.dh[at] = n.h[at] > 0 ? sum : T(0);
            }
        affine_gradient<hidden, pixels>(n.x.data(), n.dh.data(), n.weight1.gradient.data(), n.bias1.gradient.data(),
                                        rows);
        n.update();
        return loss;
    }
};

template <class T>
class loops_classifier final : public classifier {
public:
    loops_classifier(const task& job, int count) : network_{job, rule::sgd, count}, count_{count} {}
    const float* outputs(const float* inputs) override {
        if constexpr (std::is_same_v<T, float>) {
            forward_by_loops(network_, inputs, count_);
            return network_.y.data();
        } else {
            std::copy_n(inputs, network_.x.size(), network_.x.begin());
            forward_by_loops(network_, network_.x.data(), count_);
            rounded_.assign(network_.y.begin(), network_.y.end());
            return rounded_.data();
        }
    }

private:
    hand_written<T> network_;
    int count_;
    std::vector<float> rounded_;
};

}  // namespace benchmark
