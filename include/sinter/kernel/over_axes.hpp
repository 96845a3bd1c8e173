// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The `contraction` kind over any axes: convolutions by all their operands, products per sample and per head.
///
/// The first outer axes, up to the last that moves the right operand, are batches: one product each. The others are
/// rows, in lines of one stride; tiles (kernel/tile.hpp) end where lines end, or have several short ones. Rows run in
/// blocks by what their lines touch of the left operand, which overlaps; then columns in panels, then tiles. Depth runs
/// in boxes where what a tile reads is more than a cache (kernel/axes.hpp): sums then wait in memory, and go on in the
/// same order. In a box the last depth axis is a tile's loop, and the others, merged with it where both operands allow
/// that, are its segments (kernel/left_lines.hpp).
///
/// A right operand whose columns are no vectors is packed into scratch, box by box; so is the last panel, where whole
/// vectors would reach beyond it and there are no masks. Few columns are computed in half registers. Sums over rows,
/// orders and parts are those of kernel/contraction.hpp, which is this with one row axis and one depth axis, and with
/// what such products alone can have. Law: tests/kernel/over_axes.cpp.

#include <sinter/kernel/axes_driver.hpp>
#include <sinter/kernel/epilogue.hpp>
#include <sinter/kernel/scratch.hpp>
#include <sinter/kernel/tile.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, const auto& List, int Index>
struct contraction_over_axes {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    using E = epilogue<T, B>;
    static constexpr int L = V::size;
    static constexpr spec self = B::self;
    static constexpr int NV = self.inner > L ? 2 : 1, columns = NV * L;
    static constexpr int panels = (self.inner + columns - 1) / columns, whole = self.inner / columns;
    static constexpr int last_vectors = (self.inner % columns + L - 1) / L;
    static constexpr int last_lanes = (self.inner + L - 1) % L + 1;  ///< elements of the very last vector
    static constexpr bool half = has_half_lanes && self.inner <= L / 2;
    static constexpr int beyond = (half ? L / 2 : L) - last_lanes;  ///< what it would read behind them
    static constexpr bool packs_all = !columns_are_vectors(List, self, columns);
    static constexpr bool reaches_beyond = whole < panels && beyond > B::at(1).padding;
    static constexpr bool packs_last = packs_all || (reaches_beyond && !has_masks);
    static constexpr bool masked = reaches_beyond && !packs_last;
    static constexpr bool summed = B::has_sums(output_kind::column) || B::has_sums(output_kind::whole);
    static constexpr bool in_order = B::has_sums(output_kind::whole);  ///< all rows of a panel before the next one
    static constexpr bool left_in_columns = B::stride(0, self.outer_count - 1) == 1;
    /// Short lines: a tile has several, or one where there is a border, and no tile begins within one.
    static constexpr int registers = native_machine<T>().registers;
    static constexpr int most_rows = most_tile_rows(registers, NV), line_rows = B::extent(self.outer_count - 1);
    static constexpr bool edges = !self.edge.none(), ends = !self.along.none();
    static constexpr int line = self.outer_count > 1 && line_rows > 1 &&
                                        (edges || ends ? 1 : 2) * line_rows
                                                <= most_rows&& B::stride(1, self.outer_count - 1) ==
                                            0 &&
                                        B::stride(1, self.outer_count - 2) == 0
                                    ? line_rows
                                    : 0;
    static constexpr int lines_of_tile = [] {
        int lines = 1;  // that there are
        for (int x = self.outer_count - 2; x >= 0 && B::stride(1, x) == 0; --x)
            lines *= B::extent(x) > 0 && lines < most_rows ? B::extent(x) : most_rows;
        const int fit = most_rows / (line > 0 ? line : most_rows + 1);
        return edges || ends ? 1 : lines < fit ? lines : fit;
    }();
    static_assert(!ends || line == line_rows, "a line with borders is one tile");
    static constexpr int places = ends ? B::extent(self.outer_count + (ends ? self.along.depth : 0)) : 0;
    using along_lines = std::conditional_t<
        ends, line_border<line_rows, places, self.along.step, self.along.depth_step, self.along.low, self.along.high>,
        void>;
    template <bool Masked>
    using left_operand = left_lines<T, left_in_columns, left_in_columns && line == 0 && !half, Masked, line>;
    template <int NVP, int Last>
    using tiles_of = tiles<T, left_operand<masked && Last != L>, NVP, std::conditional_t<half, half_lanes<T>, V>>;
    static constexpr int block = line == 0 ? block_rows(registers, NV) : 4 * lines_of_tile * line;
    /// Lines of whole tiles are cut between tiles only: there are then no smaller ones.
    static constexpr int cut = [] {
        constexpr int one = most_tile_rows(registers, 1), narrow = whole < panels ? last_vectors : NV;
        if (line > 0 || line_rows <= 0 || B::stride(1, self.outer_count - 1) != 0) return 1;
        return line_rows % one == 0 ? one : narrow == NV && line_rows % most_rows == 0 ? most_rows : 1;
    }();
    static_assert(self.axes() <= most_axes && self.depth_count > 0 && self.outer_count > 0);
    static_assert(B::passes == 1, "a contraction has no reductions over its inner axis");
    static_assert(B::plain(0), "a left operand in panels is one of a product of two matrices");

    static constexpr contraction_axes known_axes = axes_of(List, Index, run_time_rows);

    static void run(void* const* slots, int rows, T* scratch, part p) {
        run_over(known_axes.with_rows(rows), slots, rows, scratch, p);
    }
    /// The outer extents are the spec's; depth and the operands' strides may be others, as in tests.
    static void run_over(const contraction_axes& axes, void* const* slots, int rows, T* scratch, part p) {
        E behind{slots, rows};
        if (!axes_driver<T>{form, axes, scratch, slots, &behind}.run(p)) return;
        behind.end();
    }

private:
    /// Whether tiles write the result themselves: its rows are a stride apart, also those of several lines.
    template <int NVP, int Last>
    static consteval bool is_direct() {
        if (!E::template is_result<NVP, Last>()) return false;
        bool even = true;
        for (int x = self.outer_count - 1; line > 0 && x > 0 && B::stride(1, x - 1) == 0; --x)
            even = even && B::stride(E::result, x - 1) == B::extent(x) * B::stride(E::result, x);
        return even;
    }

    template <int NVP, int Last>
    static constexpr panel_form<T> form_of_width() {
        panel_form<T> w{};
        w.elements = NVP * L;
        w.direct = is_direct<NVP, Last>();
        w.rows = run_lines < tiles_of<NVP, Last>, Last, line, lines_of_tile, cut % tiles_of<NVP, Last>::most_rows == 0,
        edges, along_lines, T > ;
        if constexpr (is_direct<NVP, Last>()) {
            w.result_step = B::stride(E::result, self.outer_count - 1);
            w.place = [](const void* behind, int i, int j) {
                return static_cast<const E*>(behind)->row_of_result(i, j);
            };
        } else {
            w.run = [](void* behind, const T* sums, int from, int to, int j) {
                static_cast<E*>(behind)->template run<NVP, E::template padded<Last>()>(sums, from, to, j);
            };
            if constexpr (summed) {
                w.start = [](void* behind, int j, bool first_rows) {
                    static_cast<E*>(behind)->template start_panel<NVP, E::template padded<Last>()>(j, first_rows);
                };
                w.end = [](void* behind, int j) {
                    static_cast<E*>(behind)->template end_panel<NVP, E::template padded<Last>()>(j);
                };
            }
        }
        return w;
    }
    static constexpr axes_form<T> make_form() {
        axes_form<T> f{.target = List.target,
                       .inner = self.inner,
                       .columns = columns,
                       .panels = panels,
                       .whole = whole,
                       .block = block,
                       .line = line,
                       .cut = cut,
                       .copied = packs_last ? copied_columns(self.inner, packs_all) : 0,
                       .packs_all = packs_all,
                       .packs_last = packs_last,
                       .half = half,
                       .in_order = in_order,
                       .right = {self.inner, B::at(1).inner_stride, B::at(1).panel, -1},
                       .width = {}};
        if (!B::plain(1))
            for (f.right.shift = 0; 1 << f.right.shift < B::width;) ++f.right.shift;
        if constexpr (whole > 0) f.width[0] = form_of_width<NV, L>();
        if constexpr (whole < panels) f.width[1] = form_of_width<last_vectors, last_lanes>();
        return f;
    }
    static constexpr axes_form<T> form = make_form();
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
