// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Table → plan: specs, the schedule of calls, offsets of every buffer. The last pass; its result is a constant.
///
/// Three stages of ordinary functions, at compile time and at run time; plan/frozen.hpp keeps each stage's result as a
/// constant, so that each has a budget of constant evaluation of its own.

#include <sinter/fusion/bodies.hpp>
#include <sinter/plan/emit.hpp>
#include <sinter/plan/row_blocks.hpp>

namespace sinter {

/// One kernel call: slots are places first_place …; a flat spec's count is count_fixed + rows * count_per_row.
struct call {
    int spec = 0;
    int first_place = 0;
    int count_fixed = 0, count_per_row = 0;
};
/// A buffer: which arena, or which input or output, and how many elements into it.
struct place_in_arena {
    arena where = arena::workspace;
    bool integer = false;  ///< of an input: its elements have 32 bits; in the workspace, too, from its offset on
    short number = 0;      ///< of the input or output
    int offset = 0;
    int row = 0;  ///< of a call that runs by blocks of rows: elements from row to row
};
/// Where the inputs of a program, or its outputs, lie.
enum class ports : unsigned char {
    in_workspace,  ///< at their offsets there
    addressed,     ///< each at an address of its own, which a run gets; the workspace has memory for those of no caller
    of_callers     ///< the same, in dense arrays of the caller's: no padding, no memory in the workspace, any alignment
};
/// A user-visible buffer: how it lies, and where it is in the workspace.
struct port {
    int offset = 0;
    layout where{};
    bool rows = false;
    extents shape{};
};

struct plan_request {
    table_view table{};
    machine target{};
    int capacity = 1;  ///< rows
    const parameter_place* parameters = nullptr;
    int parameter_elements = 0;
    grouping groups = grouping::fused;
    const extents* inputs = nullptr;  ///< shapes of the inputs that callers fill, whether or not a node reads them
    int input_count = 0;
    ports inputs_are = ports::in_workspace, outputs_are = ports::in_workspace;
    int block_bytes = row_block_bytes;  ///< that a call by blocks of rows may take
};

struct plan_result {
    spec_pools specs;
    meta::vector<call> calls;
    meta::vector<place_in_arena> places;
    meta::vector<port> inputs, outputs;
    meta::vector<blocked_calls> blocks;
    int workspace = 0;           ///< elements
    int block_elements = 0;      ///< of a thread's values by blocks of rows
    long long too_many = 0;      ///< elements of a value or an arena above max_elements: there is no plan
    int calls_until_output = 0;  ///< calls after which the outputs are complete
    int group_count = 0;
    int scalars = first_iota;  ///< elements, the iota's included
    bool uses_gradients = false;
};

/// The first stage: nodes, groups, layouts.
struct grouped_view {
    table_view table{};
    partition_view groups{};
    layout_view layouts{};
};
struct grouped_table {
    builder nodes;
    partition groups;
    node_layouts layouts;
    constexpr grouped_view view() const { return {nodes.view(), groups.view(), layouts.view()}; }
};

constexpr void group_table(const plan_request& request, grouped_table& result) {
    meta::vector<int> image;
    if (has_bodies(request.table)) {
        builder inlined;
        inline_bodies(request.table, inlined);
        lower_table(inlined.view(), result.nodes, image);
    } else {
        lower_table(request.table, result.nodes, image);
    }
    meta::vector<lying> lies;
    placed_nodes placed;
    if (request.parameter_elements != 0) {
        note_given(result.nodes.view(), request.parameters, lies);
        placed.read_by_loops = copy_parameters(result.nodes, lies);
        placed.lies = lies.begin();
    }
    result.groups = partition_table(result.nodes.view(), request.groups, placed);
    plan_layouts(result.nodes.view(), result.groups, request.target, request.capacity, request.parameters,
                 request.parameter_elements, result.layouts, request.inputs_are == ports::of_callers,
                 request.outputs_are == ports::of_callers);
}

/// Elements of the largest value of a table that is above max_elements, 0 if there is none: then it has no plan.
constexpr long long too_many_in_a_value(const table_view& t, const layout_view& layouts, int capacity) {
    long long most = 0;
    for (int i = 0; i < t.node_count; ++i) {
        if (layouts.distinct[layouts.number[i]].elements <= max_elements) continue;
        const long long elements = static_cast<long long>(t.size(i)) * (t[i].rows ? capacity : 1);
        most = elements > most ? elements : most;
    }
    return most > 0 && most <= max_elements ? max_elements + 1LL : most;  // by its padding alone
}

/// The second stage, for some of the groups: specs, calls, and the places of their slots.
struct emitted_groups {
    spec_pools specs;
    meta::vector<call_draft> calls;
    meta::vector<slot_place> places;
};

constexpr void emit_groups(const plan_request& request, const grouped_view& from, int first, int last,
                           emitted_groups& result) {
    detail::emitter(from.table, request.table.bodies, from.groups, from.layouts, request.target, result.specs,
                    result.calls, result.places)
        .run(first, last);
}

namespace detail {

/// The number of the output that node i is, -1 if it is none.
constexpr int output_of(const grouped_view& from, int i) {
    const int s = from.groups.stored_as[i];
    return s >= 0 && from.table.nodes[s].code == op::output ? from.table.nodes[s].number : -1;
}
/// How a node lies as a port of the program; as any other value if it is none.
constexpr ports port_of(const plan_request& request, const grouped_view& from, int i) {
    if (from.table.nodes[i].code == op::input) return request.inputs_are;
    return output_of(from, i) >= 0 ? request.outputs_are : ports::in_workspace;
}

/// The port of an output in the buffer of node i, which may lie there by other axes.
constexpr port output_port(const plan_request& request, const grouped_view& from, int i, port here) {
    const extents& shape = from.table.shape(from.groups.stored_as[i]);
    if (shape == here.shape) return here;
    here.where = request.outputs_are == ports::of_callers ? dense_layout(shape, here.rows, request.capacity)
                                                          : plain_layout(shape, here.rows, true, request.capacity);
    here.shape = shape;
    return here;
}

/// Calls after which the outputs are complete.
constexpr int calls_until_output(const grouped_view& from, const emitted_groups& emitted) {
    const spec_pools& p = emitted.specs;
    for (int c = emitted.calls.size() - 1; c >= 0; --c) {
        const spec& s = p.specs[emitted.calls[c].spec];
        for (int o = s.output_first; o < s.output_first + s.output_count; ++o) {
            const slot_place& to = emitted.places[emitted.calls[c].place_first + p.outputs[o].slot];
            if (to.where == arena::workspace && output_of(from, to.id) >= 0) return c + 1;
        }
    }
    return 0;
}

/// The calls that run by blocks of rows, and the values that have memory for a block only.
struct chains {
    meta::vector<blocked_calls> calls;
    meta::vector<int> chain_of;  ///< per node, negative if it has memory for all rows; empty without chains
    constexpr bool holds(int node) const { return !chain_of.empty() && chain_of[node] >= 0; }
};
constexpr void find_chains(const plan_request& request, const grouped_view& from, const emitted_groups& emitted,
                           int cut, chains& result) {
    const table_view& t = from.table;
    const slot_place* const places = emitted.places.begin();
    chain_finder(emitted.specs, emitted.calls, places, t.node_count, request.capacity, request.block_bytes)
        .run(cut, result.calls);
    if (result.calls.empty()) return;
    result.chain_of = chains_of_values(result.calls, emitted.calls, places, t.node_count);
    for (int i = 0; i < t.node_count; ++i)
        if (!t.nodes[i].rows || t.nodes[i].code == op::input || from.groups.stored_as[i] >= 0 ||
            from.layouts[i].panel > 0)
            result.chain_of[i] = -1;
}

/// The lifetimes of the buffers in the workspace, sorted by their first call. A chain of calls by blocks touches all
/// its values at once.
constexpr void plan_lifetimes(const plan_request& request, const grouped_view& from, const emitted_groups& emitted,
                              const chains& blocked, meta::vector<lifetime>& values,
                              meta::vector<lifetime>& block_values) {
    const table_view& t = from.table;
    const int calls = emitted.calls.size();
    const blocked_calls *chain = blocked.calls.begin(), *const last_chain = blocked.calls.end();
    meta::vector<int> values_of(t.node_count, -1);
    int* const value_of = values_of.begin();
    constexpr int of_caller = -2;
    if (request.inputs_are == ports::of_callers || request.outputs_are == ports::of_callers)
        for (int i = 0; i < t.node_count; ++i)
            if (port_of(request, from, i) == ports::of_callers) value_of[i] = of_caller;
    const auto touch = [&](int x, int when) {
        if (value_of[x] >= 0)
            values.begin()[value_of[x]].last = when;  // calls come in order
        else if (value_of[x] != of_caller)
            value_of[x] = values.push({x, from.layouts[x].elements, when, when});
    };
    const auto touch_in_chain = [&](int x, int when) {
        if (!blocked.holds(x)) {
            touch(x, chain->first);
            touch(x, chain->last - 1);
        } else if (value_of[x] >= 0) {
            block_values[value_of[x]].last = when;
        } else {
            value_of[x] = block_values.push(
                {x, round_up(from.layouts[x].row_stride * chain->rows, alignment_elements), when, when});
        }
    };
    for (int i = 0; i < t.node_count; ++i)
        if (t.nodes[i].code == op::input) touch(i, -1);  // and to the end: callers compare outputs with targets
    const slot_place* place = emitted.places.begin();    // of one call behind those of another
    for (int c = 0; c < calls; ++c) {
        while (chain != last_chain && chain->last <= c) ++chain;
        const bool in_chain = chain != last_chain && chain->first <= c;
        for (int left = emitted.calls.begin()[c].place_count; left > 0; --left, ++place) {
            if (place->where != arena::workspace) continue;
            if (in_chain)
                touch_in_chain(place->id, c);
            else
                touch(place->id, c);
        }
    }
    for (int i = 0; i < t.node_count; ++i)
        if (value_of[i] >= 0 && (from.groups.stored_as[i] >= 0 || t.nodes[i].code == op::input)) touch(i, calls);
}

}  // namespace detail

/// The third stage: offsets, inputs and outputs. Takes over `emitted`'s specs.
constexpr void place_buffers(const plan_request& request, const grouped_view& from, emitted_groups& emitted,
                             plan_result& result) {
    const table_view& t = from.table;
    result.calls_until_output = detail::calls_until_output(from, emitted);
    detail::chains blocked;
    detail::find_chains(request, from, emitted, result.calls_until_output, blocked);
    meta::vector<lifetime> values, block_values;
    detail::plan_lifetimes(request, from, emitted, blocked, values, block_values);
    result.block_elements = static_cast<int>(plan_arena(block_values));
    const long long needed = plan_arena(values);
    if (needed > max_elements) {
        result.too_many = needed;
        return;
    }
    result.workspace = static_cast<int>(needed);
    result.group_count = from.groups.group_count;
    meta::vector<int> offset_of(t.node_count, 0);
    for (const lifetime& v : values) offset_of[v.node] = static_cast<int>(v.offset);
    for (const lifetime& v : block_values) offset_of[v.node] = static_cast<int>(v.offset);

    const bool at_addresses = request.inputs_are != ports::in_workspace || request.outputs_are != ports::in_workspace;
    result.places.resize(emitted.places.size());
    const slot_place* from_place = emitted.places.begin();
    place_in_arena* to_place = result.places.begin();
    for (int k = 0, n = emitted.places.size(); k < n; ++k, ++from_place, ++to_place) {
        const slot_place& s = *from_place;
        to_place->where = s.where;
        switch (s.where) {
            case arena::workspace:
                if (blocked.holds(s.id)) {
                    to_place->where = arena::block;
                    to_place->offset = s.offset + offset_of.begin()[s.id];
                } else if (!at_addresses || detail::port_of(request, from, s.id) == ports::in_workspace) {
                    to_place->offset = s.offset + offset_of.begin()[s.id];
                } else if (t.nodes[s.id].code == op::input) {
                    *to_place = {arena::inputs, t.nodes[s.id].kind == value_kind::integer,
                                 static_cast<short>(t.nodes[s.id].number), s.offset};
                } else {
                    *to_place = {arena::outputs, false, static_cast<short>(detail::output_of(from, s.id)), s.offset};
                }
                break;
            case arena::scalars: to_place->offset = s.offset + s.id; break;
            case arena::state:
                to_place->offset = s.offset + s.part * request.parameter_elements + request.parameters[s.id].offset;
                break;
            case arena::gradients: result.uses_gradients = true; [[fallthrough]];
            default: to_place->offset = s.offset + request.parameters[s.id].offset; break;
        }
    }
    for (const blocked_calls& chain : blocked.calls)
        for (int c = chain.first; c < chain.last; ++c) {
            const call_draft& d = emitted.calls[c];
            const spec& s = emitted.specs.specs[d.spec];
            for (int k = 0; k < d.place_count; ++k) {
                place_in_arena& place = result.places[d.place_first + k];
                place.integer = emitted.specs.slots[s.slot_first + k].integer;
                if (place.where != arena::block) place.row = row_stride_of(emitted.specs, d, k);
            }
        }
    result.blocks = static_cast<meta::vector<blocked_calls>&&>(blocked.calls);
    result.calls.resize(emitted.calls.size());
    call* to_call = result.calls.begin();
    for (const call_draft& c : emitted.calls) *to_call++ = {c.spec, c.place_first, c.count_fixed, c.count_per_row};

    const auto set = [](meta::vector<port>& ports, int k, const port& value) {
        while (ports.size() <= k) ports.push({});
        ports[k] = value;
    };
    for (int i = 0; i < t.node_count; ++i) {
        const op code = t.nodes[i].code;
        const int output = detail::output_of(from, i);
        if (code != op::input && code != op::iota && output < 0) continue;
        const port here{offset_of[i], from.layouts[i], t[i].rows, t.shape(i)};
        if (code == op::iota && first_iota + here.where.elements > result.scalars)
            result.scalars = first_iota + here.where.elements;
        if (code == op::input) set(result.inputs, t[i].number, here);
        if (output < 0) continue;
        set(result.outputs, output, detail::output_port(request, from, i, here));
    }
    // An input that nothing reads has memory of its own behind all others, so that who fills it overwrites nothing.
    for (int k = 0; k < request.input_count; ++k) {
        if (k < result.inputs.size() && result.inputs[k].where.elements > 0) continue;
        const layout unread = plain_layout(request.inputs[k], true, false, request.capacity);
        set(result.inputs, k, {result.workspace, unread, true, request.inputs[k]});
        if (unread.elements > max_elements - result.workspace) {
            result.too_many = 0LL + result.workspace + unread.elements;
            return;
        }
        result.workspace += unread.elements;
    }
    result.specs = static_cast<spec_pools&&>(emitted.specs);
}

/// All stages at once.
constexpr void plan_table(const plan_request& request, plan_result& result) {
    grouped_table grouped;
    group_table(request, grouped);
    emitted_groups emitted;
    emit_groups(request, grouped.view(), 0, grouped.groups.groups.size(), emitted);
    place_buffers(request, grouped.view(), emitted, result);
}

/// Places of a network's parameters, as its forward table's groups want them: offsets in the order of their numbers.
/// `shape_of(p)` is asked for those that the forward table does not read, as a bias under a derivative. Not to be used
/// where `elements` is above max_elements.
constexpr void place_parameters(const grouped_view& forward, int parameter_count, meta::vector<parameter_place>& places,
                                long long& elements, extents (*shape_of)(int)) {
    const table_view& t = forward.table;
    places.resize(parameter_count);
    for (int i = 0; i < t.node_count; ++i)
        if (t[i].code == op::parameter) places[t[i].number].where = forward.layouts[i];
    elements = 0;
    for (int p = 0; p < parameter_count; ++p) {
        parameter_place& place = places[p];
        if (place.where.elements == 0) place.where = plain_layout(shape_of(p), false, false, 1);
        place.offset = limited(elements);
        elements += place.where.elements;
    }
}
/// The same from the table itself.
constexpr void plan_parameters(const table_view& forward, int parameter_count, const machine& target,
                               meta::vector<parameter_place>& places, int& elements) {
    grouped_table grouped;
    group_table({.table = forward, .target = target}, grouped);
    long long needed = 0;
    place_parameters(grouped.view(), parameter_count, places, needed, [](int) { return extents{}; });
    elements = limited(needed);
}

}  // namespace sinter
