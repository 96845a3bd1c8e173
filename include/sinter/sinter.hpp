// SPDX-License-Identifier: BSL-1.0
#pragma once

/// All of sinter that needs no further library. Reading image files needs zlib: <sinter/data/mnist.hpp>.

#include <sinter/adjoint.hpp>
#include <sinter/data.hpp>
#include <sinter/fusion.hpp>
#include <sinter/graph.hpp>
#include <sinter/io.hpp>
#include <sinter/kernel.hpp>
#include <sinter/meta.hpp>
#include <sinter/nn.hpp>
#include <sinter/optim.hpp>
#include <sinter/plan.hpp>
#include <sinter/program.hpp>
#include <sinter/tensor.hpp>
#include <sinter/train.hpp>
