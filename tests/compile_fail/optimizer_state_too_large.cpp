// SPDX-License-Identifier: BSL-1.0
// 1.08e9 parameters fit, their two states of Adam do not.
// expect-error: more than 2,000,000,000 elements in its workspace or in the state
// expect-error: program_too_large
// expect-error: 2162
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct net : nn::sequential<nn::input<23000>, nn::linear<47000>> {};

#ifdef EXPECT_FAILURE
using rule = sinter::adam;
#else
using rule = sinter::sgd;
#endif

double step(sinter::model<net>& m, const float* x, const int* y) {
    return sinter::trainer{m, sinter::cross_entropy{}, rule{}, sinter::labels{}}.step(x, y, 1);
}
