// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Derivatives: the reverse pass, gradient, and vjp.

#include <sinter/adjoint/gradient.hpp>
#include <sinter/adjoint/reverse.hpp>
#include <sinter/adjoint/vjp.hpp>
