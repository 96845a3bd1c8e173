// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Layouts, specs, the schedule, offsets.

#include <sinter/plan/arena.hpp>
#include <sinter/plan/emit.hpp>
#include <sinter/plan/frozen.hpp>
#include <sinter/plan/geometry.hpp>
#include <sinter/plan/layout.hpp>
#include <sinter/plan/plan.hpp>
