// SPDX-License-Identifier: BSL-1.0
// cross_entropy takes logits and applies softmax itself.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: member<'1'>
// expect-error: softmax_before_loss_on_logits
// expect-error-count: 1
#include "../support/loss_recipe.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct classifier : nn::sequential<nn::input<784>, nn::linear<10>, nn::softmax> {};
#else
struct classifier : nn::sequential<nn::input<784>, nn::linear<10>> {};
#endif

static_assert(sinter_test::trains_on_labels<classifier, sinter::cross_entropy>);
