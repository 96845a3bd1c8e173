// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The plan as a constant: `frozen_plan<Request>::value`, in arrays of the size they need.
///
/// Compilers limit the steps of one constant evaluation (clang: 1,048,576). So each stage is a constant of its own, and
/// the second one goes by `groups_at_once` groups: a plan's length is bounded by its table's trace.
/// A stage is evaluated into arrays with room (meta/trimmed.hpp). Request::value() gives the plan_request.

#include <sinter/meta/trimmed.hpp>
#include <sinter/plan/plan.hpp>
#include <sinter/plan/too_large.hpp>

namespace sinter {

inline constexpr int groups_at_once = 256;

namespace detail {

struct grouped_size {
    int nodes = 0, operands = 0, lists = 0, groups = 0, layouts = 0;
    constexpr bool holds(const grouped_size& other) const {
        return nodes >= other.nodes && operands >= other.operands && lists >= other.lists && groups >= other.groups &&
               layouts >= other.layouts;
    }
};

template <int Nodes, int Operands, int Lists, int Groups, int Layouts>
struct grouped_constant {
    node nodes[static_cast<std::size_t>(Nodes) + 1]{};
    int pool[static_cast<std::size_t>(Operands) + 1]{};
    extents lists[static_cast<std::size_t>(Lists) + 1]{};
    group groups[static_cast<std::size_t>(Groups) + 1]{};
    int group_of[static_cast<std::size_t>(Nodes) + 1]{};
    place place_of[static_cast<std::size_t>(Nodes) + 1]{};
    char stored[static_cast<std::size_t>(Nodes) + 1]{};
    int stored_as[static_cast<std::size_t>(Nodes) + 1]{};
    layout layouts[static_cast<std::size_t>(Layouts) + 1]{};
    int layout_of[static_cast<std::size_t>(Nodes) + 1]{};
    grouped_size size{};
    long long too_many = 0;  ///< elements of a value that is too large for a program; the arrays are then empty

    constexpr grouped_view view() const {
        return {{nodes, size.nodes, pool, lists, nullptr, 0},
                {groups, size.groups, group_of, place_of, stored, stored_as},
                {layouts, layout_of}};
    }
};

template <class T>
constexpr void keep(const T* from, int count, T* to) {
    for (int i = 0; i < count; ++i) to[i] = from[i];
}

template <class Request>
struct grouped_stage {
    static constexpr plan_request request = Request::value();
    template <grouped_size Room>
    static constexpr auto run() {
        grouped_table grouped;
        group_table(request, grouped);
        grouped_constant<Room.nodes, Room.operands, Room.lists, Room.groups, Room.layouts> kept;
        const table_view t = grouped.nodes.view();
        kept.too_many = too_many_in_a_value(t, grouped.layouts.view(), request.capacity);
        if (kept.too_many != 0) return kept;
        const table_extent all = extent_of(t);
        kept.size = {t.node_count, all.operands, all.lists, grouped.groups.groups.size(),
                     grouped.layouts.distinct.size()};
        if (!Room.holds(kept.size)) return kept;
        keep(t.nodes, t.node_count, kept.nodes);
        keep(t.pool, all.operands, kept.pool);
        keep(t.lists, all.lists, kept.lists);
        keep(grouped.groups.groups.begin(), grouped.groups.groups.size(), kept.groups);
        keep(grouped.groups.group_of.begin(), grouped.groups.group_of.size(), kept.group_of);
        keep(grouped.groups.place_of.begin(), grouped.groups.place_of.size(), kept.place_of);
        keep(grouped.groups.stored.begin(), grouped.groups.stored.size(), kept.stored);
        keep(grouped.groups.stored_as.begin(), grouped.groups.stored_as.size(), kept.stored_as);
        keep(grouped.layouts.distinct.begin(), grouped.layouts.distinct.size(), kept.layouts);
        keep(grouped.layouts.number.begin(), grouped.layouts.number.size(), kept.layout_of);
        return kept;
    }
    /// Lowering adds a sixth where layers are convolutions, and a group has two nodes at least.
    static constexpr int nodes = request.table.node_count * 5 / 4 + 8;
    static constexpr int lists = extent_of(request.table).lists;
    static constexpr grouped_size room{nodes, 2 * nodes, lists + 8, nodes / 2 + 8, lists + 16};
    static constexpr auto unknown() { return grouped_constant<0, 0, 0, 0, 0>{}; }
};
/// The constant that holds the groups of a request; that of another one, which groups alike, if it names one.
template <class Request>
struct grouped_constant_of : meta::with_room<grouped_stage<Request>> {};
template <class Request>
    requires requires { typename Request::grouped_as; }
struct grouped_constant_of<Request> : grouped_constant_of<typename Request::grouped_as> {};

struct pool_sizes {
    int specs = 0, extents = 0, instructions = 0, outputs = 0, slots = 0, strides = 0;
    constexpr bool holds(const pool_sizes& other) const {
        return specs >= other.specs && extents >= other.extents && instructions >= other.instructions &&
               outputs >= other.outputs && slots >= other.slots && strides >= other.strides;
    }
};
constexpr pool_sizes sizes_of(const spec_pools& p) {
    return {p.specs.size(),   p.extents.size(), p.instructions.size(),
            p.outputs.size(), p.slots.size(),   p.strides.size()};
}
template <pool_sizes Size>
using specs_of_size = spec_list<Size.specs, Size.extents, Size.instructions, Size.outputs, Size.slots, Size.strides>;
constexpr void keep_specs(const spec_pools& from, auto& to) {
    to.target = from.target;
    keep(from.specs.begin(), from.specs.size(), to.specs);
    keep(from.extents.begin(), from.extents.size(), to.extents);
    keep(from.instructions.begin(), from.instructions.size(), to.instructions);
    keep(from.outputs.begin(), from.outputs.size(), to.outputs);
    keep(from.slots.begin(), from.slots.size(), to.slots);
    keep(from.strides.begin(), from.strides.size(), to.strides);
}

struct emitted_size {
    pool_sizes pools;
    int calls = 0, places = 0;
    constexpr bool holds(const emitted_size& other) const {
        return pools.holds(other.pools) && calls >= other.calls && places >= other.places;
    }
};

/// Groups that were written out: specs, calls and places.
template <emitted_size Room>
struct emitted_constant {
    specs_of_size<Room.pools> specs{};
    call_draft calls[static_cast<std::size_t>(Room.calls) + 1]{};
    slot_place places[static_cast<std::size_t>(Room.places) + 1]{};
    emitted_size size{};
};

/// Groups Part * groups_at_once … of a request.
template <class Request, int Part>
struct emitted_stage {
    template <emitted_size Room>
    static constexpr auto run() {
        constexpr int begin = Part * groups_at_once, all = grouped_constant_of<Request>::value.size.groups;
        constexpr int end = begin + groups_at_once < all ? begin + groups_at_once : all;
        emitted_groups e;
        emit_groups(Request::value(), grouped_constant_of<Request>::value.view(), begin, end, e);
        emitted_constant<Room> kept;
        kept.size = {sizes_of(e.specs), e.calls.size(), e.places.size()};
        if (!Room.holds(kept.size)) return kept;
        keep_specs(e.specs, kept.specs);
        keep(e.calls.begin(), e.calls.size(), kept.calls);
        keep(e.places.begin(), e.places.size(), kept.places);
        return kept;
    }
    static constexpr emitted_size room{{40, 120, 400, 120, 256, 640}, groups_at_once, 12 * groups_at_once};
    static constexpr auto unknown() { return emitted_constant<emitted_size{}>{}; }
};
template <class Request, int Part>
using emitted_constant_of = meta::with_room<emitted_stage<Request, Part>>;

/// Appends a part: its specs, each once, and its calls with the numbers they have here.
constexpr void append(const auto& part, emitted_groups& all) {
    spec_pools& p = all.specs;
    p.target = part.specs.target;
    meta::vector<int> number;
    for (int i = 0; i < part.size.pools.specs; ++i) {
        spec s = part.specs.specs[i];
        const auto move = [](auto& pool, const auto* from, int& first, int count) {
            const int begin = pool.size();
            for (int k = 0; k < count; ++k) pool.push(from[first + k]);
            first = begin;
        };
        move(p.extents, part.specs.extents, s.outer_first, s.axes());
        move(p.instructions, part.specs.instructions, s.instruction_first, s.instruction_count);
        move(p.outputs, part.specs.outputs, s.output_first, s.output_count);
        move(p.slots, part.specs.slots, s.slot_first, s.slot_count);
        move(p.strides, part.specs.strides, s.stride_first, s.slot_count * s.axes());
        p.specs.push(s);
        number.push(intern_spec(p));
    }
    const int first_place = all.places.size();
    for (int i = 0; i < part.size.calls; ++i) {
        call_draft c = part.calls[i];
        c.spec = number[c.spec];
        c.place_first += first_place;
        all.calls.push(c);
    }
    for (int i = 0; i < part.size.places; ++i) all.places.push(part.places[i]);
}

struct plan_size {
    pool_sizes pools;
    int specs = 0, calls = 0, places = 0, inputs = 0, outputs = 0, blocks = 0;
    constexpr bool holds(const plan_size& other) const {
        return pools.holds(other.pools) && calls >= other.calls && places >= other.places && inputs >= other.inputs &&
               outputs >= other.outputs && blocks >= other.blocks;
    }
};

/// What grows with a network's depth. It keeps its room: a whole is copied at once, elements of a constant are not.
template <int Calls, int Places>
struct plan_schedule {
    call calls[static_cast<std::size_t>(Calls) + 1]{};
    place_in_arena places[static_cast<std::size_t>(Places) + 1]{};
};

template <plan_size Size, class Schedule>
struct plan_constant : Schedule {
    using schedule = Schedule;
    specs_of_size<Size.pools> specs{};
    // never fewer than a trained program names: after a mistake in the network its message is to be the only one
    port inputs[static_cast<std::size_t>(Size.inputs) + 2]{};
    port outputs[static_cast<std::size_t>(Size.outputs) + 2]{};
    blocked_calls blocks[static_cast<std::size_t>(Size.blocks) + 1]{};
    int workspace = 0, block_elements = 0, calls_until_output = 0, group_count = 0, scalars = 0;
    long long too_many = 0;  ///< elements of an arena or a value that is too large; nothing else was kept
    bool uses_gradients = false;
    plan_size size{};
};

constexpr void keep_numbers(const auto& from, auto& to) {
    to.workspace = from.workspace;
    to.block_elements = from.block_elements;
    to.calls_until_output = from.calls_until_output;
    to.group_count = from.group_count;
    to.scalars = from.scalars;
    to.uses_gradients = from.uses_gradients;
}
/// Copies `size` of a plan's parts but for its schedule, from arrays with room.
constexpr void keep_plan(const auto& from, const plan_size& size, auto& to) {
    to.specs.target = from.specs.target;
    keep(from.specs.specs, size.pools.specs, to.specs.specs);
    keep(from.specs.extents, size.pools.extents, to.specs.extents);
    keep(from.specs.instructions, size.pools.instructions, to.specs.instructions);
    keep(from.specs.outputs, size.pools.outputs, to.specs.outputs);
    keep(from.specs.slots, size.pools.slots, to.specs.slots);
    keep(from.specs.strides, size.pools.strides, to.specs.strides);
    keep(from.inputs, size.inputs, to.inputs);
    keep(from.outputs, size.outputs, to.outputs);
    keep(from.blocks, size.blocks, to.blocks);
    keep_numbers(from, to);
}

template <class Request>
struct planned_stage {
    static constexpr void plan(plan_result& r) {
        constexpr const auto& groups = grouped_constant_of<Request>::value;
        r.too_many = groups.too_many;
        if constexpr (requires { Request::state_elements; })
            if (r.too_many == 0 && Request::state_elements > max_elements) r.too_many = Request::state_elements;
        if (r.too_many != 0) return;
        emitted_groups all;
        if constexpr (groups.size.groups <= groups_at_once)
            emit_groups(Request::value(), groups.view(), 0, groups.size.groups, all);
        else
            [&]<int... Part>(std::integer_sequence<int, Part...>) {
                (append(emitted_constant_of<Request, Part>::value, all), ...);
            }(std::make_integer_sequence<int, (groups.size.groups + groups_at_once - 1) / groups_at_once>{});
        place_buffers(Request::value(), groups.view(), all, r);
    }
    template <plan_size Room>
    static constexpr auto run() {
        plan_result r;
        plan(r);
        plan_constant<Room, plan_schedule<Room.calls, Room.places>> kept;
        kept.too_many = r.too_many;
        if (kept.too_many != 0) return kept;
        kept.size = {sizes_of(r.specs), r.specs.specs.size(), r.calls.size(), r.places.size(),
                     r.inputs.size(),   r.outputs.size(),     r.blocks.size()};
        if (!Room.holds(kept.size)) return kept;
        keep_specs(r.specs, kept.specs);
        keep(r.inputs.begin(), r.inputs.size(), kept.inputs);
        keep(r.outputs.begin(), r.outputs.size(), kept.outputs);
        keep(r.blocks.begin(), r.blocks.size(), kept.blocks);
        keep_numbers(r, kept);
        keep(r.calls.begin(), r.calls.size(), kept.calls);
        keep(r.places.begin(), r.places.size(), kept.places);
        return kept;
    }
    /// What most plans need: equal specs are one, however many calls there are.
    static constexpr plan_size room_of() {
        constexpr grouped_size groups = grouped_constant_of<Request>::value.size;
        const auto at_most = [](int most, int n) { return n < most ? n : most; };
        const int specs = at_most(40, groups.groups), nodes = groups.nodes, calls = groups.groups;
        const int places = 4 * nodes + 32;  // a gradient with its update has ten
        const pool_sizes pools{
            specs, 3 * specs, at_most(400, 3 * nodes), 3 * specs, at_most(256, 2 * nodes), at_most(640, 3 * nodes)};
        return {pools, specs, calls, places, 4, 4, 4};
    }
    static constexpr plan_size room = room_of();
    static constexpr auto unknown() { return plan_constant<plan_size{}, plan_schedule<0, 0>>{}; }
    template <plan_size Size>
    static constexpr auto trim(const auto& plan) {
        using schedule = typename std::remove_reference_t<decltype(plan)>::schedule;
        plan_constant<Size, schedule> kept;
        static_cast<schedule&>(kept) = plan;
        keep_plan(plan, Size, kept);
        return kept;
    }
};

}  // namespace detail

/// Where a stage is no constant expression, the compiler has said why, and the plan is an empty one. So it is where a
/// value or an arena has more than max_elements, which is raised here.
template <class Request>
struct frozen_plan : meta::trimmed<detail::planned_stage<Request>> {
    static constexpr long long too_many = frozen_plan::with_room::value.too_many;
    static_assert(
        detail::has_elements<too_many, typename detail::network_of<Request>::type, Request::value().capacity>::raised);
};

}  // namespace sinter
