// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A register tile of one line that ends at borders: each place of the window meets some of its rows.
///
/// Which rows those are is known at compile time, so the sums stay in registers, and the tile is a loop for each place.
/// Otherwise it is a tile of kernel/tile.hpp: one chain of fma for each sum, over ascending k.

#include <sinter/kernel/tile.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

/// Rows of a line that place `index` of `count` meets: first … last - 1.
struct rows_of_place {
    int first, last;
};
constexpr rows_of_place rows_of(const border& along, int rows, int index) {
    rows_of_place met{rows, 0};
    for (int r = 0; r < rows; ++r) {
        const int at = along.step * r + along.depth_step * index;
        if (at < along.low || at >= along.high) continue;
        if (r < met.first) met.first = r;
        met.last = r + 1;
    }
    return met;
}
/// A border as a type: of lines of `Rows` rows, and `Places` places.
template <int Rows, int Places, int Step, int DepthStep, int Low, int High>
struct line_border {
    static constexpr int rows = Rows, places = Places;
    static constexpr border along{0, 0, Step, DepthStep, Low, High};
};

template <class T, class V, int Vectors, class Left, class Border>
struct line_tile {
    static constexpr int rows = Border::rows, L = V::size;
    using walk = typename Left::template walk<rows>;

    /// A segment at one place.
    template <int Place>
    SINTER_ALWAYS_INLINE static void add(V (&sum)[rows][Vectors], walk& element, const T*& row, std::ptrdiff_t step,
                                         int depth, [[maybe_unused]] int last) {
        constexpr rows_of_place met = rows_of(Border::along, rows, Place);
        SINTER_ROLLED
        for (int after = depth; after > 0; --after, row += step, element.next()) {
            V b[Vectors];
            SINTER_UNROLL
            for (int q = 0; q < Vectors; ++q) {
                if constexpr (Left::masked)
                    b[q] = V::load(row + q * L, q == Vectors - 1 ? last : L);
                else
                    b[q] = V::load(row + q * L);
                b[q].pin();
            }
            SINTER_UNROLL
            for (int r = met.first; r < met.last; ++r) {
                const V a{element(r, 0)};
                SINTER_UNROLL
                for (int q = 0; q < Vectors; ++q) sum[r][q] = fma(a, b[q], sum[r][q]);
            }
        }
    }
    template <int... Place>
    SINTER_ALWAYS_INLINE static void add_at(std::integer_sequence<int, Place...>, int place, V (&sum)[rows][Vectors],
                                            walk& element, const T*& row, std::ptrdiff_t step, int depth, int last) {
        (void)((place == Place && (add<Place>(sum, element, row, step, depth, last), true)) || ...);
    }

    /// Segment axis `axis` of `left.further` has the places, from `begin` on.
    [[gnu::noinline]] static void run(const Left& left, const T* row, std::ptrdiff_t step, int depth, int axis,
                                      int begin, T* to, std::ptrdiff_t to_step) {
        V sum[rows][Vectors];
        SINTER_UNROLL
        for (int r = 0; r < rows; ++r) {
            SINTER_UNROLL
            for (int q = 0; q < Vectors; ++q) sum[r][q] = V{0};
        }
        if (left.resumes) {
            SINTER_UNROLL
            for (int r = 0; r < rows; ++r) {
                SINTER_UNROLL
                for (int q = 0; q < Vectors; ++q) sum[r][q] = V::load(to + r * to_step + q * L);
            }
        }
        walk element{left};
        if (depth > 0) do {
                add_at(std::make_integer_sequence<int, Border::places>{}, begin + element.index[axis], sum, element,
                       row, step, depth, left.last);
            } while (element.next_segment(row));
        SINTER_UNROLL
        for (int r = 0; r < rows; ++r) {
            SINTER_UNROLL
            for (int q = 0; q < Vectors; ++q) sum[r][q].store(to + r * to_step + q * L);
        }
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
