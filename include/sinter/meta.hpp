// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What every room uses: constexpr containers and mathematics, results and errors, randomness, a clock, the team of
/// one.

#include <sinter/meta/clock.hpp>
#include <sinter/meta/constant.hpp>
#include <sinter/meta/finite.hpp>
#include <sinter/meta/hash_index.hpp>
#include <sinter/meta/late.hpp>
#include <sinter/meta/math.hpp>
#include <sinter/meta/no_team.hpp>
#include <sinter/meta/philox.hpp>
#include <sinter/meta/text.hpp>
#include <sinter/meta/trimmed.hpp>
#include <sinter/meta/type_name.hpp>
#include <sinter/meta/vector.hpp>
