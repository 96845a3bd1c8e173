// SPDX-License-Identifier: BSL-1.0
// Values and gradients of the named functions against PyTorch, in double.
#include "golden/golden.hpp"
#include "support/golden_check.hpp"
#include <sinter/adjoint/gradient.hpp>
#include <sinter/graph/functions.hpp>
#include <sinter/graph/table.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace {

using sinter::shape;
using sinter_test::elements, sinter_test::golden_equal;

/// Output of a table whose inputs 0, 1, 2 are the arrays.
template <class Table>
std::vector<double> run(const Table& table, const double* first, const double* second, const double* third = nullptr) {
    const double* const inputs[] = {first, second, third};
    sinter::interpreter<double> interpreter;
    interpreter.run(table.view(), 1, [&](const sinter::node& q, int, int, int e) { return inputs[q.number][e]; });
    return elements(interpreter, table.view(), table.outputs[0]);
}

template <const auto& Function>
constexpr auto slope = [](auto x, auto w) { return sinter::gradient([=](auto v) { return sum(Function(v) * w); })(x); };

template <const auto& Function, class Shape, class Weight, std::size_t Count, std::size_t Inputs>
void check(const double* x, const double* w, const double (&y)[Count], const double (&dx)[Inputs]) {
    static constexpr auto value = [](auto a) { return Function(a); };
    CHECK(golden_equal(run(sinter::function_table<value, Shape>, x, w), y));
    CHECK(golden_equal(run(sinter::function_table<slope<Function>, Shape, Weight>, x, w), dx));
}

#define SINTER_GOLDEN(name, expression)                                  \
    static constexpr auto name##_of = [](auto x) { return expression; }; \
    check<name##_of, shape<24>, shape<24>>(golden::x, golden::w, golden::name##_y, golden::name##_dx)

TEST_CASE("functions: elementwise functions and their gradients are PyTorch's") {
    SINTER_GOLDEN(exp, exp(x));
    SINTER_GOLDEN(log, log(abs(x) + 0.1));
    SINTER_GOLDEN(sqrt, sqrt(abs(x) + 0.1));
    SINTER_GOLDEN(tanh, tanh(x));
    SINTER_GOLDEN(sigmoid, sigmoid(x));
    SINTER_GOLDEN(relu, relu(x));
    SINTER_GOLDEN(abs, abs(x));
    SINTER_GOLDEN(sin, sin(x));
    SINTER_GOLDEN(cos, cos(x));
}

TEST_CASE("functions: activations that are compositions have PyTorch's gradients too") {
    SINTER_GOLDEN(softplus, maximum(x, 0) + log(1 + exp(-abs(x))));
    SINTER_GOLDEN(silu, x * sigmoid(x));
    SINTER_GOLDEN(leaky_relu, select(x > 0, x, 0.01 * x));
    SINTER_GOLDEN(gelu_tanh, 0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))));
}
#undef SINTER_GOLDEN

#define SINTER_GOLDEN(name, expression)                                                                            \
    {                                                                                                              \
        static constexpr auto name##_of = [](auto a, auto b) { return expression; };                               \
        static constexpr auto slopes = [](auto a, auto b, auto w) {                                                \
            return sinter::gradient([=](auto u, auto v) { return sum(name##_of(u, v) * w); })(a, b);               \
        };                                                                                                         \
        static constexpr auto da = [](auto a, auto b, auto w) { return slopes(a, b, w).template get<0>(); };       \
        static constexpr auto db = [](auto a, auto b, auto w) { return slopes(a, b, w).template get<1>(); };       \
        using s = shape<24>;                                                                                       \
        CHECK(golden_equal(run(sinter::function_table<name##_of, s, s>, golden::a, golden::b), golden::name##_y)); \
        CHECK(golden_equal(run(sinter::function_table<da, s, s, s>, golden::a, golden::b, golden::w),              \
                           golden::name##_da));                                                                    \
        CHECK(golden_equal(run(sinter::function_table<db, s, s, s>, golden::a, golden::b, golden::w),              \
                           golden::name##_db));                                                                    \
    }
TEST_CASE("functions: operations of two arguments and their gradients are PyTorch's") {
    SINTER_GOLDEN(mul, a * b)
    SINTER_GOLDEN(div, a / b)
    SINTER_GOLDEN(maximum, maximum(a, b))
    SINTER_GOLDEN(minimum, minimum(a, b))
}
#undef SINTER_GOLDEN

constexpr double one[] = {1};
#define SINTER_GOLDEN(name, weight_shape, weight, expression)            \
    static constexpr auto name##_of = [](auto x) { return expression; }; \
    check<name##_of, shape<5, 7>, weight_shape>(golden::matrix, weight, golden::name##_y, golden::name##_dx)

TEST_CASE("functions: softmax and its kin along an axis are PyTorch's") {
    using whole = shape<5, 7>;
    SINTER_GOLDEN(softmax, whole, golden::matrix_w, softmax(x));
    SINTER_GOLDEN(log_softmax, whole, golden::matrix_w, log_softmax(x));
    SINTER_GOLDEN(logsumexp, shape<5>, golden::rows_w, log_sum_exp(x));
}

TEST_CASE("functions: sums, means and maxima over axes are PyTorch's") {
    SINTER_GOLDEN(sum_axis0, shape<7>, golden::columns_w, sum<0>(x));
    SINTER_GOLDEN(sum_axis1, shape<5>, golden::rows_w, sum<-1>(x));
    SINTER_GOLDEN(sum_all, shape<>, one, sum(x));
    SINTER_GOLDEN(mean_axis0, shape<7>, golden::columns_w, mean<0>(x));
    SINTER_GOLDEN(mean_axis1, shape<5>, golden::rows_w, mean<1>(x));
    SINTER_GOLDEN(mean_all, shape<>, one, mean(x));
    SINTER_GOLDEN(amax_axis0, shape<7>, golden::columns_w, max<0>(x));
    SINTER_GOLDEN(amax_axis1, shape<5>, golden::rows_w, max<1>(x));
    SINTER_GOLDEN(amax_all, shape<>, one, max(x));
}
#undef SINTER_GOLDEN

TEST_CASE("functions: equal largest elements share the gradient evenly, as PyTorch's do") {
    static constexpr auto largest = sinter::gradient([](auto x) { return max(x); });
    const double tied[] = {2, 1, 2, 2};
    CHECK(golden_equal(run(sinter::function_table<largest, shape<4>>, tied, nullptr), golden::amax_tie));
}

TEST_CASE("functions: log_softmax of extreme logits is finite and PyTorch's") {
    static constexpr auto f = [](auto x) { return log_softmax(x); };
    CHECK(golden_equal(run(sinter::function_table<f, shape<4, 5>>, golden::extreme_logits, nullptr),
                       golden::extreme_log_softmax_y));
}

// ---- infinities, as PyTorch has them

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

/// Equal, an infinity to an infinity and NaN to NaN.
bool alike(const std::vector<double>& found, const std::vector<double>& wanted) {
    bool same = found.size() == wanted.size();
    for (std::size_t i = 0; same && i < wanted.size(); ++i)
        same = (found[i] != found[i] && wanted[i] != wanted[i]) || found[i] == wanted[i] ||
               sinter::math::abs(found[i] - wanted[i]) <= 1e-15;
    return same;
}

TEST_CASE("functions: log_sum_exp of infinities is infinite, never NaN, and its gradient is PyTorch's") {
    static constexpr auto f = [](auto x) { return log_sum_exp<1>(x); };
    static constexpr auto g = [](auto x) { return sinter::gradient([](auto v) { return sum(log_sum_exp(v)); })(x); };
    const double x[] = {-inf, -inf, inf, 1, inf, -inf, -inf, 0, nan, 1, inf, inf};
    CHECK(alike(run(sinter::function_table<f, shape<6, 2>>, x, nullptr), {-inf, inf, inf, 0, nan, inf}));
    // exp(x - log_sum_exp(x)), which is what PyTorch computes
    CHECK(alike(run(sinter::function_table<g, shape<6, 2>>, x, nullptr),
                {nan, nan, nan, 0, nan, 0, 0, 1, nan, nan, nan, nan}));
    static constexpr auto all = [](auto v) { return log_sum_exp(flatten(v)); };
    CHECK(alike(run(sinter::function_table<all, shape<1, 2>>, x, nullptr), {-inf}));
}

TEST_CASE("functions: softmax and log_softmax of infinities are PyTorch's, NaN included") {
    static constexpr auto s = [](auto x) { return softmax(x); };
    static constexpr auto l = [](auto x) { return log_softmax(x); };
    const double x[] = {-inf, -inf, inf, 1, -inf, 0, 3, 3};
    CHECK(alike(run(sinter::function_table<s, shape<4, 2>>, x, nullptr), {nan, nan, nan, nan, 0, 1, 0.5, 0.5}));
    const double half = -sinter::math::ln2;
    CHECK(alike(run(sinter::function_table<l, shape<4, 2>>, x, nullptr), {nan, nan, nan, nan, -inf, 0, half, half}));
}

TEST_CASE("functions: the gradient of a maximum over NaN is NaN, as that of PyTorch's amax") {
    static constexpr auto largest = sinter::gradient([](auto x) { return max(x); });
    const double x[] = {1, nan, 3};
    CHECK(alike(run(sinter::function_table<largest, shape<3>>, x, nullptr), {nan, nan, nan}));
}

// ---- softmax and its kin have their defining properties along any axis

constexpr double spread[] = {900, -900, 0.5, 0.25, -3, 1e4};
TEST_CASE("functions: softmax sums to one along its axis, log_softmax is its logarithm") {
    static constexpr auto along = [](auto x) { return sum<0>(softmax<0>(x)); };
    static constexpr auto same = [](auto x) { return exp(log_softmax<0>(x)) - softmax<0>(x); };
    static constexpr auto shifted = [](auto x) { return log_sum_exp<0>(x) - log_sum_exp<0>(x - 7) - 7; };
    for (const double s : run(sinter::function_table<along, shape<2, 3>>, spread, nullptr))
        CHECK(s == doctest::Approx(1));
    for (const double s : run(sinter::function_table<same, shape<2, 3>>, spread, nullptr))
        CHECK(sinter::math::abs(s) < 1e-15);
    for (const double s : run(sinter::function_table<shifted, shape<2, 3>>, spread, nullptr))
        CHECK(sinter::math::abs(s) < 1e-11);
}

}  // namespace
