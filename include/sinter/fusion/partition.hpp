// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Table → groups: which nodes share a loop, which values are stored, what is computed again instead.
///
/// Nodes are visited in order. A node joins the latest group among those its operands stand in, if it can be computed at
/// that group's loop index; otherwise it opens a group. So every group depends on earlier ones only, and groups run in
/// order of number. Elementwise nodes of leaves alone, and views, stand in no group: whoever reads them computes them.
/// A value read by another group is stored, unless recomputing it from stored values costs less than its traffic.
/// An update joins the group of its gradient if no later group reads the parameter; otherwise it comes last.
///
/// Input: a table out of lower_table. Near-linear in nodes.

#include <sinter/fusion/index_map.hpp>
#include <sinter/fusion/lower.hpp>
#include <sinter/kernel/spec.hpp>
#include <sinter/meta/vector.hpp>

namespace sinter {

/// Where a node is computed: in no loop of its own (views, elementwise of leaves), per element of its group's space, per
/// outer index, after the loop (sums over rows), or by copying into place (pad, concat).
enum class place : unsigned char { floating, element, outer, deferred, copied };

struct group {
    kernel_kind kind = kernel_kind::loop;
    bool rows = false;
    extents shape{};
    int reduced = -1;  ///< axis of the shape that sums and maxima run over
    int anchor = -1;   ///< the product of a contraction; the node that a copy fills
    int part = -1;     ///< of a copy: which operand; `fill` sets zeros first
    static constexpr int fill = 2;
    constexpr bool copies() const { return part >= 0; }
    /// The axis that runs in lanes: the reduced one, else the last that is not 1.
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
    const int* stored_as = nullptr;   ///< per node: the store effect whose target is its buffer, -1 if none

    constexpr bool member(int node, int g) const { return group_of[node] == g && place_of[node] != place::floating; }
    /// Group g reads the value from its buffer; otherwise g computes it.
    constexpr bool loads(int node, int g) const { return stored[node] != 0 && group_of[node] < g; }
};

struct partition {
    meta::vector<group> groups;
    meta::vector<int> group_of;
    meta::vector<place> place_of;
    meta::vector<char> stored;
    meta::vector<char> late;  ///< per node: was floating when earlier groups read it, they compute it
    meta::vector<int> stored_as;

    constexpr partition_view view() const {
        return {groups.begin(), groups.size(), group_of.begin(), place_of.begin(), stored.begin(), stored_as.begin()};
    }
    constexpr bool member(int node, int g) const { return view().member(node, g); }
    constexpr bool loads(int node, int g) const { return view().loads(node, g); }
};

/// The map of an outer-level node of group g: its axes in the order of the group's axes that are not reduced.
constexpr index_map outer_map(const extents& shape, const group& g) {
    index_map m{.rank = shape.rank};
    int axis = 0;
    for (int k = 0; k < m.rank; ++k) {
        m.axis[k] = -1;
        if (shape[k] == 1) continue;
        while (g.shape[axis] == 1 || axis == g.reduced) ++axis;
        m.axis[k] = axis++;
    }
    return m;
}

namespace detail {

class partitioner {
public:
    constexpr partitioner(const table_view& table, grouping how) : t_{table}, n_{table.node_count}, how_{how} {
        p_.group_of.resize(n_, -1);
        p_.place_of.resize(n_, place::floating);
        p_.stored.resize(n_, 0);
        p_.late.resize(n_, 0);
        p_.stored_as.resize(n_, -1);
        latest_.resize(n_, -1);
        forced_.resize(n_, 0);
        cost_.resize(n_, 0);
        readers_.resize(n_, 0);
        for (int i = 0; i < n_; ++i) for_operands(t_[i], [&](int x) { ++readers_[x]; });
    }

    constexpr partition run() {
        for (int i = 0; i < n_; ++i) {
            note_latest(i);
            how_ == grouping::fused ? visit(i) : visit_alone(i);
            note_latest(i);  // visiting may have given an operand a group of its own
        }
        decide_stored();
        while (move_unsafe_updates()) decide_stored();
        return static_cast<partition&&>(p_);
    }

private:
    constexpr bool is_member(int x) const { return p_.place_of[x] != place::floating; }
    constexpr void note_latest(int i) {
        int latest = p_.group_of[i];
        for_operands(t_[i], [&](int x) { latest = latest_[x] > latest ? latest_[x] : latest; });
        latest_[i] = latest;
        if (is_view(t_[i].code)) cost_[i] = cost_[t_[i].a];
    }
    constexpr int open(const group& g) { return p_.groups.push(g); }
    constexpr void put(int i, int g, place where) {
        p_.group_of[i] = g;
        p_.place_of[i] = where;
    }

    // ---- may group g read node x at map m?

    constexpr bool aligned(const index_map& m, const group& g, bool outer, int x) const {
        int expected = 0;  // axes must appear in order, each once, all but the reduced one for an outer value
        for (int k = 0; k < m.rank; ++k) {
            if (t_.shape(x)[k] == 1) continue;
            while (expected < g.shape.rank && (g.shape[expected] == 1 || (outer && expected == g.reduced))) ++expected;
            if (m.axis[k] != expected || m.offset[k] != 0) return false;
            ++expected;
        }
        return true;
    }
    /// Strides along the inner axis: a contraction loads contiguous elements or one element only.
    constexpr bool loadable(int x, const index_map& m, const group& g) const {
        if (g.kind == kernel_kind::loop) return true;
        int last = -1;
        for (int k = 0; k < m.rank; ++k)
            if (t_.shape(x)[k] != 1) last = k;
        for (int k = 0; k < m.rank; ++k)
            if (m.axis[k] >= 0 && m.axis[k] == g.inner() && k != last) return false;
        return true;
    }
    constexpr bool readable(int x, const index_map& m, int g) const {
        const node& q = t_[x];
        const group& target = p_.groups[g];
        if (q.rows && !target.rows) return false;
        if (q.code == op::constant || q.code == op::scalar) return true;
        if (is_leaf(q.code)) return loadable(x, m, target);
        if (is_member(x)) {
            if (p_.group_of[x] != g) return loadable(x, m, target);
            if (p_.place_of[x] == place::element)
                return squeeze(t_.shape(x)) == squeeze(target.shape) && aligned(m, target, false, x);
            return p_.place_of[x] == place::outer && aligned(m, target, true, x);
        }
        if (q.code == op::reshape && !maps_index(t_, x)) return p_.group_of[q.a] < g && loadable(x, m, target);
        bool all = true;
        for_operands(q, [&](int operand) { all = all && readable(operand, operand_map(t_, x, operand, m), g); });
        return all;
    }
    /// Readable at the identity without a look at maps: a value of the same shape, or one number, that stands in a leaf, in
    /// an earlier group, or per element of this one.
    constexpr bool plainly_readable(int i, int x, int g) const {
        const node& q = t_[x];
        if (q.rows && !p_.groups[g].rows) return false;
        if (q.code == op::constant || q.code == op::scalar) return true;
        if (q.shape != t_[i].shape && t_.shape(x).rank != 0) return false;
        if (is_leaf(q.code)) return true;
        return is_member(x) && (p_.group_of[x] != g || (p_.place_of[x] == place::element && q.shape == t_[i].shape));
    }
    constexpr bool elements_readable(int i, int g) const {
        bool all = true;
        for_operands(t_[i], [&](int x) { all = all && plainly_readable(i, x, g); });
        return all || operands_readable(i, identity_map(t_.shape(i)), g);
    }
    constexpr bool operands_readable(int i, const index_map& m, int g) const {
        bool all = true;
        for_operands(t_[i], [&](int x) { all = all && readable(x, operand_map(t_, i, x, m), g); });
        return all;
    }

    constexpr extents outer_extents(const group& g) const {
        extents s = g.shape;
        if (g.reduced >= 0) s[g.reduced] = 1;
        return squeeze(s);
    }

    // ---- placing a node

    constexpr void visit(int i) {
        const node& q = t_[i];
        if (is_elementwise(q.code))
            visit_elementwise(i);
        else if (is_reduction(q.code))
            visit_reduction(i);
        else if (q.code == op::total)
            visit_total(i);
        else if (q.code == op::matmul)
            visit_matmul(i);
        else if (q.code == op::pad || q.code == op::concat)
            visit_copy(i);
        else if (q.code == op::store)
            visit_store(i);
        else if (q.code == op::update)
            visit_update(i);
        else if (q.code == op::reshape && !maps_index(t_, i))
            materialise(q.a);
        else if (is_copy(t_, i))
            visit_copy_of_parameter(i);
    }

    constexpr void visit_alone(int i) {
        const node& q = t_[i];
        if (is_leaf(q.code)) return;
        forced_[i] = q.code != op::update;
        if (q.code == op::matmul)
            visit_matmul(i);
        else if (q.code == op::pad || q.code == op::concat)
            visit_copy(i);
        else if (is_reduction(q.code))
            put(i, open({.rows = q.rows, .shape = t_.shape(q.a), .reduced = t_.attribute(i)[1]}), place::outer);
        else if (q.code == op::total)
            put(i, open({.rows = true, .shape = t_.shape(i)}), place::deferred);
        else
            put(i, open({.rows = q.rows, .shape = t_.shape(i)}), place::element);
        if (q.code == op::store) p_.stored_as[i] = i;
    }

    constexpr void visit_elementwise(int i) {
        const int g = latest_[i];
        if (g < 0) {
            cost_[i] = cost_of(t_[i].code);
            for_operands(t_[i], [&](int x) { cost_[i] += cost_[x]; });
            if (cost_[i] < computed_at_readers) return;
            cost_[i] = 0;
            return put(i, open({.rows = t_[i].rows, .shape = t_.shape(i)}), place::element);
        }
        const group& target = p_.groups[g];
        if (!target.copies() && target.rows == t_[i].rows) {
            if (target.shape == t_.shape(i) && elements_readable(i, g)) return put(i, g, place::element);
            if (target.reduced >= 0 && squeeze(t_.shape(i)) == outer_extents(target) &&
                operands_readable(i, outer_map(t_.shape(i), target), g))
                return put(i, g, place::outer);
        }
        put(i, open({.rows = t_[i].rows, .shape = t_.shape(i)}), place::element);
    }

    constexpr void visit_reduction(int i) {
        const int x = t_[i].a, axis = t_.attribute(i)[1], g = latest_[i];
        if (g >= 0) {
            group& target = p_.groups[g];
            const bool same = target.kind == kernel_kind::loop && !target.copies() && target.rows == t_[x].rows &&
                              target.shape == t_.shape(x);
            const bool free = target.reduced == axis || (target.reduced < 0 && target.inner() == axis);
            if (same && free && readable(x, identity_map(t_.shape(x)), g)) {
                target.reduced = axis;
                return put(i, g, place::outer);
            }
        }
        put(i, open({.rows = t_[x].rows, .shape = t_.shape(x), .reduced = axis}), place::outer);
    }

    constexpr void visit_total(int i) {
        const int x = t_[i].a, g = latest_[x];
        if (g >= 0 && p_.group_of[x] == g && squeeze(p_.groups[g].shape).rank <= 1 && !p_.groups[g].copies()) {
            const bool outer = p_.place_of[x] == place::outer;
            if (p_.place_of[x] == place::element || outer) return put(i, g, place::deferred);
        }
        put(i, open({.rows = true, .shape = t_.shape(x)}), place::deferred);
    }

    constexpr void visit_matmul(int i) {
        materialise_matrix(t_[i].a);
        materialise_matrix(t_[i].b);
        put(i, open({.kind = kernel_kind::contraction, .rows = t_[i].rows, .shape = t_.shape(i), .anchor = i}),
            place::element);
    }

    constexpr void visit_copy(int i) {
        const auto copy = [&](int operand, int part) {
            put(i, open({.rows = t_[i].rows, .shape = t_.shape(operand), .anchor = i, .part = part}), place::copied);
        };
        if (t_[i].code == op::pad) copy(i, group::fill);
        copy(t_[i].a, 0);
        if (t_[i].code == op::concat) copy(t_[i].b, 1);
        forced_[i] = 1;
    }

    /// A matrix may lie in panels in the gradients' arena, as its parameter does: then its loop must run along them, and
    /// whoever else reads it reads another buffer.
    constexpr bool writes_along_rows(int x) const {
        const group& g = p_.groups[p_.group_of[x]];
        return p_.place_of[x] == place::element && !g.copies() && (g.reduced < 0 || g.reduced == g.shape.rank - 1);
    }
    constexpr void visit_copy_of_parameter(int i) {
        put(i, open({.rows = false, .shape = t_.shape(i)}), place::element);
        forced_[i] = 1;
    }
    constexpr void visit_store(int i) {
        const int x = t_[i].a;
        const bool to_gradient = t_.attribute(i).rank == 1;
        if (is_member(x) && p_.stored_as[x] < 0 &&
            (!to_gradient || (readers_[x] == 1 && (t_.shape(x).rank != 2 || writes_along_rows(x))))) {
            p_.stored_as[x] = i;
            forced_[x] = 1;
        } else {
            put(i, open({.rows = t_[i].rows, .shape = t_.shape(i)}), place::element);
            p_.stored_as[i] = i;
            forced_[i] = 1;
        }
    }

    /// Where an update does not share its gradient's loop it reads the gradient's buffer: computing it again could read
    /// parameters that are updated by then.
    constexpr void visit_update(int i) {
        const int gradient = t_[i].b;
        if (!is_member(gradient)) place_alone(gradient);
        if (writes_along_rows(gradient))
            put(i, p_.group_of[gradient], place::element);
        else
            update_alone(i);
    }
    constexpr void update_alone(int i) {
        forced_[t_[i].b] = t_[t_[i].b].code != op::gradient;
        put(i, open({.rows = false, .shape = t_.shape(i)}), place::element);
    }

    /// Gives a value a buffer: opens a copying group if it stands in none.
    constexpr void materialise(int x) {
        if (is_leaf(t_[x].code)) return;
        if (!is_member(x)) place_alone(x);
        forced_[x] = 1;
    }
    constexpr void place_alone(int x) {
        put(x, open({.rows = t_[x].rows, .shape = t_.shape(x)}), place::element);
        latest_[x] = p_.group_of[x];
        p_.late[x] = 1;
    }
    /// An operand of a product: a stored matrix, or a slice or reshape of one whose columns are contiguous.
    constexpr void materialise_matrix(int x) {
        const int columns = t_.shape(x).rank - 1;
        index_map m{.rank = columns + 1};
        for (int k = 0; k <= columns; ++k) m.axis[k] = k;
        int base = x;
        while (!is_member(base) && (t_[base].code == op::slice || t_[base].code == op::reshape)) {
            const bool mapped = maps_index(t_, base);
            if (mapped) m = operand_map(t_, base, t_[base].a, m);
            base = t_[base].a;
            if (!mapped) break;
        }
        const bool contiguous = t_.shape(x).last() == 1 || base == x || m.axis[m.rank - 1] == columns;
        const bool stored_leaf =
            t_[base].code == op::input || t_[base].code == op::parameter || t_[base].code == op::gradient;
        if (contiguous && ((stored_leaf && t_.attribute(base).rank == 0) || is_member(base)))
            forced_[base] = 1;
        else
            materialise(x);
    }

    // ---- what is stored

    static constexpr int never = 1000;              // cost of what cannot be computed again
    static constexpr int worthwhile = 5;            // below it, computing again is cheaper than a store and a load
    static constexpr int computed_at_readers = 12;  // below it, elementwise nodes of leaves stand in no group

    static constexpr int cost_of(op code) {
        if (code == op::divide || code == op::sqrt) return 4;
        if (code >= op::exp && code <= op::sigmoid) return 10;
        return code == op::sin || code == op::cos ? 10 : 1;
    }

    constexpr void decide_stored() {
        constexpr int nobody = -1, several = -2;
        meta::vector<int> read_in(n_, nobody);  // of floating nodes: the one group that reads it
        meta::vector<char> exported(n_, 0);
        for (int r = n_ - 1; r >= 0; --r) {
            const int here = is_member(r) ? p_.group_of[r] : read_in[r];
            if (here == nobody) continue;
            for_operands(t_[r], [&](int y) {
                if (!is_member(y))
                    read_in[y] = read_in[y] == nobody || read_in[y] == here ? here : several;
                else if (here != p_.group_of[y] || p_.place_of[y] == place::deferred || p_.place_of[r] == place::copied)
                    exported[y] = 1;
            });
        }
        meta::vector<int> cost(n_, 0);
        for (int x = 0; x < n_; ++x) {
            const node& q = t_[x];
            int c = is_leaf(q.code) ? 0 : never;
            if (is_elementwise(q.code) || q.code == op::broadcast || (q.code == op::reshape && maps_index(t_, x))) {
                c = is_elementwise(q.code) ? cost_of(q.code) : 0;
                for_operands(q, [&](int y) { c += cost[y]; });
            }
            p_.stored[x] = forced_[x] != 0 || (exported[x] != 0 && c >= worthwhile);
            if (is_leaf(q.code)) p_.stored[x] = 0;
            cost[x] = p_.stored[x] != 0 ? 0 : c < never ? c : never;
        }
    }

    // ---- updates come after every reader of their parameter

    constexpr bool move_unsafe_updates() {
        meta::vector<int> last_reader(n_, -1),
            last_elsewhere(n_, -1);  // per parameter leaf: groups that read it, at another index
        for (int i = 0; i < n_; ++i)
            if (is_member(i) && t_[i].code != op::update)
                note_reads(i, p_.group_of[i], true, last_reader, last_elsewhere);
        bool moved = false;
        for (int i = 0; i < n_; ++i) {
            if (t_[i].code != op::update) continue;
            const int parameter = t_[i].a, g = p_.group_of[i];
            if (last_reader[parameter] <= g && last_elsewhere[parameter] < g) continue;
            update_alone(i);
            moved = true;
        }
        return moved;
    }
    /// Parameters that node i reads when it is computed in group g: its operands, through what is computed again there.
    constexpr void note_reads(int i, int g, bool same_index, meta::vector<int>& last_reader,
                              meta::vector<int>& last_elsewhere) const {
        same_index = same_index && is_elementwise(t_[i].code);
        for_operands(t_[i], [&](int x) {
            if (t_[x].code == op::parameter) {
                if (last_reader[x] < g) last_reader[x] = g;
                const bool whole = same_index && t_.shape(x) == p_.groups[g].shape;
                if (!whole && last_elsewhere[x] < g) last_elsewhere[x] = g;
            } else if (!is_leaf(t_[x].code) && !p_.member(x, g) && !p_.loads(x, g)) {
                note_reads(x, g, same_index, last_reader, last_elsewhere);
            }
        });
    }

    table_view t_;
    int n_;
    grouping how_;
    partition p_;
    meta::vector<int> latest_;   // the latest group among those a node depends on
    meta::vector<char> forced_;  // must have a buffer
    meta::vector<int> readers_;  // how many operands a node is
    meta::vector<int> cost_;     // of a floating node, with all that floats below it
};

}  // namespace detail

constexpr partition partition_table(const table_view& table, grouping how = grouping::fused) {
    return detail::partitioner(table, how).run();
}

}  // namespace sinter
