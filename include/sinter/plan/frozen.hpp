// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The plan as a constant: `frozen_plan<Request>::value`, in arrays of the size they need.
///
/// Compilers limit the steps of one constant evaluation (clang: 1,048,576). So each stage is a constant of its own, and
/// the second one goes by `groups_at_once` groups: a plan's length is bounded by its table's trace.
/// A stage is evaluated once, into arrays with room to spare; only where they do not hold the result, once more.
/// Request::value() gives the plan_request.

#include <sinter/meta/constant.hpp>
#include <sinter/plan/plan.hpp>
#include <sinter/plan/too_large.hpp>

namespace sinter {

inline constexpr int groups_at_once = 256;

namespace detail {

/// Arrays that are large enough; the constant reaches no binary.
template <int Nodes, int Lists, int Groups, int Layouts>
struct grouped_constant {
    node nodes[static_cast<std::size_t>(Nodes) + 1]{};
    extents lists[static_cast<std::size_t>(Lists) + 1]{};
    group groups[static_cast<std::size_t>(Groups) + 1]{};
    int group_of[static_cast<std::size_t>(Nodes) + 1]{};
    place place_of[static_cast<std::size_t>(Nodes) + 1]{};
    char stored[static_cast<std::size_t>(Nodes) + 1]{};
    int stored_as[static_cast<std::size_t>(Nodes) + 1]{};
    layout layouts[static_cast<std::size_t>(Layouts) + 1]{};
    int layout_of[static_cast<std::size_t>(Nodes) + 1]{};
    int node_count = 0, list_count = 0, group_count = 0, layout_count = 0;
    long long too_many = 0;  ///< elements of a value that is too large for a program; the arrays are then empty

    /// Whether the arrays hold what is counted; else they are empty.
    constexpr bool holds() const {
        return node_count <= Nodes && list_count <= Lists && group_count <= Groups && layout_count <= Layouts;
    }
    constexpr grouped_view view() const {
        return {{nodes, node_count, lists, nullptr, 0},
                {groups, group_count, group_of, place_of, stored, stored_as},
                {layouts, layout_of}};
    }
};

template <class T>
constexpr void keep(const meta::vector<T>& from, T* to) {
    const T* const at = from.begin();
    for (int i = 0, n = from.size(); i < n; ++i) to[i] = at[i];
}

template <class Request>
struct grouped_stage {
    template <int Nodes, int Lists, int Groups, int Layouts>
    static constexpr auto run() {
        grouped_table grouped;
        group_table(Request::value(), grouped);
        grouped_constant<Nodes, Lists, Groups, Layouts> kept;
        const table_view t = grouped.nodes.view();
        kept.too_many = too_many_in_a_value(t, grouped.layouts.view(), Request::value().capacity);
        if (kept.too_many != 0) return kept;
        kept.node_count = t.node_count;
        kept.list_count = list_count(t);
        kept.group_count = grouped.groups.groups.size();
        kept.layout_count = grouped.layouts.distinct.size();
        if (!kept.holds()) return kept;
        for (int i = 0; i < t.node_count; ++i) kept.nodes[i] = t[i];
        for (int i = 0; i < kept.list_count; ++i) kept.lists[i] = t.lists[i];
        keep(grouped.groups.groups, kept.groups);
        keep(grouped.groups.group_of, kept.group_of);
        keep(grouped.groups.place_of, kept.place_of);
        keep(grouped.groups.stored, kept.stored);
        keep(grouped.groups.stored_as, kept.stored_as);
        keep(grouped.layouts.distinct, kept.layouts);
        keep(grouped.layouts.number, kept.layout_of);
        return kept;
    }
    /// Lowering seldom adds much, and a group has two nodes at least; where not, the groups are made again.
    static constexpr int nodes = Request::value().table.node_count * 9 / 8 + 8;
    static constexpr auto first = run<nodes, list_count(Request::value().table) + 8, nodes / 2 + 8, 32>();
    /// Not so where it is no constant expression and the compiler has said why: what builds on it has nothing to plan.
    static constexpr bool known = requires { typename meta::constant<first.node_count>; };
    static constexpr bool holds = !known || first.holds();
};
/// The constant that holds the groups of a request; that of another one, which groups alike, if it names one.
template <class Request>
struct grouped_constant_of {
    static constexpr const auto& value = grouped_stage<Request>::first;
};
template <class Request>
    requires(!requires { typename Request::grouped_as; } && !grouped_stage<Request>::known)
struct grouped_constant_of<Request> {
    static constexpr grouped_constant<0, 0, 0, 0> value{};
};
template <class Request>
    requires(!requires { typename Request::grouped_as; } && !grouped_stage<Request>::holds)
struct grouped_constant_of<Request> {
    static constexpr const auto& size = grouped_stage<Request>::first;
    static constexpr auto value =
        grouped_stage<Request>::template run<size.node_count, size.list_count, size.group_count, size.layout_count>();
};

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
constexpr void keep_specs(const spec_pools& from, auto& to) {
    to.target = from.target;
    keep(from.specs, to.specs);
    keep(from.extents, to.extents);
    keep(from.instructions, to.instructions);
    keep(from.outputs, to.outputs);
    keep(from.slots, to.slots);
    keep(from.strides, to.strides);
}

/// Groups that were written out: specs, calls and places in arrays with room, or nothing but their numbers.
template <pool_sizes Size, int Calls, int Places>
struct emitted_constant {
    spec_list<Size.specs, Size.extents, Size.instructions, Size.outputs, Size.slots, Size.strides> specs{};
    call_draft calls[static_cast<std::size_t>(Calls) + 1]{};
    slot_place places[static_cast<std::size_t>(Places) + 1]{};
    pool_sizes size{};
    int call_count = 0, place_count = 0;
    constexpr bool holds() const { return Size.holds(size) && call_count <= Calls && place_count <= Places; }
};

/// Groups Part * groups_at_once … of a request.
template <class Request, int Part>
struct emitted_stage {
    template <pool_sizes Size, int Calls, int Places>
    static constexpr auto run() {
        constexpr int begin = Part * groups_at_once, all = grouped_constant_of<Request>::value.group_count;
        constexpr int end = begin + groups_at_once < all ? begin + groups_at_once : all;
        emitted_groups e;
        emit_groups(Request::value(), grouped_constant_of<Request>::value.view(), begin, end, e);
        emitted_constant<Size, Calls, Places> kept;
        kept.size = sizes_of(e.specs);
        kept.call_count = e.calls.size();
        kept.place_count = e.places.size();
        if (!kept.holds()) return kept;
        keep_specs(e.specs, kept.specs);
        keep(e.calls, kept.calls);
        keep(e.places, kept.places);
        return kept;
    }
    static constexpr auto first = run<pool_sizes{24, 48, 256, 72, 192, 256}, groups_at_once, 12 * groups_at_once>();
    static constexpr bool known = requires { typename meta::constant<first.call_count>; };
    static constexpr bool holds = !known || first.holds();
};
template <class Request, int Part>
struct emitted_constant_of {
    static constexpr const auto& value = emitted_stage<Request, Part>::first;
};
template <class Request, int Part>
    requires(!emitted_stage<Request, Part>::known)
struct emitted_constant_of<Request, Part> {
    static constexpr emitted_constant<pool_sizes{}, 0, 0> value{};
};
template <class Request, int Part>
    requires(!emitted_stage<Request, Part>::holds)
struct emitted_constant_of<Request, Part> {
    static constexpr const auto& size = emitted_stage<Request, Part>::first;
    static constexpr auto value =
        emitted_stage<Request, Part>::template run<size.size, size.call_count, size.place_count>();
};

/// Appends a part: its specs, each once, and its calls with the numbers they have here.
constexpr void append(const auto& part, emitted_groups& all) {
    spec_pools& p = all.specs;
    p.target = part.specs.target;
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

struct plan_size {
    pool_sizes pools;
    int specs = 0, calls = 0, places = 0, inputs = 0, outputs = 0;
    constexpr bool holds(const plan_size& other) const {
        return pools.holds(other.pools) && calls >= other.calls && places >= other.places && inputs >= other.inputs &&
               outputs >= other.outputs;
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
    spec_list<Size.pools.specs, Size.pools.extents, Size.pools.instructions, Size.pools.outputs, Size.pools.slots,
              Size.pools.strides>
        specs{};
    // never fewer than a trained program names: after a mistake in the network its message is to be the only one
    port inputs[static_cast<std::size_t>(Size.inputs) + 2]{};
    port outputs[static_cast<std::size_t>(Size.outputs) + 2]{};
    int workspace = 0, calls_until_output = 0, group_count = 0, scalars = 0;
    long long too_many = 0;  ///< elements of an arena or a value that is too large; nothing else was kept
    bool uses_gradients = false;
    plan_size size{};  ///< what the plan needs; if that is more than Size, nothing else was kept
};

/// Copies `size` of a plan's parts but for its schedule, whatever arrays they stand in.
constexpr void keep_plan(const auto& from, const plan_size& size, auto& to) {
    const auto copy = [](const auto& part, auto& kept, int count) {
        for (int i = 0; i < count; ++i) kept[i] = part[i];
    };
    to.specs.target = from.specs.target;
    copy(from.specs.specs, to.specs.specs, size.pools.specs);
    copy(from.specs.extents, to.specs.extents, size.pools.extents);
    copy(from.specs.instructions, to.specs.instructions, size.pools.instructions);
    copy(from.specs.outputs, to.specs.outputs, size.pools.outputs);
    copy(from.specs.slots, to.specs.slots, size.pools.slots);
    copy(from.specs.strides, to.specs.strides, size.pools.strides);
    copy(from.inputs, to.inputs, size.inputs);
    copy(from.outputs, to.outputs, size.outputs);
    to.workspace = from.workspace;
    to.calls_until_output = from.calls_until_output;
    to.group_count = from.group_count;
    to.scalars = from.scalars;
    to.uses_gradients = from.uses_gradients;
}

}  // namespace detail

/// Where a stage is no constant expression, the compiler has said why, and the plan is an empty one. So it is where a
/// value or an arena has more than max_elements, which is raised here.
template <class Request>
struct frozen_plan {
    static constexpr void run(plan_result& r) {
        constexpr const auto& groups = detail::grouped_constant_of<Request>::value;
        r.too_many = groups.too_many;
        if constexpr (requires { Request::state_elements; })
            if (r.too_many == 0 && Request::state_elements > max_elements) r.too_many = Request::state_elements;
        if (r.too_many != 0) return;
        emitted_groups all;
        if constexpr (groups.group_count <= groups_at_once)
            emit_groups(Request::value(), groups.view(), 0, groups.group_count, all);
        else
            [&]<int... Part>(std::integer_sequence<int, Part...>) {
                (detail::append(detail::emitted_constant_of<Request, Part>::value, all), ...);
            }(std::make_integer_sequence<int, (groups.group_count + groups_at_once - 1) / groups_at_once>{});
        place_buffers(Request::value(), groups.view(), all, r);
    }
    template <detail::plan_size Room>
    static constexpr auto keep_in() {
        plan_result r;
        run(r);
        using schedule = detail::plan_schedule<Room.calls, Room.places>;
        detail::plan_constant<Room, schedule> kept;
        kept.too_many = r.too_many;
        if (kept.too_many != 0) return kept;
        kept.size = {detail::sizes_of(r.specs), r.specs.specs.size(), r.calls.size(),
                     r.places.size(),           r.inputs.size(),      r.outputs.size()};
        if (!Room.holds(kept.size)) return kept;
        detail::keep_plan(r, kept.size, kept);
        detail::keep(r.calls, kept.calls);
        detail::keep(r.places, kept.places);
        return kept;
    }
    /// What most plans need: equal specs are one, however many calls there are.
    static constexpr detail::plan_size room_of() {
        constexpr const auto& groups = detail::grouped_constant_of<Request>::value;
        const auto at_most = [](int most, int n) { return n < most ? n : most; };
        const int specs = at_most(24, groups.group_count), nodes = groups.node_count;
        return detail::plan_size{
            {specs, 2 * specs, at_most(256, 3 * nodes), 3 * specs, at_most(192, 2 * nodes), at_most(256, 2 * nodes)},
            specs,
            groups.group_count,
            4 * nodes + 32,  // a gradient with its update has ten
            4,
            4};
    }
    static constexpr detail::plan_size room = room_of();
    static constexpr auto first = keep_in<room>();
    static constexpr bool known = requires { typename meta::constant<first.workspace>; };
    static constexpr detail::plan_size size = known ? first.size : detail::plan_size{};
    static constexpr long long too_many = known ? first.too_many : 0;
    static constexpr auto keep() {
        if constexpr (too_many != 0)
            static_cast<void>(detail::has_elements<too_many, typename detail::network_of<Request>::type,
                                                   Request::value().capacity>::raised);
        if constexpr (!known || too_many != 0) {
            return detail::plan_constant<detail::plan_size{}, detail::plan_schedule<0, 0>>{};
        } else if constexpr (room.holds(size)) {
            using schedule = detail::plan_schedule<room.calls, room.places>;
            detail::plan_constant<size, schedule> kept;
            static_cast<schedule&>(kept) = first;
            detail::keep_plan(first, size, kept);
            return kept;
        } else {
            return keep_in<size>();
        }
    }
    static constexpr auto value = keep();
};

}  // namespace sinter
