// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The `contraction` kind where both operands move along the columns, in lanes: depthwise convolutions by all their
/// operands, and other products for each channel.
///
/// A unit of rows is computed in tiles (kernel/paired_tiles.hpp), which write the result themselves where nothing is
/// fused behind the product; else their sums wait for it in the first cache. Nothing is packed: each tile walks the
/// whole depth. Orders, sums over rows and parts are those of kernel/over_axes.hpp. Law: tests/kernel/paired.cpp.

#include <sinter/kernel/epilogue.hpp>
#include <sinter/kernel/paired_tiles.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, const auto& List, int Index>
struct paired_product {
    using S = paired_tiles<T, List, Index>;
    using B = typename S::B;
    using V = typename S::V;
    using E = epilogue<T, B>;
    static constexpr spec self = B::self;
    static constexpr int L = S::L, NV = S::NV, columns = S::columns, unit = S::unit, unit_axes = S::unit_axes;
    static constexpr int tile_rows = S::tile_rows, left_over = S::left_over;
    static constexpr int panels = (self.inner + columns - 1) / columns, whole = self.inner / columns;
    static constexpr int last_vectors = (self.inner % columns + L - 1) / L;
    static constexpr int last_lanes = (self.inner + L - 1) % L + 1;  ///< elements of the very last vector
    static constexpr bool summed = B::has_sums(output_kind::column) || B::has_sums(output_kind::whole);
    static constexpr bool in_order = B::has_sums(output_kind::whole);   ///< all rows of a panel before the next one
    static constexpr int block = tile_rows * (tile_rows < 16 ? 4 : 2);  ///< rows whose sums wait for what is behind

    static void run(void* const* slots, int rows, part p) {
        E behind{slots, rows};
        int units = 1;
        for (int x = 0; x + unit_axes < self.outer_count; ++x)
            units *= B::extent(x) == run_time_rows ? rows : B::extent(x);
        int from = 0, to = units, first = 0, end = panels;
        if (in_order) {
            if (p.index != 0) return;
        } else if (summed || units < p.count) {
            first = panels * p.index / p.count;
            end = panels * (p.index + 1) / p.count;
        } else {
            from = static_cast<int>(static_cast<long long>(units) * p.index / p.count);
            to = static_cast<int>(static_cast<long long>(units) * (p.index + 1) / p.count);
        }
        if constexpr (summed) {
            for (int jp = first; jp < end; ++jp) {
                if (jp < whole)
                    run_summed<NV, L>(behind, slots, rows, from, to, jp);
                else
                    run_summed<last_vectors, last_lanes>(behind, slots, rows, from, to, jp);
            }
        } else {
            for (int u = from; u < to; ++u)
                for (int jp = first; jp < end; ++jp) {
                    if (jp < whole)
                        run_unit<NV, L>(behind, slots, rows, u, jp * columns);
                    else
                        run_unit<last_vectors, last_lanes>(behind, slots, rows, u, jp * columns);
                }
        }
        behind.end();
    }

private:
    template <int NVP, int Last>
    static void run_summed(E& behind, void* const* slots, int rows, int from, int to, int jp) {
        if constexpr (NVP > 0) {
            behind.template start_panel<NVP, E::template padded<Last>()>(jp * columns, true);
            for (int u = from; u < to; ++u) run_unit<NVP, Last>(behind, slots, rows, u, jp * columns);
            behind.template end_panel<NVP, E::template padded<Last>()>(jp * columns);
        }
    }

    /// Where an operand begins for a unit.
    template <int Slot>
    static const T* operand_at(void* const* slots, int rows, int u) {
        const T* at = static_cast<const T*>(slots[Slot]);
        for (int x = self.outer_count - unit_axes - 1; x >= 0; --x) {
            const int extent = B::extent(x) == run_time_rows ? rows : B::extent(x);
            at += std::ptrdiff_t{u % extent} * B::stride(Slot, x);
            u /= extent;
        }
        return at;
    }

    static typename S::place_of_tile place_of_unit([[maybe_unused]] int rows, [[maybe_unused]] int u) {
        typename S::place_of_tile place{};
        if constexpr (self.margin_count > 0)
            for (int x = self.outer_count - unit_axes - 1; x >= 0; --x) {
                const int extent = B::extent(x) == run_time_rows ? rows : B::extent(x);
                for (int m = 0; m < self.margin_count; ++m) {
                    const border at = S::margin_number(m);
                    if (at.outer != x) continue;
                    const int depth = B::extent(self.outer_count + at.depth),
                              count = depth == run_time_rows ? rows : depth;
                    place.first[m] = at.first_above(at.low, at.step * (u % extent), at.depth_step, count);
                    place.end[m] = at.first_above(at.high, at.step * (u % extent), at.depth_step, count);
                }
                u /= extent;
            }
        return place;
    }

    /// One unit's rows, in columns from j on.
    template <int NVP, int Last>
    static void run_unit(E& behind, void* const* slots, int rows, int u, int j) {
        if constexpr (NVP > 0) {
            const T *left = operand_at<0>(slots, rows, u) + j, *right = operand_at<1>(slots, rows, u) + j;
            const int count = unit > 0 ? unit : rows, first = u * count;
            constexpr bool direct = E::template is_result<NVP, Last>();
            constexpr int result = direct ? E::result : -1;
            alignas(64) T sums[direct ? 1 : block * NVP * L];
            int waiting = 0;
            typename S::place_of_tile place = place_of_unit(rows, u);
            const auto tile_at = [&](auto height, int i) SINTER_INLINE_LAMBDA {
                constexpr int MR = decltype(height)::value;
                const T* const from = left + S::template begin_of<0>(i);
                const T* const by = right + S::template begin_of<1>(i);
                for (int m = 0; m < self.margin_count; ++m)
                    if (S::of_rows(m))
                        place.at[m] =
                            S::margin_number(m).outer == S::last ? (S::lines > 1 ? 0 : i) : i / S::line_or_one;
                T* to = sums + waiting * NVP * L;
                if constexpr (direct) to = behind.row_of_result(first + i, j);
                if (S::template is_inside<MR>(place, rows))
                    S::template tile<MR, NVP, Last, result, S::which_rows::inside>(from, by, to, place, rows);
                else
                    S::template tile<MR, NVP, Last, result, S::which_rows::all>(from, by, to, place, rows);
                if constexpr (!direct) {
                    waiting += MR;
                    if (waiting + tile_rows > block || i + MR >= count) {
                        behind.template run<NVP, E::template padded<Last>()>(sums, first + i + MR - waiting,
                                                                             first + i + MR, j);
                        waiting = 0;
                    }
                }
            };
            int i = 0;
            for (; i + tile_rows <= count; i += tile_rows) tile_at(std::integral_constant<int, tile_rows>{}, i);
            if constexpr (left_over > 0)
                for (; i < count; i += left_over) tile_at(std::integral_constant<int, left_over>{}, i);
        }
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
