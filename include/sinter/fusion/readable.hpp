// SPDX-License-Identifier: BSL-1.0
#pragma once

/// May a group read a node at its loop index?
///
/// A node is readable at a map (tensor/index_map.hpp) if every element that the map names is there when the loop gets
/// to it: in a leaf, in the buffer of an earlier group, or computed in this group at the same index; or if all its
/// operands are, so that it can be computed there.

#include <sinter/fusion/along_rows.hpp>

namespace sinter::detail {

/// Over arrays of a partition that is being made; `groups` grows meanwhile.
class reading_rules {
public:
    constexpr reading_rules(const table_view& table, const meta::vector<group>& groups, const int* group_of,
                            const place* place_of, const placed_nodes& placed)
        : t_{table}, groups_{groups}, group_of_{group_of}, place_of_{place_of}, placed_{placed} {}

    constexpr bool is_member(int x) const { return place_of_[x] != place::floating; }

    constexpr bool readable(int x, const index_map& m, int g) const {
        const node& q = t_.nodes[x];
        const group& target = groups_[g];
        if (m.rejected() || (q.rows && !target.rows)) return false;
        if (q.code == op::constant || q.code == op::scalar) return true;
        if (is_leaf(q.code)) return loadable(x, m, target) && (!placed_.in_panels(x) || runs_along(x, m, target));
        if (is_member(x)) {
            if (group_of_[x] < g) return loadable(x, m, target);
            if (group_of_[x] == g && place_of_[x] == place::element)
                return squeeze(t_.shape(x)) == squeeze(target.shape) && aligned(m, target, false, x);
            if (group_of_[x] == g) return place_of_[x] == place::outer && aligned(m, target, true, x);
        }  // in a later group stands what floated when earlier ones read it: they compute it
        if (q.code == op::reshape && !maps_index(t_, x)) return group_of_[t_.operand(x)] < g && loadable(x, m, target);
        return operands_readable(x, m, g);
    }
    constexpr bool elements_readable(int i, int g) const {
        const int* const x = t_.operands(i);
        int k = 0, n = t_.nodes[i].count;
        while (k < n && plainly_readable(i, x[k], g)) ++k;
        return k == n || operands_readable(i, identity_map(t_.shape(i)), g);
    }
    constexpr bool operands_readable(int i, const index_map& m, int g) const {
        const int* const x = t_.operands(i);
        for (int k = 0, n = t_.nodes[i].count; k < n; ++k)
            if (!(keeps_map(t_, i, x[k], m) ? readable(x[k], m, g) : readable(x[k], operand_map(t_, i, x[k], m), g)))
                return false;
        return true;
    }

private:
    /// Whether a loop at map m runs along the last axis of x.
    constexpr bool runs_along(int x, const index_map& m, const group& g) const {
        return !g.across() && t_.shape(x) == g.shape && m == identity_map(g.shape);
    }
    constexpr bool aligned(const index_map& m, const group& g, bool outer, int x) const {
        int expected = 0;  // axes must appear in order, each once, all but the reduced one for an outer value
        for (int k = 0; k < m.rank; ++k) {
            if (t_.shape(x)[k] == 1) continue;
            while (expected < g.shape.rank && (g.shape[expected] == 1 || (outer && expected == g.reduced))) ++expected;
            if (m.axis[k] != expected || m.factor[k] != 1 || m.second_factor[k] != 0 || m.offset[k] != 0) return false;
            ++expected;
        }
        return true;
    }
    /// Strides along the inner axis: a contraction loads contiguous elements or one element only.
    constexpr bool loadable(int x, const index_map& m, const group& g) const {
        if (g.kind == kernel_kind::loop) return true;
        if (m.seconds > 0) return false;
        int last = -1;
        for (int k = 0; k < m.rank; ++k)
            if (t_.shape(x)[k] != 1) last = k;
        for (int k = 0; k < m.rank; ++k)
            if (m.factor[k] != 0 && m.axis[k] == g.inner() && (k != last || m.factor[k] != 1)) return false;
        return true;
    }
    /// Readable at the identity without a look at maps: a value of the same shape, or one number, that stands in a
    /// leaf, in an earlier group, or per element of this one.
    constexpr bool plainly_readable(int i, int x, int g) const {
        const node& q = t_.nodes[x];
        if (q.rows && !groups_[g].rows) return false;
        if (q.code == op::constant || q.code == op::scalar) return true;
        if (q.shape != t_.nodes[i].shape && t_.shape(x).rank != 0) return false;
        if (is_leaf(q.code)) return !placed_.in_panels(x) || !groups_[g].across();
        return is_member(x) && (group_of_[x] != g || (place_of_[x] == place::element && q.shape == t_.nodes[i].shape));
    }

    table_view t_;
    const meta::vector<group>& groups_;
    const int* group_of_;
    const place* place_of_;
    placed_nodes placed_;
};

}  // namespace sinter::detail
