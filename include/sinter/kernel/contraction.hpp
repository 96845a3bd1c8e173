// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The `contraction` kind: a product in register tiles, and what is fused behind it.
///
/// A tile is MR rows of NV vectors of accumulators; for each k a row of the right operand is loaded once and MR elements
/// of the left one are broadcast. Columns run in panels of NV vectors (outermost), rows in tiles within a panel. A right
/// operand that cannot be read in vectors (transposed, or panels that cut a vector) is packed, panel by panel, into
/// scratch. Each accumulator is one chain of fma over ascending k, so the tile's size never shows in the result.
///
/// Column outputs are summed over ascending rows from 0. Whole outputs: an element-level value's column sums join, by
/// ascending column, accumulator column % 16, then the tree of `wide::reduce`; an outer-level value over ascending rows.
/// A `part` is a range of panels; where there are more parts than panels and no sums, of row tiles. A whole output is
/// computed by the first part alone.

#include <sinter/kernel/body.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, const auto& List, int Index>
struct contraction_kernel {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr spec self = B::self;
    static constexpr int registers = native_machine<T>().registers;
    static constexpr int NV = self.inner > L ? 2 : 1;
    static constexpr int columns = NV * L;
    static constexpr int panels = (self.inner + columns - 1) / columns;
    static constexpr int outs = self.output_count;
    static constexpr int row_stride = B::stride(1, 0), left_stride = B::stride(0, 0);
    static constexpr bool packed = self.transposed_right || !(B::plain(1) || B::width % columns == 0);
    static constexpr bool summed = B::has_sums(output_kind::column) || B::has_sums(output_kind::whole);
    static constexpr int accumulator = [] {
        for (int i = 0; i < B::count; ++i)
            if (B::code(i).code == op::matmul) return i;
        return 0;
    }();
    static_assert(self.outer_count == 1, "a contraction has one outer axis, its rows");
    static_assert(B::passes == 1, "a contraction has no reductions over its inner axis");

    static constexpr int tile_rows(int vectors) {
        const int most = vectors == 2 ? (registers - 3) / 2 : registers == 32 ? 28 : 12;
        return B::extent(0) != run_time_rows && B::extent(0) < most ? B::extent(0) : most;
    }

    static constexpr int stride_k = SK;
    static constexpr int most_rows = registers == 32 ? 28 : 12;

    /// Whether the body is worth hiding behind multiplications: it holds the divider, or is long.
    static constexpr bool deferred = DEF && [] {
        for (int i = 0; i < B::count; ++i)
            if (B::known.on[i] == depends::inner &&
                (B::code(i).code == op::divide || (B::code(i).code >= op::exp && B::code(i).code <= op::sigmoid)))
                return true;
        return false;
    }();

    struct state {
        const V* fixed;
        void* const* slots;
        int rows, depth;
        T* scratch;
        V column[outs + 1][2];
        wide<V> whole[outs + 1];
        T outer[outs + 1];
    };

    static void run(void* const* slots, int rows, T* scratch, part p) {
        V fixed[B::count + 1];
        constants<V, B>(fixed, slots);
        state s{fixed,
                slots,
                B::extent(0) == run_time_rows ? rows : B::extent(0),
                self.depth == run_time_rows ? rows : self.depth,
                scratch,
                {},
                {},
                {}};
        if constexpr (B::has_sums(output_kind::whole)) {
            if (p.index != 0) return;
            p.count = 1;
        }
        int first = 0, last = panels, from = 0, to = s.rows;
        if (summed || panels >= p.count) {
            first = panels * p.index / p.count;
            last = panels * (p.index + 1) / p.count;
        } else {
            constexpr int tile = tile_rows(NV);
            const int tiles = (s.rows + tile - 1) / tile;
            from = tiles * p.index / p.count * tile;
            to = tiles * (p.index + 1) / p.count * tile;
            to = to < s.rows ? to : s.rows;
        }
        constexpr int last_columns = self.inner - (panels - 1) * columns;
        for (int jp = first; jp < last && jp < panels - 1; ++jp) run_panel<NV, L>(s, jp * columns, from, to);
        if (last == panels && first < last)
            run_panel<(last_columns + L - 1) / L, (last_columns + L - 1) % L + 1>(s, (panels - 1) * columns, from, to);
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::whole)
                *static_cast<T*>(slots[o.slot]) = B::code(o.value).at == level::element
                                                      ? s.whole[O].reduce([](auto a, auto b) { return a + b; })
                                                      : s.outer[O];
        });
    }

    /// One panel: NVP vectors, the last of which has `Last` elements.
    template <int NVP, int Last>
    static void run_panel(state& s, int j, int from, int to) {
        const T* right = static_cast<const T*>(s.slots[1]) + B::offset(1, j);
        if constexpr (packed) {
            pack<(NVP - 1) * L + Last>(s, j);
            right = s.scratch;
        }
        for (auto& c : s.column) c[0] = c[1] = V{0};
        constexpr int MR = tile_rows(NVP);
        pending_tile pending;
        int i = from;
        for (; i + MR <= to; i += MR) tile<MR, NVP, Last>(s, pending, right, i, j);
        if constexpr (B::extent(0) != run_time_rows) {
            if constexpr (B::extent(0) % MR != 0)
                if (i < to) tile<B::extent(0) % MR, NVP, Last>(s, pending, right, i, j);
        } else {
            if constexpr (MR > 8)
                for (; i + 8 <= to; i += 8) tile<8, NVP, Last>(s, pending, right, i, j);
            if constexpr (MR > 4)
                for (; i + 4 <= to; i += 4) tile<4, NVP, Last>(s, pending, right, i, j);
            for (; i + 2 <= to; i += 2) tile<2, NVP, Last>(s, pending, right, i, j);
            for (; i < to; ++i) tile<1, NVP, Last>(s, pending, right, i, j);
        }
        if constexpr (deferred)
            for (int r = 0; r < pending.rows; ++r) finish<NVP, Last>(pending.sum[r], s, pending.i + r, j);
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            SINTER_UNROLL
            for (int q = 0; q < NVP; ++q) {
                const int n = q == NVP - 1 ? Last : L;
                if constexpr (o.kind == output_kind::column) store<V, B, o.slot>(s.column[O][q], s.slots, j + q * L, n);
                if constexpr (o.kind == output_kind::whole) {
                    V& sum = s.whole[O].at[(j / L + q) % wide<V>::vectors];
                    sum = sum +
                          (n == L ? s.column[O][q] : choose(V::iota(0) < V{static_cast<T>(n)}, s.column[O][q], V{0}));
                }
            }
        });
    }

    /// scratch[k][jj] = right(k, j + jj), zero from `Valid` on.
    template <int Valid>
    static void pack(const state& s, int j) {
        const T* const base = static_cast<const T*>(s.slots[1]);
        for (int k = 0; k < s.depth; ++k) {
            T* const to = s.scratch + k * columns;
            for (int jj = 0; jj < Valid; ++jj)
                to[jj] = self.transposed_right ? base[std::ptrdiff_t{j + jj} * row_stride + B::offset(1, k)]
                                               : base[std::ptrdiff_t{k} * row_stride + B::offset(1, j + jj)];
            for (int jj = Valid; jj < columns; ++jj) to[jj] = 0;
        }
    }

    /// Products whose body is still to come: it runs between the multiplications of the next tile.
    struct pending_tile {
        int rows = 0, i = 0;
        V sum[most_rows][NV];
    };

    template <int MR, int NVP, int Last>
    static void tile(state& s, pending_tile& pending, const T* right, int i, int j) {
        V sum[MR][NVP];
        SINTER_UNROLL
        for (int r = 0; r < MR; ++r) {
            SINTER_UNROLL
            for (int q = 0; q < NVP; ++q) sum[r][q] = V{0};
        }
        prefetch<MR>(s, i, j);
        if constexpr (deferred) {
            int k = 0;
            if (pending.rows * stride_k <= s.depth) {
                for (int r = 0; r < pending.rows; ++r) {
                    multiply<MR, NVP, Last, stride_k>(sum, s, right, i, k, 0);
                    k += stride_k;
                    finish<NVP, Last>(pending.sum[r], s, pending.i + r, j);
                }
            } else {
                for (int r = 0; r < pending.rows; ++r) finish<NVP, Last>(pending.sum[r], s, pending.i + r, j);
            }
            multiply<MR, NVP, Last>(sum, s, right, i, k, s.depth);
            pending.rows = MR;
            pending.i = i;
            SINTER_UNROLL
            for (int r = 0; r < MR; ++r) {
                SINTER_UNROLL
                for (int q = 0; q < NVP; ++q) pending.sum[r][q] = sum[r][q];
            }
        } else {
            multiply<MR, NVP, Last>(sum, s, right, i, 0, s.depth);
            SINTER_UNROLL
            for (int r = 0; r < MR; ++r) finish<NVP, Last>(sum[r], s, i + r, j);
        }
    }

    /// Starts fetching what the tile updates in place, so that the product hides the way from the outer caches.
    template <int MR>
    SINTER_ALWAYS_INLINE static void prefetch(const state& s, int i, int j) {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::element && B::loaded(o.slot)) {
                const T* const p = static_cast<const T*>(s.slots[o.slot]) + std::ptrdiff_t{i} * B::stride(o.slot, 0) +
                                   B::offset(o.slot, j);
                SINTER_UNROLL
                for (int r = 0; r < MR; ++r) __builtin_prefetch(p + r * B::stride(o.slot, 0), 1);
            }
        });
    }

    /// sum += left rows i… times right, over all k.
    template <int MR, int NVP, int Last, int Fixed = 0>
    SINTER_ALWAYS_INLINE static void multiply(V (&sum)[MR][NVP], const state& s, const T* right, int i, int from, int to) {
        const T* const left = static_cast<const T*>(s.slots[0]);
        constexpr int ld = packed ? columns : row_stride;
        // In the last vector of a row, whole loads read into the next rows, which is fine until the last ones.
        constexpr int over = packed ? 0 : L - Last - B::at(1).padding;
        constexpr int guarded = over <= 0 ? 0 : ld > 0 ? (over + ld - 1) / ld : 1 << 30;
        const int safe = s.depth > guarded ? s.depth - guarded : 0;
        const auto one = [&]<class Rows>(const Rows& rows, int k, int in_left, int n) SINTER_INLINE_LAMBDA {
            V b[NVP];
            const T* const p = right + std::ptrdiff_t{k} * ld;
            SINTER_UNROLL
            for (int q = 0; q < NVP; ++q) {
                b[q] = q < NVP - 1 || n == L ? V::load(p + q * L) : V::load(p + q * L, n);
                b[q].pin();
            }
            SINTER_UNROLL
            for (int r = 0; r < MR; ++r) {
                const V a{rows(r, in_left)};
                SINTER_UNROLL
                for (int q = 0; q < NVP; ++q) sum[r][q] = fma(a, b[q], sum[r][q]);
            }
        };
        const auto all = [&]<class Rows>(const Rows& rows) SINTER_INLINE_LAMBDA {
            int k = from;
            if constexpr (Fixed > 0 && guarded == 0) {
                SINTER_UNROLL
                for (int f = 0; f < Fixed; ++f) one(rows, k + f, k + f, L);
                return;
            }
            for (; k < to && (guarded == 0 || k < safe); ++k) one(rows, k, k, L);
            if constexpr (guarded > 0)
                for (; k < to; ++k) one(rows, k, k, Last);
        };
        if constexpr (self.transposed_left) {
            if constexpr (B::plain(0)) {
                all([a = left + i](int r, int k)
                        SINTER_INLINE_LAMBDA { return a[std::ptrdiff_t{k} * left_stride + r]; });
            } else {
                const T* a[MR];
                for (int r = 0; r < MR; ++r) a[r] = left + B::offset(0, i + r);
                all([&a](int r, int k) SINTER_INLINE_LAMBDA { return a[r][std::ptrdiff_t{k} * left_stride]; });
            }
        } else if constexpr (B::plain(0)) {
            all([a = left + std::ptrdiff_t{i} * left_stride](int r, int k)
                    SINTER_INLINE_LAMBDA { return a[r * left_stride + k]; });
        } else {
            all([a = left + std::ptrdiff_t{i} * left_stride](int r, int k)
                    SINTER_INLINE_LAMBDA { return a[r * left_stride + B::offset(0, k)]; });
        }
    }

    /// The body behind the product, for one row of the tile.
    template <int NVP, int Last>
    SINTER_ALWAYS_INLINE static void finish(const V* sum, state& s, int i, int j) {
        void* at[self.slot_count + 1];
        place<B>(at, s.slots, i, s.rows);
        V once[B::count + 1];
        for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA {
            if constexpr (B::known.on[I] == depends::nothing) once[I] = s.fixed[I];
            if constexpr (B::known.on[I] == depends::outer) step_in<V, B, I>(once, at, 0, L);
        });
        SINTER_UNROLL
        for (int q = 0; q < NVP; ++q) {
            const int n = q == NVP - 1 ? Last : L;
            V v[B::count + 1];
            for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA {
                if constexpr (I == accumulator)
                    v[I] = sum[q];
                else if constexpr (B::known.on[I] == depends::inner)
                    step_in<V, B, I>(v, at, j + q * L, n);
                else
                    v[I] = once[I];
            });
            for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
                constexpr output o = B::out(O);
                constexpr bool per_element = B::code(o.value).at == level::element;
                if constexpr (o.kind == output_kind::element) {
                    store<V, B, o.slot>(v[o.value], at, j + q * L, n);
                } else if constexpr (o.kind == output_kind::column || (o.kind == output_kind::whole && per_element)) {
                    s.column[O][q] = s.column[O][q] + v[o.value];
                } else if (q == 0 && j == 0) {
                    if constexpr (o.kind == output_kind::whole)
                        s.outer[O] += v[o.value].first();
                    else
                        *static_cast<T*>(at[o.slot]) = v[o.value].first();
                }
            });
        }
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
