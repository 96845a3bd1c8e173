// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Runs a plan of run-time data with the kernels' scalar twin, and reads buffers back in logical order.
///
/// In: the table of a program (its outputs are effects), the forward table that decides where parameters lie, the
/// leaves' elements, rows, a machine. Arenas are filled with NaN first, and what a kernel may write behind a row is, so
/// that a read of what nobody wrote shows.

#include <sinter/graph/interpreter.hpp>
#include <sinter/kernel/reference.hpp>
#include <sinter/plan/plan.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace sinter_test {

using namespace sinter;

/// What a program is planned for.
struct setting {
    machine target{};
    int capacity = 1;
    grouping groups = grouping::fused;
    ports inputs_are = ports::in_workspace, outputs_are = ports::in_workspace;
    int block_bytes = row_block_bytes;  ///< 1: every chain of calls that is local in rows runs by sixteen rows
};

template <class T>
struct planned_run {
    plan_result plan;
    meta::vector<parameter_place> parameters;
    int parameter_elements = 0;
    std::vector<T> arenas[arena_count];
    /// Those at addresses: the elements that they have, then `behind`, which nobody writes.
    std::vector<std::vector<T>> inputs, outputs;
    static constexpr std::size_t room_behind = 32;
    static constexpr T behind = 12345;
    int rows = 1;
    int lanes = 1;

    T& at(arena where, int offset) { return arenas[static_cast<int>(where)][static_cast<std::size_t>(offset)]; }
    /// The first element of a port.
    T* port_at(ports are, std::vector<std::vector<T>>& own, const meta::vector<port>& all, int k) {
        return are == ports::in_workspace ? &at(arena::workspace, all[k].offset)
                                          : own[static_cast<std::size_t>(k)].data();
    }
    void* at(const place_in_arena& p, int first_row = 0) {
        const int rows_before = first_row * p.row;
        const auto moved = [&](T* first) -> void* {
            if (p.integer) return reinterpret_cast<std::int32_t*>(first) + rows_before;
            return first + rows_before;
        };
        // The first place of an operand with margins that nobody stores may stand in front of its buffer.
        if (p.where < arena::inputs) return moved(arenas[static_cast<int>(p.where)].data() + p.offset);
        T* const first = (p.where == arena::inputs ? inputs : outputs)[static_cast<std::size_t>(p.number)].data();
        if (p.integer) return reinterpret_cast<std::int32_t*>(first) + p.offset + rows_before;
        return moved(first + p.offset);
    }
    /// An element of a parameter, of its gradient, or of a state of its rule.
    T& at(arena where, int parameter, const extents& shape, int e, int state = 0) {
        const parameter_place& p = parameters[parameter];
        return at(where, state * parameter_elements + p.offset + element_offset(shape, p.where, 0, e));
    }

    /// leaf(node, index, row, element) as for the interpreter.
    template <class Leaf>
    void prepare(const table_view& table, const table_view& forward, int states, const setting& s, int row_count,
                 Leaf leaf) {
        rows = row_count;
        lanes = s.target.lanes;
        int count = 0;
        for (int i = 0; i < forward.node_count; ++i)
            if (forward[i].code == op::parameter && forward[i].number >= count) count = forward[i].number + 1;
        plan_parameters(forward, count, s.target, parameters, parameter_elements);
        ports_ = s;
        plan_table({.table = table,
                    .target = s.target,
                    .capacity = s.capacity,
                    .parameters = parameters.begin(),
                    .parameter_elements = parameter_elements,
                    .groups = s.groups,
                    .inputs_are = s.inputs_are,
                    .outputs_are = s.outputs_are,
                    .block_bytes = s.block_bytes},
                   plan);
        const auto own = [&](ports are, const meta::vector<port>& all, std::vector<std::vector<T>>& arrays) {
            for (const port& p : all) {
                const int pitch = p.rows ? p.where.row_stride : p.where.elements;
                arrays.emplace_back(static_cast<std::size_t>(p.rows ? row_count * pitch : pitch),
                                    std::numeric_limits<T>::quiet_NaN());
                arrays.back().resize(arrays.back().size() + room_behind, behind);
                if (are == ports::of_callers && p.where.elements > 0) CHECK(pitch == p.shape.size());
            }
        };
        own(s.inputs_are, plan.inputs, inputs);
        own(s.outputs_are, plan.outputs, outputs);
        const auto fill = [&](arena where, int n) {
            arenas[static_cast<int>(where)].assign(static_cast<std::size_t>(n) + 64,
                                                   std::numeric_limits<T>::quiet_NaN());
        };
        fill(arena::parameters, parameter_elements);
        fill(arena::gradients, parameter_elements);
        fill(arena::state, parameter_elements * states);
        fill(arena::workspace, plan.workspace);
        fill(arena::scalars, plan.scalars);
        fill(arena::block, plan.block_elements);
        for (int i = first_iota; i < plan.scalars; ++i) at(arena::scalars, i) = static_cast<T>(i - first_iota);
        for (int i = 0; i < table.node_count; ++i) set_leaf(table, i, leaf);
    }
    void run() {
        run_calls(0, plan.calls.size());
        for (const auto* arrays : {&inputs, &outputs})
            for (const std::vector<T>& port : *arrays)
                CHECK(std::count(port.end() - room_behind, port.end(), behind) == room_behind);
    }
    void run_calls(int first, int last) {
        walk_schedule(
            plan.blocks.begin(), plan.blocks.size(), first, last, rows, {},
            [&](int c) { run_call(plan.calls[c], 0, rows); },
            [&](int c, int first_row, int count) { run_call(plan.calls[c], first_row, count); }, [] {});
    }
    void run_call(const call& c, int first_row, int row_count) {
        const spec& s = plan.specs.specs[c.spec];
        std::vector<void*> slots;
        for (int k = 0; k < s.slot_count; ++k) {
            slots.push_back(at(plan.places[c.first_place + k], first_row));
        }
        run_reference<T>(plan.specs, c.spec, slots.data(), row_count, c.count_fixed + row_count * c.count_per_row);
        for (int o = 0; o < s.output_count; ++o) {
            const sinter::output& out = plan.specs.outputs[s.output_first + o];
            const bool in_lanes = s.lanes > 0 && out.kind == output_kind::outer;
            if ((out.kind == output_kind::element || in_lanes) && !s.flat())
                spoil_padding(s, out.slot, static_cast<T*>(slots[static_cast<std::size_t>(out.slot)]), row_count);
        }
    }
    T output(int k, int r, int e) {
        const port& p = plan.outputs[k];
        return port_at(ports_.outputs_are, outputs, plan.outputs, k)[element_offset(p.shape, p.where, r, e)];
    }

private:
    setting ports_{};

    template <class Leaf>
    void set_leaf(const table_view& table, int i, Leaf leaf) {
        const node& q = table[i];
        const extents& shape = table.shape(i);
        if (q.code == op::parameter || q.code == op::gradient)
            for (int e = 0; e < shape.size(); ++e)
                at(q.code == op::parameter ? arena::parameters : arena::gradients, q.number, shape, e) =
                    static_cast<T>(leaf(q, i, 0, e));
        if (q.code == op::state)
            for (int e = 0; e < shape.size(); ++e)
                at(arena::state, q.number, shape, e, table.attribute(i)[0]) = static_cast<T>(leaf(q, i, 0, e));
        if (q.code == op::scalar) at(arena::scalars, q.number) = static_cast<T>(leaf(q, i, 0, 0));
        if (q.code != op::input) return;
        if (q.number >= plan.inputs.size() || plan.inputs[q.number].where.elements == 0) return;  // nothing reads it
        const port& p = plan.inputs[q.number];
        T* const first = port_at(ports_.inputs_are, inputs, plan.inputs, q.number);
        auto* const labels = reinterpret_cast<std::int32_t*>(first);  // integers lie at the same index
        for (int r = 0; r < (q.rows ? rows : 1); ++r)
            for (int e = 0; e < shape.size(); ++e) {
                const int offset = element_offset(shape, p.where, r, e);
                if (q.kind == value_kind::integer)
                    labels[offset] = static_cast<std::int32_t>(leaf(q, i, r, e));
                else
                    first[offset] = static_cast<T>(leaf(q, i, r, e));
            }
    }
    /// Kernels store whole vectors where the slot has room behind its last element.
    void spoil_padding(const spec& s, int slot_number, T* base, int row_count) {
        const slot& to = plan.specs.slots[s.slot_first + slot_number];
        const bool walks = s.lanes > 0;
        const int last = walks ? s.lanes : s.inner, room = (last + lanes - 1) / lanes * lanes - last,
                  spoiled = room < to.padding ? room : to.padding;
        if ((walks ? to.lane_stride : to.inner_stride) != 1 || spoiled == 0) return;
        const int width = plan.specs.target.width(), panel = to.panel == 0 ? width : to.panel;
        int total = 1;
        const auto extent = [&](int x) {
            const int e = plan.specs.extents[s.outer_first + x];
            return e == run_time_rows ? row_count : e;
        };
        for (int x = 0; x < s.outer_count; ++x) total *= extent(x);
        for (int n = 0; n < total; ++n) {
            int offset = 0;
            for (int x = s.outer_count - 1, rest = n; x >= 0; rest /= extent(x), --x)
                offset += rest % extent(x) * plan.specs.strides[s.stride_of(slot_number, x)];
            for (int step = 0; step < (walks && to.inner_stride != 0 ? s.inner : 1); ++step)
                for (int j = last; j < last + spoiled; ++j)
                    base[offset + (walks ? step * to.inner_stride : 0) + panel_offset(j, width, panel)] =
                        std::numeric_limits<T>::quiet_NaN();
        }
    }
};

}  // namespace sinter_test
