// SPDX-License-Identifier: BSL-1.0
// Pools, margins and reductions as compiled functions: their values, how many loops they take, and that what only a
// gradient needs costs inference nothing.
#include "golden/golden.hpp"
#include "support/golden_check.hpp"
#include "support/slope.hpp"
#include <sinter/nn/pool.hpp>
#include <sinter/program/function.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace {

namespace nn = sinter::nn;
using sinter::shape;
using sinter_test::golden_equal, sinter_test::slope;

using image = shape<7, 6, 3>;

TEST_CASE("pool: compiled functions have PyTorch's values and gradients") {
    static constexpr auto value = [](auto x) { return max_pool<3, nn::stride<2>, nn::padding<1>>(x); };
    static constexpr auto derivative = slope<value>;
    sinter::function_of<double, value, image> run;
    sinter::function_of<double, derivative, image, shape<400>> slopes;
    const auto y = run(golden::image);
    CHECK(golden_equal(std::vector<double>(y.begin(), y.end()), golden::max_pool_3_2_1_y));
    const auto dx = slopes(golden::image, golden::image_w);
    CHECK(golden_equal(std::vector<double>(dx.begin(), dx.end()), golden::max_pool_3_2_1_dx));
}

// ---- loops

/// Calls of a function's plan, each a loop.
template <const auto& Function, class... Input>
constexpr int loops = sinter::function_of<float, Function, Input...>::plan::size.calls;

using maps = sinter::samples<shape<8, 8, 4>, 16>;
TEST_CASE("pool: a maximum is one loop, and so is its gradient; no value of the windows is stored") {
    static constexpr auto value = [](auto x) { return max_pool<2>(x); };
    static constexpr auto scaled = [](auto x) { return 2 * max_pool<3, nn::stride<2>>(exp(x)) + 1; };
    static constexpr auto mean = [](auto x) { return average_pool<2>(x); };
    CHECK(loops<value, maps> == 1);
    CHECK(loops<mean, maps> == 1);
    CHECK(loops<scaled, maps> == 2);  // exp is computed once an element
    static constexpr auto both = [](auto x, auto w) {
        return sinter::gradient([=](auto v) { return sum(max_pool<2>(v) * w); })(x);
    };
    CHECK(loops<both, maps, sinter::samples<shape<4, 4, 4>, 16>> == 1);
    CHECK(sinter::function_of<float, both, maps, sinter::samples<shape<4, 4, 4>, 16>>::plan::value.workspace == 0);
    static constexpr auto sixteen = [](auto x, auto w) {
        return sinter::gradient([=](auto v) { return sum(max_pool<4>(v) * w); })(x);
    };
    CHECK(loops<sixteen, maps, sinter::samples<shape<2, 2, 4>, 16>> == 1);
    static constexpr auto behind_relu = [](auto x, auto w) {
        return sinter::gradient([=](auto v) { return sum(max_pool<2>(relu(v)) * w); })(x);
    };
    CHECK(loops<behind_relu, maps, sinter::samples<shape<4, 4, 4>, 16>> == 1);  // its gradient in the pool's loop
}

TEST_CASE("pool: the gradient of overlapping windows is one loop over the first places, with their margins") {
    static constexpr auto overlapping = [](auto x, auto w) {
        return sinter::gradient([=](auto v) { return sum(max_pool<3, nn::stride<2>>(v) * w); })(x);
    };
    static constexpr auto padded = [](auto x, auto w) {
        return sinter::gradient([=](auto v) { return sum(max_pool<3, nn::stride<2>, nn::padding<1>>(v) * w); })(x);
    };
    // Zeros around the places and the adjoints, the places beside a copy of the adjoints, the result.
    CHECK(loops<overlapping, maps, sinter::samples<shape<3, 3, 4>, 16>> == 4);
    CHECK(loops<padded, maps, sinter::samples<shape<4, 4, 4>, 16>> == 7);  // margins of x: filled, copied, cut off
    static constexpr auto margins = [](auto x) { return sinter::pad<0, 1, 1>(sinter::pad<1, 2, 1>(2 * x, 3), 3); };
    static constexpr auto joined = [](auto x) { return concat<0>(exp(x), 2 * exp(x)); };
    CHECK(loops<margins, maps> == 2);  // the number around, then what is computed
    CHECK(loops<joined, maps> == 1);
}

TEST_CASE("with_gradient_of: what only the gradient needs costs inference nothing") {
    static constexpr auto plain = [](auto x) { return sign(x); };
    static constexpr auto straight = [](auto x) {
        return with_gradient_of(sign(x), slice<0, 0, 100>(pad<0, 1, 1>(exp(x))));
    };
    using some = sinter::samples<shape<100>, 16>;
    CHECK(loops<straight, some> == loops<plain, some>);
    using code = typename sinter::function_of<float, straight, some>::plan;
    CHECK(code::value.workspace == 0);
    static constexpr auto slope_of_it = [](auto x) {
        return sinter::gradient([](auto v) { return sum(with_gradient_of(sign(v), 3 * v)); })(x);
    };
    const double x[] = {-1, 2, 0};
    CHECK(sinter::function_of<double, slope_of_it, shape<3>>{}(x) == std::array{3.0, 3.0, 3.0});
    static constexpr auto plain_value = [](auto v) { return with_gradient_of(sign(v), v); };
    CHECK(sinter::function_of<double, plain_value, shape<3>>{}(x) == std::array{-1.0, 1.0, 0.0});
}

}  // namespace
