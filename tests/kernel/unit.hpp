// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What tests/kernel/unit.cpp offers, once for each set of flags it is compiled with.

namespace baseline {
int lanes();
void product(void* const* slots, int rows);
const void* gather();  ///< where this unit's function is
double train(const float* inputs, const int* labels, int samples);
}  // namespace baseline

namespace with_avx2 {
int lanes();
void product(void* const* slots, int rows);
const void* gather();  ///< where this unit's function is
double train(const float* inputs, const int* labels, int samples);
}  // namespace with_avx2
