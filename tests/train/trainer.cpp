// SPDX-License-Identifier: BSL-1.0
// A training step by each of its doors: one call, three calls, accumulated chunks. All give the same; PyTorch's
// gradients.
#include "support/golden_network.hpp"
#include "support/plain_network.hpp"
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace {

using namespace sinter_test;
using sinter::cross_entropy, sinter::labels, sinter::sgd_momentum, sinter::trainer;

const double* const inputs = golden::mlp_inputs;
const std::int32_t* const targets = golden::mlp_labels;

TEST_CASE("trainer: gradients are PyTorch's") {
    mlp_model net = golden_mlp();
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    CHECK(t.forward(inputs, targets, 6) == doctest::Approx(golden::mlp_loss[0]).epsilon(1e-14));
    t.backward();
    CHECK(relative_difference(t.gradient_views()[0].values(), golden::mlp_d_weight1) <= 1e-12);
    CHECK(relative_difference(t.gradient_views()[1].values(), golden::mlp_d_bias1) <= 1e-12);
    CHECK(relative_difference(t.gradient_views()[2].values(), golden::mlp_d_weight2) <= 1e-12);
    CHECK(relative_difference(t.gradient_views()[3].values(), golden::mlp_d_bias2) <= 1e-12);
    CHECK(t.gradient_views()[0].name() == "0.weight");
    CHECK(t.gradient_views()[0].shape() == std::vector<std::size_t>{8, 7});
}

TEST_CASE("trainer: step and forward, backward, update give the same bits, for every number of rows") {
    for (int rows = 1; rows <= 6; ++rows) {
        mlp_model fused = golden_mlp(), split = golden_mlp();
        trainer one{fused, cross_entropy{}, sgd_momentum{.learning_rate = 0.1, .nesterov = true}, labels{}};
        trainer three{split, cross_entropy{}, sgd_momentum{.learning_rate = 0.1, .nesterov = true}, labels{}};
        for (int step = 0; step < 4; ++step) {
            const double loss = one.step(inputs, targets, rows);
            CHECK(three.forward(inputs, targets, rows) == loss);
            three.backward();
            three.update();
            CHECK(all_values(fused.parameters()) == all_values(split.parameters()));
        }
        CHECK(one.steps() == 4);
        CHECK(three.steps() == 4);
    }
}

TEST_CASE("trainer: an independent loop in plain doubles trains the same network") {
    mlp_model net = golden_mlp();
    trainer t{net, cross_entropy{}, sgd_momentum{.learning_rate = 0.1}, labels{}};
    plain_network plain(7, 8, 5, all_values(net.parameters()));
    for (int step = 0; step < 20; ++step) {
        const int rows = 1 + step % 6;
        const double wanted = plain.step(inputs, targets, static_cast<std::size_t>(rows), 0.1, 0.9);
        CHECK(t.step(inputs, targets, rows) == doctest::Approx(wanted).epsilon(1e-13));
    }
    CHECK(relative_difference(all_values(net.parameters()), plain.parameters()) <= 1e-13);
}

TEST_CASE("trainer: chunks accumulate to the gradient of the whole") {
    mlp_model net = golden_mlp();
    trainer whole{net, cross_entropy{}, sgd_momentum{}, labels{}},
        chunks{net, cross_entropy{}, sgd_momentum{}, labels{}};
    const double loss = whole.forward(inputs, targets, 6);
    whole.backward();
    double sum = 0;
    chunks.zero_gradients();
    for (const auto& [first, count] : {std::pair{0, 3}, {3, 1}, {4, 2}})
        sum += chunks.accumulate(inputs + first * 7, targets + first, count, 6);
    CHECK(sum == doctest::Approx(loss).epsilon(1e-14));
    CHECK(relative_difference(all_values(chunks.gradient_views()), all_values(whole.gradient_views())) <= 1e-14);
    chunks.zero_gradients();
    for (const double g : all_values(chunks.gradient_views())) CHECK(g == 0);
}

TEST_CASE("trainer: the rule's state is forgotten on reset, and its numbers may change between steps") {
    mlp_model net = golden_mlp();
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    t.step(inputs, targets, 6);
    t.rule().learning_rate = 0;
    const std::vector<double> before = all_values(net.parameters());
    t.step(inputs, targets, 6);
    CHECK(all_values(net.parameters()) == before);
    CHECK(t.steps() == 2);
    t.reset();
    CHECK(t.steps() == 0);

    mlp_model fresh = golden_mlp();
    net = golden_mlp();
    t.rule() = sgd_momentum{};
    trainer u{fresh, cross_entropy{}, sgd_momentum{}, labels{}};
    t.step(inputs, targets, 6);
    u.step(inputs, targets, 6);
    CHECK(all_values(net.parameters()) == all_values(fresh.parameters()));
}

TEST_CASE("trainer: labels that are no class, and calls without what they need before them, are refused") {
    mlp_model net = golden_mlp();
    const std::vector<double> before = all_values(net.parameters());
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    const std::int32_t wrong[] = {0, 5};
    CHECK_THROWS_WITH_AS(t.step(inputs, wrong, 2), "expected labels 0 to 4, found 5", sinter::failure);
    CHECK_THROWS_AS(t.backward(), sinter::failure);
    CHECK_THROWS_AS(t.update(), sinter::failure);
    CHECK(all_values(net.parameters()) == before);
}

TEST_CASE("trainer: rows out of range are refused") {
    mlp_model net = golden_mlp();
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    CHECK_THROWS_WITH_AS(t.step(inputs, targets, 0),
                         "expected 1 to 6 rows, found 0; give the model a larger rows<N>, or accumulate",
                         sinter::failure);
    CHECK_THROWS_AS(t.step(inputs, targets, 7), sinter::failure);
    CHECK_THROWS_AS(t.forward(inputs, targets, -1), sinter::failure);
}

TEST_CASE("trainer: targets that no loss reads lie apart from the samples, the outputs and the loss") {
    constexpr auto size_of = [](auto output, auto) { return mean(output * output); };
    mlp_model net = golden_mlp(), other = golden_mlp();
    const sinter::dense<sinter::shape<5>> five;
    trainer t{net, size_of, sgd_momentum{}, five};
    trainer u{other, size_of, sgd_momentum{}, labels{}};
    const std::vector<double> wild(6 * 5, 1e30);
    for (int step = 0; step < 3; ++step) CHECK(t.step(inputs, wild.data(), 6) == u.step(inputs, targets, 6));
    CHECK(all_values(net.parameters()) == all_values(other.parameters()));

    const auto b = t.step_buffers();
    CHECK(b.target_stride >= 5);
    const double loss = *b.loss, first = b.outputs[0], last = b.outputs[5 * b.output_stride + 4];
    for (std::size_t r = 0; r < 6; ++r)
        for (std::size_t i = 0; i < 5; ++i) b.targets[r * b.target_stride + i] = -1;
    CHECK(*b.loss == loss);
    CHECK(b.outputs[0] == first);
    CHECK(b.outputs[5 * b.output_stride + 4] == last);
    for (std::size_t r = 0; r < 6; ++r)
        for (std::size_t i = 0; i < 7; ++i) CHECK(b.inputs[r * b.input_stride + i] == inputs[r * 7 + i]);
}

TEST_CASE("trainer: a rule with numbers that train nothing is refused when it is made, and on reset") {
    mlp_model net = golden_mlp();
    CHECK_THROWS_WITH_AS((trainer{net, cross_entropy{}, sgd_momentum{.learning_rate = -1}, labels{}}),
                         "sgd_momentum: expected learning_rate to be finite and not negative, found -1",
                         sinter::failure);
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    t.step(inputs, targets, 6);
    t.rule().dampening = 3;
    CHECK_THROWS_AS(t.reset(), sinter::failure);
    CHECK(t.steps() == 1);
    CHECK(&t.net() == &net);
}

}  // namespace
