// SPDX-License-Identifier: BSL-1.0
// Compiled once, before the misuses: each of them then includes what is there already.
#include <sinter/program/report.hpp>
#include <sinter/sinter.hpp>
#include <sinter/train/compile.hpp>

#include <array>
#include <cmath>
#include <ratio>
#include <tuple>
#include <utility>
#include <vector>
