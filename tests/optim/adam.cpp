// SPDX-License-Identifier: BSL-1.0
// Adam and AdamW against ten steps of torch.optim's, in double.
#include "support/golden_network.hpp"
#include <sinter/optim/adam.hpp>

#include <doctest/doctest.h>

namespace {

using sinter::adam, sinter::adamw;

template <class... Arguments>
void check(const Arguments&... arguments) {
    const auto [losses, parameters] = sinter_test::differences_from_golden(arguments...);
    CHECK(losses <= 1e-12);
    CHECK(parameters <= 1e-12);
}

TEST_CASE("adam: ten steps are PyTorch's, with its defaults, other constants, and weight decay") {
    check(adam{}, golden::adam_losses, golden::adam_final);
    check(adam{.learning_rate = 1e-2, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6}, golden::adam_betas_losses, golden::adam_betas_final);
    check(adam{.weight_decay = 0.01}, golden::adam_weight_decay_losses, golden::adam_weight_decay_final);
}

TEST_CASE("adamw: ten steps are PyTorch's") {
    check(adamw{.learning_rate = 1e-2, .weight_decay = 0.1}, golden::adamw_losses, golden::adamw_final);
}

}  // namespace
