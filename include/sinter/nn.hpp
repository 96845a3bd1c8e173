// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Layers, losses, initialisers, and a network as a table.

#include <sinter/graph/expression.hpp>  // first: what is refused there names few files on the way to it
#include <sinter/nn/activation.hpp>
#include <sinter/nn/initialize.hpp>
#include <sinter/nn/layer.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/loss.hpp>
#include <sinter/nn/members.hpp>
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>
#include <sinter/nn/pool_options.hpp>
#include <sinter/nn/sequential.hpp>
