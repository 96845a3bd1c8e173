// SPDX-License-Identifier: BSL-1.0
// Dense targets of another shape than the output.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: targets_differ_from_output
// expect-error: expects<10>
// expect-error: found<9>
// expect-error-count: 1
#include "../support/loss_recipe.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<784>, nn::linear<10>> {};

#ifdef EXPECT_FAILURE
using target = sinter::shape<9>;
#else
using target = sinter::shape<10>;
#endif
static_assert(sinter_test::trains_on_targets<classifier, sinter::cross_entropy, target>);
