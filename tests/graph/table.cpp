// SPDX-License-Identifier: BSL-1.0
// Canonical tables are the same for every compiler: one number per graph over all its nodes, committed here.
// A change of canonicalisation, of the rule table or of a layer changes them on purpose; copy the new ones from the
// output.
#include "support/same_table.hpp"
#include <sinter/adjoint/gradient.hpp>
#include <sinter/graph/table.hpp>
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#include <doctest/doctest.h>

#include <array>

namespace {

namespace nn = sinter::nn;
using sinter::function_table, sinter::gradient, sinter::shape;
using sinter_test::hash_of;

constexpr auto product_of_sums = [](auto x, auto y) { return sum(sin(x) * exp(-y)) * (sum(x) - sum(y)); };
constexpr auto slopes = gradient(product_of_sums);
constexpr auto curvature =
    gradient([](auto x) { return sum(gradient([](auto v) { return sum(tanh(v) * v); })(x) * x); });
constexpr auto softmaxes = [](auto x) { return softmax(x) + log_softmax<0>(x) * log_sum_exp<0>(x); };
constexpr auto softmax_slope = gradient([](auto x) { return sum(softmaxes(x)); });
constexpr auto views = [](auto x) { return concat<0>(slice<0, 1, 2>(transpose(x)), reshape<2, 2>(slice<1, 0, 2>(x))); };
constexpr auto view_slope = gradient([](auto x) { return sum(views(x) * views(x)); });
constexpr auto extremes =
    gradient([](auto x) { return sum(maximum(max<0>(x), mean<0>(x)) * select(x > 0, abs(x), relu(-x))); });
constexpr auto products = gradient([](auto x, auto y) { return sum(matmul(matmul(x, transpose(x)), y)); });
constexpr auto aliased = [](auto x) { return gradient([](auto a, auto b) { return sum(a * b); })(x, x); };

struct x : sinter::variable<shape<2, 2>> {};
struct y : sinter::variable<shape<2>> {};
constexpr auto free_slope = gradient(sum(sigmoid(x{} * y{}) / (1 + y{} * y{})), y{});

struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};
struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<8>, hidden), (nn::linear<8>, out));
    constexpr auto operator()(auto h) const { return out(relu(hidden(h))); }
};
struct residual {
    using input = shape<8>;
    BOOST_HANA_DEFINE_STRUCT(residual, (std::array<block, 3>, blocks), (nn::linear<2>, head));
    constexpr auto operator()(auto h) const {
        for (auto& b : blocks) h = h + b(h) * tanh(h);
        return head(h);
    }
};
struct physics {
    using input = shape<1>;
    BOOST_HANA_DEFINE_STRUCT(physics, (nn::linear<5>, a), (nn::linear<1>, b));
    constexpr auto operator()(auto t) const {
        auto u = [&](auto q) { return sum(b(sin(a(q)))); };
        return sinter::results{u(t), gradient([&](auto q) { return sum(gradient(u)(q)); })(t)};
    }
};

template <const auto& Function, class... Shape>
constexpr unsigned long long function_hash = hash_of(function_table<Function, Shape...>.view());
template <class Net>
constexpr unsigned long long network_hash = hash_of(sinter::network<Net>::table.view());

TEST_CASE("table: canonical tables are equal with every compiler") {
    using pair = shape<2, 2>;
    CHECK(function_hash<product_of_sums, shape<3>, shape<3>> == 0xaf1823a7ad73c0c7);
    CHECK(function_hash<slopes, shape<3>, shape<3>> == 0x3db6b6be39f9e48e);
    CHECK(function_hash<curvature, shape<3>> == 0xbc8a699b139c1f00);
    CHECK(function_hash<softmaxes, shape<2, 3>> == 0x71ef9c28f7fe248d);
    CHECK(function_hash<softmax_slope, shape<2, 3>> == 0xef3100e1278fbaf2);
    CHECK(function_hash<view_slope, pair> == 0x922b3b92024e6f86);
    CHECK(function_hash<extremes, shape<4, 3>> == 0x79a3e7aa933a330a);
    CHECK(function_hash<products, shape<3, 2>, shape<3>> == 0x7eaa3450c11a4f3c);
    CHECK(function_hash<aliased, shape<3>> == 0x866b896c941e8b84);
    CHECK(hash_of(sinter::expression_table<free_slope>.view()) == 0xc5ff566d2e3c28b6);
    CHECK(network_hash<classifier> == 0x4220eed3de30a6dc);
    CHECK(network_hash<residual> == 0x3792db0b7b29b869);
    CHECK(network_hash<physics> == 0xeff349ce5692d322);
}

}  // namespace
