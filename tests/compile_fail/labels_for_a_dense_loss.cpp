// SPDX-License-Identifier: BSL-1.0
// Integer labels for a loss on dense targets.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: labels_do_not_fit_loss
// expect-error: expects<10>
// expect-error: found<>
// expect-error-count: 1
#include "../support/loss_recipe.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<784>, nn::linear<10>> {};

#ifdef EXPECT_FAILURE
static_assert(sinter_test::trains_on_labels<classifier, sinter::mean_squared_error>);
#else
static_assert(sinter_test::trains_on_labels<classifier, sinter::cross_entropy>);
#endif
