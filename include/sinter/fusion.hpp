// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Which nodes share a loop.

#include <sinter/fusion/lower.hpp>
#include <sinter/fusion/partition.hpp>
#include <sinter/fusion/small_windows.hpp>
