// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Follows a program through the compiler's stages, as text for a person.
///
/// `print_report(request, out)` runs the passes again, at run time, on the same table, and prints each stage: nodes,
/// groups, kernels with their loops and bodies, the schedule with its buffers, and FLOPs and bytes of each call. The
/// table reaches the binary of a program that asks for this, and of no other.

#include <sinter/program/cost.hpp>

#include <cstdio>

namespace sinter {

namespace detail {

inline const char* name_of(arena where) {
    constexpr const char* names[] = {"parameters", "state", "gradients", "workspace",
                                     "scalars",    "block", "inputs",    "outputs"};
    return names[static_cast<int>(where)];
}

inline void print_extents(std::FILE* out, const extents& e, bool rows) {
    std::fprintf(out, "(%s", rows ? e.rank > 0 ? "rows, " : "rows" : "");
    for (int i = 0; i < e.rank; ++i) std::fprintf(out, i + 1 < e.rank ? "%d, " : "%d", e[i]);
    std::fprintf(out, ")");
}

inline void print_nodes(std::FILE* out, const table_view& t, const partition& p, const node_layouts& layouts) {
    std::fprintf(out, "\nnodes: %d, in the order of a depth-first walk from the results\n", t.node_count);
    for (int i = 0; i < t.node_count; ++i) {
        const node& q = t[i];
        std::fprintf(out, "%5d  %-10s", i, name_of(q.code));
        if (q.number >= 0) std::fprintf(out, " #%d", q.number);
        if (q.code == op::constant) std::fprintf(out, " %g", q.value);
        for_operands(t, i, [&](int x) { std::fprintf(out, " %%%d", x); });
        if (q.code == op::matmul && axes_of_product(t.attribute(i)).over_samples) std::fprintf(out, " over rows");
        if (is_reduction(q.code)) {
            std::fprintf(out, " over");
            for (int k = 1; k < t.attribute(i).rank; ++k) std::fprintf(out, " axis %d", t.attribute(i)[k]);
            if ((t.attribute(i)[0] & over_samples) != 0) std::fprintf(out, " rows");
        }
        std::fprintf(out, " ");
        print_extents(out, t.shape(i), q.rows);
        if (p.group_of[i] >= 0) std::fprintf(out, "  group %d", p.group_of[i]);
        if (p.stored[i] != 0) std::fprintf(out, "  stored");
        if (p.stored[i] != 0 || is_leaf(q.code))
            if (layouts[i].panel > 0) std::fprintf(out, " in panels");
        std::fprintf(out, "\n");
    }
}

inline void print_kernel(std::FILE* out, const spec_pools& list, int index, int row_count) {
    const spec& s = list.specs[index];
    std::fprintf(out, "kernel %d: %s over", index,
                 s.flat()                      ? "flat loop"
                 : s.kind == kernel_kind::loop ? "loop"
                                               : "contraction");
    for (int k = 0; k < s.outer_count; ++k) {
        const int extent = list.extents[s.outer_first + k];
        extent == run_time_rows ? std::fprintf(out, " rows x") : std::fprintf(out, " %d x", extent);
    }
    s.inner == run_time_count ? std::fprintf(out, " count") : std::fprintf(out, " %d", s.inner);
    if (s.kind == kernel_kind::contraction) {
        for (int k = s.outer_count; k < s.axes(); ++k) {
            const int extent = list.extents[s.outer_first + k];
            std::fprintf(out, k == s.outer_count ? ", depth " : " x ");
            extent == run_time_rows ? std::fprintf(out, "rows") : std::fprintf(out, "%d", extent);
        }
        if (s.paired) std::fprintf(out, ", columns of both, %d margins", s.margin_count);
        std::fprintf(out, "%s%s", !s.paired && left_is_transposed(list, s) ? ", left transposed" : "",
                     right_is_transposed(list, s) ? ", right transposed" : "");
        for (const border& edge : {s.edge, s.along})
            if (!edge.none()) std::fprintf(out, ", without the margins of axis %d", edge.outer);
        const auto rows_or = [&](int extent) { return extent == run_time_rows ? row_count : extent; };
        const int rows = rows_or(list.extents[s.outer_first]), depth = depth_of(list, s, row_count);
        const packing_choice left = left_packing(list, index, rows, depth, 1),
                             right = right_packing(list, index, rows, depth);
        const auto print = [&](int k, const char* name, bool packed, const packing_choice& cycles) {
            if (s.paired) return;
            if (lies_in_rows(list, list.slots[s.slot_first + k]) && !(k == 1 && right_is_transposed(list, s)))
                std::fprintf(out, ", %s %s (cycles lost: %.0f in place, %.0f packed)", name,
                             packed ? "packed" : "in place", depth * cycles.plain, depth * cycles.packed);
            else if (packed)
                std::fprintf(out, ", %s packed (cycles lost: %.0f)", name, depth * cycles.packed);
        };
        print(0, "left", left_is_packed(list, index, depth), left);
        print(1, "right", right_is_packed(list, index, list.target.width()), right);
    }
    std::fprintf(out, "\n       ");
    for (int k = 0; k < s.instruction_count; ++k) {
        const instruction& i = list.instructions[s.instruction_first + k];
        std::fprintf(out, " v%d=%s", k, name_of(i.code));
        if (i.slot >= 0) std::fprintf(out, "[s%d]", i.slot);
        if (i.code == op::constant) std::fprintf(out, "(%g)", i.value);
        for (short x : {i.a, i.b, i.c})
            if (x >= 0) std::fprintf(out, " v%d", x);
        std::fprintf(out, ";");
    }
    for (int k = 0; k < s.output_count; ++k) {
        const output& o = list.outputs[s.output_first + k];
        constexpr const char* kinds[] = {"", "per row ", "sum over rows ", "sum of all "};
        std::fprintf(out, " s%d<-%sv%d", o.slot, kinds[static_cast<int>(o.kind)], o.value);
    }
    std::fprintf(out, "\n");
}

}  // namespace detail

/// Prints every stage of a program at `row_count` rows.
inline void print_report(const plan_request& request, int row_count, std::FILE* out = stdout) {
    grouped_table grouped;
    group_table(request, grouped);
    plan_result plan;
    plan_table(request, plan);

    detail::print_nodes(out, grouped.nodes.view(), grouped.groups, grouped.layouts);
    std::fprintf(out, "\nkernels: %d for %d calls, tile width %d\n", plan.specs.specs.size(), plan.calls.size(),
                 request.target.width());
    for (int i = 0; i < plan.specs.specs.size(); ++i) detail::print_kernel(out, plan.specs, i, row_count);
    std::fprintf(
        out,
        "\nschedule at %d rows: call, kernel, FLOPs of products, other operations, divisions and roots, bytes, slots\n",
        row_count);
    work total;
    for (int c = 0; c < plan.calls.size(); ++c) {
        const call& at = plan.calls[c];
        const work cost = work_of_call(plan.specs, at.spec, row_count, at.count_fixed + row_count * at.count_per_row);
        total += cost;
        std::fprintf(out, "%5d  %3d %12.0f %9.0f %9.0f %10.0f ", c, at.spec, cost.product_flops, cost.operations,
                     cost.divisions, cost.bytes());
        for (int s = 0; s < plan.specs.specs[at.spec].slot_count; ++s) {
            const place_in_arena& place = plan.places[at.first_place + s];
            std::fprintf(out, " %s+%d", detail::name_of(place.where), place.offset);
        }
        std::fprintf(out, "\n");
    }
    for (const blocked_calls& chain : plan.blocks)
        std::fprintf(out, "calls %d to %d run by blocks of %d rows\n", chain.first, chain.last - 1, chain.rows);
    std::fprintf(out, "total      %12.0f %9.0f %9.0f %10.0f\n", total.product_flops, total.operations, total.divisions,
                 total.bytes());
    constexpr cost_constants constants;
    std::fprintf(
        out,
        "\nconstants of the cost model: %.0f sums keep the multipliers busy, a tile costs %.0f more of its depth, left "
        "operands stay in blocks of %d bytes and at least %d rows, right ones are packed %d panels at once\n",
        constants.chains, constants.tile_depth, left_block_bytes, block_rows(plan.specs.target.registers, 2),
        packed_panels);
    const packing_costs core = packing_costs_of(plan.specs.target);
    std::fprintf(out,
                 "constants of packing: tiles of %d rows; caches of %d sets of %d lines and %d of %d; %d pages, %d "
                 "without a walk; "
                 "cycles for an element packed, right %g, %g if the second cache cannot hold all, left %g by columns "
                 "and %g by rows; "
                 "for a miss of a line in the first and second cache and of a page",
                 core.tile_rows, core.first_sets, core.first_ways, core.second_sets, core.second_ways, core.pages,
                 core.far_pages, core.right_element, core.far_right_element, core.left_element, core.left_row_element);
    const auto print = [&](const char* name, const misses& miss) {
        std::fprintf(out, "%s %g, %g, %g", name, miss.first, miss.second, miss.page);
    };
    print("", core.plain), print("; fetched ahead, right", core.fetched_right), print(", left", core.fetched_left);
    std::fprintf(out, "; %g for a walk\n", core.far_page_miss);
    std::fprintf(out, "\narenas, elements: parameters %d, workspace %d at a capacity of %d rows, %d of a block\n",
                 request.parameter_elements, plan.workspace, request.capacity, plan.block_elements);
}

}  // namespace sinter
