// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The left operand of a contraction over axes, as tiles walk it (kernel/tile.hpp): rows in lines, depth in segments.

#include <sinter/kernel/half_lanes.hpp>
#include <sinter/kernel/tiling.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

/// The depth axes around the last one, the innermost of them first: how often a tile walks the last one, and how it
/// gets from the end of one walk to the begin of the next.
struct segments {
    static constexpr int most = 7;
    int count = 0;
    int extent[most] = {};
    std::ptrdiff_t left[most] = {}, right[most] = {};
};
/// Rows of several segments, `row` elements apart and `step` from k to k, in lines: of `Line` rows each, or one line if
/// that is 0. Columns: the rows of a line stand side by side. Masked: `last` elements of the last vector may be read. A
/// tile that `resumes` goes on with sums that stand where its own go, and stores all but the first `again` rows.
template <class T, bool Columns, bool Fetches, bool Masked, int Line>
struct left_lines {
    static constexpr bool fetches_left = Fetches, segmented = true, masked = Masked;
    static constexpr int ahead = 12;  ///< rows that are fetched: samples come from the third cache
    static constexpr int most = Line > 0 ? most_tile_rows(32, 1) / Line : 1;
    const T* at[most];
    std::ptrdiff_t row, step;
    const segments* further;
    bool resumes;
    int last, again;
    template <int>
    SINTER_ALWAYS_INLINE left_lines from(int i) const {
        left_lines l = *this;
        if constexpr (Line == 0) l.at[0] += i * row;
        return l;
    }
    static constexpr bool may_overlap() { return true; }
    /// A pointer for three rows, or for a line.
    template <int MR>
    struct walk {
        static constexpr int line = Line > 0 ? Line : MR, each = Columns ? 1 : (line + 2) / 3;
        static constexpr int lines = MR / line, pointers = lines * each;
        const T* at[pointers];
        std::ptrdiff_t row, step;
        const segments& further;
        int index[segments::most] = {};
        SINTER_ALWAYS_INLINE explicit walk(const left_lines& l) : row{l.row}, step{l.step}, further{*l.further} {
            SINTER_UNROLL
            for (int g = 0; g < pointers; ++g) at[g] = l.at[g / each] + 3 * (g % each) * row;
        }
        SINTER_ALWAYS_INLINE T operator()(int r, int) const {
            const int n = r / line * each;
            return Columns ? at[n][r % line] : at[n + r % line / 3][r % line % 3 * row];
        }
        SINTER_ALWAYS_INLINE void skip(std::ptrdiff_t by) {
            SINTER_UNROLL
            for (int g = 0; g < pointers; ++g) at[g] += by;
        }
        SINTER_ALWAYS_INLINE void next() {
            if constexpr (Fetches && MR >= 6) __builtin_prefetch(at[0] + ahead * step);
            if constexpr (Fetches && MR > 8) __builtin_prefetch(at[0] + ahead * step + MR - 1);
            skip(step);
        }
        /// Goes on to the next segment, if there is one.
        SINTER_ALWAYS_INLINE bool next_segment(const T*& right) {
            for (int x = 0; x < further.count; ++x) {
                skip(further.left[x]);
                right += further.right[x];
                if (++index[x] < further.extent[x]) return true;
                index[x] = 0;
            }
            return false;
        }
    };
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
