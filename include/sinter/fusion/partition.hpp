// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Table → groups: which nodes share a loop, which values are stored, what is computed again instead.
///
/// Nodes are visited in order. A node joins the latest group among those its operands stand in, if it can be computed
/// at that group's loop index; otherwise it opens a group. So every group depends on earlier ones only, and groups run
/// in order of number. Elementwise nodes of leaves alone, and views, stand in no group: whoever reads them computes
/// them. A value read by another group is stored, unless recomputing it from stored values costs less than its traffic.
/// An update joins the group of its gradient if no later group reads the parameter; otherwise it comes last.
///
/// Input: a table out of lower_table. Near-linear in nodes.

#include <sinter/fusion/readable.hpp>
#include <sinter/fusion/stored.hpp>

namespace sinter {

namespace detail {

class partitioner {
public:
    constexpr partitioner(const table_view& table, grouping how, const placed_nodes& placed, partition& result)
        : t_{table}
        , how_{how}
        , p_{result}
        , latests_(table.node_count, -1)
        , reader_counts_(table.node_count)
        , costs_(table.node_count)
        , panels_{table, p_, placed}
        , reads_{table, p_.groups, p_.group_of.begin(), p_.place_of.begin(), placed}
        , stores_{table, p_} {
        for (int i = 0; i < t_.node_count; ++i) {
            const int* const x = t_.operands(i);
            const op code = t_.nodes[i].code;
            windows_ = windows_ || code == op::windows || code == op::skew || code == op::interleave;
            for (int k = 0, n = t_.nodes[i].count; k < n; ++k) ++readers_[x[k]];
        }
    }

    constexpr void run() {
        for (int i = 0; i < t_.node_count; ++i) {
            if (is_leaf(t_.nodes[i].code)) continue;
            note_latest(i);
            how_ == grouping::fused ? visit(i) : visit_alone(i);
            note_latest(i);  // visiting may have given an operand a group of its own
        }
        stores_.through_views = windows_;
        stores_.decide();
        while (move_unsafe_updates() || panels_.store(stores_.must)) stores_.decide();
        if (!fills_.empty()) put_fills_first();
    }

private:
    constexpr bool is_member(int x) const { return place_of_[x] != place::floating; }
    constexpr void note_latest(int i) {
        const node& q = t_.nodes[i];
        int most = group_of_[i];
        const int* const x = t_.operands(i);
        for (int k = 0; k < q.count; ++k)
            if (latest_[x[k]] > most) most = latest_[x[k]];
        latest_[i] = most;
        if (is_view(q.code) || q.code == op::stop) cost_[i] = cost_[x[0]];
    }
    constexpr int open(const group& g) { return p_.groups.push(g); }
    constexpr void put(int i, int g, place where) {
        group_of_[i] = g;
        place_of_[i] = where;
    }

    constexpr extents outer_extents(const group& g) const {
        extents s = g.shape;
        if (g.reduced >= 0) s[g.reduced] = 1;
        return squeeze(s);
    }

    static constexpr int looked_back = 8;  // groups that a value may join behind those of its operands

    constexpr void visit(int i) {
        switch (kind_of(t_.nodes[i].code)) {
            case op_kind::elementwise: return visit_elementwise(i);
            case op_kind::reduction: return visit_reduction(i);
            case op_kind::contraction: return visit_matmul(i);
            case op_kind::movement: return visit_movement(i);
            case op_kind::effect: return t_.nodes[i].code == op::update ? visit_update(i) : visit_store(i);
            case op_kind::reshape:
                if (!maps_index(t_, i)) materialise(t_.operand(i));
                return;
            case op_kind::view:
                if (t_.nodes[i].code == op::part)
                    visit_part(i);
                else if (t_.nodes[i].code == op::margins)
                    materialise(t_.operand(i));
                else if (is_copy(t_, i))
                    open_stored(i);
                else
                    keep_maps_short(i);
                return;
            case op_kind::mark: return;  // whoever reads it reads its operand
            case op_kind::none:
            case op_kind::leaf:
            case op_kind::body:
            case op_kind::access: return;  // never visited
        }
    }
    /// A view with two terms an axis, over another one, may need more than that: then its operand is stored, and so is
    /// one that costs much, because windows read it more than once. An operand that stands in a group may yet be
    /// computed again by its readers.
    constexpr void keep_maps_short(int i) {
        const index_map m = view_map(t_, i);
        int looked_at = 0;
        const int x = t_.operand(i);
        if (m.seconds > 0 && (cost_[x] >= storing::worthwhile || !composes(x, m, looked_at))) materialise(x);
    }
    static constexpr int looked_at_most = 32;  // nodes below a view; where there are more, its operand is stored
    constexpr bool composes(int x, const index_map& m, int& looked_at) const {
        if (m.rejected() || ++looked_at > looked_at_most) return false;
        const bool again = is_elementwise(t_[x].code) && stores_.must[x] == 0;
        const bool stored =
            is_leaf(t_[x].code) || (is_member(x) && !again) || (t_[x].code == op::reshape && !maps_index(t_, x));
        bool all = true;
        if (!stored) for_operands(t_, x, [&](int y) { all = all && composes(y, operand_map(t_, x, y, m), looked_at); });
        return all;
    }

    constexpr bool only_products_read(int x) const {
        bool only = true;
        for (int i = x + 1; i < t_.node_count; ++i)
            if (kind_of(t_.nodes[i].code) != op_kind::contraction)
                for_operands(t_, i, [&](int y) { only = only && y != x; });
        return only;
    }
    /// Whether a view reads a value with margins, which nobody stores, through others.
    constexpr bool reads_margins(int x) const {
        while (is_view(t_[x].code) && t_[x].code != op::margins && !is_member(x)) x = t_.operand(x);
        return t_[x].code == op::margins;
    }
    constexpr void visit_alone(int i) {
        const node& q = t_.nodes[i];
        if (is_transposed_matrix(t_, i) && only_products_read(i)) return;
        if (reads_margins(i)) return;
        stores_.must[i] = q.code != op::update;
        switch (kind_of(q.code)) {
            case op_kind::contraction: return visit_matmul(i);
            case op_kind::movement: return visit_movement(i);
            case op_kind::reduction: return open_reduction(i);
            case op_kind::effect:
                if (q.code != op::update) p_.stored_as[i] = i;
                [[fallthrough]];
            case op_kind::mark:
            case op_kind::elementwise:
            case op_kind::view:
            case op_kind::reshape: return put(i, open({.rows = q.rows, .shape = t_.shape(i)}), place::element);
            case op_kind::none:
            case op_kind::leaf:
            case op_kind::body:
            case op_kind::access: return;  // never visited
        }
    }

    constexpr void visit_elementwise(int i) {
        const int g = latest_[i];
        if (g < 0) {
            cost_[i] = cost_of(t_.nodes[i].code);
            const int* const x = t_.operands(i);
            for (int k = 0, n = t_.nodes[i].count; k < n; ++k) cost_[i] += cost_[x[k]];
            if (cost_[i] < computed_at_readers) return;
            cost_[i] = 0;
            if (joins_last(i, g)) return;
            return put(i, open({.rows = t_.nodes[i].rows, .shape = t_.shape(i)}), place::element);
        }
        if (join(i, g)) return;
        if (joins_last(i, g)) return;
        put(i, open({.rows = t_.nodes[i].rows, .shape = t_.shape(i)}), place::element);
    }
    /// Where there are windows, a value may join a loop over its space behind those that its operands stand in, so that
    /// the places of a window, each with its neighbour, come together in one.
    constexpr bool joins_last(int i, int behind) {
        return (windows_ || (behind >= 0 && p_.groups[behind].bare)) && joins_loop(i, behind);
    }
    constexpr bool joins_loop(int i, int behind) {
        for (int last = p_.groups.size() - 1, most = looked_back; last > behind && most > 0; --last, --most)
            if (p_.groups[last].kind == kernel_kind::loop && join(i, last)) return true;
        return false;
    }
    /// Puts a node that is computed for each of its elements into group g, where that is possible.
    constexpr bool join(int i, int g) {
        const group& target = p_.groups[g];
        if (target.fills() || target.bare || target.rows != t_.nodes[i].rows) return false;
        if (target.shape == t_.shape(i) && reads_.elements_readable(i, g))
            put(i, g, place::element);
        else if (target.reduced >= 0 && squeeze(t_.shape(i)) == outer_extents(target) &&
                 reads_.operands_readable(i, outer_map(t_.shape(i), target), g))
            put(i, g, place::outer);
        else
            return false;
        return true;
    }

    constexpr bool is_over_samples(int i) const { return (t_.attribute(i)[0] & over_samples) != 0; }
    constexpr void visit_reduction(int i) {
        const int x = t_.operand(i), g = latest_[i];
        if (g < 0 || p_.groups[g].fills()) return open_reduction(i);
        group& target = p_.groups[g];
        if (is_over_samples(i)) {  // what is left of the group's axes runs along one axis of the loop
            const int axes = squeeze(target.shape).rank;
            const bool along_inner = axes == 0 || (axes == 1 && target.shape[target.inner()] != 1);
            const bool each = place_of_[x] == place::element && along_inner;
            if (group_of_[x] == g && (each || (place_of_[x] == place::outer && axes <= 2)))
                return put(i, g, each || axes == 2 ? place::column : place::whole);
        } else {
            const int axis = t_.attribute(i)[1];
            const bool same =
                target.kind == kernel_kind::loop && target.rows == t_.nodes[x].rows && target.shape == t_.shape(x);
            const bool across = axis != target.shape.rank - 1;
            const bool free = target.reduced == axis || (target.reduced < 0 && !(across && panels_.holds(g)));
            if (same && free && reads_.readable(x, identity_map(t_.shape(x)), g)) {
                target.reduced = axis;
                return put(i, g, place::outer);
            }
        }
        open_reduction(i);
    }
    constexpr void open_reduction(int i) {
        const bool samples = is_over_samples(i);
        const int x = t_.operand(i), axis = samples ? -1 : t_.attribute(i)[1];
        put(i, open({.rows = t_.nodes[x].rows, .shape = t_.shape(x), .reduced = axis}),
            samples ? place::column : place::outer);
    }

    constexpr void visit_matmul(int i) {
        const product_axes axes = axes_of_product(t_.attribute(i));
        const int left = t_.operand(i, 0), right = t_.operand(i, 1), last = t_.shape(left).rank - 1;
        materialise_operand(left, axes.paired ? last : last - axes.depth, last);
        materialise_operand(right, axes.batch + axes.depth - !axes.paired, axes.batch + axes.depth);
        put(i,
            open({.kind = kernel_kind::contraction,
                  .rows = t_.nodes[i].rows,
                  .shape = t_.shape(i),
                  .anchor = i,
                  .bare = how_ == grouping::fused && is_better_bare(i)}),
            place::element);
    }
    static constexpr int narrow_columns = 8, narrow_elements = 256, narrow_cost = 4, looked_ahead = 96;
    /// Whether a loop behind product i is better than to compute in its registers what is behind it: where several
    /// parts are made of that, which join loops only, and else would be stored and copied; and where much is
    /// computed in few columns, as lanes are idle then.
    constexpr bool is_better_bare(int i) const {
        const bool narrow = t_.shape(i).last() < narrow_columns && t_.size(i) >= narrow_elements;
        if (!narrow && !windows_) return false;
        constexpr char before = 0, behind = 1, later = 2;
        char states[looked_ahead] = {behind};
        int cost = 0, parts = 0;
        for (int j = i + 1; j < t_.node_count && j < i + looked_ahead; ++j) {
            const node& q = t_.nodes[j];
            char most = before;
            for_operands(t_, j, [&](int x) { most = x >= i && states[x - i] > most ? states[x - i] : most; });
            const bool joins = is_elementwise(q.code) && t_.shape(j) == t_.shape(i) && q.rows == t_.nodes[i].rows;
            const bool stays = is_leaf(q.code) || is_elementwise(q.code) || is_view(q.code);
            states[j - i] = most == before ? stays ? before : later : joins ? most : later;
            if (states[j - i] == behind) cost += cost_of(q.code);
            if (q.code == op::part && most == behind && t_.operand(j) != i) ++parts;
            if (parts > 1 || (narrow && cost > narrow_cost)) return true;
        }
        return false;
    }

    /// A part joins the loop that computes it, which then writes it where the movement has it: nothing is copied.
    constexpr void visit_part(int i) {
        const int g = latest_[i];
        stores_.must[i] = 1;
        if (g >= 0 && p_.groups[g].kind == kernel_kind::loop && join(i, g)) return;
        if (joins_loop(i, g)) return;
        put(i, open({.rows = t_.nodes[i].rows, .shape = t_.shape(i)}), place::element);
    }
    /// Parts that do not fill the result are written over zeros, or over the movement's background.
    constexpr void visit_movement(int i) {
        const int parts = t_.nodes[i].count - (background_of(t_, i) >= 0);
        int filled = 0, first = p_.groups.size(), last = -1;
        for (int k = 0; k < parts; ++k) {
            const int x = t_.operand(i, k), g = group_of_[x];
            p_.stored_as[x] = i;
            filled += t_.size(x);
            first = g < first ? g : first;
            last = g > last ? g : last;
        }
        if (filled != t_.size(i)) {
            const int fill = open({.rows = t_.nodes[i].rows, .shape = t_.shape(i), .anchor = i});
            fills_.push({fill, first});
        }
        put(i, last, place::by_parts);
        stores_.must[i] = 1;
    }
    /// What is filled is so before its first part is written. A fill reads nothing, so it may come as early as that.
    constexpr void put_fills_first() {
        const int count = p_.groups.size();
        meta::vector<int> first_fill(count, -1), next(fills_.size(), -1), number(count, -1);
        for (int f = fills_.size() - 1; f >= 0; --f) {
            next[f] = first_fill[fills_[f].before];
            first_fill[fills_[f].before] = f;
        }
        meta::vector<group> ordered;
        for (int g = 0; g < count; ++g) {
            for (int f = first_fill[g]; f >= 0; f = next[f])
                number[fills_[f].fill] = ordered.push(p_.groups[fills_[f].fill]);
            if (!p_.groups[g].fills()) number[g] = ordered.push(p_.groups[g]);
        }
        p_.groups = static_cast<meta::vector<group>&&>(ordered);
        for (int i = 0; i < t_.node_count; ++i)
            if (group_of_[i] >= 0) group_of_[i] = number[group_of_[i]];
    }

    constexpr void open_stored(int i) {
        put(i, open({.rows = t_.nodes[i].rows, .shape = t_.shape(i)}), place::element);
        stores_.must[i] = 1;
    }
    /// A matrix may lie in panels in the gradients' arena, as its parameter does: then its loop must run along them,
    /// and whoever else reads it reads another buffer.
    constexpr bool writes_along_rows(int x) const {
        const group& g = p_.groups[group_of_[x]];
        return place_of_[x] == place::element && (g.reduced < 0 || g.reduced == g.shape.rank - 1);
    }
    constexpr void visit_store(int i) {
        const bool to_gradient = t_.nodes[i].code == op::export_gradient;
        const int x = to_gradient ? t_.operand(i) : as_computed(t_.operand(i));
        if (is_member(x) && p_.stored_as[x] < 0 &&
            (!to_gradient || (readers_[x] == 1 && (t_.shape(x).rank != 2 || writes_along_rows(x))))) {
            p_.stored_as[x] = i;
            stores_.must[x] = 1;
        } else {  // a view of a member is stored by its group
            const bool joins = !to_gradient && !is_member(x) && latest_[i] >= 0 && join(i, latest_[i]);
            if (!joins) open_stored(i);
            stores_.must[i] = 1;
            p_.stored_as[i] = i;
        }
    }
    /// What a group computes and a reshape only calls by other axes: no reshape has padding, so one buffer is both.
    constexpr int as_computed(int x) const {
        const bool renamed = t_[x].code == op::reshape && !maps_index(t_, x) && is_member(t_.operand(x)) &&
                             p_.stored_as[t_.operand(x)] < 0;
        return renamed && !is_member(x) ? t_.operand(x) : x;
    }

    /// Where an update does not share its gradient's loop it reads the gradient's buffer: computing it again could read
    /// parameters that are updated by then.
    constexpr void visit_update(int i) {
        const int gradient = t_.operand(i, 1);
        if (!is_member(gradient)) place_alone(gradient);
        if (writes_along_rows(gradient))
            put(i, group_of_[gradient], place::element);
        else
            update_alone(i);
    }
    constexpr void update_alone(int i) {
        const int gradient = t_.operand(i, 1);
        stores_.must[gradient] = t_[gradient].code != op::gradient;
        put(i, open({.rows = false, .shape = t_.shape(i)}), place::element);
    }

    /// Gives a value a buffer: opens a copying group if it stands in none.
    constexpr void materialise(int x) {
        if (is_leaf(t_.nodes[x].code)) return;
        if (!is_member(x)) place_alone(x);
        stores_.must[x] = 1;
    }
    constexpr void place_alone(int x) {
        put(x, open({.rows = t_.nodes[x].rows, .shape = t_.shape(x)}), place::element);
        cost_[x] = 0;
        latest_[x] = group_of_[x];
        p_.late[x] = 1;
    }
    /// An operand of a product: a stored value, read through views, of which one of two axes is contiguous. What is
    /// only transposed is stored as it is computed.
    constexpr void materialise_operand(int x, int one, int other) {
        int base = contiguous_base(x, one, other);
        if (base < 0) {
            int before = x;
            while (!is_member(before) && t_[before].code == op::transpose) before = t_.operand(before);
            materialise(before);
            base = contiguous_base(x, one, other);
        }
        if (base >= 0)
            stores_.must[base] = 1;
        else
            materialise(x);
    }
    /// The value whose buffer x is read from, if axis `one` or `other` of x runs along neighbours in it; else -1.
    constexpr int contiguous_base(int x, int one, int other) const {
        index_map m{.rank = t_.shape(x).rank};
        for (int k = 0; k < m.rank; ++k) m.set(k, k);
        int base = x;
        while (!is_member(base) && is_view(t_[base].code)) {
            const bool mapped = maps_index(t_, base);
            if (mapped) m = operand_map(t_, base, t_.operand(base), m);
            base = t_.operand(base);
            if (!mapped) break;
        }
        const bool buffer = is_leaf(t_[base].code) ? is_real_buffer(t_[base]) : is_member(base);
        if (m.rejected() || !buffer) return -1;
        const int last = m.rank - 1;
        const bool neighbours = t_.shape(x).last() == 1 || base == x ||
                                (last >= 0 && m.factor[last] == 1 && m.second_factor[last] == 0 &&
                                 (m.axis[last] == one || m.axis[last] == other));
        return neighbours ? base : -1;
    }

    // ---- updates come after every reader of what they write

    constexpr bool move_unsafe_updates() {
        // per leaf that is written: groups that read it, at another index
        meta::vector<int> readers(t_.node_count, -1), elsewhere(t_.node_count, -1);
        int *const last_reader = readers.begin(), *const last_elsewhere = elsewhere.begin();
        for (int i = 0; i < t_.node_count; ++i)
            if (place_of_[i] != place::floating && t_.nodes[i].code != op::update)
                note_reads(i, group_of_[i], true, last_reader, last_elsewhere);
        bool moved = false;
        for (int i = 0; i < t_.node_count; ++i) {
            if (t_.nodes[i].code != op::update) continue;
            const int parameter = t_.operand(i), g = group_of_[i];
            if (last_reader[parameter] <= g && last_elsewhere[parameter] < g) continue;
            update_alone(i);
            moved = true;
        }
        return moved;
    }
    /// Parameters and states that node i reads when it is computed in group g: its operands, through what is computed
    /// again there.
    constexpr void note_reads(int i, int g, bool same_index, int* last_reader, int* last_elsewhere) const {
        same_index = same_index && is_elementwise(t_.nodes[i].code);
        for (const int *at = t_.operands(i), *const end = at + t_.nodes[i].count; at != end; ++at) {
            const int x = *at;
            const op code = t_.nodes[x].code;
            if (is_updated(code)) {
                if (last_reader[x] < g) last_reader[x] = g;
                const bool whole = same_index && t_.shape(x) == p_.groups[g].shape;
                if (!whole && last_elsewhere[x] < g) last_elsewhere[x] = g;
            } else if (!is_leaf(code) && !p_.member(x, g) && !p_.loads(x, g)) {
                note_reads(x, g, same_index, last_reader, last_elsewhere);
            }
        }
    }

    table_view t_;
    grouping how_;
    bool windows_ = false;  // there are some
    struct fill_before {
        int fill, before;  // groups
    };
    meta::vector<fill_before> fills_;
    partition& p_;
    meta::vector<int> latests_, reader_counts_, costs_;
    // Pointers, since constant evaluation pays for each call.
    int* const latest_ = latests_.begin();         // the latest group among those a node depends on
    int* const readers_ = reader_counts_.begin();  // how many operands a node is
    int* const cost_ = costs_.begin();             // of a floating node, with all that floats below it
    int* const group_of_ = p_.group_of.begin();
    place* const place_of_ = p_.place_of.begin();
    along_rows panels_;
    reading_rules reads_;
    storing stores_;
};

}  // namespace detail

constexpr partition partition_table(const table_view& table, grouping how = grouping::fused,
                                    const placed_nodes& placed = {}) {
    partition p(table.node_count);
    detail::partitioner(table, how, placed, p).run();
    return p;
}

}  // namespace sinter
