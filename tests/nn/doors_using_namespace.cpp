// SPDX-License-Identifier: BSL-1.0
// The doors of the front end, where all of sinter is visible: layer types and functions of one name do not collide.
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

using namespace sinter;

#include "support/doors.hpp"

#include <doctest/doctest.h>

TEST_CASE("doors: the same numbers at run time where all of sinter is visible") { CHECK(physics_is_right()); }
