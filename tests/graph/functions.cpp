// SPDX-License-Identifier: BSL-1.0
// Values and gradients of the named functions against PyTorch, in double.
#include "golden/golden.hpp"
#include "support/golden_check.hpp"
#include <sinter/adjoint/gradient.hpp>
#include <sinter/graph/functions.hpp>
#include <sinter/graph/table.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

using sinter::shape;
using sinter_test::elements, sinter_test::golden_equal;

/// Output of a table whose inputs 0, 1, 2 are the arrays.
template <class Table>
std::vector<double> run(const Table& table, const double* first, const double* second, const double* third = nullptr) {
    const double* const inputs[] = {first, second, third};
    sinter::interpreter<double> interpreter;
    interpreter.run(table.view(), 1, [&](const sinter::node& q, int, int, int e) { return inputs[q.leaf][e]; });
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
