// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A plan and the kernels: code.

#include <sinter/program/program.hpp>
