// SPDX-License-Identifier: BSL-1.0
// A model computes in float or double.
// expect-error: floating
// expect-error-count: 1
#include <sinter/nn/linear.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<8>, nn::linear<2>> {};

#ifdef EXPECT_FAILURE
using scalar = int;
#else
using scalar = double;
#endif

int main() { return sinter::model<classifier, scalar>::parameter_elements == 0; }
