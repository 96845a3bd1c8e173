// SPDX-License-Identifier: BSL-1.0
#pragma once

/// gradient(f): the derivative of an ordinary generic function, a function again. gradient(e, x{}): of a free
/// expression by a named variable, an expression again.
///
/// f must return one number (per sample). The derivative by one argument is returned as it is, by several as a
/// `results`, which structured bindings take apart: `auto [dx, dy] = gradient(f)(x, y)`. gradient<0>(f) is by the first
/// argument alone, and value_and_gradient(f) gives the value of f, too.

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

/// What gradient(f) and value_and_gradient(f) return: derivatives by the arguments of these numbers, by all if there is
/// none; the value of f before them, if wanted.
template <class Function, bool WithValue = false, std::size_t... Argument>
struct gradient_of {
    Function function;

    template <class... Shape>
    constexpr auto operator()(expr<Shape>... x) const {
        if constexpr (sizeof...(Argument) == 0)
            return derive(std::index_sequence_for<Shape...>{}, std::index_sequence_for<Shape...>{}, x...);
        else
            return derive(std::index_sequence<Argument...>{}, std::index_sequence_for<Shape...>{}, x...);
    }
    /// A number among the arguments: there is no derivative by it.
    template <class First, class... More>
        requires((std::is_arithmetic_v<First> || ... || std::is_arithmetic_v<More>))
    constexpr auto operator()(First x, More... more) const {
        static_assert(detail::never<First>,
                      "gradient(f)(x, y): each argument is a tensor, by which f is differentiated; write numbers into "
                      "f: gradient([](auto x) { return f(x, 2.0); })(x) (docs/errors.md#gradient_of_non_scalar)");
        return function(x, more...);
    }

    template <class... Variable>
        requires(!any_traced<Variable...> && !(std::is_arithmetic_v<Variable> || ...))
    constexpr auto operator()(Variable... x) const {
        const detail::carrier_t<decltype(function(x...))> e(function(x...));  // of a number, too
        if constexpr (sizeof...(Argument) == 0) {
            return with_value(e, gradient(e, x)...);
        } else if constexpr (!has_arguments<sizeof...(Variable)>()) {
            return e;
        } else {
            const results<Variable...> all{x...};
            return with_value(e, gradient(e, all.template get<Argument>())...);
        }
    }

private:
    /// Whether f has the arguments by which it is to be differentiated.
    template <std::size_t Count>
    static constexpr bool has_arguments() {
        constexpr bool has = ((Argument < Count) && ...);
        static_assert(has,
                      "gradient<K>(f): f has no argument K; they are counted from 0 "
                      "(docs/errors.md#gradient_by_no_argument)");
        return has;
    }

    template <std::size_t... By, std::size_t... Index, class... Shape>
    constexpr auto derive(std::index_sequence<By...>, std::index_sequence<Index...>, expr<Shape>... x) const {
        builder* const owners[] = {x.graph...};
        builder& graph = *owners[0];
        int id[] = {x.id...};
        if constexpr (sizeof...(Argument) > 0 && !has_arguments<sizeof...(Shape)>()) {
            graph.fail(mistake_kind::said_already);
            return results<expr<Shape>...>{x...}.template get<0>();
        } else {
            ((id[By] = graph.alias(id[By])), ...);
            using value = decltype(function(x...));
            int derivatives[] = {id[By]...}, y = id[0];
            if constexpr (term<value>) {
                y = lower(graph, function(expr<Shape>{&graph, id[Index]}...));
                if constexpr (shape_of<value>::rank != 0)
                    graph.fail(mistake_kind::gradient_of_non_scalar, extents{}, shape_of<value>::value);
                const int by[] = {id[By]...};
                reverse_pass(graph, y).run(by, static_cast<int>(sizeof...(By)), derivatives);
            } else {
                graph.fail(mistake_kind::said_already);
                static_assert(term<value>,
                              "gradient(f): f returns one number, such as sum(y); of several results take the gradient "
                              "of each (docs/errors.md#gradient_of_non_scalar)");
            }
            int k = 0;
            ((id[By] = derivatives[k++]), ...);
            const expr<shape<>> v{&graph, y};
            if constexpr (sizeof...(Argument) == 0) {
                return with_value(v, expr<Shape>{&graph, id[Index]}...);
            } else {
                using all = results<expr<Shape>...>;
                return with_value(v, std::tuple_element_t<By, all>{&graph, id[By]}...);
            }
        }
    }

    template <class Of, class First, class... More>
    static constexpr auto with_value(Of value, First first, More... more) {
        if constexpr (WithValue)
            return results<Of, First, More...>{value, first, more...};
        else if constexpr (sizeof...(More) == 0)
            return first;
        else
            return results<First, More...>{first, more...};
    }
};

/// The derivative of f by its arguments, or by those whose numbers are named: `gradient<0, 2>(f)`.
template <std::size_t... Argument, class Function>
    requires(!tensor<Function>)
constexpr auto gradient(Function f) {
    return gradient_of<Function, false, Argument...>{f};
}
/// The value of f and these derivatives, as `results`: `auto [y, dx] = value_and_gradient(f)(x)`.
template <std::size_t... Argument, class Function>
    requires(!tensor<Function>)
constexpr auto value_and_gradient(Function f) {
    return gradient_of<Function, true, Argument...>{f};
}

}  // namespace sinter
