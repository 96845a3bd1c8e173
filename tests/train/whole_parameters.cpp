// SPDX-License-Identifier: BSL-1.0
// Update rules on whole parameters: a norm's ratio as LAMB has it, products of a matrix with itself as Muon has them.
// Several steps are those of plain loops in double; step, the three calls and a team have the same bits; layers may be
// shared.
#include <sinter/program/team.hpp>
#include <sinter/sinter.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace {

namespace nn = sinter::nn;
using sinter::results, sinter::transpose;

struct trust_ratio {
    double learning_rate = 1e-2;
    static constexpr double beta1 = 0.9, beta2 = 0.99, epsilon = 1e-6, decay = 1e-2;
    static constexpr int state_count = 2, scalar_count = 3;
    static constexpr bool whole_parameters = true;
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        const auto m = beta1 * state[0] + (1 - beta1) * g, v = beta2 * state[1] + (1 - beta2) * g * g;
        const auto step = m * scalar[1] / (sqrt(v * scalar[2]) + epsilon) + decay * p;
        const auto size = sqrt(sum(p * p)), length = sqrt(sum(step * step));
        const auto ratio = select(size > 0.0, select(length > 0.0, size / length, 1.0), 1.0);
        return results{p - scalar[0] * ratio * step, m, v};
    }
    void scalars(long long step, double* out) const {
        out[0] = learning_rate;
        out[1] = 1 / (1 - std::pow(beta1, static_cast<double>(step)));
        out[2] = 1 / (1 - std::pow(beta2, static_cast<double>(step)));
    }
};

struct orthogonal_momentum {
    double learning_rate = 1e-2;
    static constexpr double keep = 0.9, a = 3.4445, b = -4.775, c = 2.0315;
    static constexpr int state_count = 1, scalar_count = 1, products = 3;
    static constexpr bool whole_parameters = true;
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        const auto buffer = keep * state[0] + g;
        if constexpr (p.rank == 2) {
            auto x = buffer / (sqrt(sum(buffer * buffer)) + 1e-7);
            for (int k = 0; k < products; ++k) {
                const auto square = matmul(x, transpose<1, 0>(x));
                x = a * x + matmul(b * square + c * matmul(square, square), x);
            }
            return results{p - scalar[0] * x, buffer};
        } else {
            return results{p - scalar[0] * buffer, buffer};
        }
    }
    void scalars(long long, double* out) const { out[0] = learning_rate; }
};

using numbers = std::vector<double>;
struct plain_parameter {
    std::size_t rows = 1, columns = 1;
    bool matrix = false;
    numbers p, states[2];
};

double norm(const numbers& x) {
    double squares = 0;
    for (const double v : x) squares += v * v;
    return std::sqrt(squares);
}
void plain_step(const trust_ratio& rule, plain_parameter& of, const numbers& g, int step) {
    using r = trust_ratio;
    numbers along(g.size());
    for (std::size_t i = 0; i < g.size(); ++i) {
        double &m = of.states[0][i], &v = of.states[1][i];
        m = r::beta1 * m + (1 - r::beta1) * g[i];
        v = r::beta2 * v + (1 - r::beta2) * g[i] * g[i];
        along[i] = m / (1 - std::pow(r::beta1, step)) / (std::sqrt(v / (1 - std::pow(r::beta2, step))) + r::epsilon) +
                   r::decay * of.p[i];
    }
    const double size = norm(of.p), length = norm(along), ratio = size > 0 && length > 0 ? size / length : 1;
    for (std::size_t i = 0; i < g.size(); ++i) of.p[i] -= rule.learning_rate * ratio * along[i];
}
/// x, of n rows, times the transpose of y.
numbers times_transposed(const numbers& x, const numbers& y, std::size_t n, std::size_t m, std::size_t depth) {
    numbers z(n * m);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < m; ++j)
            for (std::size_t k = 0; k < depth; ++k) z[i * m + j] += x[i * depth + k] * y[j * depth + k];
    return z;
}
void plain_step(const orthogonal_momentum& rule, plain_parameter& of, const numbers& g, int) {
    using r = orthogonal_momentum;
    numbers& buffer = of.states[0];
    for (std::size_t i = 0; i < g.size(); ++i) buffer[i] = r::keep * buffer[i] + g[i];
    numbers x = buffer;
    if (of.matrix) {
        const double length = norm(buffer) + 1e-7;
        for (double& v : x) v /= length;
        for (int k = 0; k < r::products; ++k) {
            const std::size_t n = of.rows, m = of.columns;
            const numbers square = times_transposed(x, x, n, n, m), fourth = times_transposed(square, square, n, n, n);
            numbers next(x.size());
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < m; ++j) {
                    double sum = r::a * x[i * m + j];
                    for (std::size_t l = 0; l < n; ++l)
                        sum += (r::b * square[i * n + l] + r::c * fourth[i * n + l]) * x[l * m + j];
                    next[i * m + j] = sum;
                }
            x = next;
        }
    }
    for (std::size_t i = 0; i < g.size(); ++i) of.p[i] -= rule.learning_rate * x[i];
}

struct plain : nn::sequential<nn::input<37>, nn::linear<64>, nn::tanh, nn::linear<5>> {};
struct image : nn::sequential<nn::input<6, 6, 2>, nn::conv<4, 3>, nn::relu, nn::flatten, nn::linear<5>> {};
struct shared {
    using input = sinter::shape<19>;
    BOOST_HANA_DEFINE_STRUCT(shared, (nn::linear<19>, twice), (nn::linear<5>, head));
    constexpr auto operator()(auto x) const { return head(tanh(twice(relu(twice(x))))); }
};

template <class Net>
struct samples_of {
    static constexpr int rows = 9;
    std::vector<double> x;
    std::vector<int> labels;
    samples_of() {
        const sinter::random_stream random{7};
        for (std::size_t i = 0; i < rows * static_cast<std::size_t>(sinter::input_shape_t<Net>::size); ++i)
            x.push_back(2 * random.uniform<double>(i) - 1);
        for (int r = 0; r < rows; ++r) labels.push_back(r % 5);
    }
};
template <class Net>
using model_of = sinter::model<Net, double, sinter::rows<16>>;

template <class Net>
numbers parameters_of(const model_of<Net>& net) {
    numbers all;
    for (const auto& p : net.parameters()) {
        const auto values = p.values();
        all.insert(all.end(), values.begin(), values.end());
    }
    return all;
}
template <class Net>
bool same_bits(const model_of<Net>& a, const model_of<Net>& b) {
    const numbers x = parameters_of(a), y = parameters_of(b);
    return std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0;
}

/// Forward, backward and update are plain loops; step, by a thread and by two, has their bits.
template <class Net, class Rule>
void check() {
    const samples_of<Net> data;
    model_of<Net> net{sinter::seed{5}}, in_one{sinter::seed{5}}, with_team{sinter::seed{5}};
    sinter::team two{2};
    const Rule rule;
    sinter::trainer t{net, sinter::cross_entropy{}, rule, sinter::labels{}},
        by_step{in_one, sinter::cross_entropy{}, rule, sinter::labels{}};
    sinter::trainer by_team{with_team, sinter::cross_entropy{}, rule, sinter::labels{}, two};
    std::vector<plain_parameter> all;
    for (const auto& p : net.parameters()) {
        const auto values = p.values();
        plain_parameter own;
        own.p.assign(values.begin(), values.end());
        for (auto& state : own.states) state.assign(own.p.size(), 0);
        own.matrix = p.shape().size() == 2;
        own.rows = p.shape()[0];
        own.columns = own.p.size() / own.rows;
        all.push_back(own);
    }
    for (int step = 1; step <= 6; ++step) {
        CAPTURE(step);
        t.forward(data.x.data(), data.labels.data(), data.rows);
        t.backward();
        std::size_t k = 0;
        for (const auto& gradient : t.gradient_views()) {
            const auto g = gradient.values();
            plain_step(rule, all[k++], {g.begin(), g.end()}, step);
        }
        t.update();
        k = 0;
        for (const auto& p : net.parameters()) {
            double apart = 0, largest = 0;
            const auto values = p.values();
            for (std::size_t i = 0; i < all[k].p.size(); ++i) {
                apart = std::max(apart, std::abs(values[i] - all[k].p[i]));
                largest = std::max(largest, std::abs(all[k].p[i]));
            }
            CAPTURE(p.name());
            CHECK(apart <= 1e-11 * largest);
            ++k;
        }
        by_step.step(data.x.data(), data.labels.data(), data.rows);
        by_team.step(data.x.data(), data.labels.data(), data.rows);
        CHECK(same_bits<Net>(net, in_one));
        CHECK(same_bits<Net>(net, with_team));
    }
}

TEST_CASE("whole parameters: a trust ratio is that of plain loops, in three calls, in a step, and by a team") {
    check<plain, trust_ratio>();
    check<shared, trust_ratio>();
    check<image, trust_ratio>();
}

TEST_CASE("whole parameters: products of matrices are those of plain loops, in three calls, in a step, and by a team") {
    check<plain, orthogonal_momentum>();
    check<shared, orthogonal_momentum>();
}

}  // namespace
