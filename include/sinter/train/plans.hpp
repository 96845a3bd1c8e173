// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The plans of a network's programs for a scalar type, a machine and a capacity of rows: the constants behind them.

#include <sinter/program/program.hpp>
#include <sinter/train/list_recipes.hpp>

namespace sinter {

/// The groups of a network's forward table: they decide where parameters lie, and are those of inference on one row.
template <class Net, machine Machine>
struct forward_groups {
    static constexpr plan_request value() {
        return {.table = frozen_table<inference_recipe<Net>>::value.view(), .target = Machine};
    }
};

namespace detail {
template <class Rule>
inline constexpr long long state_count_of = 0;
template <class Rule>
    requires requires { Rule::state_count; }
inline constexpr long long state_count_of<Rule> = Rule::state_count;

template <long long Elements, class Net>
struct parameters_have_elements {
    static consteval bool raise() {
        static_assert(
            Elements <= max_elements,
            "the parameters of this network have more than 2,000,000,000 elements, padding included: make its "
            "layers smaller (docs/errors.md#program_too_large)");
        return true;
    }
};
template <bool TooMany, long long Elements, class Net>
inline constexpr bool parameters_raised = false;
template <long long Elements, class Net>
inline constexpr bool parameters_raised<true, Elements, Net> = parameters_have_elements<Elements, Net>::raise();
}  // namespace detail

/// Where the parameters of a network lie, the same for all its programs on one machine.
template <class Net, machine Machine>
struct parameter_plan {
    static constexpr int count = network<Net>::report.parameter_count;
    struct constant {
        parameter_place places[static_cast<std::size_t>(count) + 1]{};
        int elements = 0;
        long long needed = 0;  ///< above max_elements there are no places
    };
    using groups = detail::grouped_constant_of<forward_groups<Net, Machine>>;
    static constexpr constant plan() {
        constant kept;
        if constexpr (network<Net>::report.first_mistake.kind != mistake_kind::none) return kept;
        if (groups::value.too_many != 0) {
            kept.needed = groups::value.too_many;
            return kept;
        }
        meta::vector<parameter_place> places;
        place_parameters(groups::value.view(), count, places, kept.needed,
                         [](int p) { return network<Net>::report.parameters[p].shape; });
        if (kept.needed > max_elements) return kept;
        kept.elements = static_cast<int>(kept.needed);
        for (int p = 0; p < count; ++p) kept.places[p] = places[p];
        return kept;
    }
    static constexpr constant value = plan();
    static_assert(detail::parameters_raised<(value.needed > max_elements), value.needed, Net> || true);
};

/// A plan_request of a program; Recipe gives its table.
template <class Net, class Recipe, class Rule, machine Machine, int Capacity>
struct program_request {
    using network_t = Net;
    static constexpr int capacity = Capacity;
    static constexpr long long state_elements =
        detail::state_count_of<Rule> * parameter_plan<Net, Machine>::value.elements;
    static constexpr plan_request value() {
        return {.table = frozen_table<Recipe>::value.view(),
                .target = Machine,
                .capacity = Capacity,
                .parameters = parameter_plan<Net, Machine>::value.places,
                .parameter_elements = parameter_plan<Net, Machine>::value.elements,
                .inputs = Recipe::inputs,
                .input_count = Recipe::input_count,
                .inputs_are = Recipe::inputs_are};
    }
};

/// On one row its groups are there already: parameters lie as these want them.
template <class Net, machine Machine>
struct inference_request : program_request<Net, inference_recipe<Net>, no_rule, Machine, 1> {
    using grouped_as = forward_groups<Net, Machine>;
};

inline namespace SINTER_INSTRUCTION_SET {

/// The plans of Net for Scalar with up to Capacity rows, for this unit's instruction set.
template <class Net, class Scalar, int Capacity>
struct plans {
    static_assert(is_sound<Net, network<Net>::report>);
    static constexpr machine target = native_machine<Scalar>();
    template <class Recipe, class Rule>
    using of = plan_of<program_request<Net, Recipe, Rule, target, Capacity>>;

    using parameters = parameter_plan<Net, target>;
    using inference =
        std::conditional_t<Capacity == 1, plan_of<inference_request<Net, target>>, of<inference_recipe<Net>, no_rule>>;
    template <class Loss, class Target>
    using gradient = of<program_recipe<Net, Loss, Target, no_rule, program_kind::gradient>, no_rule>;
    template <class Loss, class Target>
    using accumulate = of<program_recipe<Net, Loss, Target, no_rule, program_kind::accumulate>, no_rule>;
    template <class Loss, class Target, class Rule>
    using step = of<program_recipe<Net, Loss, Target, Rule, program_kind::step>, Rule>;
    template <class Loss, class Target, class Rule>
    using update = of<program_recipe<Net, Loss, Target, Rule, program_kind::update>, Rule>;
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter
