// SPDX-License-Identifier: BSL-1.0
// Every line of the rule table, proven while compiling: the adjoint, recorded by the reverse pass and run by the
// interpreter, is the derivative that dual numbers give. A new operation is proven as soon as it is in the enumeration.
#include "support/dual.hpp"
#include <sinter/adjoint/reverse.hpp>
#include <sinter/graph/interpreter.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

namespace {

using namespace sinter;
using sinter_test::close, sinter_test::dual;

/// y = code(x[0], x[1], x[2]) on numbers, and the adjoints of y.
struct one_operation {
    builder graph;
    int x[3]{}, gradients[3]{}, y = -1, arity = 0;

    constexpr one_operation(op code, int operands) : arity{operands} {
        for (int k = 0; k < arity; ++k) x[k] = graph.leaf(op::input, k, extents{});
        y = graph.record(code, x, arity);
        reverse_pass(graph, y).run(x, arity, gradients);
    }
    constexpr dual derivative(const double (&at)[3], int by) const {
        interpreter<dual> run;
        run.run(graph.view(), 1,
                [&](const node& q, int, int, int) { return dual(at[q.number], q.number == by ? 1.0 : 0.0); });
        return run.at(y, 0, 0);
    }
    /// Each adjoint equals the derivative at this point.
    constexpr bool right_at(const double (&at)[3]) const {
        interpreter<double> run;
        run.run(graph.view(), 1, [&](const node& q, int, int, int) { return at[q.number]; });
        for (int k = 0; k < arity; ++k) {
            const dual wanted = derivative(at, k);
            if (!close(run.at(y, 0, 0), wanted.value, 1e-12)) return false;
            if (!close(run.at(gradients[k], 0, 0), wanted.tangent, 1e-12)) return false;
        }
        return true;
    }
};

template <op Code>
constexpr double value(double a, double b, double c) {
    if constexpr (arity_v<Code> == 1)
        return elementwise<Code>.value(a);
    else if constexpr (arity_v<Code> == 2)
        return elementwise<Code>.value(a, b);
    else
        return elementwise<Code>.value(a, b, c);
}

/// The adjoint of each operand, at every combination of these points where the operation has a value.
template <op Code>
constexpr bool adjoint_is_tangent() {
    constexpr double points[] = {0.3, -1.4, 0.8, 1.7, -0.6};
    constexpr int arity = arity_v<Code>, count = arity == 3 ? 3 : 5;
    const one_operation operation(Code, arity);
    int checked = 0;
    for (int i = 0; i < count; ++i)
        for (int j = 0; j < (arity > 1 ? count : 1); ++j)
            for (int k = 0; k < (arity > 2 ? count : 1); ++k) {
                const double at[3] = {points[i], points[j], points[k]}, y = value<Code>(at[0], at[1], at[2]);
                if (y != y) continue;
                if (!operation.right_at(at)) return false;
                ++checked;
            }
    return checked >= 3;
}

template <op Code>
constexpr bool right(double a, double b = 0, double c = 0) {
    return one_operation(Code, arity_v<Code>).right_at({a, b, c});
}
template <op Code>
constexpr double adjoint(int operand, double a, double b = 0) {
    const one_operation operation(Code, arity_v<Code>);
    interpreter<double> run;
    run.run(operation.graph.view(), 1, [&](const node& q, int, int, int) { return q.number == 0 ? a : b; });
    return run.at(operation.gradients[operand], 0, 0);
}

template <op Code>
struct proof {
    static_assert(adjoint_is_tangent<Code>(), "the adjoint in the rule table is not the derivative of the value");
    static constexpr bool done = true;
};
template <std::size_t... Index>
constexpr bool prove(std::index_sequence<Index...>) {
    return (proof<static_cast<op>(Index + static_cast<std::size_t>(first_elementwise))>::done && ...);
}
static_assert(prove(std::make_index_sequence<elementwise_count>{}));

// The kinks: what tensor/elementwise.hpp promises at them.
static_assert(right<op::relu>(0) && right<op::abs>(0) && right<op::sign>(0));
static_assert(adjoint<op::relu>(0, 0) == 0 && adjoint<op::abs>(0, 0) == 0);
static_assert(adjoint<op::maximum>(0, 2, 2) == 0.5 && adjoint<op::maximum>(1, 2, 2) == 0.5);
static_assert(adjoint<op::minimum>(0, 2, 2) == 0.5 && adjoint<op::minimum>(1, 2, 2) == 0.5);
// What is no number is passed on, as PyTorch passes it; abs and sign stop it.
constexpr double nan = __builtin_nan("");
static_assert(adjoint<op::relu>(0, nan) == 1 && adjoint<op::abs>(0, nan) == 0 && adjoint<op::sign>(0, nan) == 0);
static_assert(adjoint<op::maximum>(0, nan, 2) == 1 && adjoint<op::maximum>(1, nan, 2) == 1);
static_assert(adjoint<op::maximum>(0, 2, nan) == 1 && adjoint<op::maximum>(1, 2, nan) == 1);
static_assert(adjoint<op::minimum>(0, nan, 2) == 1 && adjoint<op::minimum>(1, nan, 2) == 1);
static_assert(adjoint<op::minimum>(0, 2, nan) == 1 && adjoint<op::minimum>(1, 2, nan) == 1);
static_assert(adjoint<op::maximum>(0, -0.0, 0.0) == 0.5 && adjoint<op::minimum>(1, -0.0, 0.0) == 0.5);
// A condition chooses, whatever number other than 0 it is.
static_assert(right<op::select>(0, 0.3, 0.8) && right<op::select>(-2, 0.3, 0.8));
// Large arguments overflow neither value nor adjoint.
static_assert(right<op::tanh>(300) && right<op::tanh>(-300) && right<op::sigmoid>(600) && right<op::sigmoid>(-600));

template <std::size_t... Index>
bool holds_at_run_time(std::index_sequence<Index...>) {
    return (adjoint_is_tangent<static_cast<op>(Index + static_cast<std::size_t>(first_elementwise))>() && ...);
}

TEST_CASE("elementwise: each adjoint is the dual number's tangent at run time too") {
    CHECK(holds_at_run_time(std::make_index_sequence<elementwise_count>{}));
}

TEST_CASE("elementwise: what is no number stays none, from either operand") {
    CHECK(value<op::relu>(nan, 0, 0) != value<op::relu>(nan, 0, 0));
    CHECK(std::isnan(adjoint<op::tanh>(0, nan)));
    CHECK(std::isnan(adjoint<op::exp>(0, nan)));
    for (const auto& f : {value<op::maximum>, value<op::minimum>}) {
        CHECK(f(nan, 1, 0) != f(nan, 1, 0));
        CHECK(f(1, nan, 0) != f(1, nan, 0));
    }
}

TEST_CASE("elementwise: comparisons give one or nothing, and nothing for what is no number") {
    CHECK(value<op::less>(1, 2, 0) == 1);
    CHECK(value<op::less>(2, 2, 0) == 0);
    CHECK(value<op::less_equal>(2, 2, 0) == 1);
    CHECK(value<op::less_equal>(3, 2, 0) == 0);
    CHECK(value<op::equal>(2, 2, 0) == 1);
    CHECK(value<op::equal>(2, 3, 0) == 0);
    CHECK(value<op::less>(nan, 2, 0) == 0);
    CHECK(value<op::equal>(nan, nan, 0) == 0);
}

}  // namespace
