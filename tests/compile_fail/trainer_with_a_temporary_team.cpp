// SPDX-License-Identifier: BSL-1.0
// A trainer runs on a team that outlives it.
// expect-error: the fifth argument is a team that has a name and outlives the trainer
// expect-error-count: 1
#include <sinter/program/team.hpp>
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<4>, nn::linear<3>> {};

int main() {
    sinter::model<classifier> net;
#ifdef EXPECT_FAILURE
    sinter::trainer training{net, sinter::cross_entropy{}, sinter::sgd{}, sinter::labels{}, sinter::team{2}};
#else
    sinter::team two{2};
    sinter::trainer training{net, sinter::cross_entropy{}, sinter::sgd{}, sinter::labels{}, two};
#endif
    training.reset();
}
