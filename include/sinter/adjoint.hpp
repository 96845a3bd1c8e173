// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Derivatives: the reverse pass, and gradient. vjp is in <sinter/adjoint/vjp.hpp>, which only functions include.

#include <sinter/adjoint/gradient.hpp>
#include <sinter/adjoint/reverse.hpp>
