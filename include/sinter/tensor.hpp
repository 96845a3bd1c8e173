// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Shapes, the operations and their values, aligned storage.

#include <sinter/tensor/aligned_buffer.hpp>
#include <sinter/tensor/elementwise.hpp>
#include <sinter/tensor/extents.hpp>
#include <sinter/tensor/index_map.hpp>
#include <sinter/tensor/integers.hpp>
#include <sinter/tensor/op.hpp>
