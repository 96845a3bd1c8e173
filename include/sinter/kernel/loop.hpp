// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The `loop` kind: elementwise bodies with reductions over the inner axis, and sums over the outer ones.
///
/// A row (one outer index) of at most eight registers is held whole and each instruction computed once. A longer row is
/// walked in passes, one after each stage of reductions; what a pass needs of the others' values it computes again.
///
/// The order of every sum is fixed and the same for any number of lanes (law: tests/kernel/loop.cpp against the twin):
///   sum, max     over a row: element j joins accumulator j % 16, the sixteen in the tree of `wide::reduce`
///   column       over outer indices: blocks of 16 consecutive ones, each summed in order from 0, then the blocks' sums in
///                order from 0
///   whole        the same blocks; within a block an element-level value is summed as `sum` over all its elements, the
///                accumulators running on from row to row; an outer-level value in order. In a flat spec a block is 2,048
///                elements.
/// A `part` is a range of blocks. Parts may run at the same time unless the spec has a column or whole output: those are
/// carried from part to part in the output itself, so such parts run one after another, the first one first.

#include <sinter/kernel/body.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

inline constexpr int outer_block = 16;
inline constexpr int flat_block = 2048;

template <class T, const auto& List, int Index>
struct loop_kernel {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr bool flat = B::self.flat();
    static constexpr int inner = flat ? flat_block : B::self.inner;
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
            total = (count + flat_block - 1) / flat_block;
        } else {
            for (int x = 0; x < B::self.outer_count; ++x) total *= B::extent(x) == run_time_rows ? rows : B::extent(x);
        }
        const int in_block = flat ? 1 : block;
        const int blocks = (total + in_block - 1) / in_block;
        const int first = static_cast<int>(static_cast<long long>(blocks) * p.index / p.count);
        const int last = static_cast<int>(static_cast<long long>(blocks) * (p.index + 1) / p.count);
        V fixed[B::count + 1] = {};
        constants<V, B>(fixed, slots);
        if (summed && p.index == 0) clear(slots);
        for (int b = first; b < last; ++b) {
            const int from = b * in_block, to = from + in_block < total ? from + in_block : total;
            if constexpr (flat)
                run_chunk(fixed, slots, from * flat_block, count);
            else
                run_block(fixed, slots, from, to, rows, scratch);
        }
    }

    /// Column and whole outputs start at zero.
    static void clear(void* const* slots) {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::column)
                for (int q = 0; q < vectors; ++q) store<V, B, o.slot>(V{0}, slots, q * L, valid(q));
            if constexpr (o.kind == output_kind::whole) *static_cast<T*>(slots[o.slot]) = 0;
        });
    }

    SINTER_ALWAYS_INLINE static int valid(int q) { return q == vectors - 1 ? tail : L; }

    static void run_block(const V* fixed, void* const* slots, int from, int to, int rows, T* scratch) {
        void* at[B::self.slot_count + 1];
        sums s = {};
        if constexpr (B::has_sums(output_kind::column))
            for (int i = 0; i < columns() * elements; ++i) scratch[i] = 0;
        for (int o = from; o < to; ++o) {
            place<B>(at, slots, o, rows);
            if constexpr (held)
                run_held(fixed, at, s, scratch);
            else
                run_passes(fixed, at, s, scratch);
        }
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::column)
                for (int q = 0; q < vectors; ++q) {
                    const V sum =
                        load<V, B, o.slot>(slots, q * L, valid(q)) + V::load(scratch + column(O) * elements + q * L);
                    store<V, B, o.slot>(sum, slots, q * L, valid(q));
                }
        });
        add_whole(slots, s);
    }

    static void add_whole(void* const* slots, const sums& s) {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::whole)
                *static_cast<T*>(slots[o.slot]) +=
                    B::code(o.value).at == level::element ? s.whole[O].reduce(add{}) : s.outer[O];
        });
    }

    static constexpr int column(int output) {
        int n = 0;
        for (int o = 0; o < output; ++o) n += B::out(o).kind == output_kind::column;
        return n;
    }
    static constexpr int columns() { return column(outs); }

    /// What leaves the kernel once a row, when everything about the outer index is known.
    SINTER_ALWAYS_INLINE static void outer_outputs(const values<V>& v, void* const* at, sums& s) {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::outer)
                *static_cast<T*>(at[o.slot]) = v.of[B::kind(o.value)][o.value].first();
            else if constexpr (o.kind == output_kind::whole && B::code(o.value).at == level::outer)
                s.outer[O] += v.of[B::kind(o.value)][o.value].first();
        });
    }

    /// What leaves it for the vector q of the row.
    template <int O>
    SINTER_ALWAYS_INLINE static void element_output(V value, void* const* at, sums& s, T* scratch, int q, int g,
                                                    int n) {
        constexpr output o = B::out(O);
        if constexpr (o.kind == output_kind::element) {
            store<V, B, o.slot>(value, at, q * L, n);
        } else if constexpr (o.kind == output_kind::column) {
            T* const sum = scratch + column(O) * elements + q * L;
            (V::load(sum) + value).store(sum);
        } else if constexpr (o.kind == output_kind::whole && B::code(o.value).at == level::element) {
            V& sum = s.whole[O].at[g];
            sum = sum + keep(value, n, T{0});
        }
    }

    SINTER_ALWAYS_INLINE static void element_outputs(const values<V>& v, void* const* at, sums& s, T* scratch, int q,
                                                     int g, int n) {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            element_output<O>(v.of[B::kind(B::out(O).value)][B::out(O).value], at, s, scratch, q, g, n);
        });
    }

    /// Two vectors stay in registers; more are left to the compiler, code is not worth it.
    template <class F>
    SINTER_ALWAYS_INLINE static void for_vectors(F f) {
        if constexpr (vectors <= 2) {
            SINTER_UNROLL
            for (int q = 0; q < vectors; ++q) f(q);
        } else {
            for (int q = 0; q < vectors; ++q) f(q);
        }
    }

    /// A row of up to eight registers: v[q][i] is instruction i at vector q.
    SINTER_ALWAYS_INLINE static void run_held(const V* fixed, void* const* at, sums& s, T* scratch) {
        V v[vectors][B::count + 1];
        V once[B::count + 1];
        for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA { step_held<I>(fixed, once, v, at); });
        outer_outputs({{fixed, once, once}}, at, s);
        for_vectors([&](int q) SINTER_INLINE_LAMBDA {
            element_outputs({{fixed, once, v[q]}}, at, s, scratch, q, q % wide<V>::vectors, valid(q));
        });
    }
    template <int I>
    SINTER_ALWAYS_INLINE static void step_held(const V* fixed, V* once, V (&v)[vectors][B::count + 1],
                                               void* const* at) {
        constexpr instruction c = B::code(I);
        constexpr depends on = B::known.on[I];
        if constexpr (is_reduction(c.code)) {
            wide<V> w{start<c.code>};
            for_vectors([&](int q) SINTER_INLINE_LAMBDA {
                const values<V> all{{fixed, once, v[q]}};
                V& sum = w.at[q % wide<V>::vectors];
                sum = join_of<c.code>{}(sum, keep(all.of[B::kind(c.a)][c.a], valid(q), start<c.code>));
            });
            once[I] = V{w.reduce(join_of<c.code>{})};
        } else if constexpr (on == depends::inner) {
            for_vectors([&](int q) SINTER_INLINE_LAMBDA {
                step_from<V, B, I>(v[q], {{fixed, once, v[q]}}, at, q * L, valid(q));
            });
        } else if constexpr (on == depends::outer) {
            step_from<V, B, I>(once, {{fixed, once, once}}, at, 0, L);
        }
    }

    SINTER_ALWAYS_INLINE static void run_passes(const V* fixed, void* const* at, sums& s, T* scratch) {
        V once[B::count + 1];
        for_each_of(std::make_integer_sequence<int, B::passes>{}, [&]<int Pass>() SINTER_INLINE_LAMBDA {
            outer_stage<Pass>(fixed, once, at);
            if constexpr (Pass == B::passes - 1) outer_outputs({{fixed, once, once}}, at, s);
            wide<V> w[B::count + 1]{};
            for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA {
                if constexpr (B::known.stage[I] == Pass + 1 && is_reduction(B::code(I).code))
                    w[I] = wide<V>{start<B::code(I).code>};
            });
            walk<Pass>(fixed, once, at, s, scratch, w, 0, inner);
            for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA {
                constexpr op code = B::code(I).code;
                if constexpr (B::known.stage[I] == Pass + 1 && is_reduction(code))
                    once[I] = V{w[I].reduce(join_of<code>{})};
            });
        });
    }

    /// Outer-level instructions that are known after `Stage` reductions.
    template <int Stage>
    SINTER_ALWAYS_INLINE static void outer_stage(const V* fixed, V* once, void* const* at) {
        for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA {
            if constexpr (B::known.on[I] == depends::outer && B::known.stage[I] == Stage &&
                          !is_reduction(B::code(I).code))
                step_from<V, B, I>(once, {{fixed, once, once}}, at, 0, L);
        });
    }

    /// Whether a pass adds into the sixteen accumulators, and does it often enough to keep them in registers.
    template <int Pass>
    static constexpr bool accumulates = [] {
        if (wide<V>::vectors > 2) return false;
        for (int i = 0; i < B::count; ++i)
            if (is_reduction(B::code(i).code) && B::known.stage[i] == Pass + 1) return true;
        return Pass == B::passes - 1 && B::has_sums(output_kind::whole);
    }();

    /// A pass over `length` elements from vector `first` on, a multiple of sixteen elements.
    template <int Pass>
    SINTER_ALWAYS_INLINE static void walk(const V* fixed, const V* once, void* const* at, sums& s, T* scratch,
                                          wide<V>* w, int first, int length) {
        const int end = first + (length + L - 1) / L, rest = length % L;
        int q = first;
        if constexpr (accumulates<Pass>) {
            constexpr int group = wide<V>::vectors;
            for (; q + group <= first + length / L; q += group) {
                SINTER_UNROLL
                for (int g = 0; g < group; ++g) pass_vector<Pass>(fixed, once, at, s, scratch, w, q + g, g, L);
            }
            for (; q < end; ++q)
                pass_vector<Pass>(fixed, once, at, s, scratch, w, q, q % group, q == end - 1 && rest ? rest : L);
        } else {
            for (; q < first + length / L; ++q)
                pass_vector<Pass>(fixed, once, at, s, scratch, w, q, q % wide<V>::vectors, L);
            if (q < end) pass_vector<Pass>(fixed, once, at, s, scratch, w, q, q % wide<V>::vectors, rest);
        }
    }

    /// Vector q of the row, n elements of it; what is summed over the row joins vector g of the accumulators.
    template <int Pass>
    SINTER_ALWAYS_INLINE static void pass_vector(const V* fixed, const V* once, void* const* at, sums& s, T* scratch,
                                                 wide<V>* w, int q, int g, int n) {
        V v[B::count + 1];
        const values<V> all{{fixed, once, v}};
        for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA {
            constexpr instruction c = B::code(I);
            if constexpr (B::needed(Pass, I)) {
                step_from<V, B, I>(v, all, at, q * L, n);
            } else if constexpr (is_reduction(c.code) && B::known.stage[I] == Pass + 1) {
                V& sum = w[I].at[g];
                sum = join_of<c.code>{}(sum, keep(all.of[B::kind(c.a)][c.a], n, start<c.code>));
            }
        });
        if constexpr (Pass == B::passes - 1) element_outputs(all, at, s, scratch, q, g, n);
    }

    /// One block of a flat spec: contiguous, of run-time length.
    static void run_chunk(const V* fixed, void* const* slots, int from, int count) {
        static_assert(!flat || (B::passes == 1 && !B::has_sums(output_kind::column) && B::self.outer_count == 0),
                      "a flat spec has no reduction over its axis, no column output and no outer axis");
        sums s = {};
        void* at[B::self.slot_count + 1];  // a local: what is stored cannot change it
        for (int k = 0; k < B::self.slot_count; ++k) at[k] = slots[k];
        walk<0>(fixed, fixed, at, s, nullptr, nullptr, from / L,
                count - from < flat_block ? count - from : flat_block);
        if (from == 0) outer_outputs({{fixed, fixed, fixed}}, slots, s);
        add_whole(slots, s);
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
