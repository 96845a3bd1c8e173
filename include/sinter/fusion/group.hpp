// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Groups of nodes that share a loop, and which group computes which node: what fusion decides, and later passes read.

#include <sinter/graph/operations.hpp>
#include <sinter/kernel/spec.hpp>
#include <sinter/meta/vector.hpp>

namespace sinter {

/// Where a node is computed: in no loop of its own (views, elementwise of leaves), in a group's loop, or by others, its
/// parts (movements). In a loop its place says which indices it still depends on, and is the kind of output it leaves
/// the loop as: both; the outer one (what is reduced over the inner axis); the inner one (a sum over all outer indices,
/// samples among them); none.
enum class place : unsigned char { element, outer, column, whole, floating, by_parts };
static_assert(static_cast<int>(place::element) == static_cast<int>(output_kind::element) &&
              static_cast<int>(place::outer) == static_cast<int>(output_kind::outer) &&
              static_cast<int>(place::column) == static_cast<int>(output_kind::column) &&
              static_cast<int>(place::whole) == static_cast<int>(output_kind::whole));
/// What is known behind the loop only: nobody in the loop reads it.
constexpr bool is_behind(place where) { return where == place::column || where == place::whole; }

struct group {
    kernel_kind kind = kernel_kind::loop;
    bool rows = false;
    extents shape{};
    int reduced = -1;   ///< axis of the shape that sums and maxima run over
    int anchor = -1;    ///< the product of a contraction; the movement that a loop fills before its parts are written
    bool bare = false;  ///< no elementwise operation joins this product
    /// A loop whose lanes run along another axis than the last one.
    constexpr bool across() const { return kind == kernel_kind::loop && reduced >= 0 && reduced != shape.rank - 1; }
    constexpr bool fills() const { return kind == kernel_kind::loop && anchor >= 0; }
    /// The innermost axis: the reduced one, which a loop walks, else the last that is not 1. Which axis of a reducing
    /// loop runs in lanes is chosen when its slots are known (plan/geometry.hpp).
    constexpr int inner() const {
        if (kind == kernel_kind::contraction) return shape.rank - 1;
        if (reduced >= 0) return reduced;
        for (int axis = shape.rank - 1; axis >= 0; --axis)
            if (shape[axis] != 1) return axis;
        return -1;
    }
};

/// `single`: every node that is no leaf opens a group of its own and is stored; what fusion must not change.
enum class grouping : unsigned char { fused, single };

/// A partition as later passes read it, whoever owns the arrays.
struct partition_view {
    const group* groups = nullptr;
    int group_count = 0;
    const int* group_of = nullptr;    ///< per node, -1 if in none
    const place* place_of = nullptr;  ///< per node
    const char* stored = nullptr;     ///< per node: has a buffer
    const int* stored_as = nullptr;   ///< per node: the effect, or the movement of a part, that has its buffer; or -1

    constexpr bool member(int node, int g) const { return group_of[node] == g && place_of[node] != place::floating; }
    /// Group g reads the value from its buffer; otherwise g computes it.
    constexpr bool loads(int node, int g) const { return stored[node] != 0 && group_of[node] < g; }
};

struct partition {
    constexpr partition() = default;
    constexpr explicit partition(int nodes)
        : group_of(nodes, -1), place_of(nodes, place::floating), stored(nodes), late(nodes), stored_as(nodes, -1) {}

    meta::vector<group> groups;
    meta::vector<int> group_of;
    meta::vector<place> place_of;
    meta::vector<char> stored;
    meta::vector<char> late;  ///< per node: was floating when earlier groups read it, they compute it
    meta::vector<int> stored_as;

    constexpr partition_view view() const {
        return {groups.begin(), groups.size(), group_of.begin(), place_of.begin(), stored.begin(), stored_as.begin()};
    }
    constexpr bool member(int node, int g) const {
        return group_of.begin()[node] == g && place_of.begin()[node] != place::floating;
    }
    constexpr bool loads(int node, int g) const { return stored.begin()[node] != 0 && group_of.begin()[node] < g; }
};

/// Where a part goes in its movement.
constexpr movement_place box_of_part(const table_view& t, const partition_view& p, int part) {
    const int movement = p.stored_as[part];
    int k = 0;
    while (t.operand(movement, k) != part) ++k;
    return place_of_part(t, movement, k);
}

/// The map of an outer-level node of group g: its axes in the order of the group's axes that are not reduced.
constexpr index_map outer_map(const extents& shape, const group& g) {
    index_map m{.rank = shape.rank};
    int axis = 0;
    for (int k = 0; k < m.rank; ++k) {
        if (shape[k] == 1) continue;
        while (g.shape[axis] == 1 || axis == g.reduced) ++axis;
        m.set(k, axis++);
    }
    return m;
}

}  // namespace sinter
