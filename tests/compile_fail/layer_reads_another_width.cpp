// SPDX-License-Identifier: BSL-1.0
// A layer that declares its number of inputs gets another number: the message names the layer and both numbers.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: member<'2'>
// expect-error: inner_extents_differ
// expect-error: expects<128>
// expect-error: found<100>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
constexpr int hidden = 100;
#else
constexpr int hidden = 128;
#endif
struct classifier : nn::sequential<nn::input<784>, nn::linear<hidden>, nn::relu, nn::linear<10, nn::inputs<128>>> {};

static_assert(sinter::parameter_count<classifier> > 0);
