// SPDX-License-Identifier: BSL-1.0
// The public views and reductions: shapes, values, both carriers, kept extents.
#include "support/evaluate.hpp"
#include <sinter/adjoint/gradient.hpp>
#include <sinter/graph/functions.hpp>
#include <sinter/graph/table.hpp>

#include <doctest/doctest.h>

#include <array>

namespace {

using sinter::shape;

struct line : sinter::variable<shape<7>> {};
struct picture : sinter::variable<shape<4, 6>> {};

/// The elements of a function of 0, 1, 2, …
template <const auto& Function, class Shape, int Count>
constexpr std::array<double, Count> of_counted = sinter_test::evaluate<Count>(
    sinter::function_table<Function, Shape>, 0, [](const sinter::node&, int, int e) { return e; });

#define SINTER_VIEW(name, expression) static constexpr auto name = [](auto x) { return expression; }
SINTER_VIEW(every_second, (stride<0, 2>(x)));
SINTER_VIEW(backwards, flip<0>(x));
SINTER_VIEW(in_threes, (windows<0, 3, 2>(x)));
SINTER_VIEW(apart, (windows<-1, 2, 3, 3>(x)));
SINTER_VIEW(zeros, (pad<0, 1, 2>(slice<0, 0, 3>(x) + 1)));
SINTER_VIEW(ones, (pad<0, 1, 2>(slice<0, 0, 3>(x), 1)));
SINTER_VIEW(mirrored, (pad<0, 2, 1>(slice<0, 0, 3>(x), sinter::reflect)));
SINTER_VIEW(repeated, (pad<0, 2, 1>(slice<0, 0, 3>(x), sinter::edge)));
SINTER_VIEW(unchanged, (pad<0, 0, 0>(pad<0, 0, 0>(stride<0, 1>(x), sinter::edge), sinter::reflect)));

template <std::size_t Count>
constexpr std::array<double, Count> values(const double (&x)[Count]) {
    std::array<double, Count> all{};
    for (std::size_t i = 0; i < Count; ++i) all[i] = x[i];
    return all;
}

TEST_CASE("views: order, windows, and margins") {
    using seven = shape<7>;
    CHECK(of_counted<every_second, seven, 4> == values({0, 2, 4, 6}));
    CHECK(of_counted<backwards, seven, 7> == values({6, 5, 4, 3, 2, 1, 0}));
    CHECK(of_counted<in_threes, seven, 9> == values({0, 1, 2, 2, 3, 4, 4, 5, 6}));
    CHECK(of_counted<apart, seven, 4> == values({0, 3, 3, 6}));
    CHECK(of_counted<zeros, seven, 6> == values({0, 1, 2, 3, 0, 0}));
    CHECK(of_counted<ones, seven, 6> == values({1, 0, 1, 2, 1, 1}));
    CHECK(of_counted<mirrored, seven, 6> == values({2, 1, 0, 1, 2, 1}));
    CHECK(of_counted<repeated, seven, 6> == values({0, 0, 0, 1, 2, 2}));
    CHECK(sinter::function_table<unchanged, seven>.view().node_count == 1);
}

TEST_CASE("views: free expressions have the same shapes") {
    static_assert(sinter::shape_of<decltype(windows<1, 3, 2>(picture{}))>{} == shape<4, 2, 3>{});
    static_assert(sinter::shape_of<decltype(windows<0, 2>(windows<1, 3, 2>(picture{})))>{} == shape<3, 2, 2, 3>{});
    static_assert(sinter::shape_of<decltype(stride<-1, 4>(picture{}))>{} == shape<4, 2>{});
    static_assert(sinter::shape_of<decltype(pad<1, 1, 1>(picture{}, 2.5))>{} == shape<4, 8>{});
    static_assert(sinter::shape_of<decltype(pad<0, 3, 0>(picture{}, sinter::reflect))>{} == shape<7, 6>{});
    static_assert(sinter::shape_of<decltype(pad<-2, 0, 5>(picture{}, sinter::edge))>{} == shape<9, 6>{});
    static_assert(sinter::shape_of<decltype(with_gradient_of(sign(line{}), line{}))>{} == shape<7>{});
    static constexpr auto e = sum(pad<0, 1, 1>(line{}, 2.0) * pad<0, 2, 0>(line{}, sinter::edge));
    const auto& table = sinter::expression_table<e>;
    CHECK(sinter_test::evaluate<1>(table, 0, [](const sinter::node&, int, int k) { return k; })[0] ==
          2 * 0 + 0 * 0 + 1 * 0 + 2 * 1 + 3 * 2 + 4 * 3 + 5 * 4 + 6 * 5 + 2 * 6);
}

TEST_CASE("reductions: kept extents, several axes, variances") {
    using whole = shape<4, 6>;
    static_assert(sinter::shape_of<decltype(sum<0>(picture{}, sinter::keep_extents))>{} == shape<1, 6>{});
    static_assert(sinter::shape_of<decltype(mean(picture{}, sinter::keep_extents))>{} == shape<1, 1>{});
    static_assert(sinter::shape_of<decltype(max<-1>(picture{}, sinter::keep_extents))>{} == shape<4, 1>{});
    static_assert(sinter::shape_of<decltype(min<-1>(picture{}, sinter::keep_extents))>{} == shape<4, 1>{});
    static_assert(sinter::shape_of<decltype(variance<1>(picture{}, sinter::keep_extents))>{} == shape<4, 1>{});
    static_assert(sinter::shape_of<decltype(variance<1>(picture{}, sinter::correction<1>))>{} == shape<4>{});
    static_assert(sinter::shape_of<decltype(softmax<0, 1>(picture{}))>{} == whole{});
    static_assert(sinter::shape_of<decltype(log_sum_exp<0, 1>(picture{}))>{} == shape<>{});
    SINTER_VIEW(smallest, min<0>(x));
    SINTER_VIEW(of_all, variance(x));
    SINTER_VIEW(of_rows, (variance<1>(x, sinter::correction<1>)));
    SINTER_VIEW(from_mean, (x - mean<1>(x, sinter::keep_extents)));
    CHECK(of_counted<smallest, whole, 6> == values({0, 1, 2, 3, 4, 5}));
    CHECK(sinter::math::abs(of_counted<of_all, shape<7>, 1>[0] - 4) < 1e-14);
    CHECK(sinter::math::abs(of_counted<of_rows, whole, 4>[3] - 3.5) < 1e-14);
    CHECK(of_counted<from_mean, shape<2, 2>, 4> == values({-0.5, 0.5, -0.5, 0.5}));
}

}  // namespace
