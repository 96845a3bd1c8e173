// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Groups → specs and the places their slots stand for: the normal form.
///
/// For each group the values it must deliver are written out as instructions; what it reads becomes slots. Equal specs
/// are kept once, so that a hundred equal layers share one kernel; the calls, one a group, say which buffers a spec
/// gets. Groups with equal signatures are written out once.

#include <sinter/plan/signature.hpp>

#include <cassert>

namespace sinter {

namespace detail {

/// A mistake of fusion/copies.hpp or fusion/along_rows.hpp. No constant: where a plan is one, compilers stop here.
inline void reads_panels_otherwise() { assert(false && "what lies in panels is read along its last axis, or copied"); }

class emitter {
public:
    constexpr emitter(const table_view& table, const table_view* bodies, const partition_view& p,
                      const layout_view& layouts, const machine& target, spec_pools& pools,
                      meta::vector<call_draft>& calls, meta::vector<slot_place>& places)
        : t_{table}
        , bodies_{bodies}
        , p_{p}
        , layouts_{layouts}
        , pools_{pools}
        , calls_{calls}
        , places_{places}
        , signature_{table, p, layouts} {
        pools_.target = target;
    }

    /// Emits the groups first … last - 1.
    constexpr void run(int first, int last) {
        meta::vector<int> heads(last - first, -1), nexts(t_.node_count);
        int *const head = heads.begin(), *const next = nexts.begin();  // a group's members, in order
        for (int i = t_.node_count - 1; i >= 0; --i) {
            const int g = p_.group_of[i];
            if (g < first || g >= last || !is_member(i)) continue;
            next[i] = head[g - first];
            head[g - first] = i;
        }
        for (int g = first; g < last; ++g) {
            signature_.walk(g, head[g - first], next);
            if (patterns_.repeat(signature_, calls_, places_)) continue;
            const int calls = calls_.size();
            emit_group(g, head[g - first], next);
            patterns_.add(signature_, calls_, calls_.size() > calls ? calls : -1, places_);
        }
    }

private:
    struct emitted {
        int node;
        index_map map;
        short instruction;
    };
    constexpr bool is_member(int x) const { return p_.place_of[x] != place::floating; }

    constexpr void emit_group(int g, int first, const int* next) {
        now_ = g;
        group_ = p_.groups[g];
        inner_ = group_.inner();
        draft_.clear();
        known_.truncate(0);
        if (group_.kind == kernel_kind::contraction) {
            const product_axes axes = axes_of_product(t_.attribute(group_.anchor));
            const int left = t_.operand(group_.anchor, 0), right = t_.operand(group_.anchor, 1);
            const int rank = group_.shape.rank, depth_of_left = t_.shape(left).rank - axes.depth - axes.paired;
            if (axes.over_samples) draft_.depth.push(run_time_rows);
            for (int k = 0; k < axes.depth; ++k) draft_.depth.push(t_.shape(left)[depth_of_left + k]);
            // slots 0 and 1, also where both are one value
            draft_.paired = axes.paired;
            if (axes.paired) find_margins(left, depth_of_left, axes.over_samples);
            push_operand(0, axes, operand(left, axes.paired ? -1 : depth_of_left), depth_of_left,
                         axes.paired ? rank - 1 : depth_of_left);
            for (border* edge : {&draft_.edge, &draft_.along})
                if (axes.over_samples && !edge->none()) ++edge->depth;
            push_operand(1, axes, operand(right), axes.batch, rank - 1);
        }
        if (group_.fills())
            emit_fill();
        else
            for (int i = first; i >= 0; i = next[i]) emit_member(i);
        finish_group(group_, draft_, pools_, calls_, places_);
    }

    constexpr void emit_member(int i) {
        const index_map own =
            p_.place_of[i] == place::outer ? outer_map(t_.shape(i), group_) : identity_map(t_.shape(i));
        if (t_[i].code == op::update) return emit_update(i, own);
        if (p_.stored[i] == 0 || p_.place_of[i] == place::by_parts) return;
        const auto leaves_as = static_cast<output_kind>(p_.place_of[i]);
        if (is_behind(p_.place_of[i])) {
            const int x = t_.operand(i);
            const bool outer = p_.member(x, now_) && p_.place_of[x] == place::outer;
            const index_map at = outer ? outer_map(t_.shape(x), group_) : own;
            add_output(leaves_as, value(x, at), buffer(i, at));
        } else {
            add_output(leaves_as, value(i, own), t_[i].code == op::part ? box(i, own) : buffer(i, own));
        }
    }

    /// What stands in a movement wherever no part does.
    constexpr void emit_fill() {
        const int i = group_.anchor, around = background_of(t_, i);
        const short v =
            add_instruction({.code = op::constant, .at = level::outer, .value = around >= 0 ? t_[around].value : 0.0});
        add_output(output_kind::element, v, buffer(i, identity_map(t_.shape(i))));
    }

    // Before its callers: clang needs the body where a constant is computed before a file ends.
    /// `operand(k)` gives the instruction of operand k.
    template <class Operand>
    constexpr short add_elementwise(op code, int count, Operand operand) {
        short a = operand(0), b = -1, c = -1;  // one after the other: their order is that of the instructions
        if (count > 1) b = operand(1);
        if (count > 2) c = operand(2);
        const instruction* const all = draft_.instructions.begin();
        const auto per_element = [&](short x) { return x >= 0 && all[x].at == level::element; };
        const level at = per_element(a) || per_element(b) || per_element(c) ? level::element : level::outer;
        // A processor's maximum keeps a NaN of its second operand: one instruction, where the first one is known to be
        // none.
        if ((code == op::maximum || code == op::minimum) && is_nonzero_constant(b)) {
            const short constant = b;
            b = a;
            a = constant;
        }
        return add_instruction({.code = code, .at = at, .a = a, .b = b, .c = c});
    }
    /// Splices a body, element by element: inputs 0 parameter, 1 gradient, 2… states; results the new parameter and
    /// states. Without a body the operand is what is written.
    constexpr void emit_update(int i, const index_map& own) {
        const int parameter = t_.operand(i);
        if (t_[i].number < 0)
            return add_output(output_kind::element, value(t_.operand(i, 1), own), buffer(parameter, own));
        const table_view& rule = bodies_[t_[i].number];
        const auto state = [&](int s) {
            slot_draft slot = buffer(parameter, own);
            slot.where = {arena::state, t_[parameter].number, s};
            return slot;
        };
        meta::vector<int>& at = rule_at_;
        const auto written = [&](int r) { return static_cast<short>(at[r]); };
        at.truncate(0);
        for (int r = 0; r < rule.node_count; ++r) at.push(-1);
        for (int r = 0; r < rule.node_count; ++r) {
            const node& q = rule[r];
            if (q.code == op::input && q.number == 0)
                at[r] = value(parameter, own);
            else if (q.code == op::input && q.number == 1)
                at[r] = value(t_.operand(i, 1), own);
            else if (q.code == op::input)
                at[r] = push_load(state(q.number - 2));
            else if (q.code == op::scalar)
                at[r] = push_load({.where = {arena::scalars, q.number, 0}});
            else if (q.code == op::constant)
                at[r] = add_instruction({.code = op::constant, .at = level::outer, .value = q.value});
            else
                at[r] = add_elementwise(q.code, q.count, [&](int k) { return written(rule.operand(r, k)); });
        }
        add_output(output_kind::element, written(rule.outputs[0]), buffer(parameter, own));
        for (int s = 1; s < rule.output_count; ++s)
            add_output(output_kind::element, written(rule.outputs[s]), state(s - 1));
    }

    // ---- values

    /// The instruction that gives node x at map m, written out if it is not there yet.
    constexpr short value(int x, const index_map& m) {
        for (const emitted *e = known_.begin(), *const end = known_.end(); e != end; ++e)
            if (e->node == x && e->map == m) return e->instruction;
        const short v = new_value(x, m);
        known_.push({x, m, v});
        return v;
    }
    constexpr short new_value(int x, const index_map& m) {
        const node& q = t_[x];
        if (q.code == op::constant)
            return add_instruction({.code = op::constant, .at = level::outer, .value = q.value});
        if (is_leaf(q.code) || p_.loads(x, now_)) return add_load(buffer(x, m));
        const auto operand = [&](int k) {
            const int y = t_.operand(x, k);
            return keeps_map(t_, x, y, m) ? value(y, m) : value(y, operand_map(t_, x, y, m));
        };
        switch (kind_of(q.code)) {
            case op_kind::elementwise: return add_elementwise(q.code, q.count, operand);
            case op_kind::contraction: return add_instruction({.code = op::matmul});
            case op_kind::reduction: {
                const short v = value(t_.operand(x), identity_map(t_.shape(t_.operand(x))));
                return add_instruction({.code = q.code, .at = level::outer, .a = v});
            }
            case op_kind::reshape:
                if (!maps_index(t_, x)) return add_load(reinterpreted(x, m));
                [[fallthrough]];
            case op_kind::mark:
            case op_kind::view:
            case op_kind::effect: return operand(0);
            case op_kind::none:
            case op_kind::leaf:
            case op_kind::movement:
            case op_kind::body:
            case op_kind::access: break;
        }
        return -1;  // those are loaded
    }
    /// Zero is left out: which of two zeros is the larger depends on their order.
    constexpr bool is_nonzero_constant(short i) const {
        const instruction& c = draft_.instructions[i];
        return c.code == op::constant && (c.value < 0 || c.value > 0);
    }
    constexpr short add_instruction(const instruction& i) { return static_cast<short>(draft_.instructions.push(i)); }
    constexpr level level_of(const slot_draft& slot) const {
        return inner_ >= 0 && slot.stride[inner_] != 0 ? level::element : level::outer;
    }
    /// A load of a slot that nothing has loaded yet.
    constexpr short push_load(const slot_draft& slot) {
        return add_instruction(
            {.code = op::load, .at = level_of(slot), .slot = static_cast<short>(draft_.slots.push(slot))});
    }
    constexpr short add_load(const slot_draft& slot) {
        const short s = add_slot(slot);
        const instruction* const all = draft_.instructions.begin();
        for (int k = 0, n = draft_.instructions.size(); k < n; ++k)
            if (all[k].slot == s && all[k].code == op::load) return static_cast<short>(k);
        return add_instruction({.code = op::load, .at = level_of(slot), .slot = s});
    }

    // ---- slots

    constexpr short add_slot(const slot_draft& slot) {
        const slot_draft* const all = draft_.slots.begin();
        for (int k = 0, n = draft_.slots.size(); k < n; ++k)
            if (all[k].where.id == slot.where.id && all[k] == slot) return static_cast<short>(k);
        return static_cast<short>(draft_.slots.push(slot));
    }
    constexpr void add_output(output_kind kind, short v, const slot_draft& slot) {
        draft_.outputs.push({kind, v, add_slot(slot)});
    }

    constexpr slot_place place_of_buffer(int x) const { return sinter::place_of_buffer(t_, p_, x); }
    /// The buffer of x as the group reads or writes it at map m.
    constexpr slot_draft buffer(int x, const index_map& m) const {
        const layout& l = layouts_[x];
        slot_draft slot = strided(x, m, l.stride);
        slot.row = l.row_stride;
        slot.panel = l.panel;
        slot.integer = is_leaf(t_[x].code) && t_[x].kind == value_kind::integer;  // what is computed is real
        slot.whole = reads_in_order(m, t_.shape(x), group_.shape);
        slot.run = l.run;
        slot.pitch = l.pitch;
        slot.padding = (t_[x].rows || t_.shape(x).rank >= 2 ? l.pitch : l.elements) - l.run;
        slot.elements = t_[x].rows ? l.row_stride : l.elements;
        if (l.panel > 0 && (slot.offset != 0 || slot.stride[inner_] != 1)) reads_panels_otherwise();
        return slot;
    }
    /// The box of a part in the buffer of its movement.
    constexpr slot_draft box(int x, const index_map& m) const {
        const movement_place to = box_of_part(t_, p_, x);
        const layout& l = layouts_[p_.stored_as[x]];
        int stride[max_rank] = {}, begin = 0;
        for (int k = 0; k < to.begin.rank; ++k) {
            stride[k] = l.stride[k] * to.step[k];
            begin += l.stride[k] * to.begin[k];
        }
        slot_draft slot = strided(x, m, stride);
        slot.offset += begin;
        slot.row = l.row_stride;
        return slot;
    }
    constexpr slot_draft strided(int x, const index_map& m, const int (&stride)[max_rank]) const {
        slot_draft slot{.where = place_of_buffer(x), .rows = t_[x].rows};
        for (int k = 0; k < m.rank; ++k) {
            slot.offset += m.offset[k] * stride[k];
            slot.stride[m.axis[k]] += m.factor[k] * stride[k];
            if (m.seconds > 0) slot.stride[m.second_axis[k]] += m.second_factor[k] * stride[k];
        }
        return slot;
    }
    /// The stored operand of a reshape, without padding, under the reshape's own shape.
    constexpr slot_draft reinterpreted(int x, const index_map& m) const {
        const int base = t_.operand(x);
        const layout l = plain_layout(t_.shape(x), t_[x].rows, true, 1);
        slot_draft slot = strided(x, m, l.stride);
        slot.where = place_of_buffer(base);
        slot.row = layouts_[base].row_stride;
        if (layouts_[base].panel > 0) reads_panels_otherwise();
        slot.integer = is_leaf(t_[base].code) && t_[base].kind == value_kind::integer;
        return slot;
    }
    /// An operand of a product over its own axes: through views to its buffer. With axes of depth from `depth` on it
    /// may have a border.
    constexpr slot_draft operand(int x, int depth = -1) {
        index_map m{.rank = t_.shape(x).rank};
        for (int k = 0; k < m.rank; ++k) m.set(k, k);
        int base = x;
        while (!is_leaf(t_[base].code) && !p_.loads(base, now_)) {
            if (t_[base].code == op::reshape && !maps_index(t_, base)) return reinterpreted(base, m);
            m = operand_map(t_, base, t_.operand(base), m);
            base = t_.operand(base);
        }
        slot_draft slot = strided(base, m, layouts_[base].stride);
        slot.row = layouts_[base].row_stride;
        slot.panel = layouts_[base].panel;
        if (depth >= 0 && t_[base].code == op::pad && background_of(t_, base) < 0) find_edge(base, m, depth);
        return slot;
    }
    /// The margins of a paired product's left operand, which views read whose axes from `depth` on are of the depth.
    constexpr void find_margins(int x, int depth, bool over_samples) {
        index_map m{.rank = t_.shape(x).rank};
        for (int k = 0; k < m.rank; ++k) m.set(k, k);
        while (is_view(t_[x].code) && t_[x].code != op::margins && !p_.loads(x, now_)) {
            m = operand_map(t_, x, t_.operand(x), m);
            x = t_.operand(x);
        }
        if (t_[x].code != op::margins) return;
        const extents &at = t_.attribute(x), &own = t_.shape(t_.operand(x));
        for (int n = 0; n < at.rank; n += 2) {
            const int k = at[n], low = at[n + 1] - m.offset[k];
            const bool first = m.axis[k] < depth;  // is the outer one
            draft_.margins[draft_.margin_count++] = {first ? m.axis[k] : m.second_axis[k],
                                                     (first ? m.second_axis[k] : m.axis[k]) - depth + over_samples,
                                                     first ? m.factor[k] : m.second_factor[k],
                                                     first ? m.second_factor[k] : m.factor[k],
                                                     low,
                                                     low + own[k]};
        }
    }
    /// The border of a value with margins of zeros: along the last axis of rows, and of those in front the one along
    /// which windows meet most of them.
    constexpr void find_edge(int padded, const index_map& m, int depth) {
        const movement_place to = place_of_part(t_, padded, 0);
        const extents &own = t_.shape(t_.operand(padded)), &all = t_.shape(padded);
        int most = 0;
        for (int k = 0; k < m.rank; ++k) {
            const bool first = m.axis[k] < depth;  // is the outer one
            const int outer = first ? m.axis[k] : m.second_axis[k], inner = first ? m.second_axis[k] : m.axis[k];
            const int step = first ? m.factor[k] : m.second_factor[k], by = first ? m.second_factor[k] : m.factor[k];
            const int margins = all[k] - own[k], low = to.begin[k] - m.offset[k];
            if (m.seconds == 0 || step == 0 || by <= 0 || inner < depth || outer >= depth || margins == 0) continue;
            const border found{outer, inner - depth, step, by, low, low + own[k]};
            if (outer + 1 == depth)
                draft_.along = found;
            else if (margins > most)
                draft_.edge = found, most = margins;
        }
    }
    /// Its axes from `depth` on are those of the depth; what stands behind them are the group's from `behind` on.
    constexpr void push_operand(int k, const product_axes& axes, const slot_draft& own, int depth, int behind) {
        slot_draft slot = own;
        int* const along = draft_.depth_stride[k];
        if (axes.over_samples) along[0] = own.row, slot.rows = false;
        for (int axis = 0; axis < axes.depth; ++axis) along[axes.over_samples + axis] = own.stride[depth + axis];
        for (int axis = depth; axis < max_rank; ++axis) slot.stride[axis] = 0;
        for (int axis = depth + axes.depth; axis < max_rank && behind < max_rank; ++axis)
            slot.stride[behind++] = own.stride[axis];
        draft_.slots.push(slot);
    }

    table_view t_;
    const table_view* bodies_;
    partition_view p_;
    layout_view layouts_;
    spec_pools& pools_;
    meta::vector<call_draft>& calls_;
    meta::vector<slot_place>& places_;
    group_signature signature_;
    group_patterns patterns_;
    int now_ = 0;
    group group_;
    int inner_ = -1;  ///< of the group
    group_draft draft_;
    meta::vector<emitted> known_;
    meta::vector<int> rule_at_;  // instructions of the rule's nodes
};

}  // namespace detail

}  // namespace sinter
