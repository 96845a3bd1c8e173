// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The elementwise operations: one line each, and nothing else anywhere.
///
/// A line holds the operation's value, generic over what it runs on (double, dual numbers, SIMD lanes: the functions
/// are found by the argument), and its adjoint per operand, generic over expressions: `d` is the adjoint of the result
/// `y`, then come the operands. The interpreter, the kernels, the reverse pass and the law tests read the same line;
/// tests/graph/elementwise.cpp proves each against dual numbers in static_assert.
///
/// relu's adjoint asks its result, which is 0, or positive, or NaN.
/// Ties: relu and abs have derivative 0 at 0; maximum and minimum share the adjoint evenly. At NaN relu, and maximum
/// and minimum of either operand, pass the whole adjoint on; abs and sign have 0 there. All this is PyTorch's.

#include <sinter/meta/math.hpp>
#include <sinter/tensor/op.hpp>

#include <cstddef>
#include <utility>

namespace sinter {

/// Scalar meanings of the functions below; lanes and dual numbers bring their own.
namespace scalar_functions {
using math::abs, math::cos, math::exp, math::log, math::sigmoid, math::sin, math::sqrt, math::tanh;
constexpr double fma(double a, double b, double c) { return a * b + c; }
constexpr double maximum(double a, double b) { return a > b || a != a ? a : b; }
constexpr double minimum(double a, double b) { return a < b || a != a ? a : b; }
constexpr double less(double a, double b) { return a < b ? 1 : 0; }
constexpr double less_equal(double a, double b) { return a <= b ? 1 : 0; }
constexpr double equal(double a, double b) { return a == b ? 1 : 0; }
constexpr double select(double c, double a, double b) { return c != 0 ? a : b; }
constexpr double relu(double a) { return a > 0 || a != a ? a : 0; }
constexpr double sign(double a) { return a > 0 ? 1 : a < 0 ? -1 : 0; }
}  // namespace scalar_functions

template <class Value, class... Adjoint>
struct elementwise_rule;
template <class Value, class First>
struct elementwise_rule<Value, First> {
    op code;
    Value value;
    First first;
    static constexpr int arity = 1;
};
template <class Value, class First, class Second>
struct elementwise_rule<Value, First, Second> {
    op code;
    Value value;
    First first;
    Second second;
    static constexpr int arity = 2;
};
template <class Value, class First, class Second, class Third>
struct elementwise_rule<Value, First, Second, Third> {
    op code;
    Value value;
    First first;
    Second second;
    Third third;
    static constexpr int arity = 3;
};
template <class Value, class... Adjoint>
elementwise_rule(op, Value, Adjoint...) -> elementwise_rule<Value, Adjoint...>;

namespace detail {

/// Marks an operand without a derivative: its adjoint contributes nothing.
struct no_adjoint {
    constexpr no_adjoint operator()(auto...) const { return {}; }
};

template <std::size_t Index, class Rule>
struct rule_slot {
    Rule rule;
};
template <class Indices, class... Rules>
struct rule_pack;
template <std::size_t... Index, class... Rules>
struct rule_pack<std::index_sequence<Index...>, Rules...> : rule_slot<Index, Rules>... {
    static constexpr int size = sizeof...(Rules);
    constexpr explicit rule_pack(Rules... rules) : rule_slot<Index, Rules>{rules}... {}
    /// The rules' codes are `first` and those that follow it.
    constexpr bool in_order(op first) const {
        return (
            (static_cast<std::size_t>(rule_slot<Index, Rules>::rule.code) == static_cast<std::size_t>(first) + Index) &&
            ...);
    }
};
template <class... Rules>
constexpr auto make_rule_pack(Rules... rules) {
    return rule_pack<std::index_sequence_for<Rules...>, Rules...>{rules...};
}
template <std::size_t Index, class Rule>
constexpr const Rule& rule_in(const rule_slot<Index, Rule>& slot) {
    return slot.rule;
}

// clang-format off
namespace rules {
using namespace scalar_functions;
inline constexpr no_adjoint none{};
inline constexpr auto table = make_rule_pack(
    elementwise_rule{op::add,        [](auto a, auto b) { return a + b; },                 [](auto d, auto, auto, auto) { return d; },                    [](auto d, auto, auto, auto) { return d; }},
    elementwise_rule{op::subtract,   [](auto a, auto b) { return a - b; },                 [](auto d, auto, auto, auto) { return d; },                    [](auto d, auto, auto, auto) { return -d; }},
    elementwise_rule{op::multiply,   [](auto a, auto b) { return a * b; },                 [](auto d, auto, auto, auto b) { return d * b; },              [](auto d, auto, auto a, auto) { return d * a; }},
    elementwise_rule{op::divide,     [](auto a, auto b) { return a / b; },                 [](auto d, auto, auto, auto b) { return d / b; },              [](auto d, auto y, auto, auto b) { return -(d * y / b); }},
    elementwise_rule{op::negate,     [](auto a) { return -a; },                            [](auto d, auto, auto) { return -d; }},
    elementwise_rule{op::fma,        [](auto a, auto b, auto c) { return fma(a, b, c); },  [](auto d, auto, auto, auto b, auto) { return d * b; },        [](auto d, auto, auto a, auto, auto) { return d * a; }, [](auto d, auto, auto, auto, auto) { return d; }},
    elementwise_rule{op::maximum,    [](auto a, auto b) { return maximum(a, b); },         [](auto d, auto, auto a, auto b) { return select(less(a, b), 0.0, select(equal(a, b), 0.5 * d, d)); }, [](auto d, auto, auto a, auto b) { return select(less(b, a), 0.0, select(equal(a, b), 0.5 * d, d)); }},
    elementwise_rule{op::minimum,    [](auto a, auto b) { return minimum(a, b); },         [](auto d, auto, auto a, auto b) { return select(less(b, a), 0.0, select(equal(a, b), 0.5 * d, d)); }, [](auto d, auto, auto a, auto b) { return select(less(a, b), 0.0, select(equal(a, b), 0.5 * d, d)); }},
    elementwise_rule{op::less,       [](auto a, auto b) { return less(a, b); },            none, none},
    elementwise_rule{op::less_equal, [](auto a, auto b) { return less_equal(a, b); },      none, none},
    elementwise_rule{op::equal,      [](auto a, auto b) { return equal(a, b); },           none, none},
    elementwise_rule{op::select,     [](auto c, auto a, auto b) { return select(c, a, b); }, none,                                                        [](auto d, auto, auto c, auto, auto) { return select(c, d, 0.0); }, [](auto d, auto, auto c, auto, auto) { return select(c, 0.0, d); }},
    elementwise_rule{op::exp,        [](auto a) { return exp(a); },                        [](auto d, auto y, auto) { return d * y; }},
    elementwise_rule{op::log,        [](auto a) { return log(a); },                        [](auto d, auto, auto a) { return d / a; }},
    elementwise_rule{op::sqrt,       [](auto a) { return sqrt(a); },                       [](auto d, auto y, auto) { return 0.5 * d / y; }},
    elementwise_rule{op::tanh,       [](auto a) { return tanh(a); },                       [](auto d, auto y, auto) { return d * (1.0 - y * y); }},
    elementwise_rule{op::sigmoid,    [](auto a) { return sigmoid(a); },                    [](auto d, auto y, auto) { return d * (y * (1.0 - y)); }},
    elementwise_rule{op::relu,       [](auto a) { return relu(a); },                       [](auto d, auto y, auto) { return select(y, d, 0.0); }},
    elementwise_rule{op::abs,        [](auto a) { return abs(a); },                        [](auto d, auto, auto a) { return d * sign(a); }},
    elementwise_rule{op::sign,       [](auto a) { return sign(a); },                       none},
    elementwise_rule{op::sin,        [](auto a) { return sin(a); },                        [](auto d, auto, auto a) { return d * cos(a); }},
    elementwise_rule{op::cos,        [](auto a) { return cos(a); },                        [](auto d, auto, auto a) { return -(d * sin(a)); }});
}  // namespace rules
// clang-format on

}  // namespace detail

/// The line of an elementwise operation.
template <op Code>
inline constexpr const auto& elementwise =
    detail::rule_in<static_cast<std::size_t>(Code) - static_cast<std::size_t>(first_elementwise)>(detail::rules::table);

template <op Code>
inline constexpr int arity_v = elementwise<Code>.arity;

static_assert(decltype(detail::rules::table)::size == elementwise_count, "an elementwise operation without a rule");
static_assert(detail::rules::table.in_order(first_elementwise), "the rule table's order is the enumeration's");

}  // namespace sinter
