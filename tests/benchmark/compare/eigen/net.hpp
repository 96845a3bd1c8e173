// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <Eigen/Core>

#include <fstream>
#include <string>

using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
struct parameters {
    matrix w1 = matrix::Random(784, 128) * 0.0357F, b1 = matrix::Zero(1, 128);  // uniform, as PyTorch starts
    matrix w2 = matrix::Random(128, 10) * 0.0884F, b2 = matrix::Zero(1, 10);
    template <class F>
    void each(F f) {
        f(w1), f(b1), f(w2), f(b2);
    }
};
inline matrix hidden_of(const parameters& p, const matrix& x) {
    return ((x * p.w1).rowwise() + p.b1.row(0)).cwiseMax(0.0F);
}
inline matrix outputs_of(const parameters& p, const matrix& h) { return (h * p.w2).rowwise() + p.b2.row(0); }
inline matrix scaled(const unsigned char* bytes, Eigen::Index rows) {
    using image = Eigen::Matrix<unsigned char, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    return Eigen::Map<const image>(bytes, rows, 784).cast<float>() / 255;
}
