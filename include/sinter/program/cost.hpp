// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a program costs, counted from its specs, and how long that takes at a core's measured rates.
///
/// `work_of_program<Plan>(rows)` counts; `predicted_seconds<Plan>(rows, rates)` is the cost model. What a call makes
/// the core do runs at once, or one after another:
///     loop          max(operations, divisions, bytes)
///     contraction   max(multiplications, operands) + repeated + lost + max(divisions, operations + bytes)
/// A contraction's terms add up because a tile multiplies, then what is fused behind it runs; the divider works beside
/// that. docs/benchmarks.md says how far it is off. Its constants are in `cost_constants`; those of kernels in
/// kernel/tiling.hpp and kernel/packing.hpp.

#include <sinter/kernel/scratch.hpp>
#include <sinter/plan/plan.hpp>

namespace sinter {

/// What a call does. Bytes are those that slots move: once each, those of a value that is updated in place twice.
struct work {
    double product_flops = 0;  ///< a fused multiply-add is two
    double busy_flops = 0;     ///< that the multipliers could do in the time of the tiles, rows and columns padded
    double operations =
        0;  ///< of lanes, behind products and in loops, but for those of the divider; of one element each
    double divisions = 0;       ///< and square roots
    double operand_bytes = 0;   ///< of products, read once
    double repeated_bytes = 0;  ///< of products, read again for further blocks of rows or groups of panels
    double lost_flops = 0;      ///< of the multipliers while operands are packed, or missed where they lie
    double updated_bytes = 0;   ///< of values behind products and in loops that are loaded and stored
    double copied_bytes = 0;    ///< of those that are only loaded, or only stored
    bool streams = true;        ///< a loop
    constexpr double bytes() const { return operand_bytes + updated_bytes + copied_bytes; }
    constexpr work& operator+=(const work& more) {
        product_flops += more.product_flops;
        busy_flops += more.busy_flops;
        operations += more.operations;
        divisions += more.divisions;
        operand_bytes += more.operand_bytes;
        repeated_bytes += more.repeated_bytes;
        lost_flops += more.lost_flops;
        updated_bytes += more.updated_bytes;
        copied_bytes += more.copied_bytes;
        return *this;
    }
};

/// What the model knows of kernels and processors that no run measures.
struct cost_constants {
    double chains = 8;      ///< independent sums that keep the multipliers busy: two of them, four cycles each
    double tile_depth = 4;  ///< what starting and ending a tile takes, as so much more depth
};

/// Of one core, per second: FLOPs of independent fused multiply-adds; divisions or square roots (their mean); bytes
/// read; bytes read and written in place, and read here and written there (each counts), in a buffer as large as what
/// the program touches.
struct core_rates {
    double flops = 1, divisions = 1, reading = 1, updating = 1, copying = 1;
};

namespace detail {

/// What an element of an elementwise operation takes: operations of lanes of up to 32 bytes and of 64, as
/// kernel/math.hpp has them, and divisions. Sixteen lanes have no further units for comparisons and bits, and the
/// divider of sixteen keeps a multiplier from ten operations (Cascade Lake). sin and cos go one element after another.
struct element_work {
    op code;
    double narrow, wide, divisions;
};
// clang-format off
inline constexpr element_work element_works[] = {
    {op::add,      1, 1, 0}, {op::subtract,   1, 1, 0}, {op::multiply, 1, 1, 0}, {op::divide, 0, 0, 1},
    {op::negate,   1, 1, 0}, {op::fma,        1, 1, 0}, {op::maximum,  1, 1, 0}, {op::minimum, 1, 1, 0},
    {op::less,     2, 2, 0}, {op::less_equal, 2, 2, 0}, {op::equal,    2, 2, 0}, {op::select, 2, 2, 0},
    {op::exp,    20, 20, 0}, {op::log,      32, 39, 0}, {op::sqrt,     0, 0, 1}, {op::tanh, 20, 34, 1},
    {op::sigmoid, 27, 41, 1}, {op::relu,      2, 2, 0}, {op::abs,      1, 1, 0}, {op::sign, 4, 4, 0},
    {op::sin,   200, 200, 0}, {op::cos,   200, 200, 0}};
// clang-format on
constexpr const element_work& work_of_element(op code) {
    return element_works[static_cast<int>(code) - static_cast<int>(first_elementwise)];
}
static_assert(sizeof(element_works) / sizeof(element_works[0]) == elementwise_count, "an operation without a line");
static_assert(
    [] {
        for (const element_work& line : element_works)
            if (&line != &work_of_element(line.code)) return false;
        return true;
    }(),
    "the lines' order is the enumeration's");

/// Whether a sum takes a product that nobody else wants: compilers make one operation of them.
constexpr bool contracts(const auto& list, const spec& s, const instruction& i) {
    if (i.code != op::add && i.code != op::subtract) return false;
    const auto is_product = [&](short x) {
        return x >= 0 && list.instructions[s.instruction_first + x].code == op::multiply;
    };
    return is_product(i.a) || is_product(i.b);
}

/// Multiplier time of a product in register tiles, as FLOPs (kernel/contraction.hpp): rows by panels of two vectors.
constexpr double busy_flops(const machine& target, double rows, double columns, double depth, bool wide_rows) {
    const cost_constants c;
    const double lanes = target.lanes;
    const auto tile = [&](double tile_rows, double vectors) {
        const double sums = tile_rows * vectors;
        return 2 * lanes * ((sums > c.chains ? sums : c.chains) * depth + sums * c.tile_depth);
    };
    const auto panel = [&](int vectors) {
        const int most = most_tile_rows(target.registers, vectors);
        const int all = static_cast<int>(rows), tiles = all / most, rest = all % most;
        if (all < 4) return all * tile(1, vectors);
        return tiles * tile(most, vectors) + (rest + 3) / 4 * tile(4, vectors);  // the last ones are computed again
    };
    const int whole = static_cast<int>(columns) / target.width(),
              left = (static_cast<int>(columns) % target.width() + target.lanes - 1) / target.lanes;
    if (wide_rows && rows < 4)  // across four panels
        return rows * ((whole + 3) / 4 * tile(1, 8) + (left > 0 ? tile(1, left) : 0));
    return whole * panel(2) + (left > 0 ? panel(left) : 0);
}

}  // namespace detail

/// The work of a spec's call; `count` is a flat spec's.
constexpr work work_of_call(const auto& list, int index, int row_count, int count) {
    const spec& s = list.specs[index];
    const int scalar_bytes = list.target.bytes;
    double outer = 1;
    for (int k = 0; k < s.outer_count; ++k) {
        const int extent = list.extents[s.outer_first + k];
        outer *= extent == run_time_rows ? row_count : extent;
    }
    outer *= s.lanes > 0 ? s.lanes : 1;
    double counted = 1;  // of the depth
    for (const border& side : {s.edge, s.along})
        if (!side.none())
            counted *= side.share(list.extents[s.outer_first + side.outer],
                                  list.extents[s.outer_first + s.outer_count + side.depth]);
    const double inner = s.flat() ? count : s.inner, elements = outer * inner;
    work cost{.streams = s.kind == kernel_kind::loop};
    for (int k = 0; k < s.instruction_count; ++k) {
        const instruction& i = list.instructions[s.instruction_first + k];
        const double per = i.at == level::element ? elements : outer;
        if (i.code == op::matmul)
            cost.product_flops += elements * 2 * depth_of(list, s, row_count) * counted;
        else if (is_reduction(i.code))
            cost.operations += elements;
        else if (is_elementwise(i.code)) {
            const detail::element_work& each = detail::work_of_element(i.code);
            const bool wide = list.target.lanes * list.target.bytes == 64;
            if (!detail::contracts(list, s, i)) cost.operations += per * (wide ? each.wide : each.narrow);
            cost.divisions += per * each.divisions;
        }
    }
    const auto touched = [&](int k) {
        const slot& at = list.slots[s.slot_first + k];
        double n = at.inner_stride == 0 ? 1 : inner;
        if (at.lane_stride != 0) n *= s.lanes;
        for (int axis = 0; axis < s.outer_count; ++axis) {
            const int extent = list.extents[s.outer_first + axis];
            if (list.strides[s.stride_of(k, axis)] != 0) n *= extent == run_time_rows ? row_count : extent;
        }
        return n * scalar_bytes;
    };
    const bool product = s.kind == kernel_kind::contraction;
    if (product) {
        const double depth = depth_of(list, s, row_count);
        const bool packed = right_is_packed(list, index, list.target.width());
        const bool packs_left = left_is_packed(list, index, static_cast<int>(depth));
        const auto in_rows = [&](int k) { return lies_in_rows(list, list.slots[s.slot_first + k]); };
        const double walked =
            s.paired ? inner * (outer > depth ? outer : depth) : outer * depth;  // of the left operand
        const double left = walked * scalar_bytes, right = inner * depth * scalar_bytes;
        const double least = block_rows(list.target.registers, 2), fit = left_block_bytes / (depth * scalar_bytes);
        const double rows_at_once = packs_left ? most_packed_rows : fit < least ? least : fit;
        const auto passes = [](double all, double at_once) {
            return all <= at_once ? 1.0 : static_cast<int>((all - 1) / at_once) + 1.0;
        };
        if (depth == 1) {  // an outer product, whose rows need no tile
            cost.busy_flops = cost.product_flops;
        } else {
            cost.busy_flops = detail::busy_flops(list.target, outer, inner, depth * counted, !packed);
            cost.operations += 2 * elements;  // sums go to the first cache and come back
        }
        cost.operand_bytes = left + right;
        const double groups = packed ? passes(inner, packed_panels * list.target.width()) : 1;
        cost.repeated_bytes = left * (groups - 1) + right * (passes(outer, rows_at_once) - 1);
        const int rows = static_cast<int>(outer), k = static_cast<int>(depth);
        const packing_choice of_left = left_packing(list, index, rows, k, groups),
                             of_right = right_packing(list, index, rows, k);
        const double lost_left = packs_left            ? of_left.packed
                                 : in_rows(0) && k > 1 ? of_left.plain
                                                       : 0,
                     lost_right = packed                ? of_right.packed
                                  : in_rows(1) && k > 1 ? of_right.plain
                                                        : 0;
        cost.lost_flops =
            2 * list.target.width() * depth * (lost_left + lost_right);  // two multipliers of half a panel
    }
    for (int k = product ? 2 : 0; k < s.slot_count; ++k) {
        int loads = 0, stores = 0;
        for (int i = 0; i < s.instruction_count; ++i) loads += list.instructions[s.instruction_first + i].slot == k;
        for (int o = 0; o < s.output_count; ++o) stores += list.outputs[s.output_first + o].slot == k;
        (loads > 0 && stores > 0 ? cost.updated_bytes : cost.copied_bytes) += (loads + stores) * touched(k);
    }
    return cost;
}

namespace detail {
/// Calls use(work) for every call of a plan (`frozen_plan` or its like).
template <class Plan>
constexpr void for_each_work(int row_count, auto&& use) {
    for (int c = 0; c < Plan::size.calls; ++c) {
        const call& at = Plan::value.calls[c];
        const int count = at.count_fixed + row_count * at.count_per_row;
        use(work_of_call(Plan::value.specs, at.spec, row_count, count));
    }
}
}  // namespace detail

/// The work of all calls of a plan at a number of rows.
template <class Plan>
constexpr work work_of_program(int row_count) {
    work total;
    detail::for_each_work<Plan>(row_count, [&](const work& w) { total += w; });
    return total;
}

constexpr double predicted_seconds(const work& w, const core_rates& core) {
    const auto larger = [](double a, double b) { return a > b ? a : b; };
    const double operations = 2 * w.operations / core.flops;  // one takes the time of a fused multiply-add
    const double divisions = w.divisions / core.divisions;
    const double bytes = w.updated_bytes / core.updating + w.copied_bytes / core.copying;
    if (w.streams) return larger(larger(operations, divisions), bytes);
    return larger(w.busy_flops / core.flops, w.operand_bytes / core.reading) + w.repeated_bytes / core.reading +
           w.lost_flops / core.flops + larger(divisions, operations + bytes);
}
template <class Plan>
constexpr double predicted_seconds(int row_count, const core_rates& core) {
    double seconds = 0;
    detail::for_each_work<Plan>(row_count, [&](const work& w) { seconds += predicted_seconds(w, core); });
    return seconds;
}

}  // namespace sinter
