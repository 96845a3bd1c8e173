// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Networks that tests/train/compile.cpp compiles, as other files see them.

#include <sinter/train/compiled.hpp>

namespace sinter_test {

/// 7-8-5 on labels; sixteen samples at once.
using compiled_labels = sinter::compiled<struct labels_network>;
/// The same in double, on dense targets, with another width: its files do not fit the first.
using compiled_dense = sinter::compiled<struct dense_network, double, double>;

}  // namespace sinter_test
