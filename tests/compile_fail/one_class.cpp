// SPDX-License-Identifier: BSL-1.0
// cross_entropy of one output is 0 whatever the network says.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: one_class
// expect-error-count: 1
#include "../support/loss_recipe.hpp"
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct classifier : nn::sequential<nn::input<8>, nn::linear<1>> {};
#else
struct classifier : nn::sequential<nn::input<8>, nn::linear<2>> {};
#endif

static_assert(sinter_test::trains_on_labels<classifier, sinter::cross_entropy>);
