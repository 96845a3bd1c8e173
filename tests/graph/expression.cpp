// SPDX-License-Identifier: BSL-1.0
// Free expressions and traced values: one set of functions, one table.
#include "support/evaluate.hpp"
#include "support/same_table.hpp"
#include <sinter/graph/functions.hpp>
#include <sinter/graph/results.hpp>
#include <sinter/graph/table.hpp>

#include <doctest/doctest.h>

#include <utility>

namespace {

using sinter::expression_table, sinter::function_table, sinter::shape;
using sinter_test::evaluate, sinter_test::same_table;

constexpr auto at = [](const sinter::node& q, int, int e) { return 0.3 + 0.4 * e - 0.5 * q.number; };

struct x : sinter::variable<shape<3>> {};
struct y : sinter::variable<shape<3>> {};
struct m : sinter::variable<shape<2, 3>> {};

// ---- sharing: a table is a graph, never a tree

template <int Depth, class Expression>
constexpr auto nested(Expression e) {
    if constexpr (Depth == 0)
        return e;
    else
        return nested<Depth - 1>(sin(e) * e);
}
constexpr auto twelve_deep = nested<12>(x{});
static_assert(expression_table<twelve_deep>.node_count == 2 * 12 + 1 && sizeof(twelve_deep) == 1);

// Thirty deep, each level named by derivation: names stay short, lowering is linear in distinct types.
template <int Level>
struct level;
template <>
struct level<0> : x {};
template <int Level>
struct level : decltype(sin(level<Level - 1>{}) * level<Level - 1>{}){};
constexpr level<30> thirty_deep{};
static_assert(expression_table<thirty_deep>.node_count == 61 && sizeof(thirty_deep) == 1);

constexpr auto loop = [](auto v) {
    for (int i = 0; i < 30; ++i) v = sin(v) * v;
    return v;
};
static_assert(function_table<loop, shape<3>>.node_count == 61);
static_assert(same_table(expression_table<thirty_deep>.view(), function_table<loop, shape<3>>.view()));

// ---- numbers in expressions: they carry data

constexpr auto scaled = sum(2 * x{} - 3.0 * x{});
static_assert(evaluate<1>(expression_table<scaled>, 0, at)[0] < -2.0999 &&
              evaluate<1>(expression_table<scaled>, 0, at)[0] > -2.1001);
constexpr auto by_halves = (x{} + 1) / 2 - 0.25f;
static_assert(evaluate<3>(expression_table<by_halves>, 0, at)[0] == (0.3 + 1) / 2 - 0.25);

// ---- a named variable inside a traced body

constexpr auto mixed = [](auto a) { return sum(a * x{}); };
static_assert(function_table<mixed, shape<3>>.node_count == 4);

// ---- several results

constexpr auto two = [](auto v) { return std::pair{v + 1, v * 2}; };
static_assert(function_table<two, shape<3>>.output_count == 2);
constexpr auto three = [](auto v) { return sinter::results{v + 1, v * 2, sum(v)}; };
static_assert(function_table<three, shape<3>>.output_count == 3);

// ---- a body may ask for the shape

constexpr auto by_shape = [](auto v) {
    if constexpr (decltype(v)::rank == 0)
        return sin(v);
    else if constexpr (v.extent(0) == 3)
        return sum(v);
    else
        return sum(sin(v));
};
static_assert(function_table<by_shape, shape<3>>.node_count == 2);
static_assert(function_table<by_shape, shape<4>>.node_count == 3);
static_assert(function_table<by_shape, shape<>>.node_count == 2);

// ---- every function, on both carriers: the same table

template <const auto& Function>
constexpr auto as_expression = Function(m{}, x{});
template <const auto& Function>
constexpr bool both_carriers_agree = same_table(function_table<Function, shape<2, 3>, shape<3>>.view(),
                                                expression_table<as_expression<Function>>.view());
#define SINTER_BOTH(name, ...)                                                         \
    constexpr auto name = [](auto a, [[maybe_unused]] auto b) { return __VA_ARGS__; }; \
    static_assert(both_carriers_agree<name>)
SINTER_BOTH(addition, a + b);
SINTER_BOTH(subtraction, a - b - 1);
SINTER_BOTH(multiplication, a* b * 2);
SINTER_BOTH(division, 1 / a / b);
SINTER_BOTH(negation, -a + b);
SINTER_BOTH(comparisons, (a < b) + (a <= b) + (b > a) + (b >= a) + equal(a, b) + (a < 1) + (2 > a));
SINTER_BOTH(extremes, maximum(a, b) + minimum(a, 0.5));
SINTER_BOTH(selection, select(a < b, a, b) + select(a, 1, b) + fma(a, b, 2));
SINTER_BOTH(unary_functions,
            exp(a) + log(a) + sqrt(a) + tanh(b) + sigmoid(b) + relu(a) + abs(a) + sign(a) + sin(a) + cos(b));
SINTER_BOTH(sums, sum(a) + sum<0>(a) + sum<-1>(b) + sum<0, 1>(a) + mean(a) + mean<0>(a));
SINTER_BOTH(maxima, max(a) + max<0>(a) + max<-2>(a));
SINTER_BOTH(softmaxes, softmax(a) + softmax<0>(a) + log_softmax(a) + log_sum_exp<0>(a));
SINTER_BOTH(views, reshape<3, 2>(a) + transpose(a) + slice<0, 0, 3>(reshape<3, 2>(a)));
SINTER_BOTH(slices, slice<1, 1, 3>(a) + slice<-1, 0, 2>(a));
SINTER_BOTH(concats, concat<0>(concat(a, a), concat<1>(a, a)) + sum(concat(b, b, b)));
SINTER_BOTH(products, a + matmul(transpose(a), matmul(a, b)) +
                          matmul(matmul(b, transpose(a)), a * 2 - reshape<2, 3>(concat(b, b))));
#undef SINTER_BOTH

// ---- assignment with an operation, where the shape stays

constexpr auto assigned = [](auto a, auto b) {
    a += b;
    a -= 0.5;
    a *= x{};
    const auto c = a;
    a /= c;
    return a;
};
constexpr auto written_out = [](auto a, auto b) {
    const auto c = (a + b - 0.5) * x{};
    return c / c;
};
static_assert(same_table(function_table<assigned, shape<2, 3>, shape<3>>.view(),
                         function_table<written_out, shape<2, 3>, shape<3>>.view()));

constexpr int grows_line = __LINE__ + 1;
constexpr auto grows = [](auto a, auto b) { return b += a; };
/// The mistake of a function, which function_table would raise.
template <const auto& Function, class... Shape>
constexpr const sinter::mistake& mistake_of =
    sinter::frozen_table<sinter::function_recipe<Function, Shape...>>::value.first_mistake;
constexpr const auto& growing = mistake_of<grows, shape<2, 3>, shape<3>>;
static_assert(growing.kind == sinter::mistake_kind::loop_changes_shape && growing.line == grows_line);

// ---- a traced operand of a wrong shape is a mistake with its line, on either side of either carrier

template <const auto& Function>
constexpr bool mistake_is(int line, int expected, int found) {
    const sinter::mistake& m = mistake_of<Function, shape<2, 3>, shape<3>>;
    return m.kind == sinter::mistake_kind::shapes_do_not_broadcast && m.line == line && m.expected.last() == expected &&
           m.found.last() == found;
}
struct four : sinter::variable<shape<4>> {};
constexpr int line = __LINE__;
constexpr auto traced_then_free = [](auto, auto b) { return b * four{}; };
constexpr auto free_then_traced = [](auto, auto b) { return four{} - b; };
constexpr auto compared = [](auto a, auto b) { return select(slice<0, 0, 2>(b) < b, a, a); };
constexpr auto extreme = [](auto a, auto b) { return maximum(a, slice<0, 0, 2>(b)); };
static_assert(mistake_is<traced_then_free>(line + 1, 3, 4) && mistake_is<free_then_traced>(line + 2, 4, 3));
static_assert(mistake_is<compared>(line + 3, 2, 3) && mistake_is<extreme>(line + 4, 3, 2));

// ---- what must not compile, as claims

template <class Left, class Right>
concept addable = requires(Left left, Right right) { left + right; };
static_assert(addable<x, m> && addable<x, double> && !addable<x, sinter::variable<shape<4>>>);
static_assert(!addable<m, sinter::variable<shape<2>>> && addable<m, sinter::variable<shape<2, 1>>>);
static_assert(!sinter::shapes_broadcast<sinter::variable<shape<2, 3>>, sinter::variable<shape<3, 3>>>);
static_assert(sinter::shapes_broadcast<sinter::variable<shape<2, 1>>, sinter::variable<shape<1, 3>>>);

TEST_CASE("expression: the same numbers at run time as while compiling") {
    CHECK(evaluate<3>(expression_table<thirty_deep>, 0, at) == evaluate<3>(function_table<loop, shape<3>>, 0, at));
}

TEST_CASE("expression: a number keeps its value beside others of its type") {
    static constexpr auto two_numbers = x{} * 2.0 + x{} * 3.0;
    CHECK(evaluate<1>(expression_table<two_numbers>, 0, [](const auto&, int, int) { return 1.0; })[0] == 5);
}

}  // namespace
