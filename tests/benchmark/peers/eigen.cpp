// SPDX-License-Identifier: BSL-1.0
// The peer `eigen`: a step by hand in its expressions, static extents where they are known.

#include "../loops.hpp"

#include <Eigen/Core>

namespace benchmark {
namespace {

template <int Rows, int Columns>
using matrix = Eigen::Matrix<float, Rows, Columns,
                             Rows == 1      ? Eigen::RowMajor
                             : Columns == 1 ? Eigen::ColMajor
                                            : Eigen::RowMajor>;
constexpr int any = Eigen::Dynamic;
template <class Matrix>
using view = Eigen::Map<Matrix>;
template <class Matrix>
using const_view = Eigen::Map<const Matrix>;

template <int Rows, int Columns>
struct learned {
    matrix<any, Columns> value = matrix<any, Columns>(Rows, Columns), gradient = value, moment = value, square = value;
    explicit learned(const std::vector<float>& start) {
        value = const_view<matrix<any, Columns>>(start.data(), Rows, Columns);
        moment.setZero(), square.setZero();
    }
    void update(rule by, const update_factors<float>& f) {
        if (by == rule::sgd) {
            value -= f.rate * gradient;
            return;
        }
        moment += f.take1 * (gradient - moment);
        square = f.keep2 * square + f.take2 * gradient.cwiseAbs2();
        value.array() -= f.rate * moment.array() / (square.array().sqrt() * f.root + f.epsilon);
    }
};

class eigen_training final : public training {
public:
    eigen_training(const task& job, rule by, int rows)
        : from_{job}
        , by_{by}
        , x_(rows, pixels)
        , h_(rows, hidden)
        , dh_(rows, hidden)
        , y_(rows, classes)
        , labels_(static_cast<std::size_t>(rows)) {}
    double step(minibatch samples) override {
        using bytes = Eigen::Matrix<std::uint8_t, 1, pixels>;
        for (Eigen::Index r = 0; r < x_.rows(); ++r) {
            const std::size_t sample = samples[static_cast<std::size_t>(r)];
            x_.row(r) = const_view<bytes>(from_.bytes.data() + sample * pixels).cast<float>() * task::scale;
            labels_[static_cast<std::size_t>(r)] = from_.labels[sample];
        }
        h_.noalias() = x_ * weight1_.value;
        h_ = (h_.rowwise() + bias1_.value.row(0)).cwiseMax(0.0F);
        y_.noalias() = h_ * weight2_.value;
        y_.rowwise() += bias2_.value.row(0);
        const double loss = cross_entropy_and_gradient(y_.data(), labels_.data(), static_cast<int>(x_.rows()));
        weight2_.gradient.noalias() = h_.transpose() * y_;
        bias2_.gradient = y_.colwise().sum();
        dh_.noalias() = y_ * weight2_.value.transpose();
        dh_ = (h_.array() > 0).select(dh_, 0.0F);
        weight1_.gradient.noalias() = x_.transpose() * dh_;
        bias1_.gradient = dh_.colwise().sum();
        const update_factors<float> f(by_, ++steps_);
        weight1_.update(by_, f), bias1_.update(by_, f), weight2_.update(by_, f), bias2_.update(by_, f);
        return loss;
    }

private:
    const task& from_;
    rule by_;
    learned<pixels, hidden> weight1_{from_.weight1};
    learned<1, hidden> bias1_{from_.bias1};
    learned<hidden, classes> weight2_{from_.weight2};
    learned<1, classes> bias2_{from_.bias2};
    matrix<any, pixels> x_;
    matrix<any, hidden> h_, dh_;
    matrix<any, classes> y_;
    std::vector<std::uint8_t> labels_;
    int steps_ = 0;
};

/// Rows is 1 for one sample: then products are of a matrix and a vector.
template <int Rows>
class eigen_classifier final : public classifier {
public:
    eigen_classifier(const task& job, int count) : job_{job}, h_(count, hidden), y_(count, classes) {}
    const float* outputs(const float* inputs) override {
        const const_view<matrix<Rows, pixels>> x(inputs, h_.rows(), pixels);
        h_.noalias() = x * const_view<matrix<pixels, hidden>>(job_.weight1.data());
        h_ = (h_.rowwise() + const_view<matrix<1, hidden>>(job_.bias1.data())).cwiseMax(0.0F);
        y_.noalias() = h_ * const_view<matrix<hidden, classes>>(job_.weight2.data());
        y_.rowwise() += const_view<matrix<1, classes>>(job_.bias2.data());
        return y_.data();
    }

private:
    const task& job_;
    matrix<Rows, hidden> h_;
    matrix<Rows, classes> y_;
};

std::function<void()> product(const float* a, const float* b, float* c, product_shape s) {
    return [=] {
        view<matrix<any, any>>(c, s.rows, s.columns).noalias() =
            const_view<matrix<any, any>>(a, s.rows, s.depth) * const_view<matrix<any, any>>(b, s.depth, s.columns);
    };
}

std::function<void()> elementwise(const std::string& name, const float* x, float* y, std::size_t count) {
    using array = Eigen::ArrayXf;
    const Eigen::Index size = static_cast<Eigen::Index>(count);
    const auto by = [=](auto f) { return [=] { Eigen::Map<array>(y, size) = f(Eigen::Map<const array>(x, size)); }; };
    if (name == "exp") return by([](auto v) { return v.exp(); });
    if (name == "log") return by([](auto v) { return v.log(); });
    if (name == "tanh") return by([](auto v) { return v.tanh(); });
    if (name == "sigmoid") return by([](auto v) { return (1 + (-v).exp()).inverse(); });
    return by([](auto v) { return (((v * 0.5F + 1.0F) * v - 0.25F).abs() * 2.0F).max(0.125F).min(8.0F); });
}

std::string version() {
    return "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
           std::to_string(EIGEN_MINOR_VERSION) + ", its own products";
}

const registration eigen{{.who = "eigen",
                          .version = version(),
                          .train = [](const task& job, rule by, int rows) -> std::unique_ptr<training> {
                              return std::make_unique<eigen_training>(job, by, rows);
                          },
                          .infer = [](const task& job, int count) -> std::unique_ptr<classifier> {
                              if (count == 1) return std::make_unique<eigen_classifier<1>>(job, count);
                              return std::make_unique<eigen_classifier<any>>(job, count);
                          },
                          .product = product,
                          .elementwise = elementwise}};

}  // namespace
}  // namespace benchmark
