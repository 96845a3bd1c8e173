// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Labelled samples: views of them, minibatches from them, and files that hold them. Links zlib (data/idx.hpp).

#include <sinter/data/dataset.hpp>
#include <sinter/data/idx.hpp>
#include <sinter/data/minibatch.hpp>
#include <sinter/data/mnist.hpp>
