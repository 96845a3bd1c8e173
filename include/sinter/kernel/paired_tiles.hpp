// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Tiles of a paired product (kernel/paired.hpp): some rows by up to two vectors of columns, over the whole depth.
///
/// The rows share what they read of the right operand; what they read of the left one is the memory operand of an fma.
/// Rows are neighbours along the last outer axis, or of several short lines: the nine places of a filter are one tile,
/// so that by filter depth is walked once. All strides are constants, so a tile needs two pointers. Where a row reads
/// what its neighbour read at the depth index before, such elements are loaded once for all rows: with AVX-512 Zen 4
/// loads one vector a cycle, where it multiplies one.
///
/// Margins of the left operand are left out. Along an axis that a tile does not move on that is a range of the depth;
/// along one of its rows each index of the depth counts for some rows, which a set of bits says where it is not all.
/// Each accumulator is one chain of fma over ascending k, so nothing of this shows in the result.

#include <sinter/kernel/body.hpp>
#include <sinter/kernel/tiling.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, const auto& List, int Index>
struct paired_tiles {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr spec self = B::self;
    static constexpr int NV = self.inner > L ? 2 : 1, columns = NV * L;
    static_assert(self.paired && self.outer_count > 0 && B::passes == 1);

    // Rows of a unit: of the last outer axis, or of the last two where those are short lines that share the right
    // operand. -1: as many as there are.
    static constexpr int registers = native_machine<T>().registers;
    static constexpr int last = self.outer_count - 1, line = B::extent(last);
    /// Depth indices in a row of which a row reads what its neighbour read at the one before: windows side by side, or
    /// places of a filter. A tile loads such elements once, and keeps so many rows of the right operand. 0: it loads
    /// each anew.
    static constexpr int shared = [] {
        constexpr int depth = self.axes() - 1, extent = B::extent(depth), most_rows = most_tile_rows(registers, NV);
        const bool slides =
            B::stride(0, last) == B::stride(0, depth) && B::stride(1, last) == 0 && B::stride(0, last) != 0;
        if (registers != 32 || !slides || extent == 1 || line == 1) return 0;
        return extent > 0 && extent <= 4 ? extent : line > 0 && 2 * line <= most_rows ? 4 : 3;
    }();
    static constexpr int most = shared > 0 ? (registers - 2) / NV - shared : most_tile_rows(registers, NV);
    static constexpr int lines = last > 0 && line > 0 && 2 * line <= most&& B::extent(last > 0 ? last - 1 : 0) > 0 &&
                                         B::stride(1, last) == 0 && B::stride(1, last > 0 ? last - 1 : 0) == 0
                                     ? B::extent(last - 1)
                                     : 1;
    static constexpr int line_or_one = line > 0 ? line : 1;
    static constexpr int unit_axes = lines > 1 ? 2 : 1, unit = line > 0 ? line *lines : -1;
    static constexpr int tile_rows = [] {
        if constexpr (unit < 0) {
            return 4;
        } else if constexpr (lines > 1) {
            return (lines < most / line ? lines : most / line) * line;
        } else {
            constexpr int tiles = (unit + most - 1) / most;
            return (unit + tiles - 1) / tiles;
        }
    }();
    static constexpr int left_over = unit > 0 ? unit % tile_rows : 1;

    /// From row 0 to row r of a unit, in a slot.
    static constexpr std::ptrdiff_t row_offset(int s, int r) {
        return lines > 1
                   ? std::ptrdiff_t{r / line} * B::stride(s, last - 1) + std::ptrdiff_t{r % line} * B::stride(s, last)
                   : std::ptrdiff_t{r} * B::stride(s, last);
    }
    static constexpr std::ptrdiff_t row_offset_of(int r) {
        return lines > 1 ? r / line_or_one * B::stride(0, last > 0 ? last - 1 : 0) : r * B::stride(0, last);
    }
    static constexpr bool right_moves = B::stride(1, last) != 0;  ///< from row to row
    static_assert(tile_rows < 32 && B::access_to(0).how == access::contiguous &&
                  B::access_to(1).how == access::contiguous);

    // ---- margins

    static constexpr border margin_number(int m) { return margin_of(List, self, m); }
    /// The margin along a depth axis, -1 where there is none.
    static constexpr int margin_along(int depth_axis) {
        for (int m = 0; m < self.margin_count; ++m)
            if (margin_number(m).depth == depth_axis) return m;
        return -1;
    }
    static constexpr bool of_rows(int m) { return margin_number(m).outer >= self.outer_count - unit_axes; }
    /// Which rows of a tile an index of the depth counts for, as far as margins along rows say: for all, whatever the
    /// index; for all or some; for some, in a set of bits.
    enum class which_rows : unsigned char { inside, all, some };
    /// Where a tile stands: for a margin along rows the index of its first one, for others what counts of the depth.
    struct place_of_tile {
        int at[self.margin_count + 1], first[self.margin_count + 1], end[self.margin_count + 1];
    };
    /// How far its rows go along an outer axis, and from one to the next of these.
    template <int MR>
    static constexpr int span(int outer) {
        return outer == last ? (lines > 1 ? line : MR) : MR / (line > 0 ? line : 1);
    }
    /// The rows of a tile, as bits, for which index k along the depth axis of margin M counts.
    template <int M, int MR>
    SINTER_ALWAYS_INLINE static unsigned rows_that_count(const place_of_tile& at, int k) {
        constexpr border m = margin_number(M);
        constexpr int count = span<MR>(m.outer);
        const int from = at.at[M] * m.step + k * m.depth_step;
        const unsigned first = static_cast<unsigned>(border::first_above(m.low, from, m.step, count)),
                       end = static_cast<unsigned>(border::first_above(m.high, from, m.step, count));
        if constexpr (m.outer == last) {  // in each line
            constexpr unsigned each = [] {
                unsigned bits = 0;
                for (int r = 0; r < MR; r += count) bits |= 1u << r;
                return bits;
            }();
            return ((1u << end) - (1u << first)) * each;
        } else {
            return (1u << end * line) - (1u << first * line);
        }
    }

    /// From row 0 to row i of a unit, where a tile begins.
    template <int S>
    static std::ptrdiff_t begin_of(int i) {
        if constexpr (lines > 1)
            return std::ptrdiff_t{i / line} * B::stride(S, last - 1);
        else
            return std::ptrdiff_t{i} * B::stride(S, last);
    }

    /// Whether margins along rows leave out nothing of a tile.
    template <int MR>
    static bool is_inside([[maybe_unused]] const place_of_tile& place, [[maybe_unused]] int rows) {
        bool inside = true;
        for (int m = 0; m < self.margin_count; ++m) {
            if (!of_rows(m)) continue;
            const border at = margin_number(m);
            const int extent = B::extent(self.outer_count + at.depth);
            const int along = at.outer == last ? span<MR>(last) : span<MR>(last - 1);
            inside = inside && at.counts(place.at[m], 0) &&
                     at.counts(place.at[m] + along - 1, (extent == run_time_rows ? rows : extent) - 1);
        }
        return inside;
    }

    /// Rows of NVP vectors of columns, the last of which has `Last` elements, to `to`: row behind row, or where they
    /// lie in slot Result.
    template <int MR, int NVP, int Last, int Result, which_rows Which>
    [[gnu::noinline]] static void tile(const T* left, const T* right, T* to, const place_of_tile& place, int rows) {
        V sum[MR][NVP];
        SINTER_UNROLL
        for (int r = 0; r < MR; ++r) {
            SINTER_UNROLL
            for (int q = 0; q < NVP; ++q) sum[r][q] = V{0};
        }
        walk_depth<0, Last, Which>(sum, left, right, place, rows, ~0u);
        store_rows<NVP, Result>(std::make_integer_sequence<int, MR>{}, sum, to);
    }
    /// Along a depth axis and those behind it. `counts`: of some rows, those that do.
    template <int Axis, int Last, which_rows Which, int MR, int NVP>
    SINTER_ALWAYS_INLINE static void walk_depth(V (&sum)[MR][NVP], const T* left, const T* right,
                                                const place_of_tile& place, int rows, unsigned counts) {
        if constexpr (Axis < self.depth_count) {
            constexpr int x = self.outer_count + Axis, extent = B::extent(x), along = margin_along(Axis);
            constexpr int m = along >= 0 && Which == which_rows::inside && of_rows(along) ? -1 : along;
            const int count = extent == run_time_rows ? rows : extent;
            if constexpr (m < 0 && extent > 0 && extent <= 4 && Axis + 1 == self.depth_count) {
                if constexpr (Which != which_rows::some && shared == extent && MR > 1)
                    return add_shared<Last>(sum, left, right);
                SINTER_UNROLL
                for (int k = 0; k < extent; ++k)
                    walk_depth<Axis + 1, Last, Which>(sum, left + k * B::stride(0, x), right + k * B::stride(1, x),
                                                      place, rows, counts);
            } else if constexpr (m < 0) {
                walk_range<Axis, Last, Which>(sum, left, right, place, rows, counts, 0, count);
            } else if constexpr (!of_rows(m)) {
                walk_range<Axis, Last, Which>(sum, left, right, place, rows, counts, place.first[m], place.end[m]);
            } else {
                constexpr border at = margin_number(m);
                constexpr int further = span<MR>(at.outer) - 1;  // to the tile's last row
                const int begin = at.step * place.at[m];
                const int some = at.first_above(at.low, begin + at.step * further, at.depth_step, count),
                          first = at.first_above(at.low, begin, at.depth_step, count),
                          end = at.first_above(at.high, begin + at.step * further, at.depth_step, count),
                          last_of_some = at.first_above(at.high, begin, at.depth_step, count);
                const int middle = first < end ? first : last_of_some;
                walk_some<Axis, Last>(sum, left, right, place, rows, counts, some, middle);
                if (first >= end) return;
                walk_range<Axis, Last, Which>(sum, left, right, place, rows, counts, first, end);
                walk_some<Axis, Last>(sum, left, right, place, rows, counts, end, last_of_some);
            }
        } else {
            add_products<Last, Which>(std::make_integer_sequence<int, MR>{}, sum, left, right, counts);
        }
    }
    template <int Axis, int Last, which_rows Which, int MR, int NVP>
    SINTER_ALWAYS_INLINE static void walk_range(V (&sum)[MR][NVP], const T* left, const T* right,
                                                const place_of_tile& place, int rows, unsigned counts, int from,
                                                int to) {
        constexpr std::ptrdiff_t by_left = B::stride(0, self.outer_count + Axis),
                                 by_right = B::stride(1, self.outer_count + Axis);
        left += from * by_left;
        right += from * by_right;
        int after = to - from;
        if constexpr (Axis + 1 == self.depth_count && shared > 0 && MR > 1 &&
                      (Which == which_rows::inside || (Which == which_rows::all && lines > 1))) {
            SINTER_ROLLED
            for (; after >= shared; after -= shared, left += shared * by_left, right += shared * by_right)
                add_shared<Last>(sum, left, right);
        }
        SINTER_ROLLED
        for (; after > 0; --after, left += by_left, right += by_right)
            walk_depth<Axis + 1, Last, Which>(sum, left, right, place, rows, counts);
    }
    /// Where an index counts for some rows only.
    template <int Axis, int Last, int MR, int NVP>
    SINTER_ALWAYS_INLINE static void walk_some(V (&sum)[MR][NVP], const T* left, const T* right,
                                               const place_of_tile& place, int rows, unsigned counts, int from,
                                               int to) {
        constexpr std::ptrdiff_t by_left = B::stride(0, self.outer_count + Axis),
                                 by_right = B::stride(1, self.outer_count + Axis);
        SINTER_ROLLED
        for (int k = from; k < to; ++k)
            walk_depth<Axis + 1, Last, which_rows::some>(sum, left + k * by_left, right + k * by_right, place, rows,
                                                         counts & rows_that_count<margin_along(Axis), MR>(place, k));
    }
    template <int Last, which_rows Which, int NVP, int MR, int... R>
    SINTER_ALWAYS_INLINE static void add_products(std::integer_sequence<int, R...>, V (&sum)[MR][NVP], const T* left,
                                                  const T* right, [[maybe_unused]] unsigned counts) {
        V b[NVP];
        read<1, Last>(b, right);
        if constexpr (MR > 1)
            for (int q = 0; q < NVP; ++q) b[q].pin();
        using expand = int[];
        (void)expand{0, (Which != which_rows::some || (counts >> R & 1u) != 0
                             ? add_row<Last, row_offset(0, R), row_offset(1, R)>(sum[R], b, left, right)
                             : void(),
                         0)...};
    }
    template <int Last, std::ptrdiff_t Left, std::ptrdiff_t Right, int NVP>
    SINTER_ALWAYS_INLINE static void add_row(V (&sum)[NVP], const V (&b)[NVP], const T* left, const T* right) {
        V a[NVP], own[NVP];
        read<0, Last>(a, left + Left);
        if constexpr (right_moves) read<1, Last>(own, right + Right);
        SINTER_UNROLL
        for (int q = 0; q < NVP; ++q) sum[q] = fma(a[q], right_moves ? own[q] : b[q], sum[q]);
    }
    /// Some indices of the last depth axis: what row r reads at index k is what row r + 1 of its line reads at k - 1.
    template <int Last, int MR, int NVP>
    SINTER_ALWAYS_INLINE static void add_shared(V (&sum)[MR][NVP], const T* left, const T* right) {
        constexpr int depth = self.axes() - 1, each = lines > 1 ? line : MR;
        V b[shared + 1][NVP];
        SINTER_UNROLL
        for (int k = 0; k < shared; ++k) {
            read<1, Last>(b[k], right + k * B::stride(1, depth));
            for (int q = 0; q < NVP; ++q) b[k][q].pin();
        }
        SINTER_UNROLL
        for (int first = 0; first < MR; first += each) {
            const T* const from = left + row_offset_of(first);
            SINTER_UNROLL
            for (int p = 0; p < each + shared - 1; ++p) {
                SINTER_UNROLL
                for (int q = 0; q < NVP; ++q) {
                    V a = read_one<0, NVP, Last>(from + p * B::stride(0, depth), q);
                    a.pin();
                    SINTER_UNROLL
                    for (int k = 0; k < shared; ++k)
                        if (p - k >= 0 && p - k < each) sum[first + p - k][q] = fma(a, b[k][q], sum[first + p - k][q]);
                }
            }
        }
    }
    template <int S, int NVP, int Last>
    SINTER_ALWAYS_INLINE static V read_one(const T* from, int q) {
        return load<V, B::access_to(S)>(from, B::slot_of(S), q * L, q == NVP - 1 ? Last : L);
    }
    template <int S, int Last, int NVP>
    SINTER_ALWAYS_INLINE static void read(V (&to)[NVP], const T* from) {
        SINTER_UNROLL
        for (int q = 0; q < NVP; ++q) to[q] = read_one<S, NVP, Last>(from, q);
    }
    template <int NVP, int Result, int MR, int... R>
    SINTER_ALWAYS_INLINE static void store_rows(std::integer_sequence<int, R...>, const V (&sum)[MR][NVP], T* to) {
        using expand = int[];
        for (int q = 0; q < NVP; ++q)
            (void)expand{
                0, (sum[R][q].store(to + (Result >= 0 ? row_offset(Result < 0 ? 0 : Result, R) : R * NVP * L) + q * L),
                    0)...};
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
