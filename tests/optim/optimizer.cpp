// SPDX-License-Identifier: BSL-1.0
// Every rule against ten steps of torch.optim's, in double: SGD, with momentum, Adam, AdamW.
#include "support/golden_network.hpp"
#include <sinter/optim/adam.hpp>
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

#include <limits>

namespace {

using sinter::adam, sinter::adamw, sinter::sgd, sinter::sgd_momentum;

template <class... Arguments>
void check(const Arguments&... arguments) {
    const auto [losses, parameters] = sinter_test::differences_from_golden(arguments...);
    CHECK(losses <= 1e-12);
    CHECK(parameters <= 1e-12);
}

TEST_CASE("sgd: ten steps are PyTorch's, without and with weight decay") {
    check(sgd{.learning_rate = 0.1}, golden::sgd_losses, golden::sgd_final);
    check(sgd{.learning_rate = 0.1, .weight_decay = 0.01}, golden::sgd_weight_decay_losses,
          golden::sgd_weight_decay_final);
}

TEST_CASE("sgd_momentum: ten steps are PyTorch's, also with Nesterov's form, dampening and weight decay") {
    check(sgd_momentum{.learning_rate = 0.05}, golden::sgd_momentum_losses, golden::sgd_momentum_final);
    check(sgd_momentum{.learning_rate = 0.05, .nesterov = true}, golden::sgd_nesterov_losses,
          golden::sgd_nesterov_final);
    check(sgd_momentum{.learning_rate = 0.05, .dampening = 0.1}, golden::sgd_dampening_losses,
          golden::sgd_dampening_final);
    check(sgd_momentum{.learning_rate = 0.05, .weight_decay = 0.01}, golden::sgd_momentum_weight_decay_losses,
          golden::sgd_momentum_weight_decay_final);
}

TEST_CASE("sgd_momentum: without momentum it is sgd") {
    check(sgd_momentum{.learning_rate = 0.1, .momentum = 0}, golden::sgd_losses, golden::sgd_final);
}

TEST_CASE("adam: ten steps are PyTorch's, with its defaults, other constants, and weight decay") {
    check(adam{}, golden::adam_losses, golden::adam_final);
    check(adam{.learning_rate = 1e-2, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6}, golden::adam_betas_losses,
          golden::adam_betas_final);
    check(adam{.weight_decay = 0.01}, golden::adam_weight_decay_losses, golden::adam_weight_decay_final);
}

TEST_CASE("adamw: ten steps are PyTorch's") {
    check(adamw{.learning_rate = 1e-2, .weight_decay = 0.1}, golden::adamw_losses, golden::adamw_final);
}

// ---- hyper-parameters

struct case_of_a_number {
    double value;
    bool rate, part, average;  // whether it may be one
};
constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
constexpr case_of_a_number numbers[] = {
    {0, true, true, true},           {-0.0, true, true, true},
    {1e-300, true, true, true},      {0.999, true, true, true},
    {1, true, true, false},          {1.5, true, false, false},
    {1e30, true, false, false},      {-1e-2, false, false, false},
    {infinity, false, false, false}, {-infinity, false, false, false},
    {nan, false, false, false},      {-nan, false, false, false},
};

TEST_CASE("rules: rates and decays are finite and not negative, averages below 1; whatever is finite is allowed") {
    for (const auto& [value, rate, part, average] : numbers) {
        const double x = value;  // clang 14 captures no binding
        CAPTURE(x);
        CHECK(sgd{.learning_rate = x}.check().has_value() == rate);
        CHECK(sgd{.weight_decay = x}.check().has_value() == rate);
        CHECK(sgd_momentum{.learning_rate = x}.check().has_value() == rate);
        CHECK(sgd_momentum{.momentum = x}.check().has_value() == rate);
        CHECK(sgd_momentum{.dampening = x}.check().has_value() == part);
        CHECK(sgd_momentum{.weight_decay = x}.check().has_value() == rate);
        CHECK(adam{.learning_rate = x}.check().has_value() == rate);
        CHECK(adam{.beta1 = x}.check().has_value() == average);
        CHECK(adam{.beta2 = x}.check().has_value() == average);
        CHECK(adam{.epsilon = x}.check().has_value() == rate);
        CHECK(adamw{.weight_decay = x}.check().has_value() == rate);
        CHECK(adamw{.beta2 = x}.check().has_value() == average);
    }
}

TEST_CASE("rules: what is wrong is named: the rule, the number, what was expected and found") {
    CHECK(adam{.beta1 = 1}.check().error().message == "adam: expected beta1 to be from 0 to below 1, found 1");
    CHECK(adamw{.epsilon = -1e-8}.check().error().message ==
          "adamw: expected epsilon to be finite and not negative, found -1e-08");
    CHECK(sgd{.learning_rate = infinity}.check().error().message ==
          "sgd: expected learning_rate to be finite and not negative, found inf");
    CHECK(sgd_momentum{.dampening = 2}.check().error().message ==
          "sgd_momentum: expected dampening to be from 0 to 1, found 2");
    CHECK(adam{.learning_rate = nan}.check().error().code == sinter::error_code::bad_argument);
}

// ---- what a rule writes

/// Says that it has two scalars and writes the first `written` of them.
struct writes {
    int written = 2;
    static constexpr int state_count = 1, scalar_count = 2;
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        return sinter::results{p - scalar[0] * g, scalar[1] * state[0]};
    }
    void scalars(long long, double* out) const {
        for (int i = 0; i < written; ++i) out[i] = 1;
    }
};

TEST_CASE("a rule that writes fewer or more scalars than it has is refused where training starts") {
    const auto start = [](const writes& rule) {
        auto net = sinter_test::golden_mlp();
        const sinter::trainer t{net, sinter::cross_entropy{}, rule, sinter::labels{}};
        return t.steps();
    };
    const std::string expected =
        "an update rule's scalars(step, out): expected it to write its 2 scalars and no more, found that out[";
    CHECK(start({}) == 0);
    CHECK_THROWS_WITH_AS(start({1}), (expected + "1] was not").c_str(), sinter::failure);
    CHECK_THROWS_AS(start({0}), sinter::failure);
    CHECK_THROWS_WITH_AS(start({3}), (expected + "2] was, too").c_str(), sinter::failure);
    CHECK_THROWS_AS(start({60}), sinter::failure);
}

// ---- what a rule may say of itself

static_assert(sinter::update_rule<adam> && sinter::update_rule<adamw> && sinter::update_rule<sgd> &&
              sinter::update_rule<sgd_momentum> && sinter::update_rule<writes>);
static_assert(!sinter::update_rule<sinter::cross_entropy> && !sinter::update_rule<int>);
static_assert(sinter::rule_table<adam>.output_count == 3 && sinter::rule_table<sgd>.output_count == 1);

}  // namespace
