// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Networks that tests/train/compile.cpp compiles, as other files see them.

#include <sinter/train/compiled.hpp>

namespace sinter_test {

/// 7-8-5 on labels; sixteen samples at once.
using compiled_labels = sinter::compiled<struct labels_network>;
/// The same in double, on dense targets, with another width: its files do not fit the first.
using compiled_dense = sinter::compiled<struct dense_network, double, double>;

/// Two inputs, the second of integers; labels and two numbers as targets.
using compiled_heads =
    sinter::compiled<struct heads_network, float,
                     sinter::lists_of<sinter::elements<float, std::int32_t>, sinter::elements<std::int32_t, float>>>;

}  // namespace sinter_test
