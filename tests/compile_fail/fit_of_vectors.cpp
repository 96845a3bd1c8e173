// SPDX-License-Identifier: BSL-1.0
// A vector is no dataset.
// expect-error: the data is no dataset: write make_dataset
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct net : nn::sequential<nn::input<4>, nn::linear<3>> {};

#ifdef EXPECT_FAILURE
const std::vector<float>& data(const std::vector<float>& x, const std::vector<int>&) { return x; }
#else
auto data(const std::vector<float>& x, const std::vector<int>& y) { return sinter::make_dataset(x, y, 4).value(); }
#endif

void train(sinter::model<net>& m, const std::vector<float>& x, const std::vector<int>& y) {
    sinter::fit(m, data(x, y), sinter::cross_entropy{}, sinter::adam{}, {.epochs = 1});
}
