// SPDX-License-Identifier: BSL-1.0
// Images: pools and convolutions as layers and in a body, statistics over chosen axes, windows of one's own. A bright
// square is found in one of four quarters of a noisy picture.

#include <sinter/sinter.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

namespace nn = sinter::nn;

// A sample is (height, width, channels).
struct locator : nn::sequential<nn::input<16, 16, 1>, nn::average_pool<3, nn::stride<1>, nn::padding<1>>,
                                nn::max_pool<4>, nn::flatten, nn::linear<4>> {};

// In a body the functions are shorter. Contrast is what stands out of its neighbourhood.
struct contrast {
    using input = sinter::shape<16, 16, 1>;
    BOOST_HANA_DEFINE_STRUCT(contrast, (nn::linear<4>, head));
    constexpr auto operator()(auto x) const {
        const auto centred = x - mean<0, 1>(x, sinter::keep_extents);  // (16, 16, 1)
        const auto even = centred / sqrt(variance<0, 1>(x, sinter::keep_extents) + 1e-3);
        const auto wide = pad<0, 1, 1>(pad<1, 1, 1>(even, sinter::reflect), sinter::reflect);  // (18, 18, 1)
        const auto around = mean<1, 3>(windows<0, 3>(windows<1, 3>(wide)));                    // (16, 16, 1)
        return head(flatten(max_pool<4>(around)));
    }
};

// A function without a derivative, with the gradient of another one: training sees the sigmoid.
constexpr auto step_with_slope = [](auto x) { return with_gradient_of(0.5 + 0.5 * sign(x), sigmoid(x)); };
struct thresholded {
    using input = sinter::shape<16, 16, 1>;
    BOOST_HANA_DEFINE_STRUCT(thresholded, (nn::linear<8>, hidden), (nn::linear<4>, head));
    constexpr auto operator()(auto x) const { return head(step_with_slope(hidden(flatten(average_pool<4>(x))))); }
};

// Filters that see one channel each, then all channels of one place, beside what they read.
struct residual {
    using input = sinter::shape<16, 16, 1>;
    BOOST_HANA_DEFINE_STRUCT(residual, (nn::conv<8, 3, nn::stride<2>, nn::padding<1>>, stem),
                             (nn::conv<8, 3, nn::same, nn::groups<8>, nn::without_bias>, each), (nn::conv<8, 1>, mix),
                             (nn::linear<4>, head));
    constexpr auto operator()(auto x) const {
        const auto y = relu(stem(x));           // (8, 8, 8)
        const auto z = relu(y + mix(each(y)));  // (8, 8, 8)
        return head(flatten(average_pool<2>(z)));
    }
};

template <class Net>
double trained(const auto& data, double rate, int epochs) {
    sinter::model<Net> net{sinter::seed{1}};
    sinter::fit(net, data, sinter::cross_entropy{}, sinter::adam{.learning_rate = rate},
                {.epochs = epochs, .minibatch = 32, .progress = nullptr});
    return sinter::evaluate(net, data, sinter::cross_entropy{}).accuracy.value();
}

int main() {
    const sinter::random_stream random{5};
    std::vector<float> pictures;
    std::vector<std::int32_t> quarters;
    std::size_t drawn = 0;
    const auto below = [&](int bound) { return static_cast<int>(bound * random.uniform<double>(drawn++)); };
    for (int i = 0; i < 400; ++i) {
        const int quarter = below(4), top = 8 * (quarter / 2) + below(5), left = 8 * (quarter % 2) + below(5);
        for (int y = 0; y < 16; ++y)
            for (int x = 0; x < 16; ++x) {
                const bool bright = y >= top && y < top + 4 && x >= left && x < left + 4;
                pictures.push_back(static_cast<float>(random.uniform<double>(drawn++)) + (bright ? 0.8F : 0.0F));
            }
        quarters.push_back(quarter);
    }
    const auto data = sinter::make_dataset(pictures, quarters, 256).value();
    const double by_pools = trained<locator>(data, 1e-2, 20), by_contrast = trained<contrast>(data, 1e-2, 20),
                 by_steps = trained<thresholded>(data, 1e-2, 60), by_filters = trained<residual>(data, 1e-2, 20);
    std::printf("pools %.3f, contrast %.3f, steps %.3f, filters %.3f\n", by_pools, by_contrast, by_steps, by_filters);
    return by_pools > 0.95 && by_contrast > 0.95 && by_steps > 0.9 && by_filters > 0.95 ? 0 : 1;
}
