// SPDX-License-Identifier: BSL-1.0
#pragma once

/// An update rule → its table: inputs 0 parameter, 1 gradient, 2… states; scalars from 1 (0 is 1 / rows).

#include <sinter/graph/table.hpp>

#include <utility>

namespace sinter {

/// The number of the first scalar of a rule.
inline constexpr int first_rule_scalar = 1;

template <class Rule>
concept update_rule = requires(const Rule rule, double* out) {
    Rule::state_count;
    Rule::scalar_count;
    rule.scalars(1, out);
};

template <class Rule>
struct rule_recipe {
    static_assert(first_rule_scalar + Rule::scalar_count <= 32, "a rule has at most 31 scalars");

    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        build(graph, outputs, std::make_integer_sequence<int, Rule::state_count>{},
              std::make_integer_sequence<int, Rule::scalar_count>{});
    }

private:
    template <int... State, int... Scalar>
    static constexpr void build(builder& graph, meta::vector<int>& outputs, std::integer_sequence<int, State...>,
                                std::integer_sequence<int, Scalar...>) {
        using value = expr<shape<>>;
        const auto input = [&](int number) { return value{&graph, graph.leaf(op::input, number, extents{})}; };
        const auto scalar = [&](int number) {
            return value{&graph, graph.leaf(op::scalar, first_rule_scalar + number, extents{})};
        };
        const value states[] = {input(2 + State)..., input(1)};  // never empty
        const value scalars[] = {scalar(Scalar)..., input(1)};
        collect_outputs(graph, outputs, Rule::update(input(0), input(1), states, scalars));
    }
};

template <class Rule>
inline constexpr const auto& rule_table = frozen_table<rule_recipe<Rule>>::value;

}  // namespace sinter
