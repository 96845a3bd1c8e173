// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What lies in panels is read and written along its last axis.
///
/// Copies are in the table by now (fusion/copies.hpp): what is left reads at its own index. Such a reader stands in no
/// loop that runs along another axis, and what it computes is stored where others would compute it again at another
/// index, or in such a loop.

#include <sinter/fusion/copies.hpp>
#include <sinter/fusion/group.hpp>

namespace sinter {

/// How the nodes of a table lie that are placed already. No pointer where none of them lies in panels.
struct placed_nodes {
    const lying* lies = nullptr;
    bool read_by_loops = false;  ///< panels, by others than products and updates
    constexpr bool in_panels(int x) const { return lies != nullptr && lies[x] == lying::in_panels; }
};

namespace detail {

class along_rows {
public:
    constexpr along_rows(const table_view& t, const partition& p, const placed_nodes& placed)
        : t_{t}, p_{p}, placed_{placed} {}

    /// Whether group g reads or writes what lies in panels in its loop.
    constexpr bool holds(int g) const {
        for (int i = 0; placed_.lies != nullptr && i < t_.node_count; ++i) {
            if (!p_.member(i, g)) continue;
            const int as = p_.stored_as[i];
            if ((as >= 0 && placed_.in_panels(as)) || reads(i)) return true;
        }
        return false;
    }
    /// Marks the values to store whose readers would read panels along another axis. Whether there are new ones.
    constexpr bool store(meta::vector<char>& must) const {
        bool marked = false;
        for (int i = 0; placed_.read_by_loops && i < t_.node_count; ++i) {
            const place where = p_.place_of[i];
            if (where == place::floating || where == place::by_parts) continue;
            const int g = p_.group_of[i];
            const bool bent = p_.groups[g].across() || (where == place::outer && !is_reduction(t_.nodes[i].code));
            marked = store_below(i, g, bent, -1, must) || marked;
        }
        return marked;
    }

private:
    constexpr bool reads(int i) const {
        for (int k = 0; k < t_.nodes[i].count; ++k) {
            const int x = t_.operand(i, k);
            if (is_leaf(t_.nodes[x].code) ? placed_.in_panels(x) : p_.group_of[x] < 0 && reads(x)) return true;
        }
        return false;
    }
    /// Of what node i reads in group g: `apart` is the last value on the way that stands in another group.
    constexpr bool store_below(int i, int g, bool bent, int apart, meta::vector<char>& must) const {
        const node& q = t_.nodes[i];
        bool marked = false;
        for (int k = 0; k < q.count; ++k) {
            const int x = t_.operand(i, k);
            const bool elsewhere = bent || (is_view(q.code) && !is_copy(t_, i)) ||
                                   (is_elementwise(q.code) && t_.nodes[x].shape != q.shape);
            if (is_leaf(t_.nodes[x].code)) {
                if (!elsewhere || apart < 0 || !placed_.in_panels(x) || must[apart] != 0) continue;
                must[apart] = 1;
                marked = true;
            } else if (!p_.member(x, g) && !p_.loads(x, g)) {
                const bool stands = p_.place_of[x] != place::floating && p_.late[x] == 0;
                marked = store_below(x, g, elsewhere, stands ? x : apart, must) || marked;
            }
        }
        return marked;
    }

    table_view t_;
    const partition& p_;
    placed_nodes placed_;
};

}  // namespace detail
}  // namespace sinter
