// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Derivatives: the reverse pass, and gradient.

#include <sinter/adjoint/gradient.hpp>
#include <sinter/adjoint/reverse.hpp>
