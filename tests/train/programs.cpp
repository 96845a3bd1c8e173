// SPDX-License-Identifier: BSL-1.0
// The programs of network types as run-time data, by the kernels' twins: PyTorch's gradients of a deeper network,
// one-hot targets, two outputs, an output that is a view.
#include "golden/golden.hpp"
#include "support/network_program.hpp"
#include "support/same_table.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace {

using namespace sinter_test;
namespace nn = sinter::nn;
using numbers = std::span<const double>;

struct mlp : nn::sequential<nn::input<7>, nn::linear<8>, nn::relu, nn::linear<5>> {};
struct deep : nn::sequential<nn::input<6>, nn::linear<9>, nn::tanh, nn::linear<4>, nn::sigmoid, nn::linear<3>> {};

constexpr int rows = 6;
constexpr numbers mlp_parameters[] = {golden::mlp_weight1, golden::mlp_bias1, golden::mlp_weight2, golden::mlp_bias2};
constexpr numbers deep_parameters[] = {golden::deep_weight1, golden::deep_bias1,   golden::deep_weight2,
                                       golden::deep_bias2,   golden::deep_weight3, golden::deep_bias3};

/// The place in a golden array, (out, in), of element e of parameter p, (in, out).
template <class Net>
std::size_t golden_place(int p, int e) {
    const extents& shape = network<Net>::report.parameters[p].shape;
    if (shape.rank == 1) return static_cast<std::size_t>(e);
    return static_cast<std::size_t>(e % shape[1] * shape[0] + e / shape[1]);
}

/// Gradients of Net on golden samples, for a machine of four lanes; parameters beyond the golden ones are 0.5.
template <class Net, class Loss, class Target>
planned_run<double> gradients(std::span<const numbers> parameters, numbers inputs, auto target) {
    planned_run<double> run;
    network_program<Net, Loss, Target, sgd, program_kind::gradient>::prepare(
        run, {.target = {4, 16}, .capacity = rows}, rows, [&](const node& q, int, int r, int e) -> double {
            if (q.code == op::scalar) return 1.0 / rows;
            if (q.code == op::input && q.number == 1) return target(r, e);
            if (q.code == op::input) return inputs[static_cast<std::size_t>(r * input_shape_t<Net>::size + e)];
            const auto p = static_cast<std::size_t>(q.number);
            return p < parameters.size() ? parameters[p][golden_place<Net>(q.number, e)] : 0.5;
        });
    run.run();
    return run;
}
/// The largest difference of parameter p's gradient over its largest element.
template <class Net>
double difference(planned_run<double>& run, int p, numbers wanted) {
    double largest = 0, apart = 0;
    for (int e = 0; e < network<Net>::report.parameters[p].shape.size(); ++e) {
        const double w = wanted[golden_place<Net>(p, e)],
                     d = std::abs(run.at(arena::gradients, p, network<Net>::report.parameters[p].shape, e) - w);
        largest = std::max(largest, std::abs(w));
        apart = d >= 0 ? std::max(apart, d) : INFINITY;
    }
    return apart / largest;
}

TEST_CASE("programs: the gradients of 6-9-4-3 are PyTorch's") {
    auto run = gradients<deep, cross_entropy, labels>(deep_parameters, golden::deep_inputs,
                                                      [](int r, int) { return golden::deep_labels[r]; });
    CHECK(run.output(0, 0, 0) == doctest::Approx(golden::deep_loss[0]).epsilon(1e-14));
    constexpr numbers wanted[] = {golden::deep_d_weight1, golden::deep_d_bias1,   golden::deep_d_weight2,
                                  golden::deep_d_bias2,   golden::deep_d_weight3, golden::deep_d_bias3};
    for (int p = 0; p < 6; ++p) CHECK(difference<deep>(run, p, wanted[p]) <= 1e-12);
}

constexpr numbers mlp_gradients[] = {golden::mlp_d_weight1, golden::mlp_d_bias1, golden::mlp_d_weight2,
                                     golden::mlp_d_bias2};

TEST_CASE("programs: integer labels and one-hot rows give the same loss and gradient") {
    auto integers = gradients<mlp, cross_entropy, labels>(mlp_parameters, golden::mlp_inputs,
                                                          [](int r, int) { return golden::mlp_labels[r]; });
    auto one_hot = gradients<mlp, cross_entropy, dense<shape<5>>>(
        mlp_parameters, golden::mlp_inputs, [](int r, int e) { return golden::mlp_labels[r] == e ? 1 : 0; });
    CHECK(integers.output(0, 0, 0) == doctest::Approx(golden::mlp_loss[0]).epsilon(1e-14));
    CHECK(one_hot.output(0, 0, 0) == doctest::Approx(golden::mlp_loss[0]).epsilon(1e-14));
    for (int p = 0; p < 4; ++p) {
        CHECK(difference<mlp>(integers, p, mlp_gradients[p]) <= 1e-12);
        CHECK(difference<mlp>(one_hot, p, mlp_gradients[p]) <= 1e-12);
    }
}

// ---- two outputs: the loss is taken of the first

struct policy_and_value {
    using input = shape<7>;
    BOOST_HANA_DEFINE_STRUCT(policy_and_value, (nn::linear<8>, trunk), (nn::linear<5>, policy), (nn::linear<1>, value));
    constexpr auto operator()(auto x) const {
        const auto h = relu(trunk(x));
        return std::pair{policy(h), value(h)};
    }
};

TEST_CASE("programs: of two outputs the first is trained; the second's parameters have gradient 0") {
    auto run = gradients<policy_and_value, cross_entropy, labels>(mlp_parameters, golden::mlp_inputs,
                                                                  [](int r, int) { return golden::mlp_labels[r]; });
    for (int p = 0; p < 4; ++p) CHECK(difference<policy_and_value>(run, p, mlp_gradients[p]) <= 1e-12);
    for (int e = 0; e < 8; ++e) CHECK(run.at(arena::gradients, 4, list(8, 1), e) == 0);
    CHECK(run.at(arena::gradients, 5, list(1), 0) == 0);
}

// A hana::tuple of the same outputs is the same training program.
struct policy_and_value_tuple {
    using input = shape<7>;
    BOOST_HANA_DEFINE_STRUCT(policy_and_value_tuple, (nn::linear<8>, trunk), (nn::linear<5>, policy),
                             (nn::linear<1>, value));
    constexpr auto operator()(auto x) const {
        const auto h = relu(trunk(x));
        return boost::hana::make_tuple(policy(h), value(h));
    }
};
static_assert(sinter_test::same_table(sinter::trained<policy_and_value, cross_entropy, labels>::table.view(),
                                      sinter::trained<policy_and_value_tuple, cross_entropy, labels>::table.view()));

// ---- an output that is a view of what the loss was computed of: stored by a call of its own

struct reversed {
    using input = shape<7>;
    BOOST_HANA_DEFINE_STRUCT(reversed, (nn::linear<8>, hidden), (nn::linear<5>, out));
    constexpr auto operator()(auto x) const { return slice<0, 1, 4>(out(relu(hidden(x)))); }
};

TEST_CASE("programs: loss and output are complete after the forward part, and backward does not change them") {
    planned_run<double> run;
    network_program<reversed, mean_squared_error, dense<shape<3>>, sgd, program_kind::gradient>::prepare(
        run, {.target = {4, 16}, .capacity = rows}, rows, [](const node& q, int, int r, int e) {
            return q.code == op::scalar ? 1.0 / rows : std::sin(1.0 + e + 5 * r + 3 * q.number);
        });
    run.run_calls(0, run.plan.calls_until_output);
    const double loss = run.output(0, 0, 0);
    double wanted = 0;
    std::vector<double> outputs;
    for (int r = 0; r < rows; ++r)
        for (int e = 0; e < 3; ++e) {
            outputs.push_back(run.output(1, r, e));
            wanted += std::pow(outputs.back() - std::sin(1.0 + e + 5 * r + 3), 2) / (3 * rows);
        }
    CHECK(loss == doctest::Approx(wanted).epsilon(1e-13));
    run.run_calls(run.plan.calls_until_output, run.plan.calls.size());
    CHECK(run.output(0, 0, 0) == loss);
    for (int r = 0; r < rows; ++r)
        for (int e = 0; e < 3; ++e) CHECK(run.output(1, r, e) == outputs[static_cast<std::size_t>(r * 3 + e)]);
}

}  // namespace
