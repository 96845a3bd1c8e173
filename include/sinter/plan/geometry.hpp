// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A group's instructions over the axes of its space → a spec over few axes: collapsed, flat where it can be.
///
/// Adjacent outer axes that every slot walks with one stride become one; so does the last outer axis with the inner
/// one. A loop over whole buffers of one layout becomes flat: its count, padding included, is an argument of the call.

#include <sinter/plan/layout.hpp>

namespace sinter {

/// Where a buffer lives. `id`: parameter (parameters, state, gradients), node (workspace), number (scalars).
/// Behind the arenas stand the ports; each may have an address of its own at run time (`ports`, plan/plan.hpp).
/// `block` holds values of a block of rows (plan/row_blocks.hpp): each thread has one of its own.
enum class arena : unsigned char { parameters, state, gradients, workspace, scalars, block, inputs, outputs };
inline constexpr int arena_count = 6;  ///< those that are one block
/// The scalars' arena: numbers known at run time, then 0, 1, 2, … for iota.
inline constexpr int first_iota = 32;

struct slot_place {
    arena where = arena::workspace;
    int id = 0;
    int part = 0;    ///< which state of a rule
    int offset = 0;  ///< elements into the buffer
    constexpr bool operator==(const slot_place&) const = default;
};

/// The buffer of a node.
constexpr slot_place place_of_buffer(const table_view& t, const partition_view& p, int x) {
    const node& q = t.nodes[x];
    switch (q.code) {
        case op::parameter: return {arena::parameters, q.number, 0};
        case op::gradient: return {arena::gradients, q.number, 0};
        case op::state: return {arena::state, q.number, t.attribute(x)[0]};
        case op::scalar: return {arena::scalars, q.number, 0};
        case op::iota: return {arena::scalars, first_iota, 0};
        default: break;
    }
    if (const int s = p.stored_as[x]; s >= 0) {
        if (t.nodes[s].code == op::export_gradient) return {arena::gradients, t.nodes[s].number, 0};
        if (q.code == op::part) return place_of_buffer(t, p, s);
    }
    return {arena::workspace, x, 0};
}

/// A slot over the axes of the group's space.
struct slot_draft {
    slot_place where{};
    bool rows = false, integer = false, whole = false;
    int row = 0;                ///< stride of rows
    int stride[max_rank] = {};  ///< per axis of the space
    int panel = 0, padding = 0, run = 0, pitch = 0, elements = 0, offset = 0;
    constexpr bool operator==(const slot_draft&) const = default;
};

struct group_draft {
    extents depth{};                         ///< of a product; samples are run_time_rows
    int depth_stride[2][max_rank + 1] = {};  ///< of its operands
    bool paired = false;                     ///< a product whose operands both move along its columns
    int margin_count = 0;
    border margins[most_margins] = {};  ///< of a paired one's left operand; outer axes are those of the space
    border edge{}, along{};             ///< the same of one that is not paired
    meta::vector<instruction> instructions;
    meta::vector<output> outputs;
    meta::vector<slot_draft> slots;
    /// For the next group; what was allocated stays.
    constexpr void clear() {
        depth.rank = 0;
        paired = false;
        margin_count = 0;
        edge = along = {};
        instructions.truncate(0);
        outputs.truncate(0);
        slots.truncate(0);
    }
};

/// The specs of a program while they are collected; the same members as spec_list.
struct spec_pools {
    machine target{};
    meta::vector<spec> specs;
    meta::vector<int> extents;
    meta::vector<instruction> instructions;
    meta::vector<output> outputs;
    meta::vector<slot> slots;
    meta::vector<int> strides;
};

/// One call of a kernel: its spec, its slots' places, and a flat spec's count = fixed + rows * per_row.
struct call_draft {
    int spec = 0;
    int place_first = 0, place_count = 0;
    int count_fixed = 0, count_per_row = 0;
    int group = 0;
};

namespace detail {

/// The loop nest of a draft: outer extents, inner extent, lanes of their own, and each slot's strides along them.
struct nest {
    int extent[max_rank + 1] = {};
    int count = 0;
    int inner = 1;
    int lanes = 0;                   // 0: along the inner axis
    int edge = -1, along = -1;       // outer axes with a border
    meta::vector<int> lane_stride;   // a slot, where lanes have an axis of their own
    meta::vector<int> stride;        // slot-major, max_rank + 1 a slot
    meta::vector<int> inner_stride;  // a slot
    constexpr int& at(int slot, int axis) { return stride[slot * (max_rank + 1) + axis]; }
    constexpr int at(int slot, int axis) const { return stride[slot * (max_rank + 1) + axis]; }
};

/// Whether a margin counts along an outer axis, or one of the depth: such axes stay as they are.
constexpr bool has_margin(const group_draft& d, int axis, int border::* which) {
    for (int m = 0; m < d.margin_count; ++m)
        if (d.margins[m].*which == axis) return true;
    return false;
}
constexpr void renumber_margins(group_draft& d, int from, int to, int border::* which) {
    for (int m = 0; m < d.margin_count; ++m)
        if (d.margins[m].*which == from) d.margins[m].*which = to;
}

constexpr nest nest_of(const group& g, group_draft& d) {
    nest n;
    int axis_of[max_rank + 1] = {};
    const int inner = g.inner();
    if (g.rows) {
        axis_of[n.count] = -1;
        n.extent[n.count++] = run_time_rows;
    }
    for (int axis = 0; axis < g.shape.rank; ++axis) {
        if (axis == inner || (g.shape[axis] == 1 && !has_margin(d, axis, &border::outer))) continue;
        if (d.margin_count > 0) renumber_margins(d, axis, max_rank + 1 + n.count, &border::outer);
        if (axis == d.edge.outer) n.edge = n.count;
        if (axis == d.along.outer) n.along = n.count;
        axis_of[n.count] = axis;
        n.extent[n.count++] = g.shape[axis];
    }
    if (g.kind == kernel_kind::contraction && n.count == 0) {
        axis_of[0] = max_rank - 1;  // one row: no slot has a stride along it
        n.extent[n.count++] = 1;
    }
    for (int m = 0; m < d.margin_count; ++m) d.margins[m].outer -= max_rank + 1;
    n.inner = inner < 0 ? 1 : g.shape[inner];
    n.stride.resize(d.slots.size() * (max_rank + 1), 0);
    int* to = n.stride.begin();
    for (const slot_draft *at = d.slots.begin(), *const end = d.slots.end(); at != end; ++at, to += max_rank + 1) {
        const slot_draft& slot = *at;
        for (int axis = 0; axis < n.count; ++axis)
            to[axis] = axis_of[axis] < 0 ? (slot.rows ? slot.row : 0) : slot.stride[axis_of[axis]];
        n.inner_stride.push(inner < 0 ? 0 : slot.stride[inner]);
    }
    if (g.kind == kernel_kind::contraction && n.inner == 1) n.inner_stride[1] = 1;
    // What is written needs an inner stride, also along an inner axis of one element.
    for (const output& o : d.outputs)
        if ((o.kind == output_kind::element || o.kind == output_kind::column) && n.inner == 1)
            n.inner_stride[o.slot] = 1;
    return n;
}

constexpr void remove_axis(nest& n, int axis) {
    for (int k = axis; k + 1 < n.count; ++k) {
        n.extent[k] = n.extent[k + 1];
        for (int s = 0; s < n.inner_stride.size(); ++s) n.at(s, k) = n.at(s, k + 1);
    }
    --n.count;
    if (n.edge > axis) --n.edge;
    if (n.along > axis) --n.along;
}

/// How many slots would be walked element by element, were lanes to run along axis k; -1 is the inner one.
constexpr int scattered_slots(const nest& n, int k) {
    int count = 0;
    for (int s = 0; s < n.inner_stride.size(); ++s) {
        const int stride = k < 0 ? n.inner_stride[s] : n.at(s, k);
        count += stride != 0 && stride != 1;
    }
    return count;
}
/// Lanes of a loop that reduces run where most slots are contiguous: along the reduced axis, unless another one is
/// better. The order of a sum is that of its elements, whatever runs in lanes.
constexpr void choose_lanes(nest& n, const group_draft& d) {
    int best = -1, least = scattered_slots(n, -1);
    for (const slot_draft& s : d.slots)
        if (s.panel != 0) return;
    for (const output& o : d.outputs)
        if (o.kind == output_kind::column && d.instructions[o.value].at == level::outer) least = max_rank * max_rank;
    for (int k = n.count - 1; k >= 0; --k)
        if (const int here = scattered_slots(n, k); n.extent[k] > 0 && here < least) best = k, least = here;
    if (best < 0) return;
    n.lanes = n.extent[best];
    for (int s = 0; s < n.inner_stride.size(); ++s) n.lane_stride.push(n.at(s, best));
    remove_axis(n, best);
    for (int k = n.count - 1; k >= 0; --k) {
        bool one = n.extent[k] > 0;
        for (int s = 0; s < n.inner_stride.size(); ++s) one = one && n.at(s, k) == n.lane_stride[s] * n.lanes;
        if (!one) continue;
        n.lanes *= n.extent[k];
        remove_axis(n, k);
    }
}

/// Merges outer axis k with k + 1 where every slot walks them with one stride.
constexpr void collapse_outer(nest& n, group_draft& d) {
    for (int k = n.count - 2; k >= 0; --k) {
        if (n.extent[k] < 0 || k == n.edge || k + 1 == n.edge || k + 1 == n.along) continue;
        if (d.margin_count > 0 && (has_margin(d, k, &border::outer) || has_margin(d, k + 1, &border::outer))) continue;
        bool one = true;
        for (int s = 0; s < n.inner_stride.size(); ++s) one = one && n.at(s, k) == n.at(s, k + 1) * n.extent[k + 1];
        if (!one) continue;
        n.extent[k + 1] *= n.extent[k];
        remove_axis(n, k);
        for (int m = 0; m < d.margin_count; ++m) d.margins[m].outer -= d.margins[m].outer > k;
    }
}
/// Merges the last outer axis into the inner one; only where no value is per outer index.
constexpr void collapse_inner(nest& n, const group_draft& d) {
    if (n.count == 0 || n.extent[n.count - 1] < 0) return;
    const int last = n.count - 1;
    for (int s = 0; s < n.inner_stride.size(); ++s)
        if (d.slots[s].panel != 0 || n.at(s, last) != n.inner_stride[s] * n.inner) return;
    n.inner *= n.extent[last];
    --n.count;
}

/// The depth axes of a product: those of one element go, and those that both operands walk with one stride become one.
constexpr void collapse_depth(group_draft& d, int columns) {
    int(&left)[max_rank + 1] = d.depth_stride[0], (&right)[max_rank + 1] = d.depth_stride[1];
    int last = -1, edge = -1, along = -1;
    bool after_margin = false;
    for (int k = 0; k < d.depth.rank; ++k) {
        const int extent = d.depth[k];
        const bool margin_here = d.margin_count > 0 && has_margin(d, k, &border::depth);
        if (extent == 1 && !margin_here) continue;
        const bool one = last >= 0 && last != edge && k != d.edge.depth && last != along && k != d.along.depth &&
                         !margin_here && !after_margin && d.depth[last] > 0 && left[last] == left[k] * extent &&
                         right[last] == right[k] * extent;
        if (k == d.edge.depth) edge = last + 1;
        if (k == d.along.depth) along = last + 1;
        if (one) {
            d.depth[last] *= extent;
        } else {
            d.depth[++last] = extent;
        }
        left[last] = left[k];
        right[last] = right[k];
        after_margin = margin_here;
        if (margin_here) renumber_margins(d, k, last, &border::depth);
    }
    if (last < 0) d.depth[++last] = 1, left[last] = 1, right[last] = columns;
    d.depth.rank = last + 1;
    d.edge.depth = edge;
    d.along.depth = along;
}

inline constexpr int most_places = 7;  ///< of a window along lines with a border: each has code of its own

/// Keeps a border where that saves time. It costs a part of a line's tiles to find their k, and where tiles could have
/// several lines they get one, of less than the eight sums that keep the multipliers busy.
constexpr void decide_edge(nest& n, group_draft& d, const machine& target) {
    border& edge = d.edge;
    if (edge.none()) return;
    edge.outer = n.edge;
    bool possible = n.edge >= 0 && n.edge + 1 < n.count && n.extent[n.edge] > 0 && d.depth[edge.depth] > 1;
    for (int k = n.edge; possible && k < n.count; ++k) possible = n.at(1, k) == 0;
    if (possible) {
        double depth = 1;
        for (int k = 0; k < d.depth.rank; ++k) depth *= d.depth[k] > 0 ? d.depth[k] : 1;
        const int vectors = n.inner > target.lanes ? 2 : 1, rows = n.extent[n.count - 1], line = rows * vectors;
        const bool several = 2 * rows <= most_tile_rows(target.registers, vectors);
        const double alone = line < 8 ? 8 : line, sums = several ? line : alone;
        possible = edge.share(n.extent[n.edge], d.depth[edge.depth]) * depth * alone + 80 < depth * sums;
    }
    if (!possible) edge = {}, n.edge = -1;
}
/// The same along lines, where each is a tile.
constexpr void decide_along(nest& n, group_draft& d, const machine& target) {
    border& along = d.along;
    if (along.none()) return;
    along.outer = n.along;
    const int last = n.count - 1, vectors = n.inner > target.lanes ? 2 : 1;
    bool possible = last > 0 && n.along == last && n.at(1, last) == 0 && n.at(1, last - 1) == 0;
    if (possible) {
        const int rows = n.extent[last], places = d.depth[along.depth];
        const double share = along.share(rows, places);
        int behind = 1;
        for (int k = along.depth + 1; k < d.depth.rank; ++k) behind *= d.depth[k];
        possible = rows <= most_tile_rows(target.registers, vectors) && places <= most_places && behind >= 8 &&
                   share * rows * vectors >= 8 && share < 15.0 / 16;
    }
    if (!possible) along = {}, n.along = -1;
}

constexpr bool reduces(const group_draft& d) {
    for (const instruction& i : d.instructions)
        if (is_reduction(i.code)) return true;
    for (const output& o : d.outputs)
        if (o.kind != output_kind::element) return true;
    return false;
}

constexpr bool is_one_element(const group& g, const slot_draft& s) {
    bool one = !s.rows || s.row == 0;
    for (int k = 0; k < g.shape.rank; ++k) one = one && s.stride[k] == 0;
    return one;
}

/// A flat spec: every slot is a whole buffer, all of one layout, or one element. Its count goes to the call.
constexpr bool is_flat(const group& g, const group_draft& d, call_draft& call) {
    if (g.kind != kernel_kind::loop || reduces(d) || g.fills() || (g.shape.size() == 1 && !g.rows)) return false;
    const slot_draft* first = nullptr;
    for (const slot_draft& s : d.slots) {
        if (is_one_element(g, s)) continue;
        if (!s.whole || s.offset != 0 || s.rows != g.rows || (g.rows && s.panel != 0)) return false;
        if (first == nullptr) first = &s;
        if (first->elements != s.elements || first->panel != s.panel || first->row != s.row || first->run != s.run ||
            first->pitch != s.pitch)
            return false;
    }
    if (first == nullptr) return false;
    (g.rows ? call.count_per_row : call.count_fixed) = first->elements;
    return true;
}

/// Keeps the last spec unless an equal one is there; gives its number.
constexpr int intern_spec(spec_pools& p) {
    const spec last = p.specs.back();
    for (int i = 0; i + 1 < p.specs.size(); ++i)
        if (equal_specs(p, p.specs[i], p, last)) {
            p.specs.pop();
            p.extents.truncate(last.outer_first);
            p.instructions.truncate(last.instruction_first);
            p.outputs.truncate(last.output_first);
            p.slots.truncate(last.slot_first);
            p.strides.truncate(last.stride_first);
            return i;
        }
    return p.specs.size() - 1;
}

/// In a flat spec rows are lanes too: what has a value per sample has one per element.
constexpr void set_flat_levels(const group& g, group_draft& d) {
    for (instruction& i : d.instructions) {
        bool element = i.slot >= 0 && !is_one_element(g, d.slots[i.slot]);
        for (short x : {i.a, i.b, i.c}) element = element || (x >= 0 && d.instructions[x].at == level::element);
        i.at = element ? level::element : level::outer;
    }
}

constexpr void finish_group(const group& g, group_draft& d, spec_pools& p, meta::vector<call_draft>& calls,
                            meta::vector<slot_place>& places) {
    if (d.outputs.empty()) return;  // everything it would compute is computed again by its readers
    call_draft call{.place_first = places.size(), .place_count = d.slots.size()};
    nest n = nest_of(g, d);
    if (is_flat(g, d, call)) {
        n.count = 0;
        n.inner = run_time_count;
        set_flat_levels(g, d);
    } else if (g.kind == kernel_kind::loop) {
        if (!reduces(d))
            collapse_inner(n, d);
        else if (g.reduced >= 0)
            choose_lanes(n, d);
        collapse_outer(n, d);
    } else {
        decide_along(n, d, p.target);
        decide_edge(n, d, p.target);
        collapse_outer(n, d);
        collapse_depth(d, n.inner);
        d.edge.outer = n.edge;
        d.along.outer = n.along;
    }
    spec s{.kind = g.kind,
           .inner = n.inner,
           .lanes = n.lanes,
           .depth_count = d.depth.rank,
           .outer_first = p.extents.size(),
           .outer_count = n.count,
           .instruction_first = p.instructions.size(),
           .instruction_count = d.instructions.size(),
           .output_first = p.outputs.size(),
           .output_count = d.outputs.size(),
           .slot_first = p.slots.size(),
           .slot_count = d.slots.size(),
           .stride_first = p.strides.size(),
           .paired = d.paired,
           .margin_count = d.margin_count,
           .edge = d.edge,
           .along = d.along};
    for (int k = 0; k < n.count; ++k) p.extents.push(n.extent[k]);
    for (int k = 0; k < d.depth.rank; ++k) p.extents.push(d.depth[k]);
    for (int m = 0; m < d.margin_count; ++m) {
        const border& at = d.margins[m];
        for (const int x : {at.outer, at.depth, at.step, at.depth_step, at.low, at.high}) p.extents.push(x);
    }
    for (const instruction& i : d.instructions) p.instructions.push(i);
    for (const output& o : d.outputs) p.outputs.push(o);
    for (int k = 0; k < d.slots.size(); ++k) {
        const slot_draft& from = d.slots[k];
        const int inner_stride = s.flat() ? !is_one_element(g, from) : n.inner_stride[k];
        const int lane_stride = n.lanes > 0 ? n.lane_stride[k] : 0, in_lanes = n.lanes > 0 ? lane_stride : inner_stride;
        const bool covers =
            in_lanes == 1 && !s.flat() && from.run == (n.lanes > 0 ? n.lanes : n.inner) && from.offset == 0;
        p.slots.push({.integer = from.integer,
                      .inner_stride = inner_stride,
                      .panel = from.panel > 0 && !s.flat() ? from.panel : p.target.width(),
                      .padding = covers ? from.padding : 0,
                      .lane_stride = lane_stride});
        for (int axis = 0; axis < n.count; ++axis) p.strides.push(n.at(k, axis));
        for (int axis = 0; axis < s.depth_count; ++axis) p.strides.push(k < 2 ? d.depth_stride[k][axis] : 0);
        slot_place where = from.where;
        where.offset = from.offset;
        places.push(where);
    }
    p.specs.push(s);
    call.spec = intern_spec(p);
    calls.push(call);
}

}  // namespace detail

}  // namespace sinter
