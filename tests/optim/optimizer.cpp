// SPDX-License-Identifier: BSL-1.0
// Every rule against ten steps of torch.optim's, in double: SGD, with momentum, Adam, AdamW.
#include "support/golden_network.hpp"
#include <sinter/optim/adam.hpp>
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

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

}  // namespace
