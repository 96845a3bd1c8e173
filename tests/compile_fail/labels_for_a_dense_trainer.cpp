// SPDX-License-Identifier: BSL-1.0
// A trainer made for dense targets, and data with class labels.
// expect-error: the data has class labels, and the trainer or the loss is for dense targets: make the trainer with
// expect-error: sinter::labels\{\}, or give the targets in floating point
// expect-error: docs/errors.md#targets_of_another_kind
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<2>, nn::linear<3>> {};

int main() {
    const std::vector<float> points(8), probabilities(12);
    const std::vector<int> classes(4);
    sinter::model<classifier> net;
    sinter::trainer t{net, sinter::cross_entropy{}, sinter::adam{}, sinter::dense<sinter::shape<3>>{}};
#ifdef EXPECT_FAILURE
    const auto data = sinter::make_dataset(points, classes, 2).value();
#else
    const auto data = sinter::make_dataset(points, probabilities, 2, 3).value();
#endif
    sinter::fit(t, data);
}
