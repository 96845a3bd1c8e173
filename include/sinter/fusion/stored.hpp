// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Which values get a buffer.
///
/// What a product reads, an output, and a gradient's buffer must have one. Of the others, a value that another group
/// reads has one if computing it again costs more than its traffic. What is computed from views may be computed again
/// by loops alone, and only where each axis that is read has one term: a reader's map composes with those.

#include <sinter/fusion/group.hpp>

namespace sinter::detail {

class storing {
public:
    constexpr storing(const table_view& table, partition& p) : must(table.node_count), t_{table}, p_{p} {}

    static constexpr int worthwhile = 5;  ///< below it, computing again is cheaper than a store and a load
    meta::vector<char> must;              ///< per node: has a buffer in any case
    bool through_views = false;           ///< what is computed from views may be computed again, too

    constexpr void decide() {
        const node* const nodes = t_.nodes;
        const place* const place_of = p_.place_of.begin();
        const int* const group_of = p_.group_of.begin();
        const int n = t_.node_count;
        meta::vector<int> read_in_groups(n, nobody);
        meta::vector<char> exports(n);
        int* const read_in = read_in_groups.begin();  // of floating nodes: the one group that reads it
        char* const exported = exports.begin();
        for (int r = n - 1; r >= 0; --r) {
            if (nodes[r].count == 0) continue;
            const int here = place_of[r] != place::floating ? group_of[r] : read_in[r];
            if (here == nobody) continue;
            const bool by_parts = place_of[r] == place::by_parts;
            for (const int *x = t_.operands(r), *const end = x + nodes[r].count; x != end; ++x) {
                const int y = *x;
                if (place_of[y] == place::floating)
                    read_in[y] = read_in[y] == nobody || read_in[y] == here ? here : several;
                else if (by_parts || here != group_of[y] || is_behind(place_of[y]))
                    exported[y] = 1;
            }
        }
        meta::vector<int> costs(n);
        int* const cost = costs.begin();
        char* const stored = p_.stored.begin();
        const char* const forced = must.begin();
        if (through_views) find_readers();
        for (int x = 0; x < n; ++x) {
            const node& q = nodes[x];
            if (is_leaf(q.code)) continue;
            const int* const operands = t_.operands(x);
            int c = never;
            if (is_elementwise(q.code)) {
                c = cost_of(q.code);
                for (int k = 0; k < q.count; ++k) c += cost[operands[k]];
            } else if (q.code == op::broadcast || (q.code == op::reshape && maps_index(t_, x))) {
                c = cost[operands[0]];
            }
            if (through_views) c = cost_with_views(x, c, cost);
            stored[x] = forced[x] != 0 || (exported[x] != 0 && c >= worthwhile);
            cost[x] = stored[x] != 0 ? 0 : c < never ? c : never;
        }
    }

private:
    static constexpr int nobody = -1, several = -2;
    static constexpr int never = 1000;  // cost of what cannot be computed again

    /// Which nodes the group of a product reads, through what floats or may be computed again.
    constexpr void find_readers() {
        moved_.resize(t_.node_count);
        by_product_.resize(t_.node_count);
        for (int r = t_.node_count - 1; r >= 0; --r) {
            const int g = p_.place_of[r] == place::floating ? -1 : p_.group_of[r];
            moved_[r] = 0;
            if (g >= 0 ? p_.groups[g].kind == kernel_kind::contraction : by_product_[r] != 0)
                for_operands(t_, r, [&](int y) { by_product_[y] = 1; });
        }
    }
    /// What node x costs, which costs c where no view is read but broadcasts; never where it is computed from views and
    /// the group of a product reads it, or two terms an axis are read.
    constexpr int cost_with_views(int x, int c, const int* cost) {
        const node& q = t_.nodes[x];
        const bool moves = is_view(q.code) && q.code != op::broadcast && q.code != op::reshape && q.code != op::part;
        if (moves) c = cost[t_.operand(x)];
        if (c >= never) return never;
        bool moved = moves, single = true;
        for_operands(t_, x, [&](int y) {
            if (p_.stored[y] != 0 || moved_[y] == 0) return;
            moved = true;
            single = single && (!is_view(t_[y].code) || has_single_terms(x, y));
        });
        moved_[x] = static_cast<char>(moved);
        if (is_view(q.code)) return c;
        return moved && (!single || by_product_[x] != 0) ? never : c;
    }
    /// Whether node i reads what is below the views y, its operand, by one term an axis.
    constexpr bool has_single_terms(int i, int y) const {
        index_map m = operand_map(t_, i, y, identity_map(t_.shape(i)));
        for (; is_view(t_[y].code) && p_.stored[y] == 0; y = t_.operand(y)) m = operand_map(t_, y, t_.operand(y), m);
        return !m.rejected() && m.seconds == 0;
    }

    meta::vector<char> moved_, by_product_;  // computed from views; read by the group of a product
    table_view t_;
    partition& p_;
};

}  // namespace sinter::detail
