// SPDX-License-Identifier: BSL-1.0
// A copy of a trainer would train the same weights from the same state: two trainers are made, or one is moved.
// expect-error: deleted (function|constructor)
// expect-error-count: 1
#include <sinter/sinter.hpp>

#include <utility>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<4>, nn::linear<3>> {};

int main() {
    sinter::model<classifier> net;
    sinter::trainer training{net, sinter::cross_entropy{}, sinter::sgd{}, sinter::labels{}};
#ifdef EXPECT_FAILURE
    auto again = training;
#else
    auto again = std::move(training);
#endif
    again.reset();
}
