// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The `loop` kind with lanes along another axis than the reduced one: the inner axis is walked.
///
/// For each outer index the axis in lanes is cut into strips of some vectors, and a strip is walked once for each stage
/// of reductions, as a row is in kernel/loop.hpp. A strip is as wide as the registers allow, since what is read belongs
/// to another page at each step. The order of addition is that of kernel/loop.hpp: walked element r joins accumulator
/// r % 16, and the sixteen are joined in the tree of `wide::reduce`. No sixteen vectors have to be kept for that: the
/// accumulators are computed in the order in which the tree joins them, each over every sixteenth element, and what
/// the tree has joined so far waits on a stack (docs/design/0015-loops-over-axes.md).
/// A `part` is a range of strips; with column outputs a range of blocks of outer indices, and such parts run one after
/// another. Law: tests/kernel/walk.cpp against the twin, and against the kernel with the axis in lanes.

#include <sinter/kernel/loop.hpp>
#include <sinter/kernel/strips.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

/// The part of a loop_kernel that differs: what it does in a block of outer indices or, without column outputs, of
/// strips.
template <class Kernel>
struct walk {
    using B = typename Kernel::B;
    using V = typename Kernel::V;
    using T = typename V::value_type;
    static constexpr int L = V::size, values_each = B::count + 1;
    static constexpr int walked = B::self.inner, vectors = Kernel::vectors, last = B::passes - 1;
    static_assert(!B::has_sums(output_kind::whole), "a loop that walks has element, outer and column outputs");

    /// Vectors of accumulators at a time: 512 bytes, in registers or nearly; and those of a cache line.
    static constexpr int bytes = static_cast<int>(sizeof(V)), at_once = 512 / bytes < 16 ? 512 / bytes : 16;
    static constexpr int line = bytes >= 64 ? 1 : 64 / bytes < at_once ? 64 / bytes : at_once;
    static constexpr bool short_walk = walked <= virtual_lanes, stores = B::has_sums(output_kind::element);
    static constexpr bool held = last > 0 && walked <= 8 && stores;
    static constexpr bool keeps = !held && keeps_values<B>();
    static constexpr int widest = held         ? 1
                                  : short_walk ? (at_once < line * walked ? line : at_once / walked)
                                  : keeps      ? strip_that_keeps(at_once, bytes, walked)
                                               : at_once;
    static constexpr int width = vectors < widest ? vectors : widest;
    static constexpr int strips = (vectors + width - 1) / width;

    /// Whether strips may begin at cache lines when the arrays do not. Then the first and the last line are read
    /// with the strips beside them, where they are computed twice.
    static constexpr bool shifts = !Kernel::summed && !short_walk && Kernel::tail == L && line <= 4 &&
                                   vectors >= (keeps || line > 1 ? 32 : 16) * line && rows_lie_alike<B>();
    static constexpr int whole_lines = shifts ? vectors - line : 0, shifted_strips = (whole_lines + width - 1) / width;

    /// Accumulators that run side by side in a strip of NV vectors: a power of two, or all that a short walk has.
    static constexpr int side_by_side(int nv) {
        int g = short_walk ? walked : 1;
        while (!short_walk && 2 * g <= virtual_lanes && 2 * g * nv <= at_once) g *= 2;
        return g;
    }
    /// Whether what a pass computes hides the way of the accumulators through the first cache: all sixteen are then
    /// kept there, and the pass goes from row to row. It is written out twice, for two vectors that need not wait for
    /// each other, instead of for each accumulator.
    template <int Stage>
    static constexpr bool heavy() {
        int operations = 0;
        for (int k = 0; k < B::template those<which::pass, Stage>.size; ++k) {
            const op code = B::code(B::template those<which::pass, Stage>.at[k]).code;
            operations += is_costly(code) || code == op::divide ? 8 : code != op::load;
        }
        return operations > 5;
    }

    static void run(const V* fixed, void* const* slots, int from, int to, int rows, T* scratch) {
        void* at[B::self.slot_count + 1];
        if constexpr (Kernel::summed) from *= strips, to *= strips;
        for (int i = from; i < to; ++i) {
            const int strip = i % strips;
            place<B>(at, slots, i / strips, rows);
            if constexpr (shifts) {
                if (const int first = to_next_line<B>(at); first > 0) {
                    const int lane = first + strip * width * L;
                    if (strip == 0) run_strip<line>(fixed, at, scratch, 0, L);
                    if (strip + 1 < shifted_strips) {
                        run_strip<width>(fixed, at, scratch, lane, L);
                    } else if (strip + 1 == shifted_strips) {
                        run_strip<whole_lines - (shifted_strips - 1) * width>(fixed, at, scratch, lane, L);
                        run_strip<line>(fixed, at, scratch, whole_lines * L, L);
                    }
                    continue;
                }
            }
            if (strip + 1 < strips)
                run_strip<width>(fixed, at, scratch, strip * width * L, L);
            else
                run_strip<vectors - (strips - 1) * width>(fixed, at, scratch, strip * width * L, Kernel::tail);
        }
    }
    template <int NV>
    SINTER_ALWAYS_INLINE static void run_strip(const V* fixed, void* const* at, T* scratch, int lane, int n) {
        V once[NV][values_each], kept[held ? walked : 1][NV][values_each];
        run_stages<0, NV>(fixed, once, kept, at, scratch, lane, n);
    }

    /// What is known after `Stage` reductions; the reductions, or what is stored; then the stages that follow.
    template <int Stage, int NV>
    SINTER_ALWAYS_INLINE static void run_stages(const V* fixed, V (*once)[values_each], V (*kept)[NV][values_each],
                                                void* const* base, T* scratch, int lane, int n) {
        SINTER_ROLLED
        for (int q = 0; q < NV; ++q) {
            const values<V> all{{fixed, once[q], once[q]}};
            const int lane_q = lane + q * L, n_q = q == NV - 1 ? n : L;
            compute_all<B>(list_of<B, which::outer, Stage>{}, once[q], all, base, lane_q, n_q);
            if constexpr (Stage == last) leave_all<false>(typename B::outputs{}, all, base, scratch, lane_q, n_q);
        }
        if constexpr (Stage < last) {
            reduce<Stage, NV>(fixed, once, kept, base, scratch, lane, n);
            run_stages<Stage + 1, NV>(fixed, once, kept, base, scratch, lane, n);
        } else if constexpr (stores) {
            if constexpr (held) {
                SINTER_UNROLL
                for (int r = 0; r < walked; ++r)
                    row<Stage, NV, true>(fixed, once, kept, base, scratch, lane, n, r, nullptr);
            } else {
                SINTER_ROLLED
                for (int r = 0; r < walked; ++r)
                    row<Stage, NV, false>(fixed, once, kept, base, scratch, lane, n, r, nullptr);
            }
        }
    }

    template <int Stage>
    using reductions = std::make_integer_sequence<int, B::template those<which::reduction, Stage>.size>;
    /// Accumulators of all reductions of a stage.
    template <int Stage>
    struct sums {
        V of[reductions<Stage>::size() + (Stage == last)];
    };

    /// What a pass needs at walked index r of a strip: joins its accumulators, or is stored.
    template <int Stage, int NV, bool Unrolled>
    SINTER_ALWAYS_INLINE static void row(const V* fixed, V (*once)[values_each], V (*kept)[NV][values_each],
                                         void* const* base, T* scratch, int lane, int n, int r, sums<Stage>* w) {
        void* at[B::self.slot_count + 1];
        walk_to(typename B::slots{}, at, base, r);
        const auto vector = [&](int q) SINTER_INLINE_LAMBDA {
            const int lane_q = lane + q * L, n_q = q == NV - 1 ? n : L;
            V passing[values_each];
            V* const here = held ? kept[r][q] : passing;
            const values<V> all{{fixed, once[q], here}};
            [[maybe_unused]] const int first = Kernel::columns() * Kernel::elements + (r * width + q) * L;
            constexpr int apart = walked * width * L;
            if constexpr (last > 0 && !held)
                recall_all<B>(list_of<B, which::recalled, Stage>{}, here, scratch, first, apart);
            compute_all<B>(list_of<B, held ? which::inner : which::pass, Stage>{}, here, all, at, lane_q, n_q);
            if constexpr (last > 0 && !held) keep_all<B>(list_of<B, which::kept, Stage>{}, here, scratch, first, apart);
            if constexpr (Stage == last)
                leave_all<true>(typename B::outputs{}, all, at, scratch, lane_q, n_q);
            else
                take<Stage>(reductions<Stage>{}, w[q].of, all);
        };
        if constexpr (Unrolled) {
            SINTER_UNROLL
            for (int q = 0; q < NV; ++q) vector(q);
        } else {
            SINTER_ROLLED
            for (int q = 0; q + 1 < NV; q += 2) vector(q), vector(q + 1);
            if constexpr (NV % 2 == 1) vector(NV - 1);
        }
    }

    /// The reductions of a stage over the walked axis.
    template <int Stage, int NV>
    SINTER_ALWAYS_INLINE static void reduce(const V* fixed, V (*once)[values_each], V (*kept)[NV][values_each],
                                            void* const* base, T* scratch, int lane, int n) {
        constexpr bool rolled = heavy<Stage>() && !held, all = rolled && !short_walk && reductions<Stage>::size() <= 2;
        constexpr int G = all ? virtual_lanes : side_by_side(NV), chunks = short_walk ? 1 : virtual_lanes / G;
        // what the tree joins first runs side by side where there are registers for it: half as much waits on the stack
        constexpr int accumulators = G * NV * static_cast<int>(reductions<Stage>::size());
        constexpr bool twice = chunks > 1 && !rolled && 4 * accumulators <= native_machine<T>().registers;
        constexpr int turns = twice ? chunks / 2 : chunks;
        sums<Stage> w[(twice ? 2 : 1) * G * NV], stack[chunks > 1 ? 5 : 1][G * NV];
        int top = 0;
        SINTER_ROLLED
        for (int m = 0; m < turns; ++m) {
            SINTER_UNROLL
            for (int i = 0; i < (twice ? 2 : 1) * G * NV; ++i) begin<Stage>(reductions<Stage>{}, w[i].of);
            SINTER_ROLLED
            for (int r = reversed(m, turns) * G; r < walked; r += virtual_lanes) {
                if constexpr (rolled) {
                    const int end = walked - r < G ? walked - r : G;
                    for (int g = 0; g < end; ++g)
                        row<Stage, NV, false>(fixed, once, kept, base, scratch, lane, n, r + g, w + g * NV);
                } else {
                    SINTER_UNROLL
                    for (int g = 0; g < G; ++g)
                        if (walked % G == 0 || r + g < walked)
                            row<Stage, NV, true>(fixed, once, kept, base, scratch, lane, n, r + g, w + g * NV);
                    if constexpr (twice) {
                        constexpr int half = virtual_lanes / 2;
                        SINTER_UNROLL
                        for (int g = 0; g < G; ++g)
                            if (walked % virtual_lanes == 0 || r + half + g < walked)
                                row<Stage, NV, true>(fixed, once, kept, base, scratch, lane, n, r + half + g,
                                                     w + (G + g) * NV);
                    }
                }
            }
            if constexpr (twice) join_all<Stage, G * NV>(w, w, w + G * NV);
            if constexpr (chunks > 1) {
                SINTER_ROLLED
                for (int done = m; done & 1; done >>= 1) join_all<Stage, G * NV>(w, stack[--top], w);
                SINTER_UNROLL
                for (int i = 0; i < G * NV; ++i)
                    for (int k = 0; k < static_cast<int>(reductions<Stage>::size()); ++k)
                        stack[top][i].of[k] = w[i].of[k];
                ++top;
            }
        }
        // accumulators behind the last element are their start, which changes no other
        if constexpr (all) {
            for (int half = G / 2; half > 0; half /= 2)
                for (int i = 0; i < half; ++i) join_all<Stage, NV>(w + i * NV, w + i * NV, w + (i + half) * NV);
        } else {
            if constexpr (G > 8) join_all<Stage, (G - 8) * NV>(w, w, w + 8 * NV);
            if constexpr (G > 4) join_all<Stage, (G < 8 ? G - 4 : 4) * NV>(w, w, w + 4 * NV);
            if constexpr (G > 2) join_all<Stage, (G < 4 ? G - 2 : 2) * NV>(w, w, w + 2 * NV);
            if constexpr (G > 1) join_all<Stage, NV>(w, w, w + NV);
        }
        SINTER_UNROLL
        for (int q = 0; q < NV; ++q) end<Stage>(reductions<Stage>{}, w[q].of, once[q]);
    }
    /// The bits of m below `count`, a power of two, from the other end: the order in which the tree joins.
    static constexpr int reversed(int m, int count) {
        int r = 0;
        for (int bit = 1; bit < count; bit *= 2) r = 2 * r + ((m & bit) != 0);
        return r;
    }

    template <int Stage>
    static consteval int reduction(int k) {
        return B::template those<which::reduction, Stage>.at[k];
    }
    // Element by element: what is assigned as a whole stays in memory.
    template <int Stage, int... K>
    SINTER_ALWAYS_INLINE static void begin(std::integer_sequence<int, K...>, V* w) {
        using expand = int[];
        (void)expand{0, (w[K] = V{Kernel::template start<B::step(reduction<Stage>(K)).code>}, 0)...};
    }
    template <int Stage, int... K>
    SINTER_ALWAYS_INLINE static void take(std::integer_sequence<int, K...>, V* w, const values<V>& v) {
        using expand = int[];
        (void)expand{0, (w[K] = typename Kernel::template join_of<B::step(reduction<Stage>(K)).code>{}(
                             w[K], v.of[B::operand_kind(reduction<Stage>(K), 0)][B::step(reduction<Stage>(K)).a]),
                         0)...};
    }
    template <int Stage, int... K>
    SINTER_ALWAYS_INLINE static void join(std::integer_sequence<int, K...>, V* to, const V* lower, const V* upper) {
        using expand = int[];
        (void)expand{
            0,
            (to[K] = typename Kernel::template join_of<B::step(reduction<Stage>(K)).code>{}(lower[K], upper[K]), 0)...};
    }
    template <int Stage, int Count>
    SINTER_ALWAYS_INLINE static void join_all(sums<Stage>* to, const sums<Stage>* lower, const sums<Stage>* upper) {
        SINTER_UNROLL
        for (int i = 0; i < Count; ++i) join<Stage>(reductions<Stage>{}, to[i].of, lower[i].of, upper[i].of);
    }
    template <int Stage, int... K>
    SINTER_ALWAYS_INLINE static void end(std::integer_sequence<int, K...>, const V* w, V* once) {
        using expand = int[];
        (void)expand{0, (once[reduction<Stage>(K)] = w[K], 0)...};
    }

    template <int... S>
    SINTER_ALWAYS_INLINE static void walk_to(std::integer_sequence<int, S...>, [[maybe_unused]] void** at,
                                             [[maybe_unused]] void* const* from, [[maybe_unused]] int r) {
        using expand = int[];
        (void)expand{0, (at[S] = static_cast<char*>(from[S]) + r * B::walked_bytes(S), 0)...};
    }
    template <output_kind Kind, bool PerElement, bool OfRow, form F>
    SINTER_ALWAYS_INLINE static void leave(const V* value, void* to, slot s, T* sum, int lane, int n) {
        static_assert(Kind != output_kind::column || !PerElement, "a column is of what no walked index changes");
        if constexpr (OfRow == (Kind == output_kind::element)) {
            if constexpr (Kind == output_kind::column)
                (V::load(sum + lane) + *value).store(sum + lane);
            else
                store<V, F>(*value, to, s, lane, n);
        }
    }
    template <bool OfRow, int... O>
    SINTER_ALWAYS_INLINE static void leave_all(std::integer_sequence<int, O...>, const values<V>& v, void* const* at,
                                               T* scratch, int lane, int n) {
        using expand = int[];
        (void)expand{0, (leave<B::out_of(O).kind, B::out_per_element(O), OfRow, B::access_to(B::out_of(O).slot)>(
                             v.of[B::kind(B::out_of(O).value)] + B::out_of(O).value, at[B::out_of(O).slot],
                             B::slot_of(B::out_of(O).slot), scratch + Kernel::template scratch_of<O>, lane, n),
                         0)...};
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
