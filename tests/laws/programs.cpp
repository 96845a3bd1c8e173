// SPDX-License-Identifier: BSL-1.0
// Whole training steps in lanes have the bits of the kernels' scalar twins on the same plan: odd widths, every
// activation, softmax inside a network, a residual with slice and concat, views and sums along every axis; in float and
// double, for many numbers of rows, alone and by teams of 1 to 3 threads. These bits are written down here.
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

/// Views of a sample that is a matrix, a weight used twice, one layer each for two widths, sums over both axes.
struct viewed {
    using input = shape<4, 6>;
    BOOST_HANA_DEFINE_STRUCT(viewed, (nn::linear<24>, mix), (nn::linear<5>, of_17), (nn::linear<5>, of_18),
                             (nn::linear<3>, head));
    constexpr auto operator()(auto x) const {
        const auto turned = transpose(reshape<6, 4>(exp(x))) + x;
        const auto h = reshape<4, 6>(mix(tanh(mix(flatten(softmax<0>(turned))))));
        const auto rows = concat<0>(sum<1>(h), log_sum_exp<1>(h * turned));
        const auto columns = max<0>(h) - log_softmax(mean<0>(h));
        const auto all = concat<0>(rows, columns, slice<0, 3, 7>(flatten(h)));
        return head(sin(of_17(slice<0, 0, 17>(all))) / (1.5 + sigmoid(of_18(all))));
    }
};

constexpr auto every_count = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21};

// The committed hashes feel one bit of a loss, an output, a weight or a state. They are the same for every compiler and
// instruction set, but without fma a product and a sum round twice: these have another one.
constexpr bool with_fma = simd::has_fma;

TEST_CASE("law: a step in lanes has its scalar twin's bits: odd widths, tanh, sigmoid, softmax, in float") {
    CHECK(check_lanes<odd, float, 21, mean_squared_error, dense<shape<3>>, 3>(
              adam{.learning_rate = 0.01}, every_count) == (with_fma ? 3477132787279614070U : 12086093618340943222U));
}

TEST_CASE("law: a step in lanes has its scalar twin's bits: a residual with slice and concat, in double") {
    CHECK(check_lanes<joined, double, 21, cross_entropy, labels, 3>(sgd_momentum{}, every_count) ==
          (with_fma ? 8707416844380367124U : 17326103672558365013U));
}

TEST_CASE("law: a step in lanes has its scalar twin's bits: views, sums and maxima along both axes, in double") {
    CHECK(check_lanes<viewed, double, 40, cross_entropy, labels, 3>(adam{}, {1, 7, 16, 17, 40}) ==
          (with_fma ? 6311360843957937163U : 4121310945109675603U));
}

}  // namespace
