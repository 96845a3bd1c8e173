// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The `contraction` kind: a product in register tiles, and what is fused behind it (kernel/epilogue.hpp).
///
/// A tile is MR rows of NV vectors of accumulators; for each k a row of the right operand is loaded once and MR elements
/// of the left one are broadcast. Rows run in blocks whose part of the left operand stays in the second cache, then
/// columns in panels of NV vectors, then rows in tiles. A right operand that cannot be read in vectors (transposed, or
/// panels that cut a vector), or whose rows are far apart, is packed into scratch, some panels at once. Each accumulator
/// is one chain of fma over ascending k, so the tile's size never shows in the result.
///
/// Tiles leave their sums in a block of rows that stays in the first cache; what is fused behind the product then runs
/// over the block's rows, so that its latencies are paid once a block. One to three rows alone are computed across four
/// panels: a row of one panel waits for its two chains of fma.
///
/// Column outputs are summed over ascending rows from 0. Whole outputs: an element-level value's column sums join, by
/// ascending column, accumulator column % 16, then the tree of `wide::reduce`; an outer-level value over ascending rows.
/// A `part` is a range of panels; where there are more parts than panels and no sums, of row tiles. A whole output is
/// computed by the first part alone. Parts may run at the same time, each with scratch of its own.

#include <sinter/kernel/epilogue.hpp>
#include <sinter/kernel/scratch.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, const auto& List, int Index>
struct contraction_kernel {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    using E = epilogue<T, B>;
    static constexpr int L = V::size;
    static constexpr spec self = B::self;
    static constexpr int registers = native_machine<T>().registers;
    static constexpr int NV = self.inner > L ? 2 : 1;
    static constexpr int columns = NV * L;
    static constexpr int panels = (self.inner + columns - 1) / columns;
    static constexpr int whole = self.inner / columns, last_columns = self.inner % columns;
    static constexpr int last_vectors = (last_columns + L - 1) / L;  ///< of the panel that is not whole
    static constexpr int right_stride = B::stride(1, 0), left_stride = B::stride(0, 0);
    static constexpr bool packed =
        self.transposed_right || !(B::plain(1) || B::width % columns == 0) || right_rows_are_far(List, Index);
    static constexpr int panels_at_once = packed ? packed_columns / columns : panels;
    static constexpr int left_block_bytes = 1 << 18;  ///< half of the second cache, or less
    static constexpr bool summed = E::summed > 0;
    /// Single rows run across panels where nothing is summed over rows, panel by panel.
    static constexpr bool wide_rows = !packed && !summed && whole > 1;
    static constexpr int wide_panels = whole < 4 ? whole : 4;
    static constexpr int panel_step = B::plain(1) ? columns : B::at(1).panel * (columns / B::width);
    static constexpr int block_tiles = 4;
    static_assert(self.outer_count == 1, "a contraction has one outer axis, its rows");
    static_assert(B::passes == 1, "a contraction has no reductions over its inner axis");

    /// As many accumulators as leave room for a row of the right operand and one element of the left.
    static constexpr int tile_rows(int vectors) {
        const int most = vectors == 2 ? (registers - 3) / 2 : registers == 32 ? 28 : 12;
        return B::extent(0) != run_time_rows && B::extent(0) < most ? B::extent(0) : most;
    }

    int depth;
    T* scratch;
    const T* left;
    const T* right;  ///< row k of the panel is right_step elements after row k - 1
    E behind;
    typename E::totals totals;
    static constexpr int right_step = packed ? columns : right_stride;

    static void run(void* const* slots, int rows, T* scratch, part p) {
        const int m = B::extent(0) == run_time_rows ? rows : B::extent(0);
        contraction_kernel kernel{self.depth == run_time_rows ? rows : self.depth,
                                  scratch,
                                  static_cast<const T*>(slots[0]),
                                  nullptr,
                                  E{slots, m},
                                  {}};
        E::start(kernel.totals);
        if constexpr (B::has_sums(output_kind::whole)) {
            if (p.index != 0) return;
            p.count = 1;
        }
        int first = 0, last = panels, from = 0, to = m;
        if (summed || panels >= p.count) {
            first = panels * p.index / p.count;
            last = panels * (p.index + 1) / p.count;
        } else {
            constexpr int tile = last_vectors == 1 ? tile_rows(1) : tile_rows(NV);
            const int tiles = m / tile;  // the last one takes the rest along
            from = tiles * p.index / p.count * tile;
            to = p.index + 1 == p.count ? m : tiles * (p.index + 1) / p.count * tile;
        }
        const int singles = wide_rows && m < 4 ? to - from : 0;
        if constexpr (wide_rows)
            for (int i = from; i < from + singles; ++i) kernel.run_row(i, first, last < whole ? last : whole);
        const int done = singles > 0 ? (first > whole ? first : whole) : first;
        for (int group = done; group < last; group += panels_at_once)
            kernel.run_panels(group, group + panels_at_once < last ? group + panels_at_once : last, from, to);
        kernel.behind.end(kernel.totals);
    }

    /// Panels first … last - 1, all rows.
    void run_panels(int first, int last, int from, int to) {
        const auto packed_panel = [&](int jp) { return scratch + std::ptrdiff_t{jp - first} * columns * depth; };
        if constexpr (packed) {
            pack_whole(first, last < whole ? last : whole);
            if constexpr (last_columns > 0)
                if (last == panels) pack<last_columns>(whole, packed_panel(whole));
        }
        const int lines = left_block_bytes / static_cast<int>(sizeof(T)) / (depth > 0 ? depth : 1);
        constexpr int tile = tile_rows(NV) * block_tiles;
        const bool at_once = B::has_sums(output_kind::whole) || lines >= to - from;
        const int block = at_once ? to - from : lines < tile ? tile : lines / tile * tile;
        int i = from;
        do {  // also without rows: sums are then 0
            const int end = i + block < to ? i + block : to;
            for (int jp = first; jp < last; ++jp) {
                right = packed ? packed_panel(jp) : static_cast<const T*>(behind.slots[1]) + B::offset(1, jp * columns);
                if (jp < whole)
                    run_panel<NV, L>(jp, i, end, i == from);
                else if constexpr (last_columns > 0)
                    run_panel<last_vectors, (last_columns + L - 1) % L + 1>(whole, i, end, i == from);
            }
            i += block;
        } while (i < to);
    }

    /// Rows of one panel: NVP vectors, the last of which has `Last` elements.
    template <int NVP, int Last>
    void run_panel(int panel, int from, int to, bool first_rows) {
        const int j = panel * columns;  // here, so that a compiler knows what divides it
        typename E::template panel_sums<NVP> panel_sums;
        behind.template start<NVP, Last>(panel_sums, j, first_rows);
        if constexpr (self.depth == run_time_rows || self.depth == 1)
            if (depth == 1) {
                run_outer_product<NVP, Last>(panel, from, to, panel_sums);
                return behind.template end<NVP, Last>(panel_sums, j, totals);
            }
        constexpr int MR = tile_rows(NVP), block = MR * block_tiles;
        // rows = MR * tiles + 4 b + c: one tile less where that leaves no pair of single rows
        constexpr bool trade = MR > 4 && MR % 4 == 2;
        constexpr int known = B::extent(0) == run_time_rows ? 3 : B::extent(0) % MR;  // the rest, or anything
        constexpr bool fours = MR > 4 && (B::extent(0) == run_time_rows || known >= 4 || (trade && known >= 2));
        constexpr bool ones = MR > 1 && (MR > 4 ? known % 4 != 0 && !(trade && known % 4 == 2) : known != 0);
        alignas(64) T sums[block * columns];
        for (int i = from; i < to; i += block) {
            const int end = i + block < to ? i + block : to;
            int tiles = (end - i) / MR, rest = (end - i) % MR, at = i;
            if (trade && rest % 4 >= 2 && tiles > 0) --tiles, rest += MR;
            const auto row = [&](int r) { return sums + (r - i) * columns; };
            for (int t = 0; t < tiles; ++t, at += MR) tile<MR, 1, NVP, Last>(at, row(at));
            if constexpr (fours)
                for (int t = 0; t < rest / 4; ++t, at += 4) tile<4, 1, NVP, Last>(at, row(at));
            if constexpr (ones)
                for (int t = 0; t < (fours ? rest % 4 : rest); ++t, ++at) tile<1, 1, NVP, Last>(at, row(at));
            finish_rows<NVP, Last>(sums, panel, i, end, panel_sums);
        }
        behind.template end<NVP, Last>(panel_sums, j, totals);
    }

    /// What is fused behind rows from … to - 1 of a panel. Not inlined, and on copies: what it stores can then change
    /// neither its constants nor its pointers, which stay in registers.
    template <int NVP, int Last>
    [[gnu::noinline]] void finish_rows(const T* sums, int panel, int from, int to,
                                       typename E::template panel_sums<NVP>& panel_sums) {
        const int j = panel * columns;
        const E now = behind;
        auto adding = panel_sums;
        for (int i = from; i < to; ++i, sums += columns) {
            now.prefetch(i + tile_rows(NVP) * block_tiles, j);
            V sum[NVP];
            SINTER_UNROLL
            for (int q = 0; q < NVP; ++q) sum[q] = V::load(sums + q * L);
            now.template run<NVP, Last>(sum, i, j, adding, totals);
        }
        panel_sums = adding;
    }

    /// Depth 1, as in the update of a step of one sample: the right operand's row stays in registers.
    template <int NVP, int Last>
    [[gnu::noinline]] void run_outer_product(int panel, int from, int to,
                                             typename E::template panel_sums<NVP>& panel_sums) {
        const int j = panel * columns;
        const E now = behind;
        auto adding = panel_sums;
        V b[NVP];
        SINTER_UNROLL
        for (int q = 0; q < NVP; ++q) b[q] = q < NVP - 1 ? V::load(right + q * L) : V::load(right + q * L, Last);
        for (int i = from; i < to; ++i) {
            const V a{left[self.transposed_left ? B::offset(0, i) : i * left_stride]};
            V sum[NVP];
            SINTER_UNROLL
            for (int q = 0; q < NVP; ++q) sum[q] = fma(a, b[q], V{0});
            now.prefetch(i + 64, j);
            now.template run<NVP, Last>(sum, i, j, adding, totals);
        }
        panel_sums = adding;
    }

    /// One row across panels first … last - 1, all of them whole.
    void run_row(int i, int first, int last) {
        alignas(64) T sums[wide_panels * columns];
        const E now = behind;
        typename E::template panel_sums<NV> none;
        for (int jp = first; jp < last;) {
            right = static_cast<const T*>(behind.slots[1]) + B::offset(1, jp * columns);
            const int some = last - jp < wide_panels ? 1 : wide_panels;
            if (some == wide_panels)
                tile<1, wide_panels, NV, L>(i, sums);
            else
                tile<1, 1, NV, L>(i, sums);
            for (int g = 0; g < some; ++g, ++jp) {
                V sum[NV];
                SINTER_UNROLL
                for (int q = 0; q < NV; ++q) sum[q] = V::load(sums + g * columns + q * L);
                now.template run<NV, L>(sum, i, jp * columns, none, totals);
            }
        }
    }

    /// Copies panels first … last - 1, all of them whole, to scratch. Plain rows are read along all panels at once, so
    /// that a prefetcher follows and a page is looked up once.
    void pack_whole(int first, int last) const {
        if constexpr (!self.transposed_right && B::plain(1)) {
            const T* row = static_cast<const T*>(behind.slots[1]) + first * columns;
            T* to = scratch;
            for (int k = 0; k < depth; ++k, row += right_stride, to += columns)
                for (int jp = 0; jp < last - first; ++jp) {
                    SINTER_UNROLL
                    for (int q = 0; q < NV; ++q)
                        V::load(row + jp * columns + q * L).store(to + std::ptrdiff_t{jp} * columns * depth + q * L);
                }
        } else {
            for (int jp = first; jp < last; ++jp)
                pack<columns>(jp, scratch + std::ptrdiff_t{jp - first} * columns * depth);
        }
    }
    /// Copies a panel to scratch, row k of `columns` elements behind row k - 1, zeros behind its `Valid` ones.
    template <int Valid>
    void pack(int panel, T* to) const {
        const T* const base = static_cast<const T*>(behind.slots[1]);
        const int j = panel * columns;
        for (int k = 0; k < depth; ++k, to += columns) {
            for (int jj = 0; jj < Valid; ++jj)
                to[jj] = self.transposed_right ? base[std::ptrdiff_t{j + jj} * right_stride + B::offset(1, k)]
                                               : base[std::ptrdiff_t{k} * right_stride + B::offset(1, j + jj)];
            for (int jj = Valid; jj < columns; ++jj) to[jj] = 0;
        }
    }

    /// Rows i… of the product, `Panels` panels from where `right` points, to `to`, a panel behind the other. Not inlined:
    /// with its callers' values in registers, g++ at -O3 keeps an accumulator in memory.
    template <int MR, int Panels, int NVP, int Last>
    [[gnu::noinline]] void tile(int i, T* to) const {
        constexpr int vectors = Panels * NVP;
        V sum[MR][vectors];
        SINTER_UNROLL
        for (int r = 0; r < MR; ++r) {
            SINTER_UNROLL
            for (int q = 0; q < vectors; ++q) sum[r][q] = V{0};
        }
        multiply<MR, Panels, NVP, Last>(sum, i);
        SINTER_UNROLL
        for (int r = 0; r < MR; ++r) {
            SINTER_UNROLL
            for (int q = 0; q < vectors; ++q) sum[r][q].store(to + r * columns + q * L);
        }
    }

    /// sum += rows i… of the left operand times the panel, over all k.
    template <int MR, int Panels, int NVP, int Last>
    SINTER_ALWAYS_INLINE void multiply(V (&sum)[MR][Panels * NVP], int i) const {
        if constexpr (!self.transposed_left) {
            const T* const a = left + std::ptrdiff_t{i} * left_stride;
            multiply_by<MR, Panels, NVP, Last>(
                sum, [a](int r, int k) SINTER_INLINE_LAMBDA { return a[r * left_stride + B::offset(0, k)]; });
        } else if constexpr (B::plain(0)) {
            const T* const a = left + i;
            multiply_by<MR, Panels, NVP, Last>(
                sum, [a](int r, int k) SINTER_INLINE_LAMBDA { return a[std::ptrdiff_t{k} * left_stride + r]; });
        } else {
            const T* a[MR];
            for (int r = 0; r < MR; ++r) a[r] = left + B::offset(0, i + r);
            multiply_by<MR, Panels, NVP, Last>(
                sum, [&a](int r, int k) SINTER_INLINE_LAMBDA { return a[r][std::ptrdiff_t{k} * left_stride]; });
        }
    }

    template <int MR, int Panels, int NVP, int Last, class Left>
    SINTER_ALWAYS_INLINE void multiply_by(V (&sum)[MR][Panels * NVP], const Left& element) const {
        // In the last vector of a row, whole loads read into the next rows, which is fine until the last ones.
        constexpr int over = packed ? 0 : L - Last - B::at(1).padding;
        constexpr int guarded = over <= 0 ? 0 : right_step > 0 ? (over + right_step - 1) / right_step : 1 << 30;
        const auto one = [&](int k, int n) SINTER_INLINE_LAMBDA {
            V b[Panels * NVP];
            const T* const p = right + std::ptrdiff_t{k} * right_step;
            SINTER_UNROLL
            for (int q = 0; q < Panels * NVP; ++q) {
                const T* const from = p + q / NVP * panel_step + q % NVP * L;
                b[q] = q % NVP < NVP - 1 || n == L ? V::load(from) : V::load(from, n);
                if constexpr (MR > 1) b[q].pin();
            }
            SINTER_UNROLL
            for (int r = 0; r < MR; ++r) {
                const V a{element(r, k)};
                SINTER_UNROLL
                for (int q = 0; q < Panels * NVP; ++q) sum[r][q] = fma(a, b[q], sum[r][q]);
            }
        };
        const int safe = depth > guarded ? depth - guarded : 0;
        int k = 0;
        for (; k < safe; ++k) one(k, L);
        if constexpr (guarded > 0)
            for (; k < depth; ++k) one(k, Last);
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
