// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Labelled samples: views of them, of one input or of columns, and minibatches from them. Files that hold them need
/// zlib: data/mnist.hpp, data/idx.hpp.

#include <sinter/data/columns.hpp>
#include <sinter/data/dataset.hpp>
#include <sinter/data/minibatch.hpp>
