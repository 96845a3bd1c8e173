// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The plan as a constant: `frozen_plan<Request>::value`, in arrays of the size they need.
///
/// Compilers limit the steps of one constant evaluation (clang: 1,048,576). So each stage is a constant of its own, and
/// the second one goes by `groups_at_once` groups: a plan's length is bounded by the first stage, some 500 steps a node.
/// Request::value() gives the plan_request.

#include <sinter/plan/plan.hpp>

namespace sinter {

inline constexpr int groups_at_once = 64;

namespace detail {

/// Arrays that are large enough; the constant reaches no binary.
template <int Nodes, int Lists, int Groups>
struct grouped_constant {
    node nodes[static_cast<std::size_t>(Nodes) + 1]{};
    extents lists[static_cast<std::size_t>(Lists) + 1]{};
    group groups[static_cast<std::size_t>(Groups) + 1]{};
    int group_of[static_cast<std::size_t>(Nodes) + 1]{};
    place place_of[static_cast<std::size_t>(Nodes) + 1]{};
    char stored[static_cast<std::size_t>(Nodes) + 1]{};
    int stored_as[static_cast<std::size_t>(Nodes) + 1]{};
    layout layouts[static_cast<std::size_t>(Nodes) + 1]{};
    int node_count = 0, group_count = 0;

    constexpr grouped_view view() const {
        return {{nodes, node_count, lists, nullptr, 0},
                {groups, group_count, group_of, place_of, stored, stored_as},
                layouts};
    }
};

constexpr int list_count(const table_view& t) {
    int lists = 0;
    for (int i = 0; i < t.node_count; ++i)
        for (int id : {t[i].shape, t[i].attribute}) lists = id >= lists ? id + 1 : lists;
    return lists;
}
constexpr void keep(const auto& from, auto& to) {
    for (int i = 0; i < from.size(); ++i) to[i] = from[i];
}

template <class Request>
struct grouped_stage {
    struct sizes {
        int nodes, lists, groups;
    };
    /// Bounds, from lowering alone: a parameter or its gradient may be copied, a pad or concat is two groups, and an update
    /// may leave its first group.
    static constexpr sizes size = [] {
        builder lowered;
        meta::vector<int> copied, image;
        lower_table(Request::value().table, copied, lowered, image);
        const table_view t = lowered.view();
        const int nodes = t.node_count + count(t, op::parameter) + count(t, op::gradient);
        return sizes{nodes, list_count(t), nodes + count(t, op::pad) + count(t, op::concat) + count(t, op::update)};
    }();
    static constexpr auto value = [] {
        grouped_table grouped;
        group_table(Request::value(), grouped);
        grouped_constant<size.nodes, size.lists, size.groups> kept;
        const table_view t = grouped.nodes.view();
        kept.node_count = t.node_count;
        kept.group_count = grouped.groups.groups.size();
        for (int i = 0; i < t.node_count; ++i) kept.nodes[i] = t[i];
        for (int i = 0; i < size.lists; ++i) kept.lists[i] = t.lists[i];
        keep(grouped.groups.groups, kept.groups);
        keep(grouped.groups.group_of, kept.group_of);
        keep(grouped.groups.place_of, kept.place_of);
        keep(grouped.groups.stored, kept.stored);
        keep(grouped.groups.stored_as, kept.stored_as);
        keep(grouped.layouts, kept.layouts);
        return kept;
    }();
};

struct pool_sizes {
    int specs = 0, extents = 0, instructions = 0, outputs = 0, slots = 0, strides = 0;
};
constexpr pool_sizes sizes_of(const spec_pools& p) {
    return {p.specs.size(),   p.extents.size(), p.instructions.size(),
            p.outputs.size(), p.slots.size(),   p.strides.size()};
}
constexpr void keep_specs(const spec_pools& from, auto& to) {
    to.width = from.width;
    keep(from.specs, to.specs);
    keep(from.extents, to.extents);
    keep(from.instructions, to.instructions);
    keep(from.outputs, to.outputs);
    keep(from.slots, to.slots);
    keep(from.strides, to.strides);
}

template <pool_sizes Size, int Calls, int Places>
struct emitted_constant {
    spec_list<Size.specs, Size.extents, Size.instructions, Size.outputs, Size.slots, Size.strides> specs{};
    call_draft calls[static_cast<std::size_t>(Calls) + 1]{};
    slot_place places[static_cast<std::size_t>(Places) + 1]{};
    static constexpr pool_sizes size = Size;
    static constexpr int call_count = Calls, place_count = Places;
};

/// Groups Part * groups_at_once … of a request.
template <class Request, int Part>
struct emitted_stage {
    static constexpr void run(emitted_groups& e) {
        constexpr int first = Part * groups_at_once, all = grouped_stage<Request>::value.group_count;
        emit_groups(Request::value(), grouped_stage<Request>::value.view(), first,
                    first + groups_at_once < all ? first + groups_at_once : all, e);
    }
    struct sizes {
        pool_sizes pools;
        int calls, places;
    };
    static constexpr sizes size = [] {
        emitted_groups e;
        run(e);
        return sizes{sizes_of(e.specs), e.calls.size(), e.places.size()};
    }();
    static constexpr auto value = [] {
        emitted_groups e;
        run(e);
        emitted_constant<size.pools, size.calls, size.places> kept;
        keep_specs(e.specs, kept.specs);
        keep(e.calls, kept.calls);
        keep(e.places, kept.places);
        return kept;
    }();
};

/// Appends a part: its specs, each once, and its calls with the numbers they have here.
constexpr void append(const auto& part, emitted_groups& all) {
    spec_pools& p = all.specs;
    p.width = part.specs.width;
    meta::vector<int> number;
    for (int i = 0; i < part.size.specs; ++i) {
        spec s = part.specs.specs[i];
        const auto move = [](auto& pool, const auto* from, int& first, int count) {
            const int begin = pool.size();
            for (int k = 0; k < count; ++k) pool.push(from[first + k]);
            first = begin;
        };
        move(p.extents, part.specs.extents, s.outer_first, s.outer_count);
        move(p.instructions, part.specs.instructions, s.instruction_first, s.instruction_count);
        move(p.outputs, part.specs.outputs, s.output_first, s.output_count);
        move(p.slots, part.specs.slots, s.slot_first, s.slot_count);
        move(p.strides, part.specs.strides, s.stride_first, s.slot_count * s.outer_count);
        p.specs.push(s);
        number.push(intern_spec(p));
    }
    const int first_place = all.places.size();
    for (int i = 0; i < part.call_count; ++i) {
        call_draft c = part.calls[i];
        c.spec = number[c.spec];
        c.place_first += first_place;
        all.calls.push(c);
    }
    for (int i = 0; i < part.place_count; ++i) all.places.push(part.places[i]);
}

template <pool_sizes Size, int Calls, int Places, int Inputs, int Outputs>
struct plan_constant {
    spec_list<Size.specs, Size.extents, Size.instructions, Size.outputs, Size.slots, Size.strides> specs{};
    call calls[static_cast<std::size_t>(Calls) + 1]{};
    place_in_arena places[static_cast<std::size_t>(Places) + 1]{};
    // never fewer than a trained program names: after a mistake in the network its message is to be the only one
    port inputs[static_cast<std::size_t>(Inputs) + 2]{};
    port outputs[static_cast<std::size_t>(Outputs) + 2]{};
    int workspace = 0, calls_until_output = 0, group_count = 0, scalars = 0;
};

}  // namespace detail

template <class Request>
struct frozen_plan {
    static constexpr void run(plan_result& r) {
        constexpr int parts = (detail::grouped_stage<Request>::value.group_count + groups_at_once - 1) / groups_at_once;
        emitted_groups all;
        [&]<int... Part>(std::integer_sequence<int, Part...>) {
            (detail::append(detail::emitted_stage<Request, Part>::value, all), ...);
        }(std::make_integer_sequence<int, parts>{});
        place_buffers(Request::value(), detail::grouped_stage<Request>::value.view(), all, r);
    }
    struct sizes {
        detail::pool_sizes pools;
        int specs, calls, places, inputs, outputs;
    };
    static constexpr sizes size = [] {
        plan_result r;
        run(r);
        return sizes{detail::sizes_of(r.specs), r.specs.specs.size(), r.calls.size(),
                     r.places.size(),           r.inputs.size(),      r.outputs.size()};
    }();
    static constexpr auto value = [] {
        plan_result r;
        run(r);
        detail::plan_constant<size.pools, size.calls, size.places, size.inputs, size.outputs> kept;
        detail::keep_specs(r.specs, kept.specs);
        detail::keep(r.calls, kept.calls);
        detail::keep(r.places, kept.places);
        detail::keep(r.inputs, kept.inputs);
        detail::keep(r.outputs, kept.outputs);
        kept.workspace = r.workspace;
        kept.calls_until_output = r.calls_until_output;
        kept.group_count = r.group_count;
        kept.scalars = r.scalars;
        return kept;
    }();
};

}  // namespace sinter
