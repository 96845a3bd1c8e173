// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A traced graph as a constant: canonical nodes in arrays of exactly the size they need.
///
/// A recipe records a graph into a builder; `frozen_table<Recipe>::value` is the result. It is traced once, into arrays
/// of Recipe::room nodes, and trimmed; only a graph that they do not hold is traced again. Tables are read by constant
/// evaluation only and reach no binary.
/// `function_table<f, Shapes...>` and `expression_table<e>` are the tables of a generic function and a free expression.

#include <sinter/graph/canonical.hpp>
#include <sinter/graph/expression.hpp>
#include <sinter/graph/raise.hpp>
#include <sinter/meta/trimmed.hpp>

namespace sinter {

template <int Nodes, int Operands, int Lists, int Outputs, int Bodies = 0>
struct node_table {
    node nodes[static_cast<std::size_t>(Nodes) + 1]{};
    int pool[static_cast<std::size_t>(Operands) + 1]{};
    extents lists[static_cast<std::size_t>(Lists) + 1]{};
    int outputs[static_cast<std::size_t>(Outputs) + 1]{};
    table_view bodies[static_cast<std::size_t>(Bodies) + 1]{};
    mistake first_mistake{};
    static constexpr int node_count = Nodes;
    static constexpr int output_count = Outputs;
    constexpr table_view view() const { return {nodes, Nodes, pool, lists, outputs, Outputs, bodies, Bodies}; }
};

namespace detail {
/// What collect_outputs takes.
template <class Value>
concept collectable = term<Value> || requires(const Value& value) { value.first, value.second; } ||
                      requires(const Value& value) { value.template get<0>(); };
}  // namespace detail

/// Appends the nodes of what a body returned: a tensor, or several in a pair or `results`.
template <class Value>
constexpr void collect_outputs(builder& graph, meta::vector<int>& outputs, const Value& value) {
    if constexpr (term<Value>) {
        outputs.push(lower(graph, value));
    } else if constexpr (requires { value.first, value.second; }) {
        collect_outputs(graph, outputs, value.first);
        collect_outputs(graph, outputs, value.second);
    } else {
        static_assert(
            requires { value.template get<0>(); },
            "a body returns a tensor, or a std::pair or sinter::results of them; a network a hana::tuple, too "
            "(docs/errors.md#body_returns_no_tensor)");
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            (collect_outputs(graph, outputs, value.template get<Index>()), ...);
        }(std::make_index_sequence<std::tuple_size<Value>::value>{});
    }
}

struct table_size {
    int nodes = 0, operands = 0, lists = 0, outputs = 0, bodies = 0;
    constexpr bool holds(const table_size& other) const {
        return nodes >= other.nodes && operands >= other.operands && lists >= other.lists && outputs >= other.outputs &&
               bodies >= other.bodies;
    }
};

template <table_size Room>
constexpr auto keep_table(const table_view& t, const table_size& size, const mistake& first_mistake) {
    node_table<Room.nodes, Room.operands, Room.lists, Room.outputs, Room.bodies> kept;
    for (int i = 0; i < size.nodes; ++i) kept.nodes[i] = t.nodes[i];
    for (int i = 0; i < size.operands; ++i) kept.pool[i] = t.pool[i];
    for (int i = 0; i < size.lists; ++i) kept.lists[i] = t.lists[i];
    for (int i = 0; i < size.outputs; ++i) kept.outputs[i] = t.outputs[i];
    for (int i = 0; i < size.bodies; ++i) kept.bodies[i] = t.bodies[i];
    kept.first_mistake = first_mistake;
    return kept;
}

/// A traced graph, and what its recipe reports of the same trace.
template <class Table, class Report>
struct traced_table {
    table_size size;
    Table table;
    Report report;
};
template <class Table, class Report>
traced_table(table_size, Table, Report) -> traced_table<Table, Report>;
struct no_report {};

namespace detail {
template <class Recipe>
struct traced_stage {
    template <table_size Room>
    static constexpr auto run() {
        builder raw, graph;
        meta::vector<int> roots, outputs;
        Recipe::build(raw, roots);
        canonicalise(raw.view(), roots.begin(), roots.size(), graph, outputs, true);
        const table_view t = graph.view(outputs.begin(), outputs.size());
        const table_extent all = extent_of(t);
        const table_size needed{t.node_count, all.operands, all.lists, t.output_count, t.body_count};
        const table_size kept = Room.holds(needed) ? needed : table_size{};
        if constexpr (requires { Recipe::report(raw); })
            return traced_table{needed, keep_table<Room>(t, kept, raw.first_mistake()), Recipe::report(raw)};
        else
            return traced_table{needed, keep_table<Room>(t, kept, raw.first_mistake()), no_report{}};
    }
    static constexpr table_size room_of() {
        if constexpr (requires { Recipe::room; })
            return table_size{Recipe::room, 2 * Recipe::room, 16 + Recipe::room / 2, 4 + Recipe::room / 4, 1};
        else
            return table_size{64, 128, 24, 12};
    }
    static constexpr table_size room = room_of();
    /// An empty table with the mistake `said_already`, so that nothing that builds on it says more.
    static constexpr auto unknown() {
        return traced_table{table_size{}, node_table<0, 0, 0, 0>{.first_mistake = {.kind = mistake_kind::said_already}},
                            no_report{}};
    }
    template <table_size Size>
    static constexpr auto trim(const auto& traced) {
        return keep_table<Size>(traced.table.view(), Size, traced.table.first_mistake);
    }
};
}  // namespace detail

template <class Recipe>
using frozen_table = meta::trimmed<detail::traced_stage<Recipe>>;

/// The mistake of what Recipe traced, for `is_sound`: no layer has a part in it.
template <class Recipe>
struct mistake_of_table {
    mistake first_mistake = frozen_table<Recipe>::value.first_mistake;
    char path[1]{};
    static constexpr int path_size = 0;
};
template <class Recipe>
inline constexpr mistake_of_table<Recipe> table_report{};

/// A table without mistakes; an error that spells the first one otherwise.
template <class Recipe>
struct sound_table {
    static_assert(is_sound<Recipe, table_report<Recipe>>);
    static constexpr const auto& value = frozen_table<Recipe>::value;
};

template <const auto& Function, class... Shape>
struct function_recipe {
    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        int next = 0;
        const int inputs[] = {graph.leaf(op::input, next++, Shape::value)...};
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            collect_outputs(graph, outputs, Function(expr<Shape>{&graph, inputs[Index]}...));
        }(std::index_sequence_for<Shape...>{});
    }
};
template <const auto& Expression>
struct expression_recipe {
    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        collect_outputs(graph, outputs, Expression);
    }
};

/// The table of a generic function on values of the given shapes. A mistake is an error that names the recipe.
template <const auto& Function, class... Shape>
inline constexpr const auto& function_table = sound_table<function_recipe<Function, Shape...>>::value;
/// The table of a free expression; its variables are numbered in the order they appear.
template <const auto& Expression>
inline constexpr const auto& expression_table = sound_table<expression_recipe<Expression>>::value;

}  // namespace sinter
