// SPDX-License-Identifier: BSL-1.0
// The greatest of one score is always the first.
// expect-error: predict_classes: the network's output is no row of scores
// expect-error: docs/errors.md#no_scores
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct classifier : nn::sequential<nn::input<2>, nn::linear<1>> {};
#else
struct classifier : nn::sequential<nn::input<2>, nn::linear<2>> {};
#endif

int main() {
    const std::vector<float> points(8);
    const std::vector<int> classes(4);
    const auto data = sinter::make_dataset(points, classes, 2).value();
    const sinter::model<classifier> net;
    sinter::predict_classes(net, data);
}
