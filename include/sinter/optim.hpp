// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Update rules as expressions.

#include <sinter/optim/adam.hpp>
#include <sinter/optim/hyper_parameters.hpp>
#include <sinter/optim/optimizer.hpp>
#include <sinter/optim/sgd.hpp>
