// SPDX-License-Identifier: BSL-1.0
// No include guard, on purpose: the doors of the front end, included once by a unit with `using namespace sinter` and
// once by one without. What they assert must not depend on it.

#include "support/evaluate.hpp"
#include "support/same_table.hpp"
#include <sinter/adjoint/vjp.hpp>
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#include <array>
#include <utility>

namespace {

namespace nn = sinter::nn;
namespace hana = boost::hana;

// ---- 1. a network is a type

struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};

static_assert(sinter::parameter_count<classifier> == 101'770);
constexpr const auto& classifier_report = sinter::network<classifier>::report;
static_assert(classifier_report.name_is(0, "0.weight") && classifier_report.name_is(1, "0.bias"));
static_assert(classifier_report.name_is(2, "2.weight") && classifier_report.name_is(3, "2.bias"));
static_assert(classifier_report.parameters[2].shape == sinter::list(128, 10));
constexpr const auto& classifier_table = sinter::network<classifier>::table;
static_assert(classifier_table.node_count == 1 + 2 + 2 + 1 + 2 + 2);
static_assert(classifier_table.nodes[0].rows && classifier_table.view().shape(0) == sinter::list(784));

// ---- 2. members are layers, the body is ordinary C++

struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<64>, hidden), (nn::linear<64>, out));
    constexpr auto operator()(auto x) const { return out(relu(hidden(x))); }
};
struct residual_net {
    using input = sinter::shape<32>;
    BOOST_HANA_DEFINE_STRUCT(residual_net, (nn::linear<64>, stem), (std::array<block, 20>, blocks),
                             (nn::linear<10>, head));
    constexpr auto operator()(auto x) const {
        auto h = relu(stem(x));
        for (auto& b : blocks) h = h + b(h);
        return head(h);
    }
};
constexpr const auto& residual_report = sinter::network<residual_net>::report;
constexpr const auto& residual_table = sinter::network<residual_net>::table;
static_assert(residual_report.first_mistake.kind == sinter::mistake_kind::none);
static_assert(residual_report.parameter_count == 2 * (2 + 2 * 20));
static_assert(residual_report.name_is(2 + 4 * 3, "blocks.3.hidden.weight") && residual_report.name_is(83, "head.bias"));
static_assert(residual_report.parameters[0].shape == sinter::list(32, 64));
static_assert(residual_report.parameters[14].shape == sinter::list(64, 64));
static_assert(residual_table.node_count == 1 + 4 + 1 + 20 * (4 + 1 + 4 + 1) + 4);

// ---- 3. differentiate an ordinary function; the gradient is a function again

constexpr auto leaves = [](const sinter::node& q, int, int e) {
    return q.number == 0 ? 0.3 + 0.4 * e : -0.2 + 0.5 * e;
};
constexpr bool near(double a, double b) { return (a > b ? a - b : b - a) <= 1e-12 * (1 + (a > 0 ? a : -a)); }

constexpr auto f = [](auto x, auto y) { return sum(sin(x) * exp(-y)); };
constexpr auto df = sinter::gradient(f);
constexpr const auto& df_table = sinter::function_table<df, sinter::shape<3>, sinter::shape<3>>;
static_assert(df_table.output_count == 2);
static_assert(near(sinter_test::evaluate<3>(df_table, 0, leaves)[1], sinter::math::cos(0.7) * sinter::math::exp(-0.3)));

// ---- 4. an expression of named variables: the same functions, as types

struct x : sinter::variable<sinter::shape<3>> {};
struct y : sinter::variable<sinter::shape<3>> {};
constexpr auto g = sum(sin(x{}) * exp(-x{}));
constexpr auto g_function = [](auto v) { return sum(sin(v) * exp(-v)); };
static_assert(std::is_empty_v<decltype(g)> && sizeof(g) == 1);
static_assert(sinter_test::same_table(sinter::expression_table<g>.view(),
                                      sinter::function_table<g_function, sinter::shape<3>>.view()));
constexpr auto ddg = sinter::gradient(sum(sinter::gradient(g, x{})), x{});
static_assert(near(sinter_test::evaluate<3>(sinter::expression_table<ddg>, 0, leaves)[1],
                   -2 * sinter::math::cos(0.7) * sinter::math::exp(-0.7)));

// Of results of any shape, with a seed for each: of functions, and of expressions.
struct s : sinter::variable<sinter::shape<3>> {};
constexpr auto two = [](auto v) { return sinter::results{sin(v) * v, sum(v)}; };
constexpr auto pull = sinter::vjp(two);
constexpr const auto& pull_table = sinter::function_table<pull, sinter::shape<3>, sinter::shape<3>, sinter::shape<>>;
constexpr auto pulled = sinter::vjp(two)(x{}, s{}, 2.0);
static_assert(near(sinter_test::evaluate<3>(sinter::expression_table<pulled>, 0, leaves)[1],
                   (sinter::math::sin(0.3) + 0.3 * sinter::math::cos(0.3)) * 0.7 + 2));  // s appears first
constexpr auto square_sum = [](auto v) { return sum(v * v); };
constexpr auto by_seed = [](auto v) { return sinter::vjp(square_sum)(v, 1.0); };
constexpr auto by_gradient = sinter::gradient(square_sum);
static_assert(sinter_test::same_table(sinter::function_table<by_seed, sinter::shape<3>>.view(),
                                      sinter::function_table<by_gradient, sinter::shape<3>>.view()));
static_assert(pull_table.output_count == 1 && near(sinter_test::evaluate<3>(pull_table, 0, leaves)[1],
                                                   (sinter::math::sin(0.7) + 0.7 * sinter::math::cos(0.7)) * 0.3 +
                                                       leaves(sinter::node{.number = 2}, 0, 0)));

// ---- 5. a network and its derivative by its input, row by row, in its own body

struct physics {
    using input = sinter::shape<1>;
    BOOST_HANA_DEFINE_STRUCT(physics, (nn::linear<5>, a), (nn::linear<1>, b));
    constexpr auto operator()(auto t) const {
        auto u = [&](auto q) { return sum(b(sin(a(q)))); };
        auto du = sinter::gradient(u);
        auto ddu = sinter::gradient([&](auto q) { return sum(du(q)); });
        return hana::make_tuple(u(t), du(t), ddu(t));
    }
};
constexpr bool physics_is_right() {
    const auto& table = sinter::network<physics>::table;
    const auto at = [](double shift) {
        return [=](const sinter::node& q, int r, int e) {
            return q.code == sinter::op::input ? 0.3 + 0.5 * r + shift : 0.1 * (q.number + 1) - 0.15 * e + 0.07 * e * e;
        };
    };
    const double h = 1e-4;
    const auto value = sinter_test::evaluate<2>(table, 0, at(0), 2),
               above = sinter_test::evaluate<2>(table, 0, at(h), 2),
               below = sinter_test::evaluate<2>(table, 0, at(-h), 2);
    const auto first = sinter_test::evaluate<2>(table, 1, at(0), 2),
               second = sinter_test::evaluate<2>(table, 2, at(0), 2);
    for (std::size_t r = 0; r < 2; ++r) {
        const double slope = (above[r] - below[r]) / (2 * h), bend = (above[r] - 2 * value[r] + below[r]) / (h * h);
        if (sinter::math::abs(first[r] - slope) > 1e-7 || sinter::math::abs(second[r] - bend) > 1e-6) return false;
        if (second[r] == 0) return false;
    }
    return true;
}
static_assert(physics_is_right());

// ---- 6. several inputs, one of integers, and several outputs

struct several {
    using input = sinter::inputs<sinter::shape<2, 3>, sinter::integers<sinter::shape<2>>, sinter::shape<4>>;
    BOOST_HANA_DEFINE_STRUCT(several, (nn::linear<4>, l));
    constexpr auto operator()(auto x, auto kinds, auto y) const {
        return sinter::results{l(concat(flatten(x), kinds)) + y, sum(y), kinds};
    }
};
static_assert(sinter::input_count<several> == 3 && sinter::output_count<several> == 3);
static_assert(sinter::parameter_count<several> == (8 + 1) * 4);
static_assert(sinter::output_shape<several, 0> == sinter::list(4));
static_assert(sinter::output_shape<several, 1> == sinter::extents{} &&
              sinter::output_shape<several, 2> == sinter::list(2));
constexpr bool several_is_right() {
    const auto& table = sinter::network<several>::table;
    // Inputs have the numbers 0, 1, 2, rows and kinds; nothing else is an input.
    int found = 0;
    for (int i = 0; i < table.node_count; ++i) {
        const sinter::node& q = table.nodes[i];
        if (q.code != sinter::op::input) continue;
        const sinter::extents wanted[] = {sinter::list(2, 3), sinter::list(2), sinter::list(4)};
        if (!q.rows || table.view().shape(i) != wanted[q.number]) return false;
        found += 1 << q.number;
    }
    const auto value = [](const sinter::node& q, int r, int e) {
        if (q.code == sinter::op::parameter) return q.number == 0 ? 1.0 : 0.5;
        return 100.0 * q.number + 10 * r + e;
    };
    const auto summed = sinter_test::evaluate<2>(table, 1, value, 2),
               kinds = sinter_test::evaluate<2>(table, 2, value, 2);
    return found == 7 && summed[0] == 806 && summed[1] == 846 && kinds[1] == 101;
}
static_assert(several_is_right());

}  // namespace
