// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What two groups must have in common to run one spec: a list of numbers.
///
/// A group's values are walked from what it delivers to what it loads. Each node counts by what emission reads of it
/// (operation, flags, numbers of shape, attribute and layout, which of the group's buffers), never by its own number.
/// So the groups of equal layers have equal signatures, and only the first of them is written out as a spec; the others
/// are the same spec on the buffers that the walk met in the same order.

#include <sinter/plan/geometry.hpp>

namespace sinter::detail {

class group_signature {
public:
    constexpr group_signature(const table_view& table, const partition_view& groups, const layout_view& layouts)
        : t_{table}, p_{groups}, layouts_{layouts} {
        seen_in_.resize(table.node_count, -1);
        number_.resize(table.node_count, 0);
    }

    /// Walks group g, whose members are `first`, then next[first] and so on.
    constexpr void walk(int g, int first, const int* next) {
        now_ = g;
        met_ = 0;
        values_.truncate(0);
        arenas_.truncate(0);
        ids_.truncate(0);
        const group& here = p_.groups[g];
        values_.push(static_cast<number>(static_cast<int>(here.kind) * 2 + here.rows));
        values_.push(static_cast<number>(((here.reduced + 1) * 2 + here.fills()) * 16 + here.shape.rank));
        for (int axis = 0; axis < here.shape.rank; ++axis) values_.push(static_cast<number>(here.shape.at[axis]));
        if (here.fills()) {
            note(here.anchor);
            if (background_of(t_, here.anchor) >= 0) visit(background_of(t_, here.anchor));
            return;
        }
        if (here.kind == kernel_kind::contraction) visit_operands(here.anchor);
        for (int i = first; i >= 0; i = next[i])
            if (p_.stored[i] != 0 || t_.nodes[i].code == op::update) visit(i);
    }

    /// What constant evaluation pays for is how many numbers there are, not how long they are.
    using number = unsigned long long;
    constexpr const meta::vector<number>& values() const { return values_; }

    /// The group's buffers, in the order the walk met them. A parameter's state has its parameter's number.
    constexpr int buffer_of(arena where, int id) const {
        const arena as = where == arena::state ? arena::parameters : where;
        const int* const ids = ids_.begin();
        for (int k = 0, n = ids_.size(); k < n; ++k)
            if (ids[k] == id && arenas_.begin()[k] == static_cast<char>(as)) return k;
        return -1;
    }
    constexpr int id_of(int buffer) const { return ids_[buffer]; }

private:
    constexpr void visit(int x) {
        if (seen_in_.begin()[x] == now_) {
            values_.push(~static_cast<number>(number_.begin()[x]));
            return;
        }
        note(x);
        if (!is_leaf(t_.nodes[x].code) && !p_.loads(x, now_)) visit_operands(x);
    }
    constexpr void visit_operands(int x) {
        const int* const operands = t_.operands(x);
        for (int k = 0, n = t_.nodes[x].count; k < n; ++k) visit(operands[k]);
    }
    constexpr void note(int x) {
        const node& q = t_.nodes[x];
        seen_in_.begin()[x] = now_;
        number_.begin()[x] = met_++;
        const bool is_stored = p_.stored[x] != 0;
        const int of = p_.group_of[x], flags = (is_stored * 2 + (of == now_)) * 2 + (of < now_);
        const int value = static_cast<int>(q.kind) * 2 + q.rows;
        const int what = ((static_cast<int>(q.code) * 8 + static_cast<int>(p_.place_of[x])) * 4 + value) * 8 + flags;
        values_.push((static_cast<number>(what) << 24 | static_cast<number>(q.shape)) << 24 |
                     static_cast<number>(q.attribute));
        if (q.code == op::constant)
            values_.push(__builtin_bit_cast(number, q.value));
        else if (is_stored || is_leaf(q.code))
            note_buffer(place_of_buffer(t_, p_, x), layouts_.number[q.code == op::part ? p_.stored_as[x] : x]);
        if (q.code == op::part) note_box(x);
        if (q.code == op::update) values_.push(static_cast<number>(q.number + 1));  // the body that is spliced
    }
    /// Where a part goes in its movement.
    constexpr void note_box(int x) {
        const movement_place to = box_of_part(t_, p_, x);
        for (int axis = 0; axis < to.begin.rank; ++axis)
            values_.push(static_cast<number>(to.begin[axis]) << 32 | static_cast<number>(to.step[axis]));
    }
    constexpr void note_buffer(const slot_place& at, int layout) {
        int k = buffer_of(at.where, at.id);
        if (k < 0) {
            k = ids_.push(at.id);
            arenas_.push(static_cast<char>(at.where == arena::state ? arena::parameters : at.where));
        }
        values_.push((static_cast<number>(layout) * arena_count + static_cast<number>(at.where)) << 24 |
                     static_cast<number>(k));
    }

    table_view t_;
    partition_view p_;
    layout_view layouts_;
    int now_ = 0, met_ = 0;
    meta::vector<int> seen_in_, number_;  // per node: the last group that met it, and as which
    meta::vector<number> values_;
    meta::vector<char> arenas_;
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
        const int first = places.size();
        places.extend(first + c.place_count);
        const slot_place* from = places.begin() + c.place_first;
        const int* buffer = buffers_.begin() + like.buffer_first;
        slot_place* to = places.begin() + first;
        for (const slot_place* const end = from + c.place_count; from != end; ++from, ++to, ++buffer) {
            *to = *from;
            if (*buffer >= 0) to->id = of.id_of(*buffer);
        }
        c.place_first = first;
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
        const int first = signatures_.size(), size = of.values().size();
        signatures_.extend(first + size);
        const number* const from = of.values().begin();
        for (int k = 0; k < size; ++k) signatures_.begin()[first + k] = from[k];
        patterns_.push(written);
    }

private:
    struct pattern {
        int value_first, value_count;  // its signature, in `signatures_`
        int call;
        int buffer_first;  // per place of the call: which of the signature's buffers, in `buffers_`
    };
    using number = group_signature::number;
    constexpr int find(const meta::vector<number>& signature) const {
        const int size = signature.size();
        const number *const values = signature.begin(), *const all = signatures_.begin();
        const pattern* const patterns = patterns_.begin();
        for (int k = patterns_.size() - 1; k >= 0; --k) {
            if (patterns[k].value_count != size) continue;
            const number* const like = all + patterns[k].value_first;
            int v = 0;
            while (v < size && like[v] == values[v]) ++v;
            if (v == size) return k;
        }
        return -1;
    }

    meta::vector<pattern> patterns_;
    meta::vector<number> signatures_;
    meta::vector<int> buffers_;
};

}  // namespace sinter::detail
