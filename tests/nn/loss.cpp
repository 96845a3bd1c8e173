// SPDX-License-Identifier: BSL-1.0
// Losses and whole networks against PyTorch, value and every gradient, in double; what a loss refuses.
#include "golden/golden.hpp"
#include "support/golden_check.hpp"
#include <sinter/adjoint/reverse.hpp>
#include <sinter/graph/functions.hpp>
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/loss.hpp>
#include <sinter/nn/network.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace {

namespace nn = sinter::nn;
using sinter::builder, sinter::expr, sinter::extents, sinter::interpreter, sinter::list, sinter::mistake_kind,
    sinter::op, sinter::shape;
using sinter_test::elements, sinter_test::golden_equal;

/// Samples of a shape (input 0), or a target (input 1): dense, or integer labels.
template <class Shape>
expr<Shape> samples(builder& graph, int number, bool labels = false) {
    return {&graph, graph.leaf(op::input, number, Shape::value, true,
                               labels ? sinter::value_kind::integer : sinter::value_kind::real)};
}
/// The mean over the samples.
int mean_over_rows(builder& graph, int y) {
    return graph.record(op::multiply, {graph.sum_over_samples(y), graph.leaf(op::scalar, 0, extents{})});
}

/// The mean loss and its gradient by the output, `rows` samples of each.
struct loss_and_gradient {
    double loss;
    std::vector<double> gradient;
};
template <class Shape, class Loss, class Target, class Element>
loss_and_gradient run_loss(Loss loss, const double* output, const Element* target, int rows, bool labels) {
    builder graph;
    const auto z = samples<Shape>(graph, 0);
    const auto t = samples<Target>(graph, 1, labels);
    const int y = mean_over_rows(graph, loss(z, t).id);
    int dz = -1;
    sinter::reverse_pass(graph, y).run(&z.id, 1, &dz);
    REQUIRE(graph.first_mistake().kind == mistake_kind::none);
    interpreter<double> run;
    run.run(graph.view(), rows, [&](const sinter::node& q, int, int r, int e) {
        if (q.code == op::scalar) return 1.0 / rows;
        return q.number == 0 ? output[r * Shape::size + e] : static_cast<double>(target[r * Target::size + e]);
    });
    return {run.at(y, 0, 0), elements(run, graph.view(), dz)};
}

template <class Shape, class Target, class Loss, class Element, std::size_t Count>
void check(Loss loss, const double (&output)[Count], const Element* target, bool labels, const double (&wanted)[1],
           const double (&slope)[Count]) {
    constexpr int rows = static_cast<int>(Count) / Shape::size;
    const loss_and_gradient found = run_loss<Shape, Loss, Target>(loss, output, target, rows, labels);
    CHECK(golden_equal({found.loss}, wanted));
    CHECK(golden_equal(found.gradient, slope));
}

TEST_CASE("loss: mean squared error and its gradient are PyTorch's") {
    check<shape<3>, shape<3>>(sinter::mean_squared_error{}, golden::mse_prediction, golden::mse_target, false,
                              golden::mse_loss, golden::mse_dx);
}

TEST_CASE("loss: cross entropy on labels, one-hot rows and probabilities is PyTorch's") {
    const sinter::cross_entropy loss;
    check<shape<10>, shape<>>(loss, golden::cross_entropy_logits, golden::cross_entropy_labels, true,
                              golden::cross_entropy_loss, golden::cross_entropy_dx);
    check<shape<10>, shape<10>>(loss, golden::cross_entropy_logits, golden::cross_entropy_one_hot, false,
                                golden::cross_entropy_one_hot_loss, golden::cross_entropy_one_hot_dx);
    check<shape<10>, shape<10>>(loss, golden::cross_entropy_logits, golden::cross_entropy_probability, false,
                                golden::cross_entropy_probability_loss, golden::cross_entropy_probability_dx);
}

TEST_CASE("loss: cross entropy of rows that do not sum to 1 weighs each class by its own number, as PyTorch does") {
    const double logits[] = {1, 1}, rows[] = {3, 1};
    const loss_and_gradient found =
        run_loss<shape<2>, sinter::cross_entropy, shape<2>>(sinter::cross_entropy{}, logits, rows, 1, false);
    CHECK(found.loss == doctest::Approx(4 * sinter::math::ln2).epsilon(1e-15));
    CHECK(found.gradient[0] == doctest::Approx(-1));
    CHECK(found.gradient[1] == doctest::Approx(1));
}

TEST_CASE("loss: cross entropy of extreme logits is finite and PyTorch's") {
    const sinter::cross_entropy loss;
    check<shape<5>, shape<>>(loss, golden::extreme_logits, golden::extreme_labels, true, golden::extreme_loss,
                             golden::extreme_dx);
    double one_hot[20] = {};
    for (int r = 0; r < 4; ++r) one_hot[5 * r + golden::extreme_labels[r]] = 1;
    check<shape<5>, shape<5>>(loss, golden::extreme_logits, one_hot, false, golden::extreme_one_hot_loss,
                              golden::extreme_one_hot_dx);
}

TEST_CASE("loss: a masked class, of logit -infinity, has no probability and no gradient, as in PyTorch") {
    const double inf = std::numeric_limits<double>::infinity();
    const double logits[] = {-inf, 0, 0, -inf, 1, 1};
    const int labels[] = {1, 0};
    const loss_and_gradient one =
        run_loss<shape<3>, sinter::cross_entropy, shape<>>(sinter::cross_entropy{}, logits, labels, 1, true);
    CHECK(one.loss == doctest::Approx(sinter::math::ln2).epsilon(1e-15));
    CHECK(one.gradient == std::vector<double>{0, -0.5, 0.5});
    // the label of a masked class: the loss is infinite, the gradient is not
    const loss_and_gradient both =
        run_loss<shape<3>, sinter::cross_entropy, shape<>>(sinter::cross_entropy{}, logits, labels, 2, true);
    CHECK(both.loss == inf);
    CHECK(both.gradient == std::vector<double>{0, -0.25, 0.25, -0.5, 0.25, 0.25});
    // a row of probabilities multiplies: 0 * infinity is NaN in the loss, and in the loss alone
    const double rows[] = {0, 1, 0};
    const loss_and_gradient dense =
        run_loss<shape<3>, sinter::cross_entropy, shape<3>>(sinter::cross_entropy{}, logits, rows, 1, false);
    CHECK(dense.loss != dense.loss);
    CHECK(dense.gradient == std::vector<double>{0, -0.5, 0.5});
}

// ---- networks: forward, loss, and the gradient by every parameter

template <class Net>
struct trained {
    builder graph;
    int output = -1, loss = -1;
    std::vector<int> parameters, gradients;  // the input's gradient comes last
    interpreter<double> run;

    trained(const double* inputs, const int* labels, int rows, const std::vector<const double*>& values) {
        constexpr int width = Net::input::size;
        sinter::detail::trace_network<Net>(graph, [&](const auto& y) {
            output = y.id;
            loss = mean_over_rows(graph, sinter::cross_entropy{}(y, samples<shape<>>(graph, 1, true)).id);
        });
        for (int p = 0; p < graph.network.parameters.size(); ++p)
            parameters.push_back(graph.leaf(op::parameter, p, graph.network.parameters[p].shape));
        parameters.push_back(graph.leaf(op::input, 0, Net::input::value, true));
        gradients.resize(parameters.size());
        sinter::reverse_pass(graph, loss).run(parameters.data(), static_cast<int>(parameters.size()), gradients.data());
        run.run(graph.view(), rows, [&](const sinter::node& q, int i, int r, int e) {
            if (q.code == op::scalar) return 1.0 / rows;
            if (q.code == op::input) return q.number == 0 ? inputs[width * r + e] : static_cast<double>(labels[r]);
            return values[static_cast<std::size_t>(q.number)][graph.shape(i).rank == 2 ? transposed(i, e) : e];
        });
    }
    /// Element e of an [in, out] matrix in PyTorch's [out, in].
    int transposed(int node, int e) const {
        const extents& s = graph.shape(node);
        return e % s[1] * s[0] + e / s[1];
    }
    std::vector<double> gradient(std::size_t p) const {
        std::vector<double> in_order = elements(run, graph.view(), gradients[p]), out(in_order.size());
        const bool matrix = p + 1 < gradients.size() && graph.shape(gradients[p]).rank == 2;
        for (std::size_t e = 0; e < out.size(); ++e)
            out[matrix ? static_cast<std::size_t>(transposed(gradients[p], static_cast<int>(e))) : e] = in_order[e];
        return out;
    }
};

struct mlp : nn::sequential<nn::input<7>, nn::linear<8>, nn::relu, nn::linear<5>> {};
struct deep : nn::sequential<nn::input<6>, nn::linear<9>, nn::tanh, nn::linear<4>, nn::sigmoid, nn::linear<3>> {};

TEST_CASE("network: 7-8-5 with relu has PyTorch's output, loss and gradients") {
    const trained<mlp> net(golden::mlp_inputs, golden::mlp_labels, 6,
                           {golden::mlp_weight1, golden::mlp_bias1, golden::mlp_weight2, golden::mlp_bias2});
    CHECK(golden_equal(elements(net.run, net.graph.view(), net.output), golden::mlp_logits));
    CHECK(golden_equal({net.run.at(net.loss, 0, 0)}, golden::mlp_loss));
    CHECK(golden_equal(net.gradient(0), golden::mlp_d_weight1));
    CHECK(golden_equal(net.gradient(1), golden::mlp_d_bias1));
    CHECK(golden_equal(net.gradient(2), golden::mlp_d_weight2));
    CHECK(golden_equal(net.gradient(3), golden::mlp_d_bias2));
    CHECK(golden_equal(net.gradient(4), golden::mlp_d_inputs));
}

TEST_CASE("network: 6-9-4-3 with tanh and sigmoid has PyTorch's output, loss and gradients") {
    const trained<deep> net(golden::deep_inputs, golden::deep_labels, 6,
                            {golden::deep_weight1, golden::deep_bias1, golden::deep_weight2, golden::deep_bias2,
                             golden::deep_weight3, golden::deep_bias3});
    CHECK(golden_equal(elements(net.run, net.graph.view(), net.output), golden::deep_logits));
    CHECK(golden_equal({net.run.at(net.loss, 0, 0)}, golden::deep_loss));
    CHECK(golden_equal(net.gradient(0), golden::deep_d_weight1));
    CHECK(golden_equal(net.gradient(1), golden::deep_d_bias1));
    CHECK(golden_equal(net.gradient(2), golden::deep_d_weight2));
    CHECK(golden_equal(net.gradient(3), golden::deep_d_bias2));
    CHECK(golden_equal(net.gradient(4), golden::deep_d_weight3));
    CHECK(golden_equal(net.gradient(5), golden::deep_d_bias3));
    CHECK(golden_equal(net.gradient(6), golden::deep_d_inputs));
}

// ---- what a loss refuses

template <class Output, class Target>
sinter::mistake mistake_of(auto loss, bool labels, auto before) {
    builder graph;
    loss(before(samples<Output>(graph, 0)), samples<Target>(graph, 1, labels));
    return graph.first_mistake();
}
constexpr auto logits = [](auto z) { return z; };

TEST_CASE("loss: labels and dense targets are not taken for each other") {
    CHECK(mistake_of<shape<10>, shape<>>(sinter::cross_entropy{}, true, logits).kind == mistake_kind::none);
    CHECK(mistake_of<shape<10>, shape<>>(sinter::cross_entropy{}, false, logits).kind ==
          mistake_kind::labels_do_not_fit_loss);
    CHECK(mistake_of<shape<1>, shape<>>(sinter::mean_squared_error{}, true, logits).kind ==
          mistake_kind::labels_do_not_fit_loss);
    const sinter::mistake wrong = mistake_of<shape<10>, shape<9>>(sinter::cross_entropy{}, false, logits);
    CHECK(wrong.kind == mistake_kind::targets_differ_from_output);
    CHECK(wrong.expected == list(10));
    CHECK(wrong.found == list(9));
    CHECK(mistake_of<shape<3>, shape<4>>(sinter::mean_squared_error{}, false, logits).kind ==
          mistake_kind::targets_differ_from_output);
}

TEST_CASE("loss: cross entropy refuses what has passed through softmax already, and images") {
    const auto probabilities = [](auto z) { return softmax(z); };
    const auto layer = [](auto z) { return nn::softmax{}(z); };
    CHECK(mistake_of<shape<10>, shape<>>(sinter::cross_entropy{}, true, probabilities).kind ==
          mistake_kind::softmax_before_loss_on_logits);
    CHECK(mistake_of<shape<10>, shape<10>>(sinter::cross_entropy{}, false, layer).kind ==
          mistake_kind::softmax_before_loss_on_logits);
    CHECK(mistake_of<shape<2, 5>, shape<>>(sinter::cross_entropy{}, true, logits).kind ==
          mistake_kind::flatten_is_missing);
}

TEST_CASE("loss: cross entropy sees softmax through whatever moves elements and computes nothing") {
    const auto kind_of = [](auto before) {
        return mistake_of<shape<2, 5>, shape<>>(sinter::cross_entropy{}, true, before).kind;
    };
    const auto refused = mistake_kind::softmax_before_loss_on_logits;
    CHECK(kind_of([](auto z) { return flatten(softmax(z)); }) == refused);
    CHECK(kind_of([](auto z) { return nn::flatten{}(nn::softmax{}(z)); }) == refused);
    CHECK(kind_of([](auto z) { return reshape<10>(reshape<5, 2>(softmax<0>(z))); }) == refused);
    CHECK(kind_of([](auto z) { return stop(flatten(transpose(softmax(z)))); }) == refused);
    CHECK(kind_of([](auto z) { return slice<0, 1, 9>(softmax(flatten(z))); }) == refused);
    CHECK(kind_of([](auto z) { return concat(softmax(flatten(z)), flatten(softmax(z))); }) == refused);

    CHECK(kind_of([](auto z) { return flatten(z); }) == mistake_kind::none);
    CHECK(kind_of([](auto z) { return flatten(log_softmax(z)); }) == mistake_kind::none);
    CHECK(kind_of([](auto z) { return flatten(softmax(z) * z); }) == mistake_kind::none);
    CHECK(kind_of([](auto z) { return concat(softmax(flatten(z)), flatten(z)); }) == mistake_kind::none);
}

}  // namespace
