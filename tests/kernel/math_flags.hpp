// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What tests/kernel/math_flags_unit.cpp offers, once for each set of flags it is compiled with.

#include <sinter/tensor/op.hpp>

/// Writes f(in[i]) to out[i] for f = exp, log, tanh, sigmoid, sin or cos, n a multiple of 16; on lanes or on one lane.
struct functions_under_flags {
    const char* flags;
    void (*floats)(sinter::op f, bool one_lane, const float* in, float* out, int n);
    void (*doubles)(sinter::op f, bool one_lane, const double* in, double* out, int n);
    /// log(sum(exp(x))) of three rows of 20 elements.
    void (*log_sum_exp)(const float* rows, float* out);
};
