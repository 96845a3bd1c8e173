// SPDX-License-Identifier: BSL-1.0
#include "../read.hpp"
#include "net.hpp"

#include <algorithm>
#include <numeric>
#include <random>

struct adam {
    parameters m, v;
    int t = 0;
    adam() {
        const auto zero = [](matrix& x) { x.setZero(); };
        m.each(zero), v.each(zero);
    }
    void one(matrix& w, matrix& a, matrix& b, const matrix& g) const {
        const float c1 = 1 - std::pow(0.9F, static_cast<float>(t)), c2 = 1 - std::pow(0.999F, static_cast<float>(t));
        a += 0.1F * (g - a);
        b = 0.999F * b + 0.001F * g.cwiseAbs2();
        w.array() -= 1e-3F / c1 * a.array() / ((b.array() / c2).sqrt() + 1e-8F);
    }
    void update(parameters& p, const parameters& g) {
        ++t;
        one(p.w1, m.w1, v.w1, g.w1), one(p.b1, m.b1, v.b1, g.b1);
        one(p.w2, m.w2, v.w2, g.w2), one(p.b2, m.b2, v.b2, g.b2);
    }
};

int main(int, char** argv) {
    const std::string data = argv[1], out = argv[2];
    const auto x = read(data + "/train-images.u8"), y = read(data + "/train-labels.u8");
    const auto test_x = read(data + "/test-images.u8"), test_y = read(data + "/test-labels.u8");
    parameters p, g;
    adam rule;
    std::vector<std::size_t> order(y.size());
    std::iota(order.begin(), order.end(), 0U);
    std::mt19937 random{1};
    matrix some(32, 784);
    for (int epoch = 0; epoch < std::stoi(argv[3]); ++epoch) {
        std::shuffle(order.begin(), order.end(), random);
        for (std::size_t first = 0; first + 32 <= order.size(); first += 32) {
            for (int r = 0; r < 32; ++r) some.row(r) = scaled(&x[order[first + static_cast<std::size_t>(r)] * 784], 1);
            const matrix h = hidden_of(p, some);
            matrix d = outputs_of(p, h);
            d = (d.colwise() - d.rowwise().maxCoeff()).array().exp();
            d.array().colwise() /= d.rowwise().sum().array();
            for (int r = 0; r < 32; ++r) d(r, y[order[first + static_cast<std::size_t>(r)]]) -= 1;
            d /= 32;
            g.w2.noalias() = h.transpose() * d;
            g.b2 = d.colwise().sum();
            const matrix dh = (h.array() > 0).select(d * p.w2.transpose(), 0.0F);
            g.w1.noalias() = some.transpose() * dh;
            g.b1 = dh.colwise().sum();
            rule.update(p, g);
        }
    }
    std::ofstream file(out + "/net.raw", std::ios::binary);
    p.each([&](matrix& w) {
        file.write(reinterpret_cast<const char*>(w.data()), w.size() * static_cast<Eigen::Index>(sizeof(float)));
    });
    const auto count = static_cast<Eigen::Index>(test_y.size());
    const matrix scores = outputs_of(p, hidden_of(p, scaled(test_x.data(), count)));
    int right = 0;
    for (Eigen::Index i = 0, best = 0; i < count; ++i) {
        scores.row(i).maxCoeff(&best);
        right += best == test_y[static_cast<std::size_t>(i)];
    }
    std::printf("%.4f\n", right / static_cast<double>(count));
}
