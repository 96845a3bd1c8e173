// SPDX-License-Identifier: BSL-1.0
// make_dataset may fail: ask its result.
// expect-error: the data is a sinter::result
// expect-error: make_dataset\(…\).value\(\)|make_dataset\(.*\).value\(\)
// expect-error-count: 1
#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct net : nn::sequential<nn::input<4>, nn::linear<3>> {};

#ifdef EXPECT_FAILURE
auto data(const std::vector<float>& x, const std::vector<int>& y) { return sinter::make_dataset(x, y, 4); }
#else
auto data(const std::vector<float>& x, const std::vector<int>& y) { return sinter::make_dataset(x, y, 4).value(); }
#endif

void train(sinter::model<net>& m, const std::vector<float>& x, const std::vector<int>& y) {
    sinter::fit(m, data(x, y), sinter::cross_entropy{}, sinter::adam{}, {.epochs = 1});
}
