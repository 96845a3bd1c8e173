// SPDX-License-Identifier: BSL-1.0
// A linear runs along the last axis of an image, and the loss gets more than a row of scores.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: flatten_is_missing
// expect-error: expects<28, ?10>
// expect-error-count: 1
#include "../support/loss_recipe.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct classifier : nn::sequential<nn::input<28, 28>, nn::linear<10>> {};
#else
struct classifier : nn::sequential<nn::input<28, 28>, nn::flatten, nn::linear<10>> {};
#endif

static_assert(sinter_test::trains_on_labels<classifier, sinter::cross_entropy>);
