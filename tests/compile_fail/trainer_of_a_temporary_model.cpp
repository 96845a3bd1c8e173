// SPDX-License-Identifier: BSL-1.0
// A trainer changes the weights of a model that outlives it: neither a temporary, nor one that is const.
// expect-error: the first argument is a model that has a name, is not const and outlives
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<4>, nn::linear<3>> {};

int main() {
    sinter::model<classifier> net;
#ifdef EXPECT_FAILURE
    sinter::trainer training{sinter::model<classifier>{}, sinter::cross_entropy{}, sinter::sgd{}, sinter::labels{}};
    sinter::trainer another{std::as_const(net), sinter::cross_entropy{}, sinter::sgd{}, sinter::labels{}};
#else
    sinter::trainer training{net, sinter::cross_entropy{}, sinter::sgd{}, sinter::labels{}};
#endif
    training.reset();
}
