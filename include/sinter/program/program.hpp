// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A plan and the kernels → code: a program is a schedule of direct calls over arenas and the ports of callers.
///
/// `program<Scalar, Plan>::run(arenas, rows)` runs every call; `run<First, Last>` a part of them. A spec that equals
/// one of the plans named behind Plan runs that plan's kernel, so that a network's programs share their kernels.
/// Schedules of at most `expanded_calls` calls are expanded; longer ones are a trimmed constant that a loop walks. No
/// choice depends on data. Every thread of a team runs the same schedule on its part of each call's tiles, and waits
/// for the others behind it; of a chain of calls that runs by blocks of rows it has blocks of its own.

#include <sinter/kernel/kernel.hpp>
#include <sinter/meta/no_team.hpp>
#include <sinter/plan/frozen.hpp>

namespace sinter {

/// The storage of a program: arenas, 64-byte aligned, of the sizes its plan says; and where the plan has ports at
/// addresses, the address of each input and output by its number, of any alignment: a caller's array, or its place in
/// the workspace, `storage[arena::workspace] + Plan::value.inputs[k].offset`. Integers are std::int32_t.
template <class Scalar>
struct arenas {
    Scalar* base[arena_count] = {};  ///< `arena::block` is the program's own
    const void* const* inputs = nullptr;
    void* const* outputs = nullptr;
    constexpr Scalar*& operator[](arena where) { return base[static_cast<int>(where)]; }
    constexpr Scalar* operator[](arena where) const { return base[static_cast<int>(where)]; }
    /// The address of a place, for a block of rows from `first_row` on.
    SINTER_ALWAYS_INLINE void* at(const place_in_arena& place, int first_row = 0) const {
        const std::ptrdiff_t size = place.integer ? 4 : sizeof(Scalar), rows = first_row * size * place.row;
        if (place.where < arena::inputs) return reinterpret_cast<char*>((*this)[place.where] + place.offset) + rows;
        // A program reads its inputs only.
        void* const port =
            place.where == arena::inputs ? const_cast<void*>(inputs[place.number]) : outputs[place.number];
        return static_cast<char*>(port) + place.offset * size + rows;
    }
};

/// What programs compute in.
template <class T>
concept floating = std::is_same_v<T, float> || std::is_same_v<T, double>;

/// The plan that a request asks for.
template <class Request>
struct plan_of : frozen_plan<Request> {
    using request = Request;
};

inline constexpr int expanded_calls = 24;

namespace detail {

/// Which spec of `base` does what spec i of a list does; -1 if none.
constexpr int find_kernel(const auto& list, int i, const auto& base) {
    for (int j = 0; j < base.count; ++j)
        if (equal_specs(list, list.specs[i], base, base.specs[j])) return j;
    return -1;
}

/// Whether parts of a kernel may run at the same time. A loop's sums are carried from part to part.
constexpr bool parts_run_at_once(const auto& list, int index) {
    const spec& s = list.specs[index];
    if (s.kind == kernel_kind::contraction) return true;
    for (int o = s.output_first; o < s.output_first + s.output_count; ++o)
        if (list.outputs[o].kind == output_kind::column || list.outputs[o].kind == output_kind::whole) return false;
    return true;
}

/// The specs of a plan as a constant of its own: what a kernel's symbol names.
template <class Plan>
struct specs_of {
    static constexpr auto value = Plan::value.specs;
};

/// Whose kernel a spec runs: that of the first plan that has an equal one, or its own.
template <class Plan, int Index>
struct kernel_home {
    using plan = Plan;
    static constexpr int index = Index;
};
template <class Plan, int Spec>
constexpr kernel_home<Plan, Spec> home_of() {
    return {};
}
template <class Plan, int Spec, class First, class... Rest>
constexpr auto home_of() {
    if constexpr (std::is_same_v<Plan, First>) {
        return kernel_home<Plan, Spec>{};
    } else {
        constexpr int found = find_kernel(Plan::value.specs, Spec, First::value.specs);
        if constexpr (found >= 0)
            return kernel_home<First, found>{};
        else
            return home_of<Plan, Spec, Rest...>();
    }
}

/// Whether kernels become parts of their caller, which runs them alone: a request may ask for that, and gets it where
/// they are few.
template <class Plan>
inline constexpr bool is_inlined = requires { requires Plan::size.calls <= Plan::request::inlined_calls; };

/// What a loop over a long schedule reads; all that reaches the binary of a plan.
template <class Plan>
struct trimmed_schedule {
    call calls[static_cast<std::size_t>(Plan::size.calls) + 1]{};
    place_in_arena places[static_cast<std::size_t>(Plan::size.places) + 1]{};
    int place_count[static_cast<std::size_t>(Plan::size.specs) + 1]{};
    int widest = 0;
};
template <class Plan>
constexpr trimmed_schedule<Plan> trim_schedule() {
    trimmed_schedule<Plan> s;
    const auto& plan = Plan::value;
    for (int i = 0; i < Plan::size.calls; ++i) s.calls[i] = plan.calls[i];
    for (int i = 0; i < Plan::size.places; ++i) s.places[i] = plan.places[i];
    for (int i = 0; i < Plan::size.specs; ++i) {
        s.place_count[i] = Plan::value.specs.specs[i].slot_count;
        s.widest = s.place_count[i] > s.widest ? s.place_count[i] : s.widest;
    }
    return s;
}
template <class Plan>
inline constexpr trimmed_schedule<Plan> schedule_of = trim_schedule<Plan>();

}  // namespace detail

inline namespace SINTER_INSTRUCTION_SET {

template <class Scalar, class Plan, class... Shared>
struct program {
    static constexpr int call_count = Plan::size.calls;
    static constexpr int capacity = Plan::request::capacity;

    /// Elements of the workspace: values, then for each thread those of its blocks of rows and scratch of the kernels.
    static constexpr int values_elements = round_up(Plan::value.workspace, alignment_elements);
    static constexpr int block_elements = Plan::value.block_elements;
    static constexpr long long most_scratch() {
        std::size_t most = 0;
        for (int i = 0; i < Plan::size.specs; ++i) {
            const std::size_t n = scratch_elements(Plan::value.specs, i, capacity, native_machine<Scalar>().width());
            most = n > most ? n : most;
        }
        return (static_cast<long long>(most) + alignment_elements - 1) / alignment_elements * alignment_elements;
    }
    static constexpr long long own_elements = block_elements + most_scratch();
    static constexpr long long workspace_elements_of(int threads) { return values_elements + threads * own_elements; }
    static constexpr long long workspace_elements = workspace_elements_of(1);
    static constexpr int scalar_elements = Plan::value.scalars;

    /// Calls First … Last - 1, on this thread's part of them; `storage` has a workspace for all threads of its team.
    template <int First = 0, int Last = call_count, class Member = alone>
    static void run(const arenas<Scalar>& storage, int rows, Member thread = {}) noexcept {
        static_assert(whole_chains(First, Last), "calls that run by blocks of rows are called together, or not at all");
        if constexpr (Plan::size.blocks > 0)
            run_blocks<First, Last>(storage, rows, thread);
        else if constexpr (Last - First <= expanded_calls)
            expand<First>(storage, rows, thread, std::make_integer_sequence<int, Last - First>{});
        else
            for (int c = First; c < Last; ++c) {
                run_scheduled(storage, rows, {thread.index, thread.count}, own(storage, thread.index), c);
                thread.wait();
            }
    }

    /// The call behind call c, or behind the chain that begins with it; c within a chain.
    static constexpr int behind(int c) {
        for (int b = 0; b < Plan::size.blocks; ++b)
            if (const blocked_calls& chain = Plan::value.blocks[b]; chain.first <= c && c < chain.last)
                return c == chain.first ? chain.last : c;
        return c + 1;
    }

private:
    static constexpr bool whole_chains(int first, int last) {
        if (first == last) return true;
        for (int b = 0; b < Plan::size.blocks; ++b)
            for (const int cut : {first, last})
                if (Plan::value.blocks[b].first < cut && cut < Plan::value.blocks[b].last) return false;
        return true;
    }
    /// Memory that thread `index` has for itself.
    static Scalar* own(const arenas<Scalar>& storage, int index) {
        return storage[arena::workspace] + values_elements + index * own_elements;
    }

    /// Some calls one after the other, chains of them by blocks of rows: each thread has blocks of its own, and within
    /// them no other to wait for.
    template <int First, int Last, class Member>
    static void run_blocks(arenas<Scalar> storage, int rows, Member thread) noexcept {
        storage[arena::block] = own(storage, thread.index);
        Scalar* const scratch = storage[arena::block] + block_elements;
        const auto whole = [&](int c) {
            run_scheduled(storage, rows, {thread.index, thread.count}, scratch, c);
            thread.wait();
        };
        const auto block = [&](int c, int first_row, int count) {
            run_scheduled(storage, count, {}, scratch, c, first_row);
        };
        walk_schedule(Plan::value.blocks, Plan::size.blocks, First, Last, rows, {thread.index, thread.count}, whole,
                      block, [&] { thread.wait(); });
    }

    template <int Spec>
    static void run_spec(void* const* slots, int rows, int count, Scalar* scratch, part mine) noexcept {
        using home = decltype(detail::home_of<Plan, Spec, Shared...>());
        constexpr const auto& specs = detail::specs_of<typename home::plan>::value;
        constexpr int index = home::index;
        if constexpr (detail::is_inlined<Plan>) {
            run_kernel_inline<Scalar, specs, index>(slots, rows, count, scratch);
        } else if constexpr (detail::parts_run_at_once(specs, index)) {
            run_kernel<Scalar, specs, index>(slots, rows, count, scratch, mine);
        } else {
            if (mine.index == 0) run_kernel<Scalar, specs, index>(slots, rows, count, scratch);
        }
    }

    template <int First, class Member, int... Index>
    static void expand(const arenas<Scalar>& storage, int rows, Member thread,
                       std::integer_sequence<int, Index...>) noexcept {
        (run_call<First + Index>(
             storage, rows, thread,
             std::make_integer_sequence<int,
                                        Plan::value.specs.specs[Plan::value.calls[First + Index].spec].slot_count>{}),
         ...);
    }
    template <int Call, class Member, int... Slot>
    static void run_call(const arenas<Scalar>& storage, int rows, Member thread,
                         std::integer_sequence<int, Slot...>) noexcept {
        constexpr call c = Plan::value.calls[Call];
        void* const slots[] = {storage.at(Plan::value.places[c.first_place + Slot])...};
        run_spec<c.spec>(slots, rows, c.count_fixed + rows * c.count_per_row, own(storage, thread.index),
                         {thread.index, thread.count});
        thread.wait();
    }

    static void run_scheduled(const arenas<Scalar>& storage, int rows, part mine, Scalar* scratch, int index,
                              int first_row = 0) noexcept {
        constexpr const auto& schedule = detail::schedule_of<Plan>;
        const call& c = schedule.calls[index];
        void* slots[static_cast<std::size_t>(schedule.widest) + 1];
        for (int s = 0; s < schedule.place_count[c.spec]; ++s)
            slots[s] = storage.at(schedule.places[c.first_place + s], first_row);
        select<0, Plan::size.specs>(c.spec, slots, rows, c.count_fixed + rows * c.count_per_row, scratch, mine);
    }
    /// The kernel of spec `index`, by halves: a constant schedule's choice.
    template <int First, int Count>
    static void select(int index, void* const* slots, int rows, int count, Scalar* scratch, part mine) noexcept {
        if constexpr (Count == 1) {
            run_spec<First>(slots, rows, count, scratch, mine);
        } else if constexpr (Count > 1) {
            if (index < First + Count / 2)
                select<First, Count / 2>(index, slots, rows, count, scratch, mine);
            else
                select<First + Count / 2, Count - Count / 2>(index, slots, rows, count, scratch, mine);
        }
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter
