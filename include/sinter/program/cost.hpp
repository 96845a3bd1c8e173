// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a program costs, counted from its specs, and how long that takes at a core's measured rates.
///
/// `work_of_program<Plan>(rows, sizeof(float))` counts; `predicted_seconds<Plan>(rows, sizeof(float), rates)` is the cost
/// model, the sum over calls of
///     max(product FLOPs / peak, operand bytes / reading)
///     + max(other FLOPs / peak, divisions and roots / the divider's rate) + other bytes / updating
/// The terms add up because they come one after another: a tile multiplies, then what is fused behind it divides, and a
/// core that retires in order overlaps little of its way to the outer caches with that.

#include <sinter/plan/plan.hpp>

namespace sinter {

/// Floating-point operations (a fused multiply-add is two), divisions and square roots, and bytes that slots move once:
/// the two operands of products, and all else.
struct work {
    double product_flops = 0, other_flops = 0, divisions = 0, operand_bytes = 0, other_bytes = 0;
    constexpr double bytes() const { return operand_bytes + other_bytes; }
    constexpr double flops() const { return product_flops + other_flops + divisions; }
    constexpr work& operator+=(const work& more) {
        product_flops += more.product_flops;
        other_flops += more.other_flops;
        divisions += more.divisions;
        operand_bytes += more.operand_bytes;
        other_bytes += more.other_bytes;
        return *this;
    }
};

/// Of one core, per second: FLOPs of independent fused multiply-adds; divisions or square roots (their mean); bytes read,
/// and bytes read and written in place (each counts), in a buffer as large as what the program touches.
struct core_rates {
    double flops = 1, divisions = 1, reading = 1, updating = 1;
};

namespace detail {

/// FLOPs of one element, as kernel/math.hpp computes it: polynomials of exp and its kin, without their division.
constexpr double flops_of(op code) {
    switch (code) {
        case op::fma: return 2;
        case op::exp: return 20;
        case op::log:
        case op::sin:
        case op::cos: return 28;
        case op::tanh:
        case op::sigmoid: return 24;
        case op::divide:
        case op::sqrt: return 0;
        default: return 1;
    }
}
constexpr double divisions_of(op code) {
    return code == op::divide || code == op::sqrt || code == op::tanh || code == op::sigmoid || code == op::log ? 1 : 0;
}

}  // namespace detail

/// The work of a spec's call; `count` is a flat spec's.
constexpr work work_of_call(const auto& list, int index, int row_count, int count, int scalar_bytes) {
    const spec& s = list.specs[index];
    double outer = 1;
    for (int k = 0; k < s.outer_count; ++k) {
        const int extent = list.extents[s.outer_first + k];
        outer *= extent == run_time_rows ? row_count : extent;
    }
    const double inner = s.flat() ? count : s.inner, elements = outer * inner;
    work cost;
    for (int k = 0; k < s.instruction_count; ++k) {
        const instruction& i = list.instructions[s.instruction_first + k];
        const double per = i.at == level::element ? elements : outer;
        if (i.code == op::matmul)
            cost.product_flops += elements * 2 * (s.depth == run_time_rows ? row_count : s.depth);
        else if (is_reduction(i.code))
            cost.other_flops += elements;
        else if (is_elementwise(i.code)) {
            cost.other_flops += per * detail::flops_of(i.code);
            cost.divisions += per * detail::divisions_of(i.code);
        }
    }
    const auto touched = [&](int k) {
        const slot& at = list.slots[s.slot_first + k];
        double n = at.inner_stride == 0 ? 1 : inner;
        for (int axis = 0; axis < s.outer_count; ++axis) {
            const int extent = list.extents[s.outer_first + axis];
            if (list.strides[s.stride_first + k * s.outer_count + axis] != 0)
                n *= extent == run_time_rows ? row_count : extent;
        }
        return n * scalar_bytes;
    };
    const int first = s.kind == kernel_kind::contraction ? 2 : 0;
    if (first == 2)
        cost.operand_bytes += (outer + inner) * (s.depth == run_time_rows ? row_count : s.depth) * scalar_bytes;
    for (int k = first; k < s.slot_count; ++k) {
        int uses = 0;
        for (int i = 0; i < s.instruction_count; ++i) uses += list.instructions[s.instruction_first + i].slot == k;
        for (int o = 0; o < s.output_count; ++o) uses += list.outputs[s.output_first + o].slot == k;
        cost.other_bytes += uses * touched(k);
    }
    return cost;
}

namespace detail {
/// Calls use(work) for every call of a plan (`frozen_plan` or its like).
template <class Plan>
constexpr void for_each_work(int row_count, int scalar_bytes, auto&& use) {
    for (int c = 0; c < Plan::size.calls; ++c) {
        const call& at = Plan::value.calls[c];
        const int count = at.count_fixed + row_count * at.count_per_row;
        use(work_of_call(Plan::value.specs, at.spec, row_count, count, scalar_bytes));
    }
}
}  // namespace detail

/// The work of all calls of a plan at a number of rows.
template <class Plan>
constexpr work work_of_program(int row_count, int scalar_bytes) {
    work total;
    detail::for_each_work<Plan>(row_count, scalar_bytes, [&](const work& w) { total += w; });
    return total;
}

constexpr double predicted_seconds(const work& w, const core_rates& core) {
    const auto larger = [](double a, double b) { return a > b ? a : b; };
    return larger(w.product_flops / core.flops, w.operand_bytes / core.reading) +
           larger(w.other_flops / core.flops, w.divisions / core.divisions) + w.other_bytes / core.updating;
}
template <class Plan>
constexpr double predicted_seconds(int row_count, int scalar_bytes, const core_rates& core) {
    double seconds = 0;
    detail::for_each_work<Plan>(row_count, scalar_bytes, [&](const work& w) { seconds += predicted_seconds(w, core); });
    return seconds;
}

}  // namespace sinter
