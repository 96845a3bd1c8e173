// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What two groups must have in common to run one spec: a list of numbers.
///
/// A group's values are walked from what it delivers to what it loads. Each node counts by what emission reads of it
/// (operation, flags, numbers of shape, attribute and layout, which of the group's buffers), never by its own number. So
/// the groups of equal layers have equal signatures, and only the first of them is written out as a spec; the others are
/// the same spec on the buffers that the walk met in the same order.

#include <sinter/plan/geometry.hpp>

namespace sinter::detail {

class group_signature {
public:
    constexpr group_signature(const table_view& table, const partition_view& groups, const layout_view& layouts)
        : t_{table}, p_{groups}, layouts_{layouts} {
        seen_in_.resize(table.node_count, -1);
        number_.resize(table.node_count, 0);
    }

    /// Walks group g, whose members stand in `members`.
    constexpr void walk(int g, const int* members, int count) {
        now_ = g;
        met_ = 0;
        values_.truncate(0);
        arenas_.truncate(0);
        ids_.truncate(0);
        const group& here = p_.groups[g];
        add(static_cast<int>(here.kind) * 2 + here.rows);
        add(here.reduced);
        add(here.part);
        add(here.shape.rank);
        for (int axis = 0; axis < here.shape.rank; ++axis) add(here.shape.at[axis]);
        if (here.copies()) {
            note(here.anchor);
            add(t_.nodes[t_.nodes[here.anchor].a].shape);  // where the second part begins
            if (here.part != group::fill) visit(here.part == 1 ? t_.nodes[here.anchor].b : t_.nodes[here.anchor].a);
            return;
        }
        if (here.kind == kernel_kind::contraction) visit_operands(here.anchor);
        for (int k = 0; k < count; ++k)
            if (p_.stored[members[k]] != 0 || t_.nodes[members[k]].code == op::update) visit(members[k]);
    }

    constexpr const meta::vector<int>& values() const { return values_; }

    /// The group's buffers, in the order the walk met them. A parameter's state has its parameter's number.
    constexpr int buffer_of(arena where, int id) const {
        const arena as = where == arena::state ? arena::parameters : where;
        for (int k = 0; k < ids_.size(); ++k)
            if (ids_[k] == id && arenas_[k] == as) return k;
        return -1;
    }
    constexpr int id_of(int buffer) const { return ids_[buffer]; }

private:
    constexpr void add(int value) { values_.push(value); }

    constexpr void visit(int x) {
        if (seen_in_[x] == now_) return add(-1 - number_[x]);
        note(x);
        if (!is_leaf(t_.nodes[x].code) && !p_.loads(x, now_)) visit_operands(x);
    }
    constexpr void visit_operands(int x) {
        if (t_.nodes[x].a >= 0) visit(t_.nodes[x].a);
        if (t_.nodes[x].b >= 0) visit(t_.nodes[x].b);
        if (t_.nodes[x].c >= 0) visit(t_.nodes[x].c);
    }
    constexpr void note(int x) {
        const node& q = t_.nodes[x];
        seen_in_[x] = now_;
        number_[x] = met_++;
        const int is_stored = p_.stored[x] != 0, is_own = p_.group_of[x] == now_, is_earlier = p_.group_of[x] < now_;
        add(((static_cast<int>(q.code) * 8 + static_cast<int>(p_.place_of[x])) * 2 + q.rows) * 8 + is_stored * 4 +
            is_own * 2 + is_earlier);
        add(q.shape);
        add(q.attribute);
        if (q.code == op::constant) {
            const auto bits = __builtin_bit_cast(unsigned long long, q.value);
            add(static_cast<int>(bits >> 32));
            add(static_cast<int>(bits & 0xFFFFFFFFu));
        } else if (is_stored != 0 || is_leaf(q.code)) {
            add(layouts_.number[x]);
            note_buffer(place_of_buffer(t_, p_, x));
        }
    }
    constexpr void note_buffer(const slot_place& at) {
        int k = buffer_of(at.where, at.id);
        if (k < 0) {
            k = ids_.push(at.id);
            arenas_.push(at.where);
        }
        add(static_cast<int>(at.where) * 256 + k);
    }

    table_view t_;
    partition_view p_;
    layout_view layouts_;
    int now_ = 0, met_ = 0;
    meta::vector<int> seen_in_, number_;  // per node: the last group that met it, and as which
    meta::vector<int> values_;
    meta::vector<arena> arenas_;
    meta::vector<int> ids_;
};

/// The groups that were written out, for those with equal signatures.
class group_patterns {
public:
    /// Appends the call of an equal group, on the buffers of the one that was walked; false if there is none.
    constexpr bool repeat(const group_signature& of, meta::vector<call_draft>& calls,
                          meta::vector<slot_place>& places) const {
        const int k = find(of.values());
        if (k < 0) return false;
        const pattern& like = patterns_.begin()[k];
        if (like.call < 0) return true;
        call_draft c = calls[like.call];
        const int from = c.place_first;
        c.place_first = places.size();
        for (int s = 0; s < c.place_count; ++s) {
            slot_place at = places[from + s];
            if (const int buffer = buffers_[like.buffer_first + s]; buffer >= 0) at.id = of.id_of(buffer);
            places.push(at);
        }
        calls.push(c);
        return true;
    }
    /// Keeps a group for repetition; `call` is its call, -1 if it delivers nothing.
    constexpr void add(const group_signature& of, const meta::vector<call_draft>& calls, int call,
                       const meta::vector<slot_place>& places) {
        const pattern written{signatures_.size(), of.values().size(), call, buffers_.size()};
        if (call >= 0)
            for (int s = 0; s < calls[call].place_count; ++s) {
                const slot_place& at = places[calls[call].place_first + s];
                const int buffer = of.buffer_of(at.where, at.id);
                if (buffer < 0 && at.where != arena::scalars) return;  // the walk missed it: this one is not repeated
                buffers_.push(buffer);                                 // -1: the rule's scalars are everybody's
            }
        for (int value : of.values()) signatures_.push(value);
        patterns_.push(written);
    }

private:
    struct pattern {
        int value_first, value_count;  // its signature, in `signatures_`
        int call;
        int buffer_first;  // per place of the call: which of the signature's buffers, in `buffers_`
    };
    constexpr int find(const meta::vector<int>& signature) const {
        const int size = signature.size();
        const int *const values = signature.begin(), *const all = signatures_.begin();
        const pattern* const patterns = patterns_.begin();
        for (int k = patterns_.size() - 1; k >= 0; --k) {
            if (patterns[k].value_count != size) continue;
            const int* const like = all + patterns[k].value_first;
            int v = 0;
            while (v < size && like[v] == values[v]) ++v;
            if (v == size) return k;
        }
        return -1;
    }

    meta::vector<pattern> patterns_;
    meta::vector<int> signatures_, buffers_;
};

}  // namespace sinter::detail
