// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a user computes with: two carriers of tensor expressions, and the one function that serves both.
///
/// `expr<Shape>` is a traced value: its shape is its type, its node a number in a builder. Values of equal shape have
/// one type, so that loops and ordinary generic functions work and nothing nests.
/// `expression<Op, …>` is a free expression over named variables (`struct x : sinter::variable<shape<3>> {}`): an
/// expression template, empty where it carries no number. It is lowered to the builder once per type.
/// `apply` records if an operand is traced and returns a type otherwise; graph/functions.hpp names each operation once.

#include <sinter/graph/builder.hpp>
#include <sinter/graph/refused.hpp>

#include <type_traits>

namespace sinter {

template <class T>
concept tensor = std::is_base_of_v<carrier, std::remove_cvref_t<T>>;
template <class T>
concept term = tensor<T> || std::is_arithmetic_v<std::remove_cvref_t<T>>;

/// A line of the user's source, 0 where none is known. A type of its own and explicit, so that no number that a user
/// passes becomes a line: functions end in the parameter `source_line line = source_line{__builtin_LINE()}`.
struct source_line {
    int value;
    constexpr explicit source_line(int line) : value{line} {}
};
inline constexpr source_line unknown_line{0};

template <class Shape>
struct expr;

namespace detail {

/// The operand of an operator whose shape does not fit: an operator takes no default argument, but a conversion does,
/// so this one knows the line of `a + b`.
struct located {
    extents shape;
    int line;
    template <tensor Operand>
    constexpr located(const Operand&, int at = __builtin_LINE()) : shape{Operand::shape_type::value}, line{at} {}
};
/// The same for the left operand, which is free where the right one is traced.
struct located_free : located {
    template <tensor Operand>
        requires(!Operand::traced)
    constexpr located_free(const Operand& x, int at = __builtin_LINE()) : located{x, at} {}
};

}  // namespace detail

/// A traced value of static shape; rows (samples) are implicit.
template <class Shape>
struct expr : carrier {
    using shape_type = Shape;
    static constexpr bool traced = true;
    static constexpr int rank = Shape::rank;
    static constexpr int size = Shape::size;
    static constexpr int extent(int axis) { return Shape::extent(axis); }

    builder* graph;
    int id;

    constexpr expr(builder* owner, int node) : graph{owner}, id{node} {}
    constexpr expr(const expr&) = default;
    constexpr expr& operator=(const expr&) = default;
    constexpr expr& operator=(detail::located other) {
        return *this = refuse(mistake_kind::loop_changes_shape, other.line, Shape::value, other.shape);
    }

    // What looks like C++ and has no meaning on a tensor is refused here, where it must be a member, and in
    // graph/refused.hpp.
    template <class Condition>
        requires std::is_same_v<Condition, bool>
    constexpr explicit operator Condition() const {
        graph->fail(mistake_kind::said_already);
        static_assert(!std::is_same_v<Condition, bool>,
                      "a body cannot branch on values: write select(x > 0, a, b) for `if (x > 0)`, `?:`, std::max and "
                      "the like (docs/errors.md#branch_on_values)");
        return false;
    }
    /// What functions of the standard library take.
    template <class Number>
        requires std::is_same_v<Number, double>
    constexpr operator Number() const {
        graph->fail(mistake_kind::said_already);
        static_assert(!std::is_same_v<Number, double>,
                      "a tensor is no number: of std::exp(x) and its kin write exp(x), which is found by its argument; "
                      "of `double y = sum(x)` write `auto y` (docs/errors.md#tensor_as_a_number)");
        return 0;
    }
    template <class Index>
    constexpr expr<sinter::shape<>> operator[](Index) const {
        graph->fail(mistake_kind::said_already);
        static_assert(std::is_void_v<Index>,
                      "x[i] of a tensor: there is no element access; write slice<Axis, i, i + 1>(x) "
                      "(docs/errors.md#operator_without_meaning)");
        return {graph, graph->mistaken(id, {})};
    }
    template <class Self = expr>
    constexpr const Self* begin() const {
        graph->fail(mistake_kind::said_already);
        static_assert(std::is_void_v<Self>,
                      "a loop over the elements of a tensor: there are none yet; write sum(x), mean(x), max(x) or "
                      "slice<Axis, i, i + 1>(x) (docs/errors.md#operator_without_meaning)");
        return this;
    }
    template <class Self = expr>
    constexpr const Self* end() const {
        return this;
    }

    // Chosen only where the shapes do not broadcast, or an assignment would change the shape: the constrained templates
    // of graph/functions.hpp match better.
#define SINTER_REFUSE(sign)                                                                    \
    friend constexpr expr operator sign(expr a, detail::located b) {                           \
        return a.refuse(mistake_kind::shapes_do_not_broadcast, b.line, Shape::value, b.shape); \
    }                                                                                          \
    friend constexpr expr operator sign(detail::located_free a, expr b) {                      \
        return b.refuse(mistake_kind::shapes_do_not_broadcast, a.line, a.shape, Shape::value); \
    }
    SINTER_REFUSE(+)
    SINTER_REFUSE(-)
    SINTER_REFUSE(*)
    SINTER_REFUSE(/)
    SINTER_REFUSE(<)
    SINTER_REFUSE(<=)
    SINTER_REFUSE(>)
    SINTER_REFUSE(>=)
#undef SINTER_REFUSE
    friend constexpr expr& operator+=(expr& a, detail::located b) { return a = b; }
    friend constexpr expr& operator-=(expr& a, detail::located b) { return a = b; }
    friend constexpr expr& operator*=(expr& a, detail::located b) { return a = b; }
    friend constexpr expr& operator/=(expr& a, detail::located b) { return a = b; }

private:
    constexpr expr refuse(mistake_kind kind, int line, const extents& expected, const extents& found) const {
        graph->line = line;
        graph->fail(kind, expected, found);
        return {graph, graph->mistaken(id, Shape::value)};
    }
};

/// Base of a named variable: `struct x : sinter::variable<sinter::shape<3>> {};`
template <class Shape>
struct variable : carrier {
    using shape_type = Shape;
    using named_variable = variable;
    static constexpr bool traced = false;
};

/// A number inside a free expression.
struct number : carrier {
    using shape_type = shape<>;
    static constexpr bool traced = false;
    double value;
    constexpr number(double given) : value{given} {}
    constexpr int lower_into(builder& graph) const { return graph.constant(value); }
};

/// Integers of an operation, as a type.
template <int... Value>
struct attributes {
    static constexpr extents value = {static_cast<int>(sizeof...(Value)), {Value...}};
};

namespace detail {

template <class T>
struct as_carrier {
    using type = T;
};
template <class T>
    requires std::is_arithmetic_v<T>
struct as_carrier<T> {
    using type = number;
};
template <class T>
using carrier_t = typename as_carrier<std::remove_cvref_t<T>>::type;

template <class T>
inline constexpr bool is_traced = carrier_t<T>::traced;

template <op Code, class Attributes, class Wanted, class... Shape>
constexpr shaped infer() {
    const shaped in[] = {{.shape = Shape::value}...};
    return shape_rule(Code, in, static_cast<int>(sizeof...(Shape)), Attributes::value, {.shape = Wanted::value});
}
/// Elementwise operations have one rule, which is asked once for all of them: these go by rule_of(code).
template <op Code, class Attributes, class Wanted, class... Shape>
inline constexpr shaped inferred = infer<Code, Attributes, Wanted, Shape...>();
template <op Code, class Attributes, class Wanted, class... Shape>
inline constexpr extents inferred_extents = inferred<Code, Attributes, Wanted, Shape...>.shape;
constexpr op rule_of(op code) { return is_elementwise(code) ? first_elementwise : code; }

/// Operands of an expression; empty ones are types only, so that a nested expression does not hold 2^depth bytes.
template <bool Empty, class... Operand>
struct operands {
    template <class F>
    constexpr auto with(F f) const {
        return f(Operand{}...);
    }
};
template <class First>
struct operands<false, First> {
    First first;
    template <class F>
    constexpr auto with(F f) const {
        return f(first);
    }
};
template <class First, class Second>
struct operands<false, First, Second> {
    First first;
    Second second;
    template <class F>
    constexpr auto with(F f) const {
        return f(first, second);
    }
};
template <class First, class Second, class Third>
struct operands<false, First, Second, Third> {
    First first;
    Second second;
    Third third;
    template <class F>
    constexpr auto with(F f) const {
        return f(first, second, third);
    }
};

template <class T>
inline constexpr char type_tag = 0;

}  // namespace detail

template <class T>
using shape_of = typename detail::carrier_t<T>::shape_type;

/// The shapes are valid operands of the operation.
template <op Code, class Attributes, class Wanted, class... Operand>
concept fits =
    detail::inferred<detail::rule_of(Code), Attributes, Wanted, shape_of<Operand>...>.wrong == mistake_kind::none;
/// The shapes broadcast to one.
template <class... Operand>
concept shapes_broadcast = fits<op::add, attributes<>, shape<>, Operand...>;
/// A traced value: its mistakes are recorded and raised by the program, with the user's line.
template <class... Operand>
concept any_traced = (detail::is_traced<Operand> || ...);

/// The node number of a value in `graph`: recorded if need be.
template <class Value>
constexpr int lower(builder& graph, const Value& value) {
    if constexpr (std::is_arithmetic_v<Value>) {
        return graph.constant(static_cast<double>(value));
    } else if constexpr (Value::traced) {
        return value.id;
    } else {
        if constexpr (std::is_empty_v<Value>)
            for (const auto& known : graph.lowered_types)
                if (known.type == &detail::type_tag<Value>) return known.id;
        const int id = [&] {
            if constexpr (requires { typename Value::named_variable; })
                return graph.leaf(op::variable, graph.lowered_types.size(), Value::shape_type::value);
            else
                return value.lower_into(graph);
        }();
        if constexpr (std::is_empty_v<Value>) graph.lowered_types.push({&detail::type_tag<Value>, id});
        return id;
    }
}

namespace detail {
template <class... Operand>
constexpr int record_operands(builder& graph, op code, const extents& attribute, const extents& wanted,
                              const Operand&... x) {
    const int id[] = {lower(graph, x)...};  // braces: left to right with every compiler
    if constexpr (sizeof...(Operand) == 2)
        if (code == op::matmul) return graph.matmul(id[0], id[1], attribute[0] != 0, attribute[1] != 0);
    if constexpr (sizeof...(Operand) == 1)
        if (code == op::broadcast) return graph.broadcast(id[0], wanted, graph[id[0]].rows);
    return graph.record(code, id, static_cast<int>(sizeof...(Operand)), attribute, wanted);
}
/// The builder of the first operand that is traced.
template <class First, class... More>
constexpr builder& graph_of(const First& first, const More&... more) {
    if constexpr (is_traced<First>)
        return *first.graph;
    else
        return graph_of(more...);
}
}  // namespace detail

/// A free expression: the operation, its result's shape, its attributes, the operands.
template <op Code, class Shape, class Attributes, class... Operand>
struct expression : carrier, detail::operands<(std::is_empty_v<Operand> && ...), Operand...> {
    using shape_type = Shape;
    static constexpr bool traced = false;
    static constexpr bool empty = (std::is_empty_v<Operand> && ...);

    constexpr expression()
        requires empty
    = default;
    constexpr explicit expression(Operand... x)
        requires(!empty)
        : detail::operands<false, Operand...>{x...} {}

    constexpr int lower_into(builder& graph) const {
        return this->with([&](const auto&... x) {
            return detail::record_operands(graph, Code, Attributes::value, Shape::value, x...);
        });
    }
};

/// Records the operation if an operand is traced, else returns it as a type.
template <op Code, class Attributes = attributes<>, class Wanted = shape<>, class... Operand>
constexpr auto apply(source_line line, const Operand&... x) {
    using result =
        shape_of_value<detail::inferred_extents<detail::rule_of(Code), Attributes, Wanted, shape_of<Operand>...>>;
    if constexpr (any_traced<Operand...>) {
        builder& graph = detail::graph_of(x...);
        if (line.value != 0) graph.line = line.value;
        const int id = detail::record_operands(graph, Code, Attributes::value, Wanted::value, x...);
        // The type knows nothing of rows: where they make the operation impossible, the node gets the type's shape.
        return expr<result>{&graph, graph.shape(id) == result::value ? id : graph.mistaken(id, result::value)};
    } else {
        using free = expression<Code, result, Attributes, detail::carrier_t<Operand>...>;
        if constexpr (free::empty)
            return free{};
        else
            return free{detail::carrier_t<Operand>(x)...};
    }
}

}  // namespace sinter
