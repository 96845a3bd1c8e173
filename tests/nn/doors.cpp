// SPDX-License-Identifier: BSL-1.0
// The doors of the front end, where nothing of sinter is visible but through arguments and qualified names.
#include "support/doors.hpp"

#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#include <doctest/doctest.h>

TEST_CASE("doors: the same numbers at run time as while compiling") { CHECK(physics_is_right()); }
