// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Kernels from specs.

#include <sinter/kernel/body.hpp>
#include <sinter/kernel/contraction.hpp>
#include <sinter/kernel/epilogue.hpp>
#include <sinter/kernel/flush_to_zero.hpp>
#include <sinter/kernel/kernel.hpp>
#include <sinter/kernel/loop.hpp>
#include <sinter/kernel/math.hpp>
#include <sinter/kernel/packing.hpp>
#include <sinter/kernel/reference.hpp>
#include <sinter/kernel/scratch.hpp>
#include <sinter/kernel/spec.hpp>
#include <sinter/kernel/tiling.hpp>
#include <sinter/kernel/vector.hpp>
