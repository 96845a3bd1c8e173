// SPDX-License-Identifier: BSL-1.0
// Pools, margins and reductions over several axes against PyTorch, by the interpreter; layers.
#include "golden/golden.hpp"
#include "support/golden_check.hpp"
#include "support/run_table.hpp"
#include "support/slope.hpp"
#include <sinter/nn/linear.hpp>
#include <sinter/nn/loss.hpp>
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

namespace nn = sinter::nn;
using sinter::shape;
using sinter_test::elements, sinter_test::golden_equal, sinter_test::interpreted, sinter_test::planned,
    sinter_test::slope;

template <const auto& Function, class Shape, std::size_t Count, std::size_t Inputs>
void check(const double (&x)[Inputs], const double (&y)[Count], const double (&dx)[Inputs]) {
    static constexpr auto value = [](auto a) { return Function(a); };
    const auto& forward = sinter::function_table<value, Shape>;
    const auto& backward = sinter::function_table<slope<Function>, Shape, shape<400>>;
    CHECK(golden_equal(interpreted(forward, x, nullptr), y));
    CHECK(golden_equal(interpreted(backward, x, golden::image_w), dx));
    CHECK(golden_equal(planned(forward, x, nullptr), y));
    CHECK(golden_equal(planned(backward, x, golden::image_w), dx));
}

using image = shape<7, 6, 3>;
#define SINTER_GOLDEN(name, expression)                                  \
    static constexpr auto name##_of = [](auto x) { return expression; }; \
    check<name##_of, image>(golden::image, golden::name##_y, golden::name##_dx)

TEST_CASE("pool: values and gradients are PyTorch's") {
    SINTER_GOLDEN(max_pool_2, max_pool<2>(x));
    SINTER_GOLDEN(max_pool_3_2_1, (max_pool<3, nn::stride<2>, nn::padding<1>>(x)));
    SINTER_GOLDEN(max_pool_2x3, (max_pool<shape<2, 3>{}, nn::stride<1, 2>>(x)));
    SINTER_GOLDEN(max_pool_5, (max_pool<5, nn::stride<1>, nn::padding<2>>(x)));
    SINTER_GOLDEN(average_pool_2, average_pool<2>(x));
    SINTER_GOLDEN(average_pool_3_2_1, (average_pool<3, nn::stride<2>, nn::padding<1>>(x)));
    SINTER_GOLDEN(average_pool_uncounted, (average_pool<3, nn::stride<2>, nn::padding<1>, nn::padding_not_counted>(x)));
    SINTER_GOLDEN(global_average_pool, global_average_pool(x));
}

TEST_CASE("pool: dilated windows are PyTorch's") {
    SINTER_GOLDEN(max_pool_dilated, (max_pool<2, nn::stride<2>, nn::dilation<2>>(x)));
    SINTER_GOLDEN(max_pool_dilated_padded, (max_pool<3, nn::stride<2>, nn::padding<1>, nn::dilation<2>>(x)));
    SINTER_GOLDEN(max_pool_dilated_each, (max_pool<2, nn::stride<1>, nn::padding<1, 0>, nn::dilation<3, 1>>(x)));
    SINTER_GOLDEN(max_pool_dilated_5,
                  (max_pool<shape<5, 1>{}, nn::stride<1>, nn::padding<2, 0>, nn::dilation<2, 1>>(x)));
    static constexpr auto tied = [](auto x) { return max_pool<3, nn::stride<1>, nn::padding<1>, nn::dilation<2>>(x); };
    check<tied, image>(golden::tied_image, golden::max_pool_dilated_tied_y, golden::max_pool_dilated_tied_dx);
}

TEST_CASE("pool: a last window beyond the end is PyTorch's, where the numbers of windows are rounded up") {
    SINTER_GOLDEN(max_pool_ceil, (max_pool<2, nn::ceil_mode>(x)));
    SINTER_GOLDEN(max_pool_ceil_padded, (max_pool<3, nn::stride<2>, nn::padding<1>, nn::ceil_mode>(x)));
    SINTER_GOLDEN(max_pool_ceil_gaps, (max_pool<2, nn::stride<3>, nn::ceil_mode>(x)));
    SINTER_GOLDEN(max_pool_ceil_dilated, (max_pool<3, nn::stride<2>, nn::dilation<2>, nn::ceil_mode>(x)));
    SINTER_GOLDEN(average_pool_ceil, (average_pool<2, nn::ceil_mode>(x)));
    SINTER_GOLDEN(average_pool_ceil_padded, (average_pool<3, nn::stride<2>, nn::padding<1>, nn::ceil_mode>(x)));
    SINTER_GOLDEN(average_pool_ceil_uncounted,
                  (average_pool<3, nn::stride<2>, nn::padding<1>, nn::ceil_mode, nn::padding_not_counted>(x)));
    SINTER_GOLDEN(average_pool_ceil_gaps, (average_pool<4, nn::stride<3, 5>, nn::padding<2>, nn::ceil_mode>(x)));
    SINTER_GOLDEN(average_pool_5, (average_pool<5, nn::stride<1>, nn::padding<2>, nn::padding_not_counted>(x)));
    static constexpr auto largest = [](auto x) { return max_pool<4, nn::stride<3>, nn::padding<2>, nn::ceil_mode>(x); };
    static constexpr auto mean = [](auto x) {
        return average_pool<4, nn::stride<3>, nn::padding<1>, nn::ceil_mode>(x);
    };
    check<largest, shape<9, 2>>(golden::sequence, golden::max_pool_ceil_sequence_y, golden::max_pool_ceil_sequence_dx);
    check<mean, shape<9, 2>>(golden::sequence, golden::average_pool_ceil_sequence_y,
                             golden::average_pool_ceil_sequence_dx);
}

TEST_CASE("pool: of several largest elements the first one has the gradient, as in PyTorch") {
    static constexpr auto side_by_side = [](auto x) { return max_pool<2>(x); };
    static constexpr auto overlapping = [](auto x) { return max_pool<3, nn::stride<2>, nn::padding<1>>(x); };
    check<side_by_side, image>(golden::tied_image, golden::max_pool_tied_y, golden::max_pool_tied_dx);
    check<overlapping, image>(golden::tied_image, golden::max_pool_tied_3_2_1_y, golden::max_pool_tied_3_2_1_dx);
}

TEST_CASE("pool: of sequences") {
    static constexpr auto largest = [](auto x) { return max_pool<3, nn::stride<2>>(x); };
    static constexpr auto average = [](auto x) { return average_pool<4>(x); };
    check<largest, shape<9, 2>>(golden::sequence, golden::max_pool_sequence_y, golden::max_pool_sequence_dx);
    check<average, shape<9, 2>>(golden::sequence, golden::average_pool_sequence_y, golden::average_pool_sequence_dx);
}

TEST_CASE("views: margins and their gradients are PyTorch's") {
    SINTER_GOLDEN(reflect, (sinter::pad<0, 3, 0>(sinter::pad<1, 1, 2>(x, sinter::reflect), sinter::reflect)));
    SINTER_GOLDEN(edge, (sinter::pad<0, 3, 0>(sinter::pad<1, 1, 2>(x, sinter::edge), sinter::edge)));
    SINTER_GOLDEN(around, (sinter::pad<0, 3, 0>(sinter::pad<1, 1, 2>(x, 1.5), 1.5)));
}

TEST_CASE("reductions: softmax and its kin, variances, and minima over any axes are PyTorch's") {
    SINTER_GOLDEN(softmax_0_1, (softmax<0, 1>(x)));
    SINTER_GOLDEN(log_softmax_0_2, (log_softmax<0, 2>(x)));
    SINTER_GOLDEN(logsumexp_0_1, (log_sum_exp<0, 1>(x)));
    SINTER_GOLDEN(var_0_1, (variance<0, 1>(x, sinter::correction<1>)));
    SINTER_GOLDEN(var_2_0, variance<2>(x));
    SINTER_GOLDEN(amin_1, min<1>(x));
}
#undef SINTER_GOLDEN

// ---- layers

struct pooled : nn::sequential<nn::input<8, 8, 2>, nn::max_pool<2>, nn::average_pool<2, nn::stride<1>>,
                               nn::global_average_pool, nn::linear<3>> {};
struct with_members {
    using input = shape<8, 8, 2>;
    BOOST_HANA_DEFINE_STRUCT(with_members, (nn::max_pool<3, nn::stride<2>, nn::padding<1>>, pool),
                             (nn::linear<3>, out));
    constexpr auto operator()(auto x) const { return out(global_average_pool(pool(x))); }
};

TEST_CASE("pool: layers have no parameters, a row of the summary, and FLOPs") {
    const auto& report = sinter::network<pooled>::report;
    CHECK(report.layer_count == 4);
    CHECK(std::string(report.layers[0].kind) == "max_pool");
    CHECK(report.layers[0].output == sinter::list(4, 4, 2));
    CHECK(report.layers[0].flops == 4 * 32);
    CHECK(std::string(report.layers[1].kind) == "average_pool");
    CHECK(report.layers[1].output == sinter::list(3, 3, 2));
    CHECK(report.layers[1].flops == 4 * 18);
    CHECK(std::string(report.layers[2].kind) == "global_average_pool");
    CHECK(report.layers[2].output == sinter::list(2));
    CHECK(report.layers[2].flops == 18);
    CHECK(sinter::parameter_count<pooled> == 9);
    CHECK(sinter::parameter_count<with_members> == 9);
    CHECK(sinter::network<with_members>::report.layers[0].output == sinter::list(4, 4, 2));
}

}  // namespace
