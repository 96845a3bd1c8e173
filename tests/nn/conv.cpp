// SPDX-License-Identifier: BSL-1.0
// Convolutions against PyTorch, by the interpreter and by plans; layers.
#include "golden/golden.hpp"
#include "support/golden_check.hpp"
#include "support/run_table.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/conv.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>
#include <sinter/nn/with_parameters.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace {

namespace nn = sinter::nn;
using sinter::shape, sinter::convolution, sinter::with_parameters;
using sinter_test::elements, sinter_test::golden_equal, sinter_test::interpreted, sinter_test::planned;

/// The gradient of sum(f(x…) * w) by argument Which.
template <int Which, const auto& Function>
constexpr auto slope_by = [](auto w, auto... x) {
    return sinter::gradient<Which>([=](auto... v) {
        const auto y = Function(v...);
        return sum(flatten(y) * slice<0, 0, decltype(y)::size>(w));
    })(x...);
};

template <const auto& Function, int Which, class... Shape, std::size_t Count, class... Inputs>
void check_slope(const double (&wanted)[Count], const Inputs&... x) {
    const auto& table = sinter::function_table<slope_by<Which, Function>, shape<400>, Shape...>;
    CHECK(golden_equal(interpreted(table, golden::image_w, x...), wanted));
    CHECK(golden_equal(planned(table, golden::image_w, x...), wanted));
}
template <const auto& Function, class X, class W, std::size_t Count, std::size_t In, std::size_t Filters>
void check(const double (&x)[In], const double (&y)[Count], const double (&dx)[In], const double (&dw)[Filters]) {
    const auto& forward = sinter::function_table<Function, X, W>;
    CHECK(golden_equal(interpreted(forward, x, golden::conv_w), y));
    CHECK(golden_equal(planned(forward, x, golden::conv_w), y));
    check_slope<Function, 0, X, W>(dx, x, golden::conv_w);
    check_slope<Function, 1, X, W>(dw, x, golden::conv_w);
}

using image = shape<7, 6, 4>;
using sequence = shape<9, 4>;
#define SINTER_OF_IMAGE(name, filters, ...)                                                          \
    static constexpr auto name##_of = [](auto x, auto w) { return convolution<__VA_ARGS__>(x, w); }; \
    check<name##_of, image, filters>(golden::conv_x, golden::name##_y, golden::name##_dx, golden::name##_dw)
#define SINTER_OF_SEQUENCE(name, filters, ...)                                                       \
    static constexpr auto name##_of = [](auto x, auto w) { return convolution<__VA_ARGS__>(x, w); }; \
    check<name##_of, sequence, filters>(golden::conv_sequence, golden::name##_y, golden::name##_dx, golden::name##_dw)
#define SHAPE(...) shape<__VA_ARGS__>

TEST_CASE("conv: values and gradients are PyTorch's") {
    SINTER_OF_IMAGE(conv_3, SHAPE(3, 3, 4, 5), );
    SINTER_OF_IMAGE(conv_same, SHAPE(3, 3, 4, 3), nn::same);
    SINTER_OF_IMAGE(conv_same_even, SHAPE(2, 4, 4, 2), nn::same);
    SINTER_OF_IMAGE(conv_same_dilated, SHAPE(3, 2, 4, 2), nn::same, nn::dilation<2>);
    SINTER_OF_IMAGE(conv_strided, SHAPE(3, 3, 4, 3), nn::stride<2>, nn::padding<1>);
    SINTER_OF_IMAGE(conv_each, SHAPE(3, 2, 4, 4), nn::stride<1, 2>, nn::padding<0, 2>, nn::dilation<2, 1>);
    SINTER_OF_IMAGE(conv_padded, SHAPE(2, 2, 4, 2), nn::padding<3>);
    SINTER_OF_IMAGE(conv_pointwise, SHAPE(1, 1, 4, 6), );
    SINTER_OF_IMAGE(conv_pointwise_strided, SHAPE(1, 1, 4, 3), nn::stride<2, 3>, nn::padding<1>);
}

TEST_CASE("conv: in groups, and by channels, values and gradients are PyTorch's") {
    SINTER_OF_IMAGE(conv_groups, SHAPE(3, 3, 2, 6), nn::padding<1>, nn::groups<2>);
    SINTER_OF_IMAGE(conv_groups_each, SHAPE(2, 3, 2, 4), nn::stride<2, 1>, nn::dilation<1, 2>, nn::padding<1>,
                    nn::groups<2>);
    SINTER_OF_IMAGE(conv_depthwise, SHAPE(3, 3, 1, 4), nn::padding<1>, nn::groups<4>);
    SINTER_OF_IMAGE(conv_depthwise_several, SHAPE(3, 2, 1, 8), nn::stride<2>, nn::groups<4>);
}

TEST_CASE("conv: of sequences values and gradients are PyTorch's") {
    SINTER_OF_SEQUENCE(conv_sequence_3, SHAPE(3, 4, 3), nn::same, nn::dilation<2>);
    SINTER_OF_SEQUENCE(conv_sequence_groups, SHAPE(2, 2, 4), nn::stride<2>, nn::groups<2>);
    SINTER_OF_SEQUENCE(conv_sequence_depthwise, SHAPE(4, 1, 4), nn::padding<2>, nn::groups<4>);
}

TEST_CASE("conv: a layer is the function and its bias") {
    static constexpr auto layer = [](auto x, auto w, auto b) {
        return with_parameters<nn::conv<3, 2, nn::padding<1>>>(x, w, b);
    };
    using bias = shape<3>;
    using filters = shape<2, 2, 4, 3>;
    const double* const b = golden::conv_w + 397;
    CHECK(golden_equal(
        interpreted(sinter::function_table<layer, image, filters, bias>, golden::conv_x, golden::conv_w, b),
        golden::conv_bias_y));
    check_slope<layer, 0, image, filters, bias>(golden::conv_bias_dx, golden::conv_x, golden::conv_w, b);
    check_slope<layer, 1, image, filters, bias>(golden::conv_bias_dw, golden::conv_x, golden::conv_w, b);
    check_slope<layer, 2, image, filters, bias>(golden::conv_bias_db, golden::conv_x, golden::conv_w, b);
}

struct sample : sinter::variable<image> {};
struct filter : sinter::variable<shape<3, 3, 4, 5>> {};

TEST_CASE("conv: of free expressions") {
    static constexpr auto plain = convolution(sample{}, filter{});
    static constexpr auto doubled = convolution(2 * sample{}, 0.5 * filter{});
    CHECK(golden_equal(interpreted(sinter::expression_table<plain>, golden::conv_x, golden::conv_w), golden::conv_3_y));
    CHECK(
        golden_equal(interpreted(sinter::expression_table<doubled>, golden::conv_x, golden::conv_w), golden::conv_3_y));
}

// ---- layers

struct lenet : nn::sequential<nn::input<28, 28, 1>, nn::conv<6, 5, nn::padding<2>>, nn::relu, nn::max_pool<2>,
                              nn::conv<16, 5>, nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<120>, nn::relu,
                              nn::linear<84>, nn::relu, nn::linear<10>> {};
struct in_groups : nn::sequential<nn::input<9, 8>, nn::conv<12, 3, nn::groups<4>, nn::without_bias, nn::he_normal>> {};

TEST_CASE("conv: layers have parameters, a row of the summary, and FLOPs") {
    const auto& report = sinter::network<lenet>::report;
    CHECK(sinter::parameter_count<lenet> == 61706);
    CHECK(std::string(report.layers[0].kind) == "conv");
    CHECK(report.layers[0].output == sinter::list(28, 28, 6));
    CHECK(report.layers[0].flops == 28 * 28 * 6 * (2 * 25 + 1));
    CHECK(report.layers[3].output == sinter::list(10, 10, 16));
    CHECK(report.name_is(2, "3.weight"));
    CHECK(report.parameters[2].shape == sinter::list(5, 5, 6, 16));
    CHECK(report.parameters[2].initial.kind == sinter::distribution::uniform);
    CHECK(report.parameters[2].initial.scale == doctest::Approx(1 / std::sqrt(150.0)));
    CHECK(report.parameters[3].initial.scale == doctest::Approx(1 / std::sqrt(150.0)));
    const auto& grouped = sinter::network<in_groups>::report;
    CHECK(grouped.parameter_count == 1);
    CHECK(grouped.parameters[0].shape == sinter::list(3, 2, 12));
    CHECK(grouped.parameters[0].initial.kind == sinter::distribution::normal);
    CHECK(grouped.parameters[0].initial.scale == doctest::Approx(std::sqrt(2 / 6.0)));
    CHECK(grouped.layers[0].flops == 7 * 12 * 2 * 6);
}

}  // namespace
