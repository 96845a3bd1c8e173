// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A second, independent training loop: linear, relu, linear, softmax cross entropy, gradient descent with momentum, in
/// plain loops over doubles. It shares nothing with the library.

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace sinter_test {

struct plain_network {
    std::size_t in, hidden, out;
    std::vector<double> weight1, bias1, weight2, bias2;  // (hidden, in), (hidden), (out, hidden), (out)
    std::vector<double> velocity;

    plain_network(std::size_t i, std::size_t h, std::size_t o, const std::vector<double>& all)
        : in{i}, hidden{h}, out{o} {
        const double* from = all.data();
        for (auto [to, n] : {std::pair{&weight1, h * i}, {&bias1, h}, {&weight2, o * h}, {&bias2, o}}) {
            to->assign(from, from + n);
            from += n;
        }
        velocity.assign(all.size(), 0);
    }
    std::vector<double> parameters() const {
        std::vector<double> all;
        for (const auto* part : {&weight1, &bias1, &weight2, &bias2}) all.insert(all.end(), part->begin(), part->end());
        return all;
    }

    std::vector<double> logits(const double* x, std::vector<double>& h) const {
        h.assign(hidden, 0);
        std::vector<double> z(out);
        for (std::size_t j = 0; j < hidden; ++j) {
            double sum = bias1[j];
            for (std::size_t k = 0; k < in; ++k) sum += weight1[j * in + k] * x[k];
            h[j] = sum > 0 ? sum : 0;
        }
        for (std::size_t j = 0; j < out; ++j) {
            z[j] = bias2[j];
            for (std::size_t k = 0; k < hidden; ++k) z[j] += weight2[j * hidden + k] * h[k];
        }
        return z;
    }

    /// The mean loss, and its gradient in the order of parameters().
    template <class Label>
    double gradient(const double* x, const Label* labels, std::size_t rows, std::vector<double>& g) const {
        g.assign(velocity.size(), 0);
        double* const g1 = g.data();
        double *const gb1 = g1 + hidden * in, *const g2 = gb1 + hidden, *const gb2 = g2 + out * hidden;
        double loss = 0;
        std::vector<double> h, dz(out);
        for (std::size_t r = 0; r < rows; ++r) {
            const std::vector<double> z = logits(x + r * in, h);
            double top = z[0], sum = 0;
            for (const double v : z) top = v > top ? v : top;
            for (const double v : z) sum += std::exp(v - top);
            const auto label = static_cast<std::size_t>(labels[r]);
            loss += (std::log(sum) + top - z[label]) / static_cast<double>(rows);
            for (std::size_t j = 0; j < out; ++j)
                dz[j] = (std::exp(z[j] - top) / sum - (j == label ? 1 : 0)) / static_cast<double>(rows);
            for (std::size_t j = 0; j < out; ++j) {
                gb2[j] += dz[j];
                for (std::size_t k = 0; k < hidden; ++k) g2[j * hidden + k] += dz[j] * h[k];
            }
            for (std::size_t k = 0; k < hidden; ++k) {
                double dh = 0;
                for (std::size_t j = 0; j < out; ++j) dh += dz[j] * weight2[j * hidden + k];
                if (!(h[k] > 0)) continue;
                gb1[k] += dh;
                for (std::size_t i = 0; i < in; ++i) g1[k * in + i] += dh * x[r * in + i];
            }
        }
        return loss;
    }
    template <class Label>
    double step(const double* x, const Label* labels, std::size_t rows, double learning_rate, double momentum) {
        std::vector<double> g;
        const double loss = gradient(x, labels, rows, g);
        std::size_t i = 0;
        for (auto* part : {&weight1, &bias1, &weight2, &bias2})
            for (double& p : *part) {
                velocity[i] = momentum * velocity[i] + g[i];
                p -= learning_rate * velocity[i++];
            }
        return loss;
    }
};

}  // namespace sinter_test
