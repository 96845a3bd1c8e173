// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Runs a plan of run-time data with the kernels' scalar twin, and reads its outputs back in logical order.
///
/// In: a table of values (no effects) with the nodes to deliver, its leaf elements, rows, a machine. The table is given
/// store effects, lowered, partitioned, laid out, planned; arenas are filled with NaN first, so that a read of what nobody
/// wrote shows. Out: the outputs' elements, samples first, as the interpreter gives them.

#include <sinter/graph/interpreter.hpp>
#include <sinter/kernel/reference.hpp>
#include <sinter/plan/plan.hpp>

#include <limits>
#include <vector>

namespace sinter_test {

using namespace sinter;

struct planned_run {
    plan_result plan;
    meta::vector<parameter_place> parameters;
    int parameter_elements = 0;
    std::vector<double> arenas[arena_count];
    int rows = 1;

    double& at(arena where, int offset) { return arenas[static_cast<int>(where)][static_cast<std::size_t>(offset)]; }

    /// Offset of element e of a value of this shape and layout.
    static int element_offset(const extents& shape, const layout& l, int r, int e) {
        int offset = r * l.row_stride;
        for (int axis = shape.rank - 1; axis >= 0; --axis) {
            const int index = e % shape[axis];
            e /= shape[axis];
            if (l.panel > 0 && axis == shape.rank - 1) {
                const int width = l.row_stride > 0 ? l.row_stride : l.stride[0];
                offset += index / width * l.panel + index % width;
            } else {
                offset += index * l.stride[axis];
            }
        }
        return offset;
    }

    /// leaf(node, index, row, element) as for the interpreter.
    template <class Leaf>
    void prepare(const table_view& table, const table_view& rule, int states, const machine& target, int capacity, int row_count, Leaf leaf) {
        rows = row_count;
        int count = 0;
        for (int i = 0; i < table.node_count; ++i)
            if (table[i].code == op::parameter && table[i].leaf >= count) count = table[i].leaf + 1;
        plan_parameters(table, count, target, parameters, parameter_elements);
        plan_table({table, rule, target, capacity, parameters.begin(), parameter_elements}, plan);
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const auto size = [](int n) { return static_cast<std::size_t>(n) + 64; };
        arenas[static_cast<int>(arena::parameters)].assign(size(parameter_elements), nan);
        arenas[static_cast<int>(arena::gradients)].assign(size(parameter_elements), nan);
        arenas[static_cast<int>(arena::state)].assign(size(parameter_elements * states), 0.0);
        arenas[static_cast<int>(arena::workspace)].assign(size(plan.workspace), nan);
        arenas[static_cast<int>(arena::scalars)].assign(size(plan.scalars), nan);
        for (int i = first_iota; i < plan.scalars; ++i) at(arena::scalars, i) = i - first_iota;
        for (int i = 0; i < table.node_count; ++i) {
            const node& q = table[i];
            const extents& shape = table.shape(i);
            if (q.code == op::parameter || q.code == op::gradient)
                for (int e = 0; e < shape.size(); ++e)
                    at(q.code == op::parameter ? arena::parameters : arena::gradients,
                       parameters[q.leaf].offset + element_offset(shape, parameters[q.leaf].where, 0, e)) = leaf(q, i, 0, e);
            if (q.code == op::scalar) at(arena::scalars, q.leaf) = leaf(q, i, 0, 0);
            if (q.code != op::input) continue;
            const port& p = plan.inputs[q.leaf];
            for (int r = 0; r < (q.rows ? rows : 1); ++r)
                for (int e = 0; e < shape.size(); ++e) {
                    double& x = at(arena::workspace, p.offset + element_offset(shape, p.where, r, e));
                    if (table.attribute(i).rank == 1) {  // labels are std::int32_t, at the same element stride of their own type
                        auto* labels = reinterpret_cast<std::int32_t*>(&at(arena::workspace, p.offset));
                        labels[element_offset(shape, p.where, r, e)] = static_cast<std::int32_t>(leaf(q, i, r, e));
                    } else {
                        x = leaf(q, i, r, e);
                    }
                }
        }
    }
    void run() {
        for (const call& c : plan.calls) run_call(c);
    }
    void run_call(const call& c) {
        void* slots[256];
        for (int s = 0; s < plan.specs.specs[c.spec].slot_count; ++s) {
            const place_in_arena& p = plan.places[c.first_place + s];
            slots[s] = &at(p.where, p.offset);
        }
        run_reference<double>(plan.specs, c.spec, slots, rows, c.count_fixed + rows * c.count_per_row);
    }
    double output(int k, int r, int e) {
        const port& p = plan.outputs[k];
        return at(arena::workspace, p.offset + element_offset(p.shape, p.where, r, e));
    }
};

/// A copy of `table` whose outputs are store effects.
inline void with_stores(const table_view& table, const int* roots, int count, builder& out, meta::vector<int>& outputs) {
    builder raw;
    meta::vector<int> image, stores;
    canonicalise(table, roots, count, raw, image);
    for (int k = 0; k < count; ++k) stores.push(raw.effect(op::store, k, image[k]));
    canonicalise(raw.view(), stores.begin(), count, out, outputs);
}

}  // namespace sinter_test
