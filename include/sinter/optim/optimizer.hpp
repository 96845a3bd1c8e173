// SPDX-License-Identifier: BSL-1.0
#pragma once

/// An update rule → its body, a table: inputs 0 parameter, 1 gradient, 2… states; scalars from 1 (0 is 1 / rows).
///
/// A rule has `static constexpr int state_count, scalar_count`; `static constexpr auto update(auto parameter, auto
/// gradient, const auto& state, const auto& scalar)`, which gives the new parameter and then each state; and
/// `void scalars(long long step, double* out) const`, which writes each scalar of step 1, 2, …
/// `update` is traced on numbers, and its body is spliced into the loop that makes the gradient. A rule with
/// `static constexpr bool whole_parameters = true` is traced on values of each parameter's shape, and may use all
/// operations, such as `sum(g * g)`; its body is inlined into the program, where it gets loops of its own.
/// Types that are no rule are refused by `check_rule`; what a rule does wrong while it is traced, by `is_sound_rule`.

#include <sinter/graph/misuse.hpp>
#include <sinter/graph/raise.hpp>
#include <sinter/graph/table.hpp>
#include <sinter/meta/result.hpp>

#include <cstdint>
#include <cstring>
#include <utility>

namespace sinter {

/// The number of the first scalar of a rule.
inline constexpr int first_rule_scalar = 1;
/// Of all rules; scalar 0 is not theirs.
inline constexpr int max_rule_scalars = 31;

namespace detail {

/// A number in brackets, `state[1]`, and the line where it stands.
struct rule_index {
    int value;
    int line;
    constexpr rule_index(long long given, int at = __builtin_LINE()) : value{static_cast<int>(given)}, line{at} {}
};

/// What `update` sees of a rule's states or scalars: leaves Code of the table, of this shape, numbered from First.
/// Another number than 0 … Count - 1 is the mistake Wrong.
template <op Code, class Shape, int First, int Count, mistake_kind Wrong>
struct rule_values {
    builder* graph;
    static constexpr int size() { return Count; }
    constexpr expr<Shape> operator[](rule_index i) const {
        if (i.value < 0 || i.value >= Count) {
            graph->line = i.line;
            graph->fail(Wrong, list(Count), list(i.value));
            return {graph, graph->mistaken(graph->leaf(op::input, 0, Shape::value), Shape::value)};
        }
        return {graph, graph->leaf(Code, First + i.value, Shape::value)};
    }
};

/// The counts of a rule are constants, and such that a rule may have. A member of each object is none, and no template
/// argument for g++ 12 to try.
template <class Rule, class Count>
void member_of_objects(Count Rule::*);
template <class Rule>
concept counts_are_members =
    requires { member_of_objects(&Rule::state_count); } || requires { member_of_objects(&Rule::scalar_count); };
template <class Rule>
concept counts_are_constant = !counts_are_members<Rule> && requires {
    typename std::integral_constant<int, Rule::state_count>;
    typename std::integral_constant<int, Rule::scalar_count>;
};
template <class Rule>
concept counts_are_in_range =
    Rule::state_count >= 0 && Rule::scalar_count >= 0 && Rule::scalar_count <= max_rule_scalars;

template <class Rule, class Shape = shape<>>
using states_of = rule_values<op::input, Shape, 2, Rule::state_count, mistake_kind::rule_has_no_such_state>;
template <class Rule>
using scalars_of =
    rule_values<op::scalar, shape<>, first_rule_scalar, Rule::scalar_count, mistake_kind::rule_has_no_such_scalar>;
template <class Rule>
concept updates = requires(expr<shape<>> value, const states_of<Rule>& state, const scalars_of<Rule>& scalar) {
    Rule::update(value, value, state, scalar);
};

template <class Rule, class Shape = shape<>>
constexpr auto update_of(builder& graph) {
    const auto input = [&](int number) { return expr<Shape>{&graph, graph.leaf(op::input, number, Shape::value)}; };
    return Rule::update(input(0), input(1), states_of<Rule, Shape>{&graph}, scalars_of<Rule>{&graph});
}
template <class Rule>
constexpr bool update_runs() {
    builder graph;
    static_cast<void>(update_of<Rule>(graph));
    return true;
}
/// `update` can run while the compiler does.
template <class Rule>
concept updates_as_constant = updates<Rule> && requires { typename std::bool_constant<update_runs<Rule>()>; };

template <class Rule>
concept writes_scalars = requires(const Rule& rule, double* out) { rule.scalars(1LL, out); };

}  // namespace detail

/// A type that training can use as its rule.
template <class Rule>
concept update_rule = detail::counts_are_constant<Rule> && detail::counts_are_in_range<Rule> && detail::updates<Rule> &&
                      detail::updates_as_constant<Rule> && detail::writes_scalars<Rule>;

namespace detail {
/// One error, the first that holds, for a type that is no update rule; the compiler prints its name.
template <class Rule>
consteval bool require_rule() {
    if constexpr (!counts_are_constant<Rule>)
        static_assert(never<Rule>,
                      "an update rule has `static constexpr int state_count, scalar_count`: how many numbers it keeps "
                      "for each parameter, and how many depend on the step (docs/errors.md#no_update_rule)");
    else if constexpr (!counts_are_in_range<Rule>)
        static_assert(never<Rule>,
                      "an update rule has a state_count of 0 or more and a scalar_count of 0 to 31 "
                      "(docs/errors.md#no_update_rule)");
    else if constexpr (!updates<Rule>)
        static_assert(never<Rule>,
                      "an update rule has `static constexpr auto update(auto parameter, auto gradient, const auto& "
                      "state, const auto& scalar)` (docs/errors.md#no_update_rule)");
    else if constexpr (!updates_as_constant<Rule>)
        static_assert(never<Rule>,
                      "`update` of an update rule is constexpr, and so is all that it calls: it runs while the "
                      "compiler does, and gives an expression (docs/errors.md#no_update_rule)");
    else if constexpr (!writes_scalars<Rule>)
        static_assert(never<Rule>,
                      "an update rule has `void scalars(long long step, double* out) const`, which writes its scalars "
                      "of step 1, 2, … (docs/errors.md#no_update_rule)");
    return true;
}
}  // namespace detail

/// Numbers of state for each parameter; none of what is no rule.
template <class Rule>
inline constexpr int rule_state_count = 0;
template <update_rule Rule>
inline constexpr int rule_state_count<Rule> = Rule::state_count;

/// A rule that is traced on values of a parameter's shape.
template <class Rule>
inline constexpr bool takes_whole_parameters = false;
template <class Rule>
    requires requires { typename std::bool_constant<Rule::whole_parameters>; }
inline constexpr bool takes_whole_parameters<Rule> = Rule::whole_parameters;

/// The body of a rule on a parameter of this shape.
template <class Rule, class Shape>
struct rule_on_shape {
    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        static_assert(detail::require_rule<Rule>());
        if constexpr (update_rule<Rule>) {
            graph.of_elements = !takes_whole_parameters<Rule>;
            const auto updated = [&] { return detail::update_of<Rule, Shape>(graph); };
            if constexpr (detail::collectable<decltype(updated())>) collect_outputs(graph, outputs, updated());
            if (outputs.size() != 1 + Rule::state_count)
                graph.fail(mistake_kind::rule_returns_other_results, list(1 + Rule::state_count), list(outputs.size()));
            for (int id : outputs)
                if (!(graph.shape(id) == Shape::value))
                    graph.fail(mistake_kind::rule_returns_other_results, Shape::value, extents{graph.shape(id)});
            if constexpr (!takes_whole_parameters<Rule>)
                for (int i = 0; i < graph.size(); ++i)
                    if (graph[i].code > op::state && !is_elementwise(graph[i].code) && graph[i].code != op::mistake)
                        graph.fail(mistake_kind::rule_needs_whole_parameters);
        } else {
            graph.fail(mistake_kind::said_already);
        }
    }
};

/// The same on each element of a parameter.
template <class Rule>
struct rule_recipe : rule_on_shape<Rule, shape<>> {};

template <class Rule>
inline constexpr const auto& rule_table = frozen_table<rule_recipe<Rule>>::value;

/// True; or one error for a type that is no rule, or for the first mistake of one. A rule on whole parameters is asked
/// for each of their shapes.
template <class Rule>
inline constexpr bool is_sound_rule = is_sound<rule_recipe<Rule>, table_report<rule_recipe<Rule>>>;
template <update_rule Rule>
    requires(takes_whole_parameters<Rule>)
inline constexpr bool is_sound_rule<Rule> = true;

namespace detail {
[[noreturn]] SINTER_COLD inline void raise_scalar(int index, int count) {
    raise(error_code::bad_argument,
          index < count ? "an update rule's scalars(step, out): expected it to write its %d scalars and no more, found "
                          "that out[%d] was not"
                        : "an update rule's scalars(step, out): expected it to write its %d scalars and no more, found "
                          "that out[%d] was, too",
          count, index);
}
/// *Raises* bad_argument if a rule leaves one of its scalars as it was, or writes more than it has. Looks at step 1.
template <class Rule>
SINTER_COLD void check_scalars(const Rule& rule) {
    constexpr std::uint64_t untouched = 0x7ff8'5eed'0fa5'ca1aull;  // a NaN that nobody computes
    constexpr int count = 2 * max_rule_scalars;
    double out[count];
    for (double& value : out) std::memcpy(&value, &untouched, sizeof value);
    rule.scalars(1LL, out);
    for (int i = 0; i < count; ++i)
        if ((std::memcmp(&out[i], &untouched, sizeof untouched) == 0) == (i < Rule::scalar_count))
            raise_scalar(i, Rule::scalar_count);
}
}  // namespace detail

}  // namespace sinter
