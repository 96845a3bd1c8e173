// SPDX-License-Identifier: BSL-1.0
// Training a network with a mistake says so once, and nothing else.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: inner_extents_differ
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct classifier : nn::sequential<nn::input<784>, nn::linear<100>, nn::relu, nn::linear<10, nn::inputs<128>>> {};
#else
struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10, nn::inputs<128>>> {};
#endif

int main() {
    const std::vector<float> images(784);
    const std::vector<int> classes(1);
    const auto data = sinter::make_dataset(images, classes, 784).value();
    sinter::model<classifier> net;
    sinter::fit(net, data, sinter::cross_entropy{}, sinter::adam{});
}
