// SPDX-License-Identifier: BSL-1.0
// Compiled with -ffast-math, under which `x == x` and std::isfinite(x) hold for every x: numbers that are not finite
// are found all the same. Such numbers come from bits here, as the compiler may drop a NaN that it knows.
#include <sinter/nn/linear.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/train/fit.hpp>
#include <sinter/train/inference.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace {

namespace nn = sinter::nn;
struct tiny : nn::sequential<nn::input<2>, nn::linear<2>> {};

volatile std::uint64_t nan_bits = 0x7ff8000000000000, infinity_bits = 0xfff0000000000000;
const std::vector<double> not_finite{std::bit_cast<double>(std::uint64_t{nan_bits}),
                                     std::bit_cast<double>(std::uint64_t{infinity_bits})};

TEST_CASE("fast_math: bits tell what is finite and what is NaN") {
    const std::vector<double> numbers{1, -0.0, 1e308};
    for (const double& x : numbers) CHECK((sinter::meta::is_finite(x) && !sinter::meta::is_nan(x)));
    for (const double& x : not_finite) CHECK_FALSE(sinter::meta::is_finite(x));
    CHECK(sinter::meta::is_nan(not_finite[0]));
    CHECK_FALSE(sinter::meta::is_nan(not_finite[1]));
}

TEST_CASE(
    "fast_math: fit stops at a value of the data and at a weight that is not finite, evaluate recognises nothing") {
    std::vector<double> x(16, 0.5);
    const std::vector<int> y{0, 1, 0, 1, 0, 1, 0, 1};
    for (const double& bad : not_finite) {
        const auto data = sinter::make_dataset(x, y, 2).value();
        sinter::model<tiny, double, sinter::rows<4>> net;
        const auto refusal = [&] {
            try {
                sinter::fit(net, data, sinter::cross_entropy{}, sinter::sgd{}, {.minibatch = 4, .shuffle = false});
            } catch (const sinter::failure& failure) {
                return std::string(failure.what());
            }
            return std::string();
        };
        CHECK(refusal() == "");
        x[11] = bad;
        CHECK(refusal().find("in step 2 (epoch 1): value 1 of sample 5 is infinite or NaN") != std::string::npos);
        x[11] = 0.5;
        CHECK(refusal().find("fit: expected finite weights to start from") == 0);
        CHECK(evaluate(net, data, sinter::cross_entropy{}).accuracy == 0);
        CHECK(predict_classes(net, data)[0] == sinter::no_class);
    }
}

TEST_CASE("fast_math: rules and scales that are not finite are refused") {
    const std::vector<double> x(4);
    const std::vector<int> y(2);
    for (const double& bad : not_finite) {
        CHECK_FALSE(sinter::sgd{.learning_rate = bad}.check());
        CHECK_FALSE(sinter::sgd_momentum{.momentum = bad}.check());
        CHECK_FALSE(sinter::make_dataset(x, y, 2, 1, bad));
    }
}

}  // namespace
