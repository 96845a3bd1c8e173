// SPDX-License-Identifier: BSL-1.0
#pragma once

// What all files of a program see of a network whose kernels are compiled in separate_network.cpp alone.

#include <sinter/train/compiled.hpp>

using disc_classifier = sinter::compiled<struct disc>;
