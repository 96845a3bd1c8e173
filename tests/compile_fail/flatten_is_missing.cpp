// SPDX-License-Identifier: BSL-1.0
// A layer on vectors gets an image.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: member<'0'>
// expect-error: flatten_is_missing
// expect-error: expects<1>
// expect-error: found<2>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct classifier : nn::sequential<nn::input<28, 28>, nn::linear<10>> {};
#else
struct classifier : nn::sequential<nn::input<28, 28>, nn::flatten, nn::linear<10>> {};
#endif

static_assert(sinter::parameter_count<classifier> > 0);
