// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Table → plan: specs, the schedule of calls, offsets of every buffer. The last pass; its result is a constant.
///
/// `plan_table` is an ordinary function, at compile time and at run time; `frozen_plan<Request>` keeps its result in
/// arrays of the size they need.

#include <sinter/plan/arena.hpp>
#include <sinter/plan/emit.hpp>

namespace sinter {

/// One kernel call: slots are places first_place …; a flat spec's count is count_fixed + rows * count_per_row.
struct call {
    int spec = 0;
    int first_place = 0;
    int count_fixed = 0, count_per_row = 0;
};
/// A buffer: which arena, how many elements into it.
struct place_in_arena {
    arena where = arena::workspace;
    int offset = 0;
};
/// A user-visible buffer in the workspace.
struct port {
    int offset = 0;
    layout where{};
    bool rows = false;
    extents shape{};
};

struct plan_request {
    table_view table{};
    table_view rule{};  ///< of the optimizer; empty without updates
    machine target{};
    int capacity = 1;  ///< rows
    const parameter_place* parameters = nullptr;
    int parameter_elements = 0;
    grouping groups = grouping::fused;
};

struct plan_result {
    spec_pools specs;
    meta::vector<call> calls;
    meta::vector<place_in_arena> places;
    meta::vector<port> inputs, outputs;
    int workspace = 0;         ///< elements
    int calls_until_output = 0;  ///< calls after which output 0 is complete
    int group_count = 0;
    int scalars = first_iota;  ///< elements, the iota's included
};

namespace detail {

/// Elements of a buffer in the workspace, -1 for nodes without one.
constexpr void plan_lifetimes(const table_view& t, const partition& p, const meta::vector<layout>& layouts,
                              const meta::vector<call_draft>& calls, const meta::vector<slot_place>& places,
                              meta::vector<lifetime>& values) {
    meta::vector<int> value_of(t.node_count, -1);
    const auto touch = [&](int x, int when) {
        if (value_of[x] < 0) value_of[x] = values.push({x, layouts[x].elements, when, when});
        lifetime& v = values[value_of[x]];
        if (when > v.last) v.last = when;
    };
    for (int i = 0; i < t.node_count; ++i)
        if (t[i].code == op::input) touch(i, -1);  // and to the end: callers compare outputs with targets
    for (int c = 0; c < calls.size(); ++c)
        for (int k = 0; k < calls[c].place_count; ++k) {
            const slot_place& s = places[calls[c].place_first + k];
            if (s.where == arena::workspace) touch(s.id, c);
        }
    for (int i = 0; i < t.node_count; ++i)
        if (value_of[i] >= 0 && (p.stored_as[i] >= 0 || t[i].code == op::input)) touch(i, calls.size());
}

}  // namespace detail

constexpr void plan_table(const plan_request& request, plan_result& result) {
    builder lowered;
    partition p;
    meta::vector<layout> layouts;
    meta::vector<int> copied;
    do {
        lowered = builder{};
        layouts.truncate(0);
        meta::vector<int> image;
        lower_table(request.table, copied, lowered, image);
        p = partition_table(lowered.view(), request.groups);
    } while (!plan_layouts(lowered.view(), p, request.target, request.capacity, request.parameters, layouts, copied));
    const table_view t = lowered.view();
    result.group_count = p.groups.size();

    meta::vector<call_draft> calls;
    meta::vector<slot_place> places;
    detail::emitter(t, request.rule, p, layouts, request.target.width(), result.specs, calls, places).run();

    meta::vector<lifetime> values;
    detail::plan_lifetimes(t, p, layouts, calls, places, values);
    result.workspace = plan_arena(values);
    meta::vector<int> offset_of(t.node_count, 0);
    for (const lifetime& v : values) offset_of[v.node] = v.offset;

    for (const slot_place& s : places) {
        int offset = s.offset;
        switch (s.where) {
            case arena::workspace: offset += offset_of[s.id]; break;
            case arena::scalars: offset += s.id; break;
            case arena::state: offset += s.part * request.parameter_elements + request.parameters[s.id].offset; break;
            default: offset += request.parameters[s.id].offset; break;
        }
        result.places.push({s.where, offset});
    }
    for (const call_draft& c : calls) result.calls.push({c.spec, c.place_first, c.count_fixed, c.count_per_row});

    const auto port_of = [&](int x) { return port{offset_of[x], layouts[x], t[x].rows, t.shape(x)}; };
    const auto set = [](meta::vector<port>& ports, int k, const port& value) {
        while (ports.size() <= k) ports.push({});
        ports[k] = value;
    };
    for (int i = 0; i < t.node_count; ++i) {
        if (t[i].code == op::iota && first_iota + layouts[i].elements > result.scalars) result.scalars = first_iota + layouts[i].elements;
        if (t[i].code == op::input) set(result.inputs, t[i].leaf, port_of(i));
        if (const int s = p.stored_as[i]; s >= 0 && t.attribute(s).rank == 0) {
            set(result.outputs, t[s].leaf, port_of(i));
            if (t[s].leaf == 0)
                for (int c = 0; c < calls.size(); ++c)
                    for (int k = 0; k < calls[c].place_count; ++k)
                        if (const slot_place& at = places[calls[c].place_first + k]; at.where == arena::workspace && at.id == i)
                            result.calls_until_output = c + 1;
        }
    }
}

/// Places of a network's parameters, from its forward table: offsets in the order of their numbers.
constexpr void plan_parameters(const table_view& forward, int parameter_count, const machine& target,
                               meta::vector<parameter_place>& places, int& elements) {
    builder lowered;
    meta::vector<int> image, copied;
    lower_table(forward, copied, lowered, image);
    const table_view t = lowered.view();
    const partition p = partition_table(t);
    meta::vector<layout> layouts;
    plan_layouts(t, p, target, 1, nullptr, layouts, copied);
    places.resize(parameter_count);
    for (int i = 0; i < t.node_count; ++i)
        if (t[i].code == op::parameter) places[t[i].leaf].where = layouts[i];
    elements = 0;
    for (parameter_place& place : places) {
        place.offset = elements;
        elements += place.where.elements;
    }
}

template <int Specs, int Extents, int Instructions, int Outputs, int Slots, int Strides, int Calls, int Places, int Inputs, int Results>
struct plan_table_constant {
    spec_list<Specs, Extents, Instructions, Outputs, Slots, Strides> specs{};
    call calls[static_cast<std::size_t>(Calls) + 1]{};
    place_in_arena places[static_cast<std::size_t>(Places) + 1]{};
    port inputs[static_cast<std::size_t>(Inputs) + 1]{};
    port outputs[static_cast<std::size_t>(Results) + 1]{};
    int workspace = 0, calls_until_output = 0, group_count = 0, scalars = 0;
    static constexpr int call_count = Calls, spec_count = Specs, input_count = Inputs, output_count = Results;
};

/// Request::value() gives a plan_request; the result as a constant.
template <class Request>
struct frozen_plan {
    struct plan_size {
        int specs, extents, instructions, outputs, slots, strides, calls, places, inputs, results;
    };
    static constexpr plan_size size = [] {
        plan_result r;
        plan_table(Request::value(), r);
        return plan_size{r.specs.specs.size(), r.specs.extents.size(), r.specs.instructions.size(), r.specs.outputs.size(),
                         r.specs.slots.size(), r.specs.strides.size(), r.calls.size(), r.places.size(), r.inputs.size(), r.outputs.size()};
    }();
    static constexpr auto value = [] {
        plan_result r;
        plan_table(Request::value(), r);
        plan_table_constant<size.specs, size.extents, size.instructions, size.outputs, size.slots, size.strides, size.calls,
                            size.places, size.inputs, size.results>
            kept;
        const auto copy = [](const auto& from, auto& to) {
            for (int i = 0; i < from.size(); ++i) to[i] = from[i];
        };
        kept.specs.width = r.specs.width;
        copy(r.specs.specs, kept.specs.specs);
        copy(r.specs.extents, kept.specs.extents);
        copy(r.specs.instructions, kept.specs.instructions);
        copy(r.specs.outputs, kept.specs.outputs);
        copy(r.specs.slots, kept.specs.slots);
        copy(r.specs.strides, kept.specs.strides);
        copy(r.calls, kept.calls);
        copy(r.places, kept.places);
        copy(r.inputs, kept.inputs);
        copy(r.outputs, kept.outputs);
        kept.workspace = r.workspace;
        kept.calls_until_output = r.calls_until_output;
        kept.group_count = r.group_count;
        kept.scalars = r.scalars;
        return kept;
    }();
};

}  // namespace sinter
