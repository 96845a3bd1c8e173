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

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, const auto& List, int Index>
struct walk_kernel {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr int walked = B::self.inner;
    static constexpr int vectors = (B::self.lanes + L - 1) / L;
    static constexpr int tail = B::self.lanes - (vectors - 1) * L;
    static constexpr int outs = B::self.output_count;
    static constexpr int elements = vectors * L;
    static_assert(!B::has_sums(output_kind::whole),
                  "a loop with lanes of their own has element, outer and column outputs");

    static constexpr int least(int a, int b) { return a < b ? a : b; }
    static constexpr int most(int a, int b) { return a > b ? a : b; }
    /// Vectors of accumulators at a time: 512 bytes, in registers or nearly.
    static constexpr int at_once = least(512 / static_cast<int>(sizeof(V)), virtual_lanes);
    /// A cache line: less of it would be read again.
    static constexpr int line = least(most(64 / static_cast<int>(sizeof(V)), 1), at_once);
    static constexpr bool held = B::passes > 1 && walked <= 8 && B::has_sums(output_kind::element);
    static constexpr int width = least(vectors, held                     ? 1
                                                : walked < virtual_lanes ? most(line, at_once / walked)
                                                                         : at_once);
    static constexpr int strips = (vectors + width - 1) / width;
    static constexpr bool summed = B::has_sums(output_kind::column);

    /// Accumulators that run side by side in a strip of NV vectors: a power of two, or all that a short walk has.
    template <int NV>
    static constexpr int groups() {
        if (walked <= virtual_lanes) return walked;
        int g = 1;
        while (2 * g <= virtual_lanes && 2 * g * NV <= at_once) g *= 2;
        return g;
    }
    /// Whether what a pass computes hides the way of the accumulators through the first cache: it is then written out
    /// once instead of for each of them.
    template <int Stage>
    static constexpr bool heavy() {
        int operations = 0;
        const auto& list = B::template those<which::pass, Stage>;
        for (int k = 0; k < list.size; ++k)
            operations += is_costly(B::code(list.at[k]).code) ? 8 : B::code(list.at[k]).code != op::load;
        return operations > 5;
    }

    static void run(void* const* slots, int rows, T* scratch, part p) {
        int total = 1;
        for (int x = 0; x < B::self.outer_count; ++x) total *= B::extent(x) == run_time_rows ? rows : B::extent(x);
        V fixed[B::count + 1] = {};
        compute_all<B>(list_of<B, which::constant, 0>{}, fixed, values<V>{{fixed, fixed, fixed}}, slots);
        const long long units = summed ? (total + outer_block - 1) / outer_block : 1LL * total * strips;
        const long long first = units * p.index / p.count, last = units * (p.index + 1) / p.count;
        if constexpr (summed) {
            if (p.index == 0) clear(typename B::outputs{}, slots);
            for (long long b = first; b < last; ++b) {
                for (int i = 0; i < columns() * elements; ++i) scratch[i] = 0;
                const int from = static_cast<int>(b) * outer_block;
                run_strips(fixed, slots, 1LL * from * strips, 1LL * least(from + outer_block, total) * strips, rows,
                           scratch);
                add_blocks(typename B::outputs{}, slots, scratch);
            }
        } else {
            run_strips(fixed, slots, first, last, rows, scratch);
        }
    }

private:
    static void run_strips(const V* fixed, void* const* slots, long long from, long long to, int rows, T* scratch) {
        void* at[B::self.slot_count + 1];
        int o = static_cast<int>(from / strips), k = static_cast<int>(from % strips);
        for (long long i = from; i < to; ++i) {
            place<B>(at, slots, o, rows);
            if (k + 1 < strips)
                run_stages<width>(std::make_integer_sequence<int, B::passes>{}, fixed, at, scratch, k * width * L, L);
            else
                run_stages<vectors - (strips - 1) * width>(std::make_integer_sequence<int, B::passes>{}, fixed, at,
                                                           scratch, (strips - 1) * width * L, tail);
            if (++k == strips) k = 0, ++o;
        }
    }
    template <int NV, int... Stage>
    SINTER_ALWAYS_INLINE static void run_stages(std::integer_sequence<int, Stage...>, const V* fixed, void* const* at,
                                                T* scratch, int lane, int n) {
        V once[NV][B::count + 1];
        V kept[held ? walked : 1][NV][B::count + 1];
        using expand = int[];
        (void)expand{0, (run_stage<Stage, NV>(fixed, once, kept, at, scratch, lane, n), 0)...};
    }

    // ---- sums over outer indices

    static constexpr int column(int output) {
        int n = 0;
        for (int o = 0; o < output; ++o) n += B::out(o).kind == output_kind::column;
        return n;
    }
    static constexpr int columns() { return column(outs); }
    SINTER_ALWAYS_INLINE static int valid(int q) { return q == vectors - 1 ? tail : L; }

    template <output_kind Kind, form F>
    static void clear_one(void* to, slot s) {
        if constexpr (Kind == output_kind::column)
            for (int q = 0; q < vectors; ++q) store<V, F>(V{0}, to, s, q * L, valid(q));
    }
    template <int... O>
    static void clear(std::integer_sequence<int, O...>, void* const* slots) {
        using expand = int[];
        (void)expand{0, (clear_one<B::out_of(O).kind, B::access_to(B::out_of(O).slot)>(slots[B::out_of(O).slot],
                                                                                       B::slot_of(B::out_of(O).slot)),
                         0)...};
    }
    template <output_kind Kind, form F>
    static void add_block(void* to, slot s, const T* sum) {
        if constexpr (Kind == output_kind::column)
            for (int q = 0; q < vectors; ++q)
                store<V, F>(load<V, F>(to, s, q * L, valid(q)) + V::load(sum + q * L), to, s, q * L, valid(q));
    }
    template <int... O>
    static void add_blocks(std::integer_sequence<int, O...>, void* const* slots, const T* scratch) {
        using expand = int[];
        (void)expand{0, (add_block<B::out_of(O).kind, B::access_to(B::out_of(O).slot)>(
                             slots[B::out_of(O).slot], B::slot_of(B::out_of(O).slot), scratch + column(O) * elements),
                         0)...};
    }

    // ---- what leaves a strip

    template <output_kind Kind, bool PerElement, bool OfRow, form F>
    SINTER_ALWAYS_INLINE static void leave(const V* value, void* to, [[maybe_unused]] slot s, [[maybe_unused]] T* sum,
                                           int lane, int n) {
        static_assert(Kind != output_kind::column || !PerElement, "a column is of what no walked index changes");
        if constexpr (OfRow && Kind == output_kind::element) {
            store<V, F>(*value, to, s, lane, n);
        } else if constexpr (!OfRow && Kind == output_kind::outer) {
            store<V, F>(*value, to, s, lane, n);
        } else if constexpr (!OfRow && Kind == output_kind::column) {
            (V::load(sum + lane) + *value).store(sum + lane);
        }
    }
    template <bool OfRow, int... O>
    SINTER_ALWAYS_INLINE static void leave_all(std::integer_sequence<int, O...>, const values<V>& v, void* const* at,
                                               T* scratch, int lane, int n) {
        using expand = int[];
        (void)expand{0, (leave<B::out_of(O).kind, B::out_per_element(O), OfRow, B::access_to(B::out_of(O).slot)>(
                             v.of[B::kind(B::out_of(O).value)] + B::out_of(O).value, at[B::out_of(O).slot],
                             B::slot_of(B::out_of(O).slot), scratch + column(O) * elements, lane, n),
                         0)...};
    }

    // ---- the reductions of a stage

    template <int Stage>
    static constexpr int reductions = B::template those<which::reduction, Stage>.size;
    template <int Stage>
    static consteval int reduction(int k) {
        return B::template those<which::reduction, Stage>.at[k];
    }
    /// Accumulators of all reductions of a stage.
    template <int Stage>
    struct sums {
        V of[reductions<Stage>];
    };
    template <op Code>
    using join_of = std::conditional_t<Code == op::sum, add, larger_of>;
    template <op Code>
    static constexpr T start = Code == op::sum ? T{0} : static_cast<T>(-__builtin_inf());

    template <int Stage, int... K>
    SINTER_ALWAYS_INLINE static void begin(std::integer_sequence<int, K...>, sums<Stage>& w) {
        using expand = int[];
        (void)expand{0, (w.of[K] = V{start<B::step(reduction<Stage>(K)).code>}, 0)...};
    }
    template <int Stage, int... K>
    SINTER_ALWAYS_INLINE static void take(std::integer_sequence<int, K...>, sums<Stage>& w, const values<V>& v) {
        using expand = int[];
        (void)expand{0, (w.of[K] = join_of<B::step(reduction<Stage>(K)).code>{}(
                             w.of[K], v.of[B::operand_kind(reduction<Stage>(K), 0)][B::step(reduction<Stage>(K)).a]),
                         0)...};
    }
    template <int Stage, int... K>
    SINTER_ALWAYS_INLINE static void join(std::integer_sequence<int, K...>, const sums<Stage>& lower,
                                          const sums<Stage>& upper, sums<Stage>& to) {
        using expand = int[];
        (void)expand{0, (to.of[K] = join_of<B::step(reduction<Stage>(K)).code>{}(lower.of[K], upper.of[K]), 0)...};
    }
    template <int Stage, int... K>
    SINTER_ALWAYS_INLINE static void end(std::integer_sequence<int, K...>, const sums<Stage>& w, V* once) {
        using expand = int[];
        (void)expand{0, (once[reduction<Stage>(K)] = w.of[K], 0)...};
    }

    // ---- one strip

    template <int... S>
    SINTER_ALWAYS_INLINE static void walk_to(std::integer_sequence<int, S...>, [[maybe_unused]] void** at,
                                             [[maybe_unused]] void* const* from, [[maybe_unused]] int r) {
        using expand = int[];
        (void)expand{0, (at[S] = static_cast<char*>(from[S]) + r * B::walked_bytes(S), 0)...};
    }
    /// What a pass computes of n lanes at the addresses of a walked index; use(values) does the rest.
    template <int Stage>
    SINTER_ALWAYS_INLINE static void visit(const V* fixed, const V* once, V* kept, void* const* at, int lane, int n,
                                           auto&& use) {
        V passing[B::count + 1];
        V* const here = held ? kept : passing;
        const values<V> all{{fixed, once, here}};
        compute_all<B>(list_of<B, held ? which::inner : which::pass, Stage>{}, here, all, at, lane, n);
        use(all);
    }

    template <int Stage, int NV>
    SINTER_ALWAYS_INLINE static void run_stage(const V* fixed, V (*once)[B::count + 1], V (*kept)[NV][B::count + 1],
                                               void* const* base, T* scratch, int lane, int n) {
        SINTER_ROLLED
        for (int q = 0; q < NV; ++q) {
            const values<V> all{{fixed, once[q], once[q]}};
            compute_all<B>(list_of<B, which::outer, Stage>{}, once[q], all, base, lane + q * L, q == NV - 1 ? n : L);
            if constexpr (Stage == B::passes - 1)
                leave_all<false>(typename B::outputs{}, all, base, scratch, lane + q * L, q == NV - 1 ? n : L);
        }
        if constexpr (Stage < B::passes - 1) {
            reduce<Stage, NV>(fixed, once, kept, base, lane, n);
        } else if constexpr (B::has_sums(output_kind::element)) {
            const auto row = [&](int r) SINTER_INLINE_LAMBDA {
                void* at[B::self.slot_count + 1];
                walk_to(typename B::slots{}, at, base, r);
                SINTER_ROLLED
                for (int q = 0; q < NV; ++q) {
                    const int lane_q = lane + q * L, n_q = q == NV - 1 ? n : L;
                    visit<Stage>(fixed, once[q], held ? kept[r][q] : nullptr, at, lane_q, n_q,
                                 [&](const values<V>& v) SINTER_INLINE_LAMBDA {
                                     leave_all<true>(typename B::outputs{}, v, at, scratch, lane_q, n_q);
                                 });
                }
            };
            if constexpr (held) {
                SINTER_UNROLL
                for (int r = 0; r < walked; ++r) row(r);
            } else {
                SINTER_ROLLED
                for (int r = 0; r < walked; ++r) row(r);
            }
        }
    }

    /// The reductions of a stage over the walked axis.
    template <int Stage, int NV>
    SINTER_ALWAYS_INLINE static void reduce(const V* fixed, V (*once)[B::count + 1], V (*kept)[NV][B::count + 1],
                                            void* const* base, int lane, int n) {
        constexpr int G = groups<NV>();
        using all = std::make_integer_sequence<int, reductions<Stage>>;
        sums<Stage> w[G][NV];
        const auto vector = [&](void* const* at, int r, int g, int q) SINTER_INLINE_LAMBDA {
            visit<Stage>(fixed, once[q], held ? kept[r][q] : nullptr, at, lane + q * L, q == NV - 1 ? n : L,
                         [&](const values<V>& v) SINTER_INLINE_LAMBDA { take(all{}, w[g][q], v); });
        };
        // accumulators first, first + 1, … first + G - 1, over the whole axis
        const auto accumulate = [&](int first) SINTER_INLINE_LAMBDA {
            SINTER_UNROLL
            for (int g = 0; g < G; ++g) {
                SINTER_UNROLL
                for (int q = 0; q < NV; ++q) begin(all{}, w[g][q]);
            }
            SINTER_ROLLED
            for (int r = first; r < walked; r += virtual_lanes) {
                void* at[B::self.slot_count + 1];
                if constexpr (heavy<Stage>() && !held) {
                    const int last = least(G, walked - r);
                    for (int g = 0; g < last; ++g) {
                        walk_to(typename B::slots{}, at, base, r + g);
                        SINTER_ROLLED
                        for (int q = 0; q < NV; ++q) vector(at, r + g, g, q);
                    }
                } else {
                    SINTER_UNROLL
                    for (int g = 0; g < G; ++g) {
                        if (walked % G != 0 && r + g >= walked) break;
                        walk_to(typename B::slots{}, at, base, r + g);
                        SINTER_UNROLL
                        for (int q = 0; q < NV; ++q) vector(at, r + g, g, q);
                    }
                }
            }
        };
        const auto join_all = [&](sums<Stage>(*lower)[NV], sums<Stage>(*upper)[NV], sums<Stage>(*to)[NV], int count)
                                  SINTER_INLINE_LAMBDA {
                                      SINTER_UNROLL
                                      for (int g = 0; g < count; ++g) {
                                          SINTER_UNROLL
                                          for (int q = 0; q < NV; ++q) join(all{}, lower[g][q], upper[g][q], to[g][q]);
                                      }
                                  };
        if constexpr (walked <= virtual_lanes || G == virtual_lanes) {
            accumulate(0);
        } else {
            constexpr int chunks = virtual_lanes / G;
            sums<Stage> stack[5][G][NV];
            int top = 0;
            SINTER_ROLLED
            for (int m = 0; m < chunks; ++m) {
                accumulate(reversed(m, chunks) * G);
                SINTER_ROLLED
                for (int done = m; done & 1; done >>= 1) join_all(stack[--top], w, w, G);
                SINTER_UNROLL
                for (int g = 0; g < G; ++g) {
                    SINTER_UNROLL
                    for (int q = 0; q < NV; ++q) stack[top][g][q] = w[g][q];
                }
                ++top;
            }
        }
        // accumulators behind the last element are their start, which changes no other
        SINTER_UNROLL
        for (int half = virtual_lanes / 2; half > 0; half /= 2)
            if (half < G) join_all(w, w + half, w, least(half, G - half));
        SINTER_UNROLL
        for (int q = 0; q < NV; ++q) end(all{}, w[0][q], once[q]);
    }
    /// The bits of m below `count`, a power of two, from the other end: the order in which the tree joins.
    static constexpr int reversed(int m, int count) {
        int r = 0;
        for (int bit = 1; bit < count; bit *= 2) r = 2 * r + ((m & bit) != 0);
        return r;
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
