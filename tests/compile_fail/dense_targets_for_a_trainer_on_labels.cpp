// SPDX-License-Identifier: BSL-1.0
// A trainer made for class labels, and test data with dense targets.
// expect-error: the data has dense targets, and the trainer was made for class labels: make the trainer with
// expect-error: sinter::dense<sinter::shape<N>>\{\}, or give integers
// expect-error: docs/errors.md#targets_of_another_kind
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<2>, nn::linear<3>> {};

int main() {
    const std::vector<float> points(8), probabilities(12);
    const std::vector<int> classes(4);
    sinter::model<classifier> net;
    sinter::trainer t{net, sinter::cross_entropy{}, sinter::adam{}, sinter::labels{}};
    const auto data = sinter::make_dataset(points, classes, 2).value();
#ifdef EXPECT_FAILURE
    const auto test = sinter::make_dataset(points, probabilities, 2, 3).value();
#else
    const auto test = data;
#endif
    sinter::fit(t, data, {.epochs = 1}, test);
}
