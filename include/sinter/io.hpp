// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Weights in files that other programs write and read.

#include <sinter/io/json.hpp>
#include <sinter/io/safetensors.hpp>
