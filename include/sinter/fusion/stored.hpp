// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Which values get a buffer.
///
/// What a product reads, an output, and a gradient's buffer must have one. Of the others, a value that another group
/// reads has one if computing it again costs more than its traffic.

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
            stored[x] = forced[x] != 0 || (exported[x] != 0 && c >= worthwhile);
            cost[x] = stored[x] != 0 ? 0 : c < never ? c : never;
        }
    }

private:
    static constexpr int nobody = -1, several = -2;
    static constexpr int never = 1000;  // cost of what cannot be computed again

    table_view t_;
    partition& p_;
};

}  // namespace sinter::detail
