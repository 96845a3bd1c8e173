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

/// Its own reductions over rows and columns of a row-major array; pools by maps of one place of all windows of a row.
std::function<void()> reduce(const reduction& r, const float* x, const float*, float* y) {
    using array = Eigen::Array<float, any, any, Eigen::RowMajor>;
    using row = Eigen::Array<float, 1, any>;
    using column = Eigen::Array<float, any, 1>;
    const auto [a, b, h, c] = r.extent;
    const auto statistics = [](const float* from, Eigen::Index rows, Eigen::Index columns, float* mean, float* spread) {
        const Eigen::Map<const array> v(from, rows, columns);
        Eigen::Map<row> m(mean, columns), s(spread, columns);
        m = v.colwise().mean();
        s.setZero();
        for (Eigen::Index i = 0; i < rows; ++i) s += (v.row(i) - m).square();
        s /= static_cast<float>(rows);
    };
    const Eigen::Index rows = r.name == "channels" ? a * b * h : h;
    const Eigen::Map<const array> v(x, rows, c);
    if (r.name == "sum0") return [=] { Eigen::Map<row>(y, v.cols()) = v.colwise().sum(); };
    if (r.name == "sum1") return [=] { Eigen::Map<column>(y, v.rows()) = v.rowwise().sum(); };
    if (r.name == "max0") return [=] { Eigen::Map<row>(y, v.cols()) = v.colwise().maxCoeff(); };
    if (r.name == "max1") return [=] { Eigen::Map<column>(y, v.rows()) = v.rowwise().maxCoeff(); };
    // Row by row: what is broadcast is not vectorised.
    if (r.name == "softmax0")
        return [=] {
            Eigen::Map<array> to(y, v.rows(), v.cols());
            const row most = v.colwise().maxCoeff();
            row all = row::Zero(v.cols());
            for (Eigen::Index i = 0; i < v.rows(); ++i) all += to.row(i) = (v.row(i) - most).exp();
            for (Eigen::Index i = 0; i < v.rows(); ++i) to.row(i) /= all;
        };
    if (r.name == "softmax1")
        return [=] {
            Eigen::Map<array> to(y, v.rows(), v.cols());
            for (Eigen::Index i = 0; i < v.rows(); ++i) {
                to.row(i) = (v.row(i) - v.row(i).maxCoeff()).exp();
                to.row(i) /= to.row(i).sum();
            }
        };
    if (r.name == "moments0" || r.name == "channels") return [=] { statistics(x, v.rows(), c, y, y + c); };
    if (r.name == "channels_each")
        return [=, samples = a, rows_each = b * h] {
            for (int k = 0; k < samples; ++k)
                statistics(x + k * rows_each * c, rows_each, c, y + k * c, y + (samples + k) * c);
        };
    if (r.name == "maxpool2slope") return nullptr;
    return [=] {
        using strided = Eigen::Map<const array, 0, Eigen::OuterStride<>>;
        const int places = r.window(), width = r.extent[2], columns = r.positions(2);
        for (int top = 0; top < r.positions(1); ++top) {
            const auto at = [&](int k) {
                return strided(x + ((2 * top + k / places) * width + k % places) * c, columns, c,
                               Eigen::OuterStride<>(2 * c));
            };
            Eigen::Map<array> to(y + top * columns * c, columns, c);
            if (r.name == "meanpool2")
                to = (at(0) + at(1) + at(2) + at(3)) * 0.25F;
            else if (places == 2)
                to = at(0).max(at(1)).max(at(2).max(at(3)));
            else
                to = at(0).max(at(1)).max(at(2)).max(at(3)).max(at(4)).max(at(5)).max(at(6)).max(at(7)).max(at(8));
        }
    };
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
                          .elementwise = elementwise,
                          .reduce = reduce}};

}  // namespace
}  // namespace benchmark
