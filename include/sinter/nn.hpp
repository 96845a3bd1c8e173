// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Layers, losses, initialisers, and a network as a table.

// First: of what is refused there, clang names each file on the way to it.
#include <sinter/graph/expression.hpp>
#include <sinter/graph/views.hpp>
#include <sinter/nn/activation.hpp>
#include <sinter/nn/conv.hpp>
#include <sinter/nn/conv_options.hpp>
#include <sinter/nn/convolution.hpp>
#include <sinter/nn/image_order.hpp>
#include <sinter/nn/initialize.hpp>
#include <sinter/nn/layer.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/loss.hpp>
#include <sinter/nn/members.hpp>
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>
#include <sinter/nn/pool_options.hpp>
#include <sinter/nn/sequential.hpp>
#include <sinter/nn/window_options.hpp>
