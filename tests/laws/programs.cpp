// SPDX-License-Identifier: BSL-1.0
// Whole training steps in lanes have the bits of the kernels' scalar twins on the same plan: odd widths, every
// activation, softmax inside a network, a residual with slice and concat; one in float, one in double, for every number
// of rows.
#include "support/lanes_and_twin.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sinter_test;
namespace nn = sinter::nn;

struct odd : nn::sequential<nn::input<5>, nn::tanh, nn::linear<19>, nn::sigmoid, nn::linear<3>, nn::softmax> {};

struct joined {
    using input = shape<6>;
    BOOST_HANA_DEFINE_STRUCT(joined, (nn::linear<9>, first), (nn::linear<4>, head));
    constexpr auto operator()(auto x) const {
        const auto h = relu(first(x));
        return head(0.5 * concat<0>(slice<0, 2, 7>(h), x) + concat<0>(x, slice<0, 0, 5>(h)));
    }
};

constexpr auto every_count = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21};

TEST_CASE("law: a step in lanes has its scalar twin's bits: odd widths, tanh, sigmoid, softmax, in float") {
    check_lanes<odd, float, 21, mean_squared_error, dense<shape<3>>>(adam{.learning_rate = 0.01}, every_count);
}

TEST_CASE("law: a step in lanes has its scalar twin's bits: a residual with slice and concat, in double") {
    check_lanes<joined, double, 21, cross_entropy, labels>(sgd_momentum{}, every_count);
}

}  // namespace
