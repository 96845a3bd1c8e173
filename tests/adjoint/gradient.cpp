// SPDX-License-Identifier: BSL-1.0
// Derivatives of generic functions and of free expressions, against closed forms, while compiling.
#include "support/dual.hpp"
#include "support/evaluate.hpp"
#include "support/same_table.hpp"
#include <sinter/adjoint/gradient.hpp>
#include <sinter/graph/table.hpp>

#include <doctest/doctest.h>

namespace {

using sinter::expression_table, sinter::function_table, sinter::gradient, sinter::shape;
using sinter::math::cos, sinter::math::exp, sinter::math::sin;
using sinter_test::close, sinter_test::evaluate;

// Leaf 0 is x = .3 .7 1.1, leaf 1 is y = -.2 .3 .8.
constexpr auto at = [](const sinter::node& q, int, int e) { return q.number == 0 ? 0.3 + 0.4 * e : -0.2 + 0.5 * e; };

/// The function's three results are closed(x), element by element.
template <const auto& Function, class Closed>
constexpr bool is(Closed closed) {
    const auto y = evaluate<3>(function_table<Function, shape<3>>, 0, at);
    for (int i = 0; i < 3; ++i)
        if (!close(closed(0.3 + 0.4 * i), y[static_cast<std::size_t>(i)], 1e-12)) return false;
    return true;
}

// ---- of an ordinary function

constexpr auto f = [](auto x, auto y) { return sum(sin(x) * exp(-y)); };
constexpr auto df = gradient(f);
static_assert(function_table<f, shape<3>, shape<3>>.node_count == 7);
static_assert(function_table<df, shape<3>, shape<3>>.output_count == 2);
static_assert(function_table<df, shape<3>, shape<3>>.node_count <= 10,
              "the gradient shares what the function computed");

constexpr bool gradient_by_both_arguments() {
    const auto dx = evaluate<3>(function_table<df, shape<3>, shape<3>>, 0, at);
    const auto dy = evaluate<3>(function_table<df, shape<3>, shape<3>>, 1, at);
    for (int i = 0; i < 3; ++i) {
        const double x = 0.3 + 0.4 * i, y = -0.2 + 0.5 * i;
        if (!close(cos(x) * exp(-y), dx[static_cast<std::size_t>(i)], 1e-12)) return false;
        if (!close(-sin(x) * exp(-y), dy[static_cast<std::size_t>(i)], 1e-12)) return false;
    }
    return true;
}
static_assert(gradient_by_both_arguments());

constexpr auto by_name = [](auto x, auto y) {
    auto [dx, dy] = df(x, y);
    return dx - dy;
};
static_assert(close(cos(0.3) * exp(0.2) + sin(0.3) * exp(0.2),
                    evaluate<3>(function_table<by_name, shape<3>, shape<3>>, 0, at)[0], 1e-12));

// ---- a gradient is a function: differentiate it again

constexpr auto s = [](auto x) { return sum(sin(x) * exp(-x)); };
constexpr auto d1 = gradient(s);
constexpr auto d2 = gradient([](auto x) { return sum(d1(x)); });
constexpr auto d3 = gradient([](auto x) { return sum(d2(x)); });
static_assert(is<d1>([](double x) { return (cos(x) - sin(x)) * exp(-x); }));
static_assert(is<d2>([](double x) { return -2 * cos(x) * exp(-x); }));
static_assert(is<d3>([](double x) { return 2 * (sin(x) + cos(x)) * exp(-x); }));

constexpr auto number_to_number = [](auto x) { return sin(x) * exp(-x); };
constexpr auto twice = gradient(gradient(number_to_number));
constexpr auto thrice = gradient(twice);
static_assert(close(-2 * cos(0.3) * exp(-0.3), evaluate<1>(function_table<twice, shape<>>, 0, at)[0], 1e-12));
static_assert(close(2 * (sin(0.3) + cos(0.3)) * exp(-0.3), evaluate<1>(function_table<thrice, shape<>>, 0, at)[0],
                    1e-12));

// ---- an ordinary generic function, 2^30 nodes if written as a tree

template <class T>
constexpr T deep(const T& x) {
    T y = x;
    for (int i = 0; i < 30; ++i) y = sin(y) * y;
    return y;
}
constexpr auto deep_function = [](auto x) { return deep(x); };
constexpr auto deep_gradient = gradient([](auto x) { return deep(x); });
static_assert(function_table<deep_function, shape<3>>.node_count == 61);
static_assert(function_table<deep_gradient, shape<>>.node_count <= 61 + 30 * 5);

// ---- equal values are one node, but not to gradient

constexpr auto xy = [](auto x, auto y) { return sum(x * y); };
constexpr auto both_the_same = [](auto a) { return gradient(xy)(a, a); };
constexpr auto first_of_both = [](auto a) { return gradient(xy)(a, a).template get<0>(); };
static_assert(function_table<both_the_same, shape<3>>.output_count == 2);
static_assert(is<both_the_same>([](double x) { return x; }) && is<first_of_both>([](double x) { return x; }));

constexpr auto captured = [](auto z) {
    auto w = sin(z);
    return gradient([=](auto x) { return sum(x * sin(z)); })(w);
};
static_assert(is<captured>([](double x) { return sin(x); }));

constexpr auto of_another = [](auto z) { return gradient([=](auto) { return sum(sin(z)); })(z); };
static_assert(is<of_another>([](double) { return 0.0; }));
constexpr auto of_itself = [](auto z) { return gradient([](auto x) { return sum(x); })(z); };
static_assert(is<of_itself>([](double) { return 1.0; }));
constexpr auto identity = gradient([](auto x) { return x; });
static_assert(evaluate<1>(function_table<identity, shape<>>, 0, at)[0] == 1);

constexpr auto held = gradient([](auto x) { return sum(x * stop(x)); });
static_assert(is<held>([](double x) { return x; }));

// ---- of a free expression, by its variables

struct x : sinter::variable<shape<3>> {};
struct y : sinter::variable<shape<3>> {};

constexpr auto g = sum(sin(x{}) * exp(-x{}));
constexpr auto dg = gradient(g, x{});
constexpr auto ddg = gradient(sum(dg), x{});
static_assert(std::is_empty_v<decltype(dg)> && std::is_empty_v<decltype(ddg)>);
static_assert(close((cos(0.7) - sin(0.7)) * exp(-0.7), evaluate<3>(expression_table<dg>, 0, at)[1], 1e-12));
static_assert(close(-2 * cos(0.7) * exp(-0.7), evaluate<3>(expression_table<ddg>, 0, at)[1], 1e-12));

constexpr auto by_absent = gradient(g, y{});
static_assert(evaluate<3>(expression_table<by_absent>, 0, at) == std::array<double, 3>{});

constexpr auto with_number = gradient(sum(2 * x{} * x{}), x{});
static_assert(close(4 * 0.7, evaluate<3>(expression_table<with_number>, 0, at)[1], 1e-12));

constexpr auto function_on_variables = df(x{}, y{});
constexpr auto by_second = function_on_variables.get<1>();
static_assert(close(-sin(0.7) * exp(-0.3), evaluate<3>(expression_table<by_second>, 0, at)[1], 1e-12));

// The function and the expression give one canonical table.
constexpr auto as_function = [](auto a) { return gradient(s)(a); };
static_assert(sinter_test::same_table(expression_table<dg>.view(), function_table<as_function, shape<3>>.view()));

TEST_CASE("gradient: the same numbers at run time as while compiling") {
    CHECK(gradient_by_both_arguments());
    CHECK(is<d3>([](double v) { return 2 * (sin(v) + cos(v)) * exp(-v); }));
}

TEST_CASE("gradient: a function of a vector is recorded as a mistake with its shape") {
    static constexpr auto vector_valued = gradient([](auto v) { return sin(v); });
    constexpr const auto& mistake =
        sinter::frozen_table<sinter::function_recipe<vector_valued, shape<3>>>::value.first_mistake;
    CHECK(mistake.kind == sinter::mistake_kind::gradient_of_non_scalar);
    CHECK(mistake.found == sinter::list(3));
}

TEST_CASE("gradient: of a function that does not depend on its argument it is zero in the argument's shape") {
    static constexpr auto of_number = gradient([](auto) { return 1.0; });
    static constexpr auto of_variable = of_number(x{});
    CHECK(function_table<of_number, shape<3>>.view().shape(function_table<of_number, shape<3>>.outputs[0]) ==
          sinter::list(3));
    for (const double found : evaluate<3>(function_table<of_number, shape<3>>, 0, at)) CHECK(found == 0);
    for (const double found : evaluate<3>(expression_table<of_variable>, 0, at)) CHECK(found == 0);
}

}  // namespace
