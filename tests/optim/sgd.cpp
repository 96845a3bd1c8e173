// SPDX-License-Identifier: BSL-1.0
// Gradient descent, plain and with momentum, against ten steps of torch.optim.SGD, in double.
#include "support/golden_network.hpp"
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

namespace {

using sinter::sgd, sinter::sgd_momentum;

template <class... Arguments>
void check(const Arguments&... arguments) {
    const auto [losses, parameters] = sinter_test::differences_from_golden(arguments...);
    CHECK(losses <= 1e-12);
    CHECK(parameters <= 1e-12);
}

TEST_CASE("sgd: ten steps are PyTorch's, without and with weight decay") {
    check(sgd{.learning_rate = 0.1}, golden::sgd_losses, golden::sgd_final);
    check(sgd{.learning_rate = 0.1, .weight_decay = 0.01}, golden::sgd_weight_decay_losses, golden::sgd_weight_decay_final);
}

TEST_CASE("sgd_momentum: ten steps are PyTorch's, also with Nesterov's form, dampening and weight decay") {
    check(sgd_momentum{.learning_rate = 0.05}, golden::sgd_momentum_losses, golden::sgd_momentum_final);
    check(sgd_momentum{.learning_rate = 0.05, .nesterov = true}, golden::sgd_nesterov_losses, golden::sgd_nesterov_final);
    check(sgd_momentum{.learning_rate = 0.05, .dampening = 0.1}, golden::sgd_dampening_losses, golden::sgd_dampening_final);
    check(sgd_momentum{.learning_rate = 0.05, .weight_decay = 0.01}, golden::sgd_momentum_weight_decay_losses,
          golden::sgd_momentum_weight_decay_final);
}

TEST_CASE("sgd_momentum: without momentum it is sgd") {
    check(sgd_momentum{.learning_rate = 0.1, .momentum = 0}, golden::sgd_losses, golden::sgd_final);
}

}  // namespace
