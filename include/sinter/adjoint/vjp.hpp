// SPDX-License-Identifier: BSL-1.0
#pragma once

/// vjp(f): the derivative of a function with results of any shape, a function again.
///
/// vjp(f)(x…, seed…) has the arguments of f and then a seed for each of its results, of that result's shape. It returns
/// the derivative of Σ result · seed by each x, where seeds are constants: the product of the seeds, as a row vector,
/// with the Jacobian. With seed 1 it is the gradient of a number. value_and_vjp(f) gives f's results before them.
/// Law: tests/laws/seeds.cpp.

#include <sinter/adjoint/reverse.hpp>
#include <sinter/graph/functions.hpp>
#include <sinter/graph/misuse.hpp>
#include <sinter/graph/results.hpp>
#include <sinter/graph/table.hpp>

namespace sinter {

namespace detail {

template <class... Value, class... More>
constexpr auto joined(const results<Value...>& a, const results<More...>& b) {
    return [&]<std::size_t... Index, std::size_t... K>(std::index_sequence<Index...>, std::index_sequence<K...>) {
        return results<Value..., More...>{a.template get<Index>()..., b.template get<K>()...};
    }(std::index_sequence_for<Value...>{}, std::index_sequence_for<More...>{});
}
/// The tensors that a body returned, one behind the other.
template <class Value>
constexpr auto flat_results(const Value& value) {
    if constexpr (term<Value>)
        return results<carrier_t<Value>>{carrier_t<Value>(value)};
    else if constexpr (requires { value.first, value.second; })
        return joined(flat_results(value.first), flat_results(value.second));
    else
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            results<> none;
            const auto append = [&]<std::size_t First, std::size_t... More>(auto self, auto before,
                                                                            std::index_sequence<First, More...>) {
                const auto all = joined(before, flat_results(value.template get<First>()));
                if constexpr (sizeof...(More) == 0)
                    return all;
                else
                    return self(self, all, std::index_sequence<More...>{});
            };
            return append(append, none, std::index_sequence<Index...>{});
        }(std::make_index_sequence<std::tuple_size<Value>::value>{});
}
template <class>
inline constexpr int count_of = 0;
template <class... Value>
inline constexpr int count_of<results<Value...>> = static_cast<int>(sizeof...(Value));

/// How many tensors f returns of the first of these arguments; 0 where it cannot be called on them.
template <class Function, class All, std::size_t... Index>
constexpr int results_of_first(std::index_sequence<Index...>) {
    if constexpr (requires(const Function& f, const All& x) { f(x.template get<Index>()...); }) {
        using value = decltype(std::declval<const Function&>()(std::declval<const All&>().template get<Index>()...));
        if constexpr (collectable<value>) return count_of<decltype(flat_results(std::declval<value>()))>;
    }
    return 0;
}
/// How many of these values are arguments of f: as many as leave a seed for each result; else as many as f can be
/// called with; 0 if there is no such number.
template <class Function, class All, std::size_t Count = 1, int Callable = 0>
constexpr int arguments_before_seeds() {
    if constexpr (static_cast<int>(Count) > count_of<All>) {
        return Callable;
    } else {
        constexpr int found = results_of_first<Function, All>(std::make_index_sequence<Count>{});
        if constexpr (found > 0 && static_cast<int>(Count) + found == count_of<All>)
            return static_cast<int>(Count);
        else
            return arguments_before_seeds<Function, All, Count + 1,
                                          (found > 0 && Callable == 0 ? static_cast<int>(Count) : Callable)>();
    }
}

/// Free results and seeds: types alone where they carry no number.
template <bool Empty, class Results, class Seeds>
struct seeded_results;
template <class... Result, class... Seed>
struct seeded_results<true, results<Result...>, results<Seed...>> {
    constexpr seeded_results() = default;
    constexpr seeded_results(const results<Result...>&, const results<Seed...>&) {}
    constexpr auto values() const { return results<Result...>{Result{}...}; }
    constexpr auto seeds() const { return results<Seed...>{Seed{}...}; }
};
template <class... Result, class... Seed>
struct seeded_results<false, results<Result...>, results<Seed...>> {
    results<Result...> all_values;
    results<Seed...> all_seeds;
    constexpr const auto& values() const { return all_values; }
    constexpr const auto& seeds() const { return all_seeds; }
};
template <class... Result, class... Seed>
constexpr bool are_empty(const results<Result...>*, const results<Seed...>*) {
    return (std::is_empty_v<Result> && ...) && (std::is_empty_v<Seed> && ...);
}
template <class Results, class Seeds>
using seeded_t =
    seeded_results<are_empty(static_cast<Results*>(nullptr), static_cast<Seeds*>(nullptr)), Results, Seeds>;

template <class... Result, class... Seed>
constexpr bool seeds_have_shapes(const results<Result...>*, const results<Seed...>*) {
    return ((shape_of<Result>::value == shape_of<Seed>::value) && ...);
}

}  // namespace detail

/// The adjoint of Variable in free results with seeds, as a free expression.
template <class Variable, class Results, class Seeds>
struct vjp_expression : carrier, detail::seeded_t<Results, Seeds> {
    using shape_type = typename Variable::shape_type;
    static constexpr bool traced = false;

    constexpr vjp_expression() = default;
    constexpr vjp_expression(const Results& values, const Seeds& seeds)
        : detail::seeded_t<Results, Seeds>{values, seeds} {}

    constexpr int lower_into(builder& graph) const {
        meta::vector<int> values, seeds;
        collect_outputs(graph, values, this->values());
        collect_outputs(graph, seeds, this->seeds());
        const int x = lower(graph, Variable{});
        reverse_pass::output outputs[static_cast<std::size_t>(detail::count_of<Results>)];
        for (int k = 0; k < values.size(); ++k) outputs[k] = {values[k], seeds[k]};
        int dx = -1;
        reverse_pass(graph, outputs, values.size()).run(&x, 1, &dx);
        return dx;
    }
};

/// What vjp(f) and value_and_vjp(f) return.
template <class Function, bool WithValue = false>
struct vjp_of {
    Function function;

    template <term... Value>
        requires(sizeof...(Value) > 0)
    constexpr auto operator()(Value... all) const {
        if constexpr (any_traced<Value...>) {
            builder& graph = detail::graph_of(all...);
            return derive(graph, results{expr<shape_of<Value>>{&graph, lower(graph, all)}...});
        } else {
            return derive_free(results<detail::carrier_t<Value>...>{detail::carrier_t<Value>(all)...});
        }
    }

private:
    template <class All>
    static constexpr int inputs = detail::arguments_before_seeds<Function, All>();
    template <class All>
    static constexpr int seeds = detail::count_of<All> - inputs<All>;
    template <int Count>
    using numbers = std::make_index_sequence<static_cast<std::size_t>(Count)>;

    /// One error where f cannot be called on the first of the arguments.
    template <class All>
    static constexpr bool require_inputs() {
        static_assert(inputs<All> != 0,
                      "vjp(f)(x, seed): first the arguments of f, then a seed for each of its results; f cannot be "
                      "called on the first of these, or returns no tensors (docs/errors.md#number_of_seeds)");
        return inputs<All> != 0;
    }

    template <class... Shape>
    constexpr auto derive(builder& graph, const results<expr<Shape>...>& all) const {
        using values = results<expr<Shape>...>;
        if constexpr (!require_inputs<values>()) {
            graph.fail(mistake_kind::said_already);
            return all.template get<0>();
        } else {
            return derive(graph, all, numbers<inputs<values>>{}, numbers<seeds<values>>{});
        }
    }
    template <class All, std::size_t... Input, std::size_t... Seed>
    constexpr auto derive(builder& graph, const All& all, std::index_sequence<Input...>,
                          std::index_sequence<Seed...>) const {
        const int x[] = {graph.alias(all.template get<Input>().id)...};
        int adjoints[] = {x[Input]...};
        const auto values = detail::flat_results(function(std::tuple_element_t<Input, All>{&graph, x[Input]}...));
        constexpr int count = detail::count_of<std::remove_const_t<decltype(values)>>;
        if constexpr (count != static_cast<int>(sizeof...(Seed))) {
            graph.fail(mistake_kind::number_of_seeds, list(count), list(static_cast<int>(sizeof...(Seed))));
        } else {
            reverse_pass::output outputs[] = {
                {lower(graph, values.template get<Seed>()), all.template get<sizeof...(Input) + Seed>().id}...};
            bool right = true;
            for (const reverse_pass::output& o : outputs) {
                if (!right || graph.shape(o.y) == graph.shape(o.seed)) continue;
                right = false;
                graph.fail(mistake_kind::seed_shape_differs, extents{graph.shape(o.y)}, extents{graph.shape(o.seed)});
            }
            if (right) reverse_pass(graph, outputs, count).run(x, static_cast<int>(sizeof...(Input)), adjoints);
        }
        const results<std::tuple_element_t<Input, All>...> by{
            std::tuple_element_t<Input, All>{&graph, adjoints[Input]}...};
        return with_values(traced(graph, values), by);
    }
    template <class... Value>
    static constexpr auto traced(builder& graph, const results<Value...>& values) {
        return [&]<std::size_t... K>(std::index_sequence<K...>) {
            return results{expr<shape_of<Value>>{&graph, lower(graph, values.template get<K>())}...};
        }(std::index_sequence_for<Value...>{});
    }

    template <class All>
    constexpr auto derive_free(const All& all) const {
        if constexpr (!require_inputs<All>())
            return all.template get<0>();
        else
            return derive_free(all, numbers<inputs<All>>{}, numbers<seeds<All>>{});
    }
    template <class All, std::size_t... Input, std::size_t... Seed>
    constexpr auto derive_free(const All& all, std::index_sequence<Input...>, std::index_sequence<Seed...>) const {
        const auto values = detail::flat_results(function(all.template get<Input>()...));
        using value_types = std::remove_const_t<decltype(values)>;
        using seed_types = results<std::tuple_element_t<sizeof...(Input) + Seed, All>...>;
        constexpr int count = detail::count_of<value_types>, found = static_cast<int>(sizeof...(Seed));
        if constexpr (count != found) {
            static_assert(count == found,
                          "vjp(f)(x, seed): one seed for each result of f (docs/errors.md#number_of_seeds)");
            return all.template get<0>();
        } else {
            constexpr bool shapes =
                detail::seeds_have_shapes(static_cast<value_types*>(nullptr), static_cast<seed_types*>(nullptr));
            static_assert(shapes,
                          "vjp(f)(x, seed): a seed has the shape of its result (docs/errors.md#seed_shape_differs)");
            const seed_types seeds_of{all.template get<sizeof...(Input) + Seed>()...};
            const results by{
                vjp_expression<std::tuple_element_t<Input, All>, value_types, seed_types>{values, seeds_of}...};
            return with_values(values, by);
        }
    }

    template <class Values, class First, class... More>
    static constexpr auto with_values(const Values& values, const results<First, More...>& by) {
        if constexpr (WithValue)
            return detail::joined(values, by);
        else if constexpr (sizeof...(More) == 0)
            return by.template get<0>();
        else
            return by;
    }
};

/// The derivative of f by all its arguments, of its results times seeds: `auto [dx, dy] = vjp(f)(x, y, seed)`.
template <class Function>
    requires(!tensor<Function>)
constexpr auto vjp(Function f) {
    return vjp_of<Function>{f};
}
/// The results of f, then these derivatives: `auto [z, dx, dy] = value_and_vjp(f)(x, y, seed)`.
template <class Function>
    requires(!tensor<Function>)
constexpr auto value_and_vjp(Function f) {
    return vjp_of<Function, true>{f};
}

}  // namespace sinter
