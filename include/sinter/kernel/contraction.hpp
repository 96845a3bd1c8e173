// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The `contraction` kind: a product in register tiles, and what is fused behind it (kernel/epilogue.hpp).
///
/// Rows run in blocks whose part of the left operand stays in the second cache, then columns in panels of NV vectors,
/// then rows in tiles (kernel/tile.hpp). A right operand that cannot be read in vectors (transposed, or panels that cut
/// a vector) is packed into scratch, some panels at once; so is one whose rows cost more where they are, and so are
/// some tiles of a transposed left one, or some rows of a plain one (kernel/packing.hpp says when). The last rows of a
/// right operand whose vectors reach beyond it are copied for each panel.
///
/// Tiles leave their sums in a block of rows that stays in the first cache; what is fused behind the product then runs
/// over the block's rows, so that its latencies are paid once a block. One to three rows alone are computed across four
/// panels: a row of one panel waits for its two chains of fma. With 32 registers, four to seven are computed by fours
/// across two panels.
///
/// Column outputs are summed over ascending rows from 0. Whole outputs: an element-level value's column sums join, by
/// ascending column, accumulator column % 16, then the tree of `wide::reduce`; an outer-level value over ascending
/// rows. A `part` is a range of panels; of row tiles where there are more parts than panels, or where a left operand
/// may be packed, so that no part packs all of it; never of rows where something is summed over them. A whole output is
/// computed by the first part alone. Parts may run at the same time, each with scratch of its own.

#include <sinter/kernel/epilogue.hpp>
#include <sinter/kernel/scratch.hpp>
#include <sinter/kernel/tile.hpp>

#include <type_traits>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, const auto& List, int Index>
struct contraction_kernel {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    using E = epilogue<T, B>;
    static constexpr int L = V::size;
    static constexpr spec self = B::self;
    static constexpr int NV = self.inner > L ? 2 : 1;
    static constexpr int columns = NV * L;
    static constexpr int panels = (self.inner + columns - 1) / columns;
    static constexpr int whole = self.inner / columns, last_columns = self.inner % columns;
    static constexpr int last_vectors = (last_columns + L - 1) / L;  ///< of the panel that is not whole
    static constexpr bool transposed_left = left_is_transposed(List, self),
                          transposed_right = right_is_transposed(List, self);
    static constexpr int right_stride = right_line(List, self), left_stride = left_line(List, self);
    static constexpr int fixed_depth = B::extent(1);
    static constexpr bool packed = right_is_packed(List, Index, columns);
    static constexpr int right_step = packed ? columns : right_stride;
    static constexpr int panels_at_once = packed ? packed_panels : panels;
    static constexpr bool packs_left = left_may_be_packed(List, Index);
    static constexpr packing_costs costs = packing_costs_of(List.target);
    static constexpr int known_rows = left_rows_of(List, Index);
    static constexpr double spec_panels = parts(self.inner, B::width);
    static constexpr double groups = packs_left ? groups_of_panels(List, Index) : 1;
    static constexpr bool summed = B::has_sums(output_kind::column) || B::has_sums(output_kind::whole);
    /// Few rows run across panels where nothing is summed over rows, panel by panel: single ones, or four at once.
    static constexpr bool wide_rows = !packed && !summed && whole > 1;
    static constexpr int wide_panels = whole < 4 ? whole : 4;
    static constexpr bool wide_fours = native_machine<T>().registers == 32 && NV == 2;
    static constexpr int few_rows = wide_fours ? 7 : 3;
    static constexpr int panel_step = B::plain(1) ? columns : B::at(1).panel * (columns / B::width);
    static_assert(B::passes == 1, "a contraction has no reductions over its inner axis");

    using left_operand = std::conditional_t<!B::plain(0), left_panels<T, B::width, transposed_left>,
                                            std::conditional_t<transposed_left, left_columns<T>, left_rows<T>>>;
    template <int NVP>
    using tiles_of = tiles<T, left_operand, NVP>;
    template <int NVP>
    static constexpr int rows_of_block = block_rows(native_machine<T>().registers, NVP);

    int depth;
    T* scratch;
    left_operand left;   ///< where it lies
    left_operand tiled;  ///< as tiles of whole panels read it: there too, or packed
    E behind;

    static void run(void* const* slots, int rows, T* scratch, part p) {
        const int m = B::extent(0) == run_time_rows ? rows : B::extent(0);
        const T* const base = static_cast<const T*>(slots[0]);
        left_operand left;
        if constexpr (B::plain(0))
            left = {base, left_stride};
        else
            left = {base, left_stride, B::at(0).panel};
        contraction_kernel kernel{fixed_depth == run_time_rows ? rows : fixed_depth, scratch, left, left, E{slots, m}};
        if constexpr (B::has_sums(output_kind::whole)) {
            if (p.index != 0) return;
            p.count = 1;
        }
        int first = 0, last = panels, from = 0, to = m;
        if (summed || (panels >= p.count && (packed || !packs_left))) {
            first = panels * p.index / p.count;
            last = panels * (p.index + 1) / p.count;
        } else {
            constexpr int narrowest = last_vectors == 1 ? 1 : NV, tile = tiles_of<narrowest>::most_rows;
            const int count = m / tile;  // the last one takes the rest along
            from = count * p.index / p.count * tile;
            to = p.index + 1 == p.count ? m : count * (p.index + 1) / p.count * tile;
        }
        if constexpr (wide_rows)
            if (m <= few_rows) {
                const int end = last < whole ? last : whole;
                if (m < 4)
                    kernel.template run_across<1, wide_panels>(from, to, first, end);
                else if constexpr (wide_fours)
                    kernel.template run_across<4, 2>(from, to, first, end);
                first = first > whole ? first : whole;
            }
        for (; first < last; first += panels_at_once)
            kernel.run_panels(first, first + panels_at_once < last ? first + panels_at_once : last, from, to);
        kernel.behind.end();
    }

    /// Panels first … last - 1, all rows.
    void run_panels(int first, int last, int from, int to) {
        const auto packed_panel = [&](int jp) { return scratch + std::ptrdiff_t{jp - first} * columns * depth; };
        if constexpr (packed) pack_panels(first, last);
        const int lines = left_block_bytes / static_cast<int>(sizeof(T)) / (depth > 0 ? depth : 1);
        constexpr int least = rows_of_block<NV>;
        const bool packs =
            packs_left &&
            (fixed_depth != run_time_rows ||
             left_packing(costs, transposed_left, left_stride, spec_panels, known_rows, depth, groups).packs());
        const bool at_once = B::has_sums(output_kind::whole) || (lines >= to - from && !packs);
        const int block = at_once         ? to - from
                          : packs         ? packed_tiles * tiles_of<NV>::most_rows
                          : lines < least ? least
                                          : lines / least * least;
        int i = from;
        do {  // also without rows: sums are then 0
            const int end = i + block < to ? i + block : to;
            if constexpr (packs_left)
                if (packs) pack_left(i, end, last - first);
            for (int jp = first; jp < last; ++jp) {
                const T* const right = packed ? packed_panel(jp) : right_panel(jp);
                if constexpr (whole > 0)
                    if (jp < whole) run_panel<NV, L>(jp, right, i, end, i == from);
                if constexpr (last_columns > 0)
                    if (jp == whole)
                        run_panel<last_vectors, (last_columns + L - 1) % L + 1>(whole, right, i, end, i == from);
            }
            i += block;
        } while (i < to);
    }
    const T* right_panel(int panel) const {
        return static_cast<const T*>(behind.slots[1]) + B::offset(1, panel * columns);
    }

    /// Rows of one panel: NVP vectors, the last of which has `Last` elements.
    template <int NVP, int Last>
    void run_panel(int panel, const T* right, int from, int to, bool first_rows) {
        constexpr int padded = E::template padded<Last>();
        const int j = panel * columns;  // here, so that a compiler knows what divides it
        behind.template start_panel<NVP, padded>(j, first_rows);
        // In the last vector of a row, whole loads read into the next rows, which is fine until the last ones.
        constexpr int over = packed ? 0 : L - Last - B::at(1).padding;
        constexpr int guarded = over <= 0 ? 0 : right_step > 0 ? (over + right_step - 1) / right_step : 1 << 30;
        tiles_of<NVP> product{
            NVP == NV ? tiled : left, depth, right, right_step, panel_step, depth, nullptr, 0, NVP * L};
        alignas(64) T rest[guarded > 0 ? L * NVP * L : 1];
        if constexpr (guarded > 0) {
            product.safe = depth > guarded ? depth - guarded : 0;
            product.rest = rest;
            product.rest_step = right_step > 0 ? NVP * L : 0;
            for (int k = product.safe, r = 0; k < depth && r < L; ++k, ++r)
                copy_row<NVP, Last>(right + std::ptrdiff_t{k} * right_step, rest + r * NVP * L);
        }
        constexpr int block = rows_of_block<NVP>;
        alignas(64) T sums[block * NVP * L];
        // Depth 1, as in the update of a step of one sample: no tile, the right operand's row stays in registers.
        if constexpr (fixed_depth == run_time_rows || fixed_depth == 1)
            if (depth == 1) {
                copy_row<NVP, Last>(right, sums);
                behind.template run<NVP, padded>(sums, from, to, j, left);
                return behind.template end_panel<NVP, padded>(j);
            }
        constexpr bool direct = E::template is_result<NVP, Last>();
        if constexpr (direct) product.to_step = B::stride(E::result, 0);
        for (int i = from; i < to; i += block) {
            const int end = i + block < to ? i + block : to;
            if constexpr (direct) {
                product.rows(i, end, behind.row_of_result(i, j));
            } else {
                product.rows(i, end, sums);
                behind.template run<NVP, padded>(sums, i, end, j);
            }
        }
        behind.template end_panel<NVP, padded>(j);
    }

    /// A row of the right operand in whole vectors, zeros behind its elements.
    template <int NVP, int Last>
    static void copy_row(const T* from, T* to) {
        for (int q = 0; q < NVP - 1; ++q) V::load(from + q * L).store(to + q * L);
        V::load(from + (NVP - 1) * L, Last).store(to + (NVP - 1) * L);
    }

    /// Rows from … to - 1, MR at once, across panels first … last - 1, all of them whole. The last MR compute some
    /// again.
    template <int MR, int Panels>
    void run_across(int from, int to, int first, int last) {
        alignas(64) T sums[MR * Panels * columns];
        for (int jp = first, now = 0; jp < last; jp += now) {
            const tiles_of<NV> product{left,    depth, right_panel(jp), right_step, panel_step, depth,
                                       nullptr, 0,     columns};
            now = last - jp < Panels ? 1 : Panels;
            for (int i = from; i < to; i += MR) {
                const int end = MR == 1 || i + MR < to ? i + MR : to, again = MR - (end - i);
                if (now == Panels)
                    product.template tile<MR, Panels>(i - again, sums);
                else
                    product.template tile<MR>(i - again, sums);
                for (int g = 0; g < now; ++g)
                    behind.template run<NV, L>(sums + (g * MR + again) * columns, i, end, (jp + g) * columns);
            }
        }
    }

    /// Copies rows from … to - 1 of the left operand behind the packed right one: row by row, or, where its columns are
    /// the rows, tile by tile, each k with a tile's rows side by side.
    void pack_left(int from, int to, int right_panels) {
        const std::ptrdiff_t apart = packed_left_stride(depth);
        T* const packed_left = scratch + (packed ? std::ptrdiff_t{right_panels} * columns * depth : 0);
        if constexpr (transposed_left) {
            pack_left_columns(from, to, packed_left, apart);
            tiled = {packed_left - from * apart, 0, apart};
        } else {
            for (int i = from; i < to; ++i)
                __builtin_memcpy(packed_left + (i - from) * apart, left.at + std::ptrdiff_t{i} * left_stride,
                                 static_cast<std::size_t>(depth) * sizeof(T));
            tiled = {packed_left - from * apart, apart};
        }
    }
    void pack_left_columns(int from, int to, T* packed_left, std::ptrdiff_t apart) const {
        using tiles = tiles_of<NV>;
        constexpr int MR = tiles::most_rows, ahead = 16, line = 64 / static_cast<int>(sizeof(T));
        const T* const base = left.at + from;
        const auto copy = [&](int i, int k, int height) {
            __builtin_memcpy(packed_left + i * apart + k * height, base + std::ptrdiff_t{k} * left_stride + i,
                             static_cast<std::size_t>(height) * sizeof(T));
        };
        const int count = to - from;
        const auto height_of = [&](int i) {  // of the tile at row i, as run_panel goes by blocks
            const int end = i / rows_of_block<NV> * rows_of_block<NV> + rows_of_block<NV>;
            return tiles::next_rows((end < count ? end : count) - i);
        };
        int highest = 0;
        while (highest < count && height_of(highest) == MR) highest += MR;
        for (int k = 0; k < depth; ++k) {
            for (int i = 0; i < count; i += line)
                __builtin_prefetch(base + std::ptrdiff_t{k + ahead} * left_stride + i);
            for (int i = 0; i < highest; i += MR) copy(i, k, MR);
        }
        for (int i = highest, height = 0; i < count; i += height) {
            height = height_of(i);
            for (int k = 0; k < depth; ++k) copy(i, k, height);
        }
    }

    /// Copies panels first … last - 1 to scratch, row k of `columns` elements behind row k - 1, zeros behind the
    /// operand's columns. Plain rows are read along all whole panels at once, so that a prefetcher follows and a page
    /// is looked up once.
    void pack_panels(int first, int last) const {
        const T* const base = static_cast<const T*>(behind.slots[1]);
        const auto packed_panel = [&](int jp) { return scratch + std::ptrdiff_t{jp - first} * columns * depth; };
        int jp = first;
        if constexpr (whole > 0 && !transposed_right && B::plain(1)) {
            const int end = last < whole ? last : whole;
            for (int k = 0; k < depth; ++k)
                for (jp = first; jp < end; ++jp)
                    for (int q = 0; q < NV; ++q)
                        V::load(base + std::ptrdiff_t{k} * right_stride + jp * columns + q * L)
                            .store(packed_panel(jp) + k * columns + q * L);
            jp = end;
        }
        for (; jp < last; ++jp) {
            const int j = jp * columns, valid = self.inner - j < columns ? self.inner - j : columns;
            T* to = packed_panel(jp);
            for (int k = 0; k < depth; ++k, to += columns) {
                for (int jj = 0; jj < valid; ++jj)
                    to[jj] = transposed_right ? base[std::ptrdiff_t{j + jj} * right_stride + B::in_panels(1, k)]
                                              : base[std::ptrdiff_t{k} * right_stride + B::in_panels(1, j + jj)];
                for (int jj = valid; jj < columns; ++jj) to[jj] = 0;
            }
        }
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
