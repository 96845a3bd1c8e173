// SPDX-License-Identifier: BSL-1.0
#pragma once

/// gradient(f): the derivative of an ordinary generic function, a function again. gradient(e, x{}): of a free
/// expression by a named variable, an expression again.
///
/// f must return one number (per sample). The derivative by one argument is returned as it is, by several as a
/// `results`, which structured bindings take apart: `auto [dx, dy] = gradient(f)(x, y)`.

#include <sinter/adjoint/reverse.hpp>
#include <sinter/graph/functions.hpp>
#include <sinter/graph/results.hpp>

namespace sinter {

/// The derivative of Expression by Variable, as a free expression.
template <class Expression, class Variable>
struct gradient_expression : carrier, detail::operands<std::is_empty_v<Expression>, Expression> {
    using shape_type = typename Variable::shape_type;
    static constexpr bool traced = false;

    constexpr gradient_expression()
        requires std::is_empty_v<Expression>
    = default;
    constexpr explicit gradient_expression(Expression e)
        requires(!std::is_empty_v<Expression>)
        : detail::operands<false, Expression>{e} {}

    constexpr int lower_into(builder& graph) const {
        const int y = this->with([&](const auto& e) { return lower(graph, e); }), x = lower(graph, Variable{});
        int dx = -1;
        reverse_pass(graph, y).run(&x, 1, &dx);
        return dx;
    }
};

template <class Expression>
concept scalar_expression = tensor<Expression> && shape_of<Expression>::rank == 0;

template <tensor Expression, tensor Variable>
    requires(!any_traced<Expression>)
constexpr auto gradient(const Expression& e, Variable) {
    static_assert(
        scalar_expression<Expression>,
        "gradient(e, x): e must be one number; take sum(e) or mean(e) (docs/errors.md#gradient_of_non_scalar)");
    if constexpr (std::is_empty_v<Expression>)
        return gradient_expression<Expression, Variable>{};
    else
        return gradient_expression<Expression, Variable>{e};
}

/// What gradient(f) returns.
template <class Function>
struct gradient_of {
    Function function;

    template <class... Shape>
    constexpr auto operator()(expr<Shape>... x) const {
        builder* const owners[] = {x.graph...};
        builder& graph = *owners[0];
        int inputs[] = {graph.alias(x.id)...}, gradients[sizeof...(Shape)]{};
        using value = decltype(call(graph, inputs, std::index_sequence_for<Shape...>{}, x...));
        if constexpr (requires { requires value::traced; }) {
            const value y = call(graph, inputs, std::index_sequence_for<Shape...>{}, x...);
            if constexpr (value::rank != 0)
                graph.fail(mistake_kind::gradient_of_non_scalar, extents{}, value::shape_type::value);
            reverse_pass(graph, y.id).run(inputs, static_cast<int>(sizeof...(Shape)), gradients);
            return results_of(graph, gradients, std::index_sequence_for<Shape...>{}, x...);
        } else if constexpr (!term<value>) {
            graph.fail(mistake_kind::said_already);
            static_assert(term<value>,
                          "gradient(f): f returns one number, such as sum(y); of several results take the gradient of "
                          "each (docs/errors.md#gradient_of_non_scalar)");
            return results_of(graph, inputs, std::index_sequence_for<Shape...>{}, x...);
        } else {  // a constant
            const int y = lower(graph, call(graph, inputs, std::index_sequence_for<Shape...>{}, x...));
            if constexpr (shape_of<value>::rank != 0)
                graph.fail(mistake_kind::gradient_of_non_scalar, extents{}, shape_of<value>::value);
            reverse_pass(graph, y).run(inputs, static_cast<int>(sizeof...(Shape)), gradients);
            return results_of(graph, gradients, std::index_sequence_for<Shape...>{}, x...);
        }
    }
    /// A number among the arguments: there is no derivative by it.
    template <class First, class... Argument>
        requires((std::is_arithmetic_v<First> || ... || std::is_arithmetic_v<Argument>))
    constexpr auto operator()(First x, Argument... more) const {
        static_assert(detail::never<First>,
                      "gradient(f)(x, y): each argument is a tensor, by which f is differentiated; write numbers into "
                      "f: gradient([](auto x) { return f(x, 2.0); })(x) (docs/errors.md#gradient_of_non_scalar)");
        return function(x, more...);
    }

    template <class... Variable>
        requires(!any_traced<Variable...> && !(std::is_arithmetic_v<Variable> || ...))
    constexpr auto operator()(Variable... x) const {
        const detail::carrier_t<decltype(function(x...))> e(function(x...));  // of a number, too
        if constexpr (sizeof...(Variable) == 1)
            return gradient(e, x...);
        else
            return results<decltype(gradient(e, x))...>{gradient(e, x)...};
    }

private:
    template <std::size_t... Index, class... Shape>
    constexpr auto call(builder& graph, const int* id, std::index_sequence<Index...>, expr<Shape>...) const {
        return function(expr<Shape>{&graph, id[Index]}...);
    }
    template <std::size_t... Index, class... Shape>
    static constexpr auto results_of(builder& graph, const int* id, std::index_sequence<Index...>, expr<Shape>...) {
        if constexpr (sizeof...(Shape) == 1)
            return expr<Shape...>{&graph, id[0]};
        else
            return results<expr<Shape>...>{expr<Shape>{&graph, id[Index]}...};
    }
};

template <class Function>
    requires(!tensor<Function>)
constexpr auto gradient(Function f) {
    return gradient_of<Function>{f};
}

}  // namespace sinter
