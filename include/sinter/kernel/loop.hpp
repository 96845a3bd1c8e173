// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The `loop` kind: elementwise bodies with reductions over the inner axis, and sums over the outer ones.
///
/// A row (one outer index) of at most eight registers is held whole and each instruction computed once. A longer row is
/// walked in passes, one after each stage of reductions; what a pass needs of the others' values it computes again, but
/// for exp and its kin, which wait in scratch.
///
/// The order of every sum is fixed and the same for any number of lanes (law: tests/kernel/loop.cpp against the twin):
///   sum, max     over a row: element j joins accumulator j % 16, the sixteen in the tree of `wide::reduce`
///   column       over outer indices: blocks of 16 consecutive ones, each summed in order from 0, then the blocks' sums
///                in order from 0
///   whole        the same blocks; within a block an element-level value is summed as `sum` over all its elements, the
///                accumulators running on from row to row; an outer-level value in order. In a flat spec a block is
///                2,048 elements.
/// A `part` is a range of blocks. Parts may run at the same time unless the spec has a column or whole output: those
/// are carried from part to part in the output itself, so such parts run one after another, the first one first.

#include <sinter/kernel/body.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

inline constexpr int outer_block = 16;
inline constexpr int flat_block = 2048;

template <class Kernel>
struct walk;  // kernel/walk.hpp

template <class T, const auto& List, int Index>
struct loop_kernel {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr bool flat = B::self.flat();
    static constexpr int inner = flat       ? flat_block
                                 : B::walks ? B::self.lanes
                                            : B::self.inner;  ///< what lanes run along
    static constexpr int vectors = (inner + L - 1) / L;
    static constexpr int tail = inner - (vectors - 1) * L;
    static constexpr bool held = !flat && B::passes > 1 && vectors <= 8;
    static constexpr bool summed = B::has_sums(output_kind::column) || B::has_sums(output_kind::whole);
    static constexpr int block = summed ? outer_block : 1;
    static constexpr int outs = B::self.output_count;
    static constexpr int elements = vectors * L;

    template <op Code>
    using join_of = std::conditional_t<Code == op::sum, add, larger_of>;

    template <op Code>
    static constexpr T start = Code == op::sum ? T{0} : static_cast<T>(-__builtin_inf());

    /// Sums of one block.
    struct sums {
        wide<V> whole[outs + 1];
        T outer[outs + 1];
    };

    static void run(void* const* slots, int rows, int count, T* scratch, part p) {
        int total = 1;
        if constexpr (flat) {
            static_assert(!flat || (B::passes == 1 && !B::has_sums(output_kind::column) && B::self.outer_count == 0),
                          "a flat spec has no reduction over its axis, no column output and no outer axis");
            total = (count + flat_block - 1) / flat_block;
        } else {
            for (int x = 0; x < B::self.outer_count; ++x) total *= B::extent(x) == run_time_rows ? rows : B::extent(x);
        }
        if constexpr (B::walks && !summed) total *= walk<loop_kernel>::strips;
        const int in_block = flat ? 1 : block;
        const int blocks = (total + in_block - 1) / in_block;
        const int first = static_cast<int>(static_cast<long long>(blocks) * p.index / p.count);
        const int last = static_cast<int>(static_cast<long long>(blocks) * (p.index + 1) / p.count);
        V fixed[B::count + 1] = {};
        compute_all<B>(list_of<B, which::constant, 0>{}, fixed, values<V>{{fixed, fixed, fixed}}, slots);
        if (summed && p.index == 0) clear(typename B::outputs{}, slots);
        for (int b = first; b < last; ++b) {
            const int from = b * in_block, to = from + in_block < total ? from + in_block : total;
            sums s = {};
            if constexpr (flat) {
                const int begin = from * flat_block, length = count - begin < flat_block ? count - begin : flat_block;
                void* at[B::self.slot_count + 1];  // a local: what is stored cannot change it
                for (int k = 0; k < B::self.slot_count; ++k) at[k] = slots[k];
                run_stage<0>(fixed, fixed, nullptr, at, s, scratch, begin / L, length, from == 0);
            } else {
                run_block(fixed, slots, s, from, to, rows, scratch);
            }
            add_blocks(typename B::outputs{}, slots, s, scratch);
        }
    }

    static void run_block(const V* fixed, void* const* slots, sums& s, int from, int to, int rows, T* scratch) {
        void* at[B::self.slot_count + 1];
        if constexpr (columns() > 0)
            for (int i = 0; i < columns() * elements; ++i) scratch[i] = 0;
        if constexpr (B::walks) return walk<loop_kernel>::run(fixed, slots, from, to, rows, scratch);
        for (int o = from; o < to; ++o) {
            place<B>(at, slots, o, rows);
            V once[B::count + 1];
            V kept[held ? vectors : 1][B::count + 1];
            run_stages(std::make_integer_sequence<int, B::passes>{}, fixed, once, kept, at, s, scratch);
        }
    }
    template <int... Stage>
    SINTER_ALWAYS_INLINE static void run_stages(std::integer_sequence<int, Stage...>, const V* fixed, V* once,
                                                V (*kept)[B::count + 1], void* const* at, sums& s, T* scratch) {
        using expand = int[];
        (void)expand{0, (run_stage<Stage>(fixed, once, kept, at, s, scratch, 0, inner, true), 0)...};
    }

    // ---- sums over outer indices

    static constexpr int column(int output) {
        int n = 0;
        for (int o = 0; o < output; ++o) n += B::out(o).kind == output_kind::column;
        return n;
    }
    static constexpr int columns() { return column(outs); }
    template <int Output>
    static constexpr int scratch_of = column(Output) * elements;
    SINTER_ALWAYS_INLINE static int valid(int q) { return q == vectors - 1 ? tail : L; }

    /// Column and whole outputs start at zero.
    template <output_kind Kind, form F>
    static void clear_one(void* to, slot s) {
        if constexpr (Kind == output_kind::column)
            for (int q = 0; q < vectors; ++q) store<V, F>(V{0}, to, s, q * L, valid(q));
        if constexpr (Kind == output_kind::whole) *static_cast<T*>(to) = 0;
    }
    template <int... O>
    static void clear(std::integer_sequence<int, O...>, void* const* slots) {
        using expand = int[];
        (void)expand{0, (clear_one<B::out_of(O).kind, B::access_to(B::out_of(O).slot)>(slots[B::out_of(O).slot],
                                                                                       B::slot_of(B::out_of(O).slot)),
                         0)...};
    }

    /// What a block summed joins what the blocks before it did.
    template <output_kind Kind, bool PerElement, form F>
    static void add_block(void* to, slot s, const wide<V>& whole, T outer, const T* sum) {
        if constexpr (Kind == output_kind::column)
            for (int q = 0; q < vectors; ++q)
                store<V, F>(load<V, F>(to, s, q * L, valid(q)) + V::load(sum + q * L), to, s, q * L, valid(q));
        if constexpr (Kind == output_kind::whole) *static_cast<T*>(to) += PerElement ? whole.reduce(add{}) : outer;
    }
    template <int... O>
    SINTER_ALWAYS_INLINE static void add_blocks(std::integer_sequence<int, O...>, void* const* slots, const sums& s,
                                                const T* scratch) {
        using expand = int[];
        (void)expand{0, (add_block<B::out_of(O).kind, B::out_per_element(O), B::access_to(B::out_of(O).slot)>(
                             slots[B::out_of(O).slot], B::slot_of(B::out_of(O).slot), s.whole[O], s.outer[O],
                             scratch + scratch_of<O>),
                         0)...};
    }

    // ---- one row

    /// What leaves the kernel once a row, when everything about the outer index is known.
    template <output_kind Kind, bool PerElement>
    SINTER_ALWAYS_INLINE static void leave_outer(const V* value, void* to, [[maybe_unused]] T& sum) {
        if constexpr (Kind == output_kind::outer)
            *static_cast<T*>(to) = value->first();
        else if constexpr (Kind == output_kind::whole && !PerElement)
            sum += value->first();
    }
    template <int... O>
    SINTER_ALWAYS_INLINE static void leave_outers(std::integer_sequence<int, O...>, const values<V>& v, void* const* at,
                                                  sums& s) {
        using expand = int[];
        (void)expand{0, (leave_outer<B::out_of(O).kind, B::out_per_element(O)>(
                             v.of[B::kind(B::out_of(O).value)] + B::out_of(O).value, at[B::out_of(O).slot], s.outer[O]),
                         0)...};
    }
    /// What leaves it for the vector q of the row; g is the vector of accumulators that it joins.
    template <output_kind Kind, bool PerElement, form F>
    SINTER_ALWAYS_INLINE static void leave(const V* value, void* to, [[maybe_unused]] slot d,
                                           [[maybe_unused]] wide<V>& whole, [[maybe_unused]] T* scratch,
                                           [[maybe_unused]] int q, [[maybe_unused]] int g, [[maybe_unused]] int n) {
        if constexpr (Kind == output_kind::element)
            store<V, F>(*value, to, d, q * L, n);
        else if constexpr (Kind == output_kind::column)
            (V::load(scratch + q * L) + *value).store(scratch + q * L);
        else if constexpr (Kind == output_kind::whole && PerElement)
            whole.at[g] = whole.at[g] + keep(*value, n, T{0});
    }
    template <int... O>
    SINTER_ALWAYS_INLINE static void leave_all(std::integer_sequence<int, O...>, const values<V>& v, void* const* at,
                                               sums& s, T* scratch, int q, int g, int n) {
        using expand = int[];
        (void)expand{0, (leave<B::out_of(O).kind, B::out_per_element(O), B::access_to(B::out_of(O).slot)>(
                             v.of[B::kind(B::out_of(O).value)] + B::out_of(O).value, at[B::out_of(O).slot],
                             B::slot_of(B::out_of(O).slot), s.whole[O], scratch + scratch_of<O>, q, g, n),
                         0)...};
    }

    // The reductions of a stage: start, take a vector, end.
    template <int... Step>
    SINTER_ALWAYS_INLINE static void start_these(std::integer_sequence<int, Step...>, [[maybe_unused]] wide<V>* w) {
        using expand = int[];
        (void)expand{0, (w[Step] = wide<V>{start<B::step(Step).code>}, 0)...};
    }
    template <op Code>
    SINTER_ALWAYS_INLINE static void join(V& sum, const V* value, int n) {
        sum = join_of<Code>{}(sum, keep(*value, n, start<Code>));
    }
    template <int... Step>
    SINTER_ALWAYS_INLINE static void join_these(std::integer_sequence<int, Step...>, [[maybe_unused]] wide<V>* w,
                                                [[maybe_unused]] const values<V>& v, [[maybe_unused]] int g,
                                                [[maybe_unused]] int n) {
        using expand = int[];
        (void)expand{
            0, (join<B::step(Step).code>(w[Step].at[g], v.of[B::kind(B::step(Step).a)] + B::step(Step).a, n), 0)...};
    }
    template <int... Step>
    SINTER_ALWAYS_INLINE static void end_these(std::integer_sequence<int, Step...>, [[maybe_unused]] wide<V>* w,
                                               [[maybe_unused]] V* once) {
        using expand = int[];
        (void)expand{0, (once[Step] = V{w[Step].reduce(join_of<B::step(Step).code>{})}, 0)...};
    }

    template <int Stage>
    using reductions = list_of<B, which::reduction, Stage>;

    /// Whether a pass adds into the sixteen accumulators, and does it often enough to keep them in registers.
    template <int Stage>
    static constexpr bool accumulates =
        wide<V>::vectors <= 2 && (B::template those<which::reduction, Stage>.size > 0 ||
                                  (Stage == B::passes - 1 && B::has_sums(output_kind::whole)));

    /// The largest of values in order is the first NaN, or the last of those that none exceeds: in whatever pairs they
    /// are joined, as long as they stay in order. So maxima need not wait for one another, as the terms of a sum must.
    static constexpr int side_by_side = 4;
    template <int Stage>
    static constexpr bool only_maxima = [] {
        constexpr auto these = B::template those<which::reduction, Stage>;
        bool all = these.size > 0 && vectors >= 4 * side_by_side && !B::has_sums(output_kind::whole);
        for (int k = 0; k < these.size; ++k) all = all && B::code(these.at[k]).code == op::max;
        return all;
    }();
    template <int... Step>
    SINTER_ALWAYS_INLINE static void join_maxima(std::integer_sequence<int, Step...>, wide<V>* to,
                                                 const wide<V>* next) {
        SINTER_UNROLL
        for (int g = 0; g < wide<V>::vectors; ++g) {
            using expand = int[];
            (void)expand{0, (to[Step].at[g] = maximum(to[Step].at[g], next[Step].at[g]), 0)...};
        }
    }

    /// What is known after `Stage` reductions, over `length` elements of the row from vector `first` on, a multiple of
    /// sixteen elements; then the reductions that this makes known.
    template <int Stage>
    SINTER_ALWAYS_INLINE static void run_stage(const V* fixed, V* once, V (*kept)[B::count + 1], void* const* at,
                                               sums& s, T* scratch, int first, int length, bool outers) {
        if constexpr (!flat)
            compute_all<B>(list_of<B, which::outer, Stage>{}, once, values<V>{{fixed, once, once}}, at);
        if (Stage == B::passes - 1 && outers) leave_outers(typename B::outputs{}, {{fixed, once, once}}, at, s);
        wide<V> w[B::count + 1];
        start_these(reductions<Stage>{}, w);
        constexpr int group = wide<V>::vectors;
        const int whole = first + length / L, end = first + (length + L - 1) / L, rest = length % L;
        int q = first;
        const auto vector = [&](int at_vector, int of_group, int valid_lanes) SINTER_INLINE_LAMBDA {
            take<Stage>(fixed, once, kept, at, s, scratch, w, at_vector, of_group, valid_lanes);
        };
        if constexpr (!flat && vectors <= 2) {  // in registers
            SINTER_UNROLL
            for (int v = 0; v < vectors; ++v) vector(v, v % group, valid(v));
        } else if constexpr (accumulates<Stage>) {
            if constexpr (only_maxima<Stage>) {
                const int last = first + (whole - first) / (side_by_side * group) * (side_by_side * group);
                for (; q < last; q += side_by_side * group) {
                    wide<V> of[side_by_side][B::count + 1];
                    SINTER_UNROLL
                    for (int k = 0; k < side_by_side; ++k) {
                        start_these(reductions<Stage>{}, of[k]);
                        SINTER_UNROLL
                        for (int g = 0; g < group; ++g)
                            take<Stage>(fixed, once, kept, at, s, scratch, of[k], q + k * group + g, g, L);
                    }
                    SINTER_UNROLL
                    for (int k = 1; k < side_by_side; k *= 2) {
                        SINTER_UNROLL
                        for (int i = 0; i + k < side_by_side; i += 2 * k)
                            join_maxima(reductions<Stage>{}, of[i], of[i + k]);
                    }
                    join_maxima(reductions<Stage>{}, w, of[0]);
                }
                q = last;  // said outright for g++, which else warns of rows without end
            }
            for (; q + group <= whole; q += group) {
                SINTER_UNROLL
                for (int g = 0; g < group; ++g) vector(q + g, g, L);
            }
            for (; q < end; ++q) vector(q, q % group, q == whole ? rest : L);
        } else {
            for (; q < whole; ++q) vector(q, q % group, L);
            if (q < end) vector(q, q % group, rest);
        }
        end_these(reductions<Stage>{}, w, once);
    }

    /// Vector q of the row, n elements of it; what is summed over the row joins vector g of the accumulators.
    template <int Stage>
    SINTER_ALWAYS_INLINE static void take(const V* fixed, const V* once, V (*kept)[B::count + 1], void* const* at,
                                          sums& s, T* scratch, wide<V>* w, int q, int g, int n) {
        V passing[B::count + 1];
        V* const here = held ? kept[q] : passing;
        const values<V> all{{fixed, once, here}};
        [[maybe_unused]] const int first = columns() * elements + q * L;
        if constexpr (B::passes > 1 && !held)
            recall_all<B>(list_of<B, which::recalled, Stage>{}, here, scratch, first, elements);
        compute_all<B>(list_of<B, held ? which::inner : which::pass, Stage>{}, here, all, at, q * L, n);
        if constexpr (B::passes > 1 && !held)
            keep_all<B>(list_of<B, which::kept, Stage>{}, here, scratch, first, elements);
        join_these(reductions<Stage>{}, w, all, g, n);
        if constexpr (Stage == B::passes - 1) leave_all(typename B::outputs{}, all, at, s, scratch, q, g, n);
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
