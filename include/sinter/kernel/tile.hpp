// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Register tiles of a product: MR rows by vectors of columns, accumulated over the whole depth.
///
/// A tile knows where its operands lie by run-time strides, and nothing else of a kernel: so that all kernels of a
/// program share their tiles, which are what unrolled code is made of. For each k a row of the right operand is loaded
/// once and MR elements of the left one are broadcast. Each accumulator is one chain of fma over ascending k, so the
/// tile's size never shows in the result.

#include <sinter/kernel/tiling.hpp>
#include <sinter/kernel/vector.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

// The left operand as a product's rows i… see it: element (i + r, k). Its own rows are the product's, or its columns
// are (it is transposed); either may lie in panels, which is rare. `factor(i)` is element (i, 0) where nothing is
// packed.
template <class T>
struct left_rows {
    static constexpr bool fetches_left = false;  ///< rows ahead
    static constexpr bool segmented = false, masked = false;
    static constexpr int ahead = rows_ahead;
    const T* at;
    std::ptrdiff_t stride;
    template <int>
    SINTER_ALWAYS_INLINE left_rows from(int i) const {
        return {at + i * stride, stride};
    }
    SINTER_ALWAYS_INLINE T operator()(int r, int k) const { return at[r * stride + k]; }
    static constexpr bool may_overlap() { return true; }
    SINTER_ALWAYS_INLINE T factor(int i) const { return at[i * stride]; }
    /// What walks along k: a pointer for three rows, which an address reaches without a sum of its own.
    template <int MR>
    struct walk {
        const T* row[(MR + 2) / 3];
        std::ptrdiff_t stride;
        SINTER_ALWAYS_INLINE explicit walk(const left_rows& l) : stride{l.stride} {
            SINTER_UNROLL
            for (int g = 0; g < (MR + 2) / 3; ++g) row[g] = l.at + 3 * g * stride;
        }
        SINTER_ALWAYS_INLINE T operator()(int r, int) const { return row[r / 3][r % 3 * stride]; }
        SINTER_ALWAYS_INLINE void next() {
            SINTER_UNROLL
            for (int g = 0; g < (MR + 2) / 3; ++g) ++row[g];
        }
    };
};
/// Packed, tile behind tile, each with its rows side by side, if `packed_stride` is not 0: from row to row, tiles taken
/// whole.
template <class T>
struct left_columns {
    static constexpr bool fetches_left = true, segmented = false, masked = false;
    static constexpr int ahead = rows_ahead;
    const T* at;
    std::ptrdiff_t stride;
    std::ptrdiff_t packed_stride = 0;
    template <int MR>
    SINTER_ALWAYS_INLINE left_columns from(int i) const {
        return packed_stride > 0 ? left_columns{at + i * packed_stride, MR} : left_columns{at + i, stride};
    }
    SINTER_ALWAYS_INLINE T operator()(int r, int k) const { return at[k * stride + r]; }
    constexpr bool may_overlap() const { return packed_stride == 0; }
    SINTER_ALWAYS_INLINE T factor(int i) const { return at[i]; }
    template <int MR>
    struct walk {
        const T* at;
        std::ptrdiff_t stride;
        SINTER_ALWAYS_INLINE explicit walk(const left_columns& l) : at{l.at}, stride{l.stride} {}
        SINTER_ALWAYS_INLINE T operator()(int r, int) const { return at[r]; }
        SINTER_ALWAYS_INLINE void next() {
            if constexpr (MR >= 6) __builtin_prefetch(at + rows_ahead * stride);
            if constexpr (MR > 8) __builtin_prefetch(at + rows_ahead * stride + MR - 1);
            at += stride;
        }
    };
};
template <class T, int Width, bool Transposed>
struct left_panels {
    static constexpr bool fetches_left = false, segmented = false, masked = false;
    static constexpr int ahead = rows_ahead;
    const T* at;
    std::ptrdiff_t stride;
    int panel, first = 0;
    template <int>
    SINTER_ALWAYS_INLINE left_panels from(int i) const {
        return {at, stride, panel, i};
    }
    SINTER_ALWAYS_INLINE T operator()(int r, int k) const {
        const int row = Transposed ? k : first + r, column = Transposed ? first + r : k;
        return at[row * stride + column / Width * panel + column % Width];
    }
    static constexpr bool may_overlap() { return true; }
    SINTER_ALWAYS_INLINE T factor(int i) const { return from<1>(i)(0, 0); }
    template <int MR>
    using walk = left_panels;
    SINTER_ALWAYS_INLINE void next() {}
};

/// A product's operands for one panel of `Vectors` vectors, or for some such panels side by side.
template <class T, class Left, int Vectors, class V = lanes<T>>
struct tiles {
    using vector = V;
    static constexpr int L = V::size;
    static constexpr int columns = Vectors * L;
    static constexpr int registers = native_machine<T>().registers;
    static constexpr int most_rows = most_tile_rows(registers, Vectors);

    static constexpr int line =
        L < 64 / static_cast<int>(sizeof(T)) ? 64 / static_cast<int>(sizeof(T)) / L : 1;  ///< vectors
    /// Whether a tile fetches rows of the right operand.
    template <int MR>
    static constexpr bool fetches_right =
        MR >= 6 && V::size == lanes<T>::size && (fetches_both_operands(registers) || !Left::fetches_left);

    Left left;
    int depth;
    const T* right;  ///< row k is right_step elements after row k - 1
    std::ptrdiff_t right_step;
    std::ptrdiff_t panel_step;  ///< from panel to panel
    int safe;                   ///< rows of the right operand that may be read in whole vectors
    const T* rest;              ///< the others, in lines of rest_step elements
    std::ptrdiff_t rest_step;
    std::ptrdiff_t to_step;  ///< of one panel's result: from row to row

    /// Rows i… of the product, `Panels` panels from where `right` points, to `to`; of several a panel behind the other.
    /// Not inlined: with its callers' values in registers, g++ at -O3 keeps an accumulator in memory.
    template <int MR, int Panels = 1>
    [[gnu::noinline]] void tile(int i, T* to) const {
        constexpr int vectors = Panels * Vectors;
        V sum[MR][vectors];
        SINTER_UNROLL
        for (int r = 0; r < MR; ++r) {
            SINTER_UNROLL
            for (int q = 0; q < vectors; ++q) sum[r][q] = V{0};
        }
        if constexpr (Left::segmented) {
            if (left.resumes) {
                SINTER_UNROLL
                for (int r = 0; r < MR; ++r) {
                    SINTER_UNROLL
                    for (int q = 0; q < vectors; ++q)  // rows that are not stored may have no place
                        sum[r][q] = V::load(to + (r < left.again ? left.again : r) * to_step + q * L);
                }
            }
        }
        typename Left::template walk<MR> element{left.template from<MR>(i)};
        const T* row = right;
        std::ptrdiff_t step = right_step;
        for (int first = 0, end = safe;;) {
            // Counted down: with more than two operations for that, processors that start four a cycle wait.
            SINTER_ROLLED
            for (int after = end - first; after > 0; --after, row += step, element.next()) {
                if constexpr (fetches_right<MR>) {
                    SINTER_UNROLL
                    for (int q = 0; q < vectors; q += line)
                        __builtin_prefetch(row + Left::ahead * step + q / Vectors * panel_step + q % Vectors * L);
                }
                V b[vectors];
                SINTER_UNROLL
                for (int q = 0; q < vectors; ++q) {
                    if constexpr (Left::masked)
                        b[q] = V::load(row + q * L, q == vectors - 1 ? left.last : L);
                    else
                        b[q] = V::load(row + q / Vectors * panel_step + q % Vectors * L);
                    if constexpr (MR > 1) b[q].pin();
                }
                SINTER_UNROLL
                for (int r = 0; r < MR; ++r) {
                    const V a{element(r, end - after)};
                    SINTER_UNROLL
                    for (int q = 0; q < vectors; ++q) sum[r][q] = fma(a, b[q], sum[r][q]);
                }
            }
            if constexpr (Left::segmented) {
                if (!element.next_segment(row)) break;
            } else {
                if (end == depth) break;
                first = end, end = depth, row = rest, step = rest_step;
            }
        }
        SINTER_UNROLL
        for (int r = 0; r < MR; ++r) {
            if constexpr (Left::segmented)
                if (r < left.again) continue;
            SINTER_UNROLL
            for (int q = 0; q < vectors; ++q)
                sum[r][q].store(Panels == 1 ? to + r * to_step + q * L
                                            : to + (q / Vectors * MR + r) * columns + q % Vectors * L);
        }
    }

    /// Rows of the first tile where `left_over` rows are left: most_rows, 8 if that is more, or 4; 1 only where tiles
    /// may not overlap. One large tile less where small ones alone have fewer rows to compute.
    static constexpr int next_rows(int left_over) {
        constexpr int MR = most_rows;
        const auto in_fours = [](int rows) { return (rows + 3) / 4 * 4; };
        const bool last = left_over < 2 * MR;
        if (left_over >= MR && !(last && in_fours(left_over) < MR + in_fours(left_over - MR))) return MR;
        return MR > 12 && left_over >= 8 ? 8 : left_over >= 4 ? 4 : 1;
    }

    /// A tile whose first `some` rows an earlier one has computed.
    template <int MR>
    SINTER_ALWAYS_INLINE void once_more(int i, [[maybe_unused]] int some, T* to) const {
        if constexpr (Left::segmented) {
            tiles t = *this;
            t.left.again = some;
            t.template tile<MR>(i, to);
        } else {
            tile<MR>(i, to);
        }
    }

    /// Rows from … to - 1 of one panel. Five to seven that are left become eight where there is such a tile, one to
    /// three four, by computing some again: a single row's chains of fma wait for themselves, so it takes as long as
    /// four.
    [[gnu::noinline]] void rows(int from, int to, T* sums) const {
        constexpr int MR = most_rows;
        const int first = from;
        const auto again = [&](int height) {  // rows that a last tile of this height computes again
            const int rows = height - (to - from);
            return rows < height && to - first >= height && left.may_overlap() ? rows : 0;
        };
        for (; next_rows(to - from) == MR && from < to; from += MR, sums += MR * to_step) tile<MR>(from, sums);
        if constexpr (MR > 12) {
            for (; to - from >= 8; from += 8, sums += 8 * to_step) tile<8>(from, sums);
            if (const int some = again(8); some > 0 && some < 4)
                return once_more<8>(from - some, some, sums - some * to_step);
        }
        for (; to - from >= 4; from += 4, sums += 4 * to_step) tile<4>(from, sums);
        if (const int some = again(4); some > 0) return once_more<4>(from - some, some, sums - some * to_step);
        for (; from < to; ++from, sums += to_step) tile<1>(from, sums);
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
