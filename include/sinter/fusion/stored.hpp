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

    constexpr void decide() {
        const node* const nodes = t_.nodes;
        const place* const place_of = p_.place_of.begin();
        const int* const group_of = p_.group_of.begin();
        const int n = t_.node_count;
        meta::vector<int> read_in_groups(n, nobody);
        meta::vector<char> exports(n), products(n);
        int* const read_in = read_in_groups.begin();  // of floating nodes: the one group that reads it
        char* const exported = exports.begin();
        char* const by_product = products.begin();  // the group of a product reads it
        for (int r = n - 1; r >= 0; --r) {
            if (nodes[r].count == 0) continue;
            const int here = place_of[r] != place::floating ? group_of[r] : read_in[r];
            if (here == nobody) continue;
            const bool by_parts = place_of[r] == place::by_parts;
            const bool product = place_of[r] == place::floating
                                     ? by_product[r] != 0
                                     : p_.groups.begin()[here].kind == kernel_kind::contraction;
            for (const int *x = t_.operands(r), *const end = x + nodes[r].count; x != end; ++x) {
                const int y = *x;
                if (product) by_product[y] = 1;
                if (place_of[y] == place::floating)
                    read_in[y] = read_in[y] == nobody || read_in[y] == here ? here : several;
                else if (by_parts || here != group_of[y] || is_behind(place_of[y]))
                    exported[y] = 1;
            }
        }
        meta::vector<int> costs(n);
        meta::vector<char> views(n);
        char* const viewed = views.begin();  // what it is computed from is read elsewhere than it stands
        int* const cost = costs.begin();
        char* const stored = p_.stored.begin();
        const char* const forced = must.begin();
        for (int x = 0; x < n; ++x) {
            const node& q = nodes[x];
            if (is_leaf(q.code)) continue;
            const int* const operands = t_.operands(x);
            int c = never;
            if (is_elementwise(q.code)) {
                c = cost_of(q.code);
                for (int k = 0; k < q.count; ++k) {
                    const int y = operands[k];
                    viewed[x] = static_cast<char>(viewed[x] | viewed[y]);
                    c += viewed[y] != 0 && is_view(nodes[y].code) && !has_single_terms(x, y) ? never : cost[y];
                }
            } else if (is_view(q.code) && q.code != op::part && maps_index(t_, x)) {
                const bool moved = q.code != op::broadcast && q.code != op::reshape;
                viewed[x] = static_cast<char>(moved || viewed[operands[0]] != 0);
                c = cost[operands[0]];
            }
            const bool again = c < worthwhile && (viewed[x] == 0 || by_product[x] == 0);
            stored[x] = forced[x] != 0 || (exported[x] != 0 && !again);
            cost[x] = stored[x] != 0 ? 0 : c < never ? c : never;
            if (stored[x] != 0) viewed[x] = 0;
        }
    }

private:
    static constexpr int nobody = -1, several = -2;
    static constexpr int never = 1000;  // cost of what cannot be computed again

    /// Whether node i reads what is below the views y, its operand, by one term an axis.
    constexpr bool has_single_terms(int i, int y) const {
        index_map m = operand_map(t_, i, y, identity_map(t_.shape(i)));
        for (; is_view(t_.nodes[y].code) && p_.stored.begin()[y] == 0; y = t_.operand(y))
            m = operand_map(t_, y, t_.operand(y), m);
        return !m.rejected() && m.seconds == 0;
    }

    table_view t_;
    partition& p_;
};

}  // namespace sinter::detail
