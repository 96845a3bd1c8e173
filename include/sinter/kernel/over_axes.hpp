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

#include <sinter/kernel/depth_box.hpp>
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
    static constexpr int panels_at_once = in_order ? 1 : packs_all ? packed_panels : panels;
    static constexpr bool left_in_columns = B::stride(0, self.outer_count - 1) == 1;
    /// Short lines: a tile has several, and no tile begins within one.
    static constexpr int registers = native_machine<T>().registers;
    static constexpr int most_rows = most_tile_rows(registers, NV), line_rows = B::extent(self.outer_count - 1);
    static constexpr int line = self.outer_count > 1 && line_rows > 1 &&
                                        2 * line_rows <= most_rows&& B::stride(1, self.outer_count - 1) == 0 &&
                                        B::stride(1, self.outer_count - 2) == 0
                                    ? line_rows
                                    : 0;
    static constexpr int lines_of_tile = [] {
        int lines = 1;  // that there are
        for (int x = self.outer_count - 2; x >= 0 && B::stride(1, x) == 0; --x)
            lines *= B::extent(x) > 0 && lines < most_rows ? B::extent(x) : most_rows;
        const int fit = most_rows / (line > 0 ? line : most_rows + 1);
        return lines < fit ? lines : fit;
    }();
    template <bool Masked>
    using left_operand = left_lines<T, left_in_columns, left_in_columns && line == 0 && !half, Masked, line>;
    template <int NVP, int Last>
    using tiles_of = tiles<T, left_operand<masked && Last != L>, NVP, std::conditional_t<half, half_lanes<T>, V>>;
    static constexpr int block = line == 0 ? block_rows(registers, NV) : 4 * lines_of_tile * line;
    static_assert(self.axes() <= most_axes && self.depth_count > 0 && self.outer_count > 0);
    static_assert(B::passes == 1, "a contraction has no reductions over its inner axis");
    static_assert(B::plain(0), "a left operand in panels is one of a product of two matrices");

    contraction_axes axes;
    depth_parts parts;
    T *packed, *waiting;
    E behind;
    int rows_each;  ///< of a batch

    struct task {
        const T *left, *right;
        int batch, first_panel, last_panel, from, to;
    };

    static void run(void* const* slots, int rows, T* scratch, part p) {
        run_over(axes_of(List, Index, rows), slots, rows, scratch, p);
    }
    /// The outer extents are the spec's; depth and the operands' strides may be others, as in tests.
    static void run_over(const contraction_axes& axes, void* const* slots, int rows, T* scratch, part p) {
        constexpr int copied = packs_last ? copied_columns(self.inner, packs_all) : 0;
        contraction_over_axes kernel{
            axes, depth_parts_of(axes, List.target, self.inner, copied), scratch, nullptr, E{slots, rows}, axes.rows()};
        kernel.waiting = scratch + std::ptrdiff_t{copied} * kernel.parts.depth;
        int first = 0, last = panels, from = 0, to = axes.batches() * kernel.rows_each;
        if (in_order) {
            if (p.index != 0) return;
        } else if (summed || (panels >= p.count && axes.batches() < p.count)) {
            first = panels * p.index / p.count;
            last = panels * (p.index + 1) / p.count;
        } else {
            const int all = axes.line() > 0 ? axes.line() : 1;
            const int unit = line > 0 || to / all >= p.count ? all : 1, units = to / unit;
            from = static_cast<int>(static_cast<long long>(units) * p.index / p.count) * unit;
            to = static_cast<int>(static_cast<long long>(units) * (p.index + 1) / p.count) * unit;
        }
        for (; first < last; first += panels_at_once)
            kernel.run_panels(first, first + panels_at_once < last ? first + panels_at_once : last, from, to);
        kernel.behind.end();
    }

    /// Panels first … last - 1, rows from … to - 1 of all batches.
    void run_panels(int first, int last, int from, int to) {
        if (from >= to) {  // sums are then 0
            if constexpr (summed)
                for (int jp = first; jp < last; ++jp)
                    by_width(jp, [&](auto width) {
                        behind.template start_panel<width.vectors, width.last>(jp * columns, true);
                        behind.template end_panel<width.vectors, width.last>(jp * columns);
                    });
            return;
        }
        for (int i = from; i < to;) {
            const int batch = i / rows_each, begin = batch * rows_each;
            task t{static_cast<const T*>(behind.slots[0]),
                   static_cast<const T*>(behind.slots[1]),
                   batch,
                   first,
                   last,
                   i - begin,
                   to - begin < rows_each ? to - begin : rows_each};
            for (int x = axes.batch_count - 1, rest = batch; x >= 0; rest /= axes.outer[x], --x) {
                t.left += rest % axes.outer[x] * axes.left_outer[x];
                t.right += rest % axes.outer[x] * axes.right_outer[x];
            }
            run_batch(t, i == from, begin + t.to == to);
            i = begin + t.to;
        }
    }

    /// Blocks of rows; of each the boxes of depth.
    void run_batch(const task& t, bool first_batch, bool last_batch) {
        const bool waits = parts.boxes > 1;
        const int at_once = waits
                                ? waiting_rows(List.target, self.inner) / (line > 0 ? line : 1) * (line > 0 ? line : 1)
                                : rows_at_once(axes, parts.depth, static_cast<int>(sizeof(T)), block, line > 0);
        if (!waits) {
            const depth_box b = box_of(axes, parts, 0, columns, depth_in_panels);
            if constexpr (packs_last) pack(t, b);
            for (int i = t.from; i < t.to; i += at_once) {
                const int end = i + at_once < t.to ? i + at_once : t.to;
                for (int jp = t.first_panel; jp < t.last_panel; ++jp)
                    by_width(jp, [&](auto width) {
                        run_panel<width.vectors, width.last>(t, b, jp, i, end, first_batch && i == t.from,
                                                             last_batch && end == t.to);
                    });
            }
            return;
        }
        for (int i = t.from; i < t.to; i += at_once) {
            const int end = i + at_once < t.to ? i + at_once : t.to;
            for (int n = 0; n < parts.boxes; ++n) {
                const depth_box b = box_of(axes, parts, n, columns, depth_in_panels);
                if constexpr (packs_last) pack(t, b);
                for (int jp = t.first_panel; jp < t.last_panel; ++jp)
                    by_width(jp, [&](auto width) { add_box<width.vectors, width.last>(t, b, jp, i, end, n > 0); });
            }
            for (int jp = t.first_panel; jp < t.last_panel; ++jp)
                by_width(jp, [&](auto width) {
                    finish_panel<width.vectors, width.last>(t, jp, i, end, first_batch && i == t.from,
                                                            last_batch && end == t.to);
                });
        }
    }

    template <int Vectors, int Last>
    struct width_of {
        static constexpr int vectors = Vectors, last = Last;
    };
    template <class F>
    SINTER_ALWAYS_INLINE static void by_width(int panel, F f) {
        if constexpr (whole > 0)
            if (panel < whole) return f(width_of<NV, L>{});
        if constexpr (whole < panels) f(width_of<last_vectors, last_lanes>{});
    }

    /// What tiles read of panel jp and a box.
    template <int NVP, int Last>
    tiles_of<NVP, Last> tiles_at(const task& t, const depth_box& b, int jp, bool resumes) const {
        const bool from_scratch = packs_all || (packs_last && jp == whole);
        const auto& w = b.walk[from_scratch];
        const T* const right = from_scratch ? packed_panel(b, jp - (packs_all ? t.first_panel : whole))
                                            : t.right + b.right + B::offset(1, jp * columns);
        return {{{t.left + b.left}, axes.row_stride(), w.left_step, &w.further, resumes, Last, 0},
                w.depth,
                right,
                w.right_step,
                columns,
                w.depth,
                nullptr,
                0,
                NVP * L};
    }
    T* packed_panel(const depth_box& b, int n) const { return packed + std::ptrdiff_t{n} * columns * b.depth; }

    /// Rows from … to - 1 of a batch; a row's sums are to_step elements behind the last row's, or where they belong.
    template <int NVP, int Last>
    void run_lines(const task& t, tiles_of<NVP, Last> product, int jp, int from, int to, T* sums) const {
        const T* const base = product.left.at[0];
        constexpr bool direct = is_direct<NVP, Last>();
        if constexpr (direct) product.to_step = B::stride(E::result, self.outer_count - 1);
        const auto place_of = [&](int i) {
            if constexpr (direct)
                return behind.row_of_result(t.batch * rows_each + i, jp * columns);
            else
                return sums + std::ptrdiff_t{i - from} * product.to_step;
        };
        if constexpr (line > 0) {
            constexpr int tile = lines_of_tile * line;
            line_walk walk{axes, from / line};
            for (int i = from; i < to;) {  // the last lines once more with some before them, if there are so many
                const bool again = to - i < tile && to - from >= tile, one = to - i < tile && !again;
                const int first = again ? to - tile : i, lines = one ? 1 : lines_of_tile;
                if (again) walk = line_walk{axes, first / line};
                for (int g = 0; g < lines; ++g, walk.next()) product.left.at[g] = base + walk.at;
                product.left.again = i - first;
                if (one)
                    product.template tile<line>(0, place_of(first));
                else
                    product.template tile<tile>(0, place_of(first));
                i = first + lines * line;
            }
        } else {
            const int all = axes.line(), n = from / all;
            line_walk walk{axes, n};
            for (int i = from, begin = n * all; i < to; begin += all, walk.next()) {
                const int end = begin + all < to ? begin + all : to;
                product.left.at[0] = base + walk.at;
                product.rows(i - begin, end - begin, place_of(i));
                i = end;
            }
        }
    }
    /// Whether tiles write the result themselves: its rows are a stride apart, also those of several lines.
    template <int NVP, int Last>
    static consteval bool is_direct() {
        if (!E::template is_result<NVP, Last>()) return false;
        bool even = true;
        for (int x = self.outer_count - 1; line > 0 && x > 0 && B::stride(1, x - 1) == 0; --x)
            even = even && B::stride(E::result, x - 1) == B::extent(x) * B::stride(E::result, x);
        return even;
    }

    /// Rows of one panel, the whole depth.
    template <int NVP, int Last>
    void run_panel(const task& t, const depth_box& b, int jp, int from, int to, bool first, bool last) {
        const auto product = tiles_at<NVP, Last>(t, b, jp, false);
        if constexpr (is_direct<NVP, Last>()) {
            run_lines<NVP, Last>(t, product, jp, from, to, nullptr);
        } else {
            if (!in_order || first) behind.template start_panel<NVP, Last>(jp * columns, first);
            alignas(64) T sums[block * NVP * L];
            if constexpr (half)  // what is fused behind reads whole registers
                for (int i = 0; i < block * L; i += L) V{0}.store(sums + i);
            for (int i = from; i < to; i += block) {
                const int end = i + block < to ? i + block : to, row = t.batch * rows_each;
                run_lines<NVP, Last>(t, product, jp, i, end, sums);
                behind.template run<NVP, Last>(sums, row + i, row + end, jp * columns);
            }
            if (!in_order || last) behind.template end_panel<NVP, Last>(jp * columns);
        }
    }
    /// The same of one box, without what is fused behind the product.
    template <int NVP, int Last>
    void add_box(const task& t, const depth_box& b, int jp, int from, int to, bool resumes) {
        run_lines<NVP, Last>(t, tiles_at<NVP, Last>(t, b, jp, resumes), jp, from, to,
                             waiting_sums_of(t, jp, to - from));
    }
    template <int NVP, int Last>
    void finish_panel(const task& t, int jp, int from, int to, bool first, bool last) {
        if constexpr (!is_direct<NVP, Last>()) {
            const int row = t.batch * rows_each;
            if (!in_order || first) behind.template start_panel<NVP, Last>(jp * columns, first);
            behind.template run<NVP, Last>(waiting_sums_of(t, jp, to - from), row + from, row + to, jp * columns);
            if (!in_order || last) behind.template end_panel<NVP, Last>(jp * columns);
        }
    }
    T* waiting_sums_of(const task& t, int jp, int rows) const {
        return waiting + std::ptrdiff_t{jp - t.first_panel} * columns * rows;
    }

    /// Copies a box of the panels that tiles cannot read in place.
    void pack(const task& t, const depth_box& b) const {
        const int first = packs_all || t.first_panel > whole ? t.first_panel : whole;
        for (int jp = first; jp < t.last_panel; ++jp)
            pack_box<B, columns>(axes, b, t.right, jp * columns,
                                 packed_panel(b, jp - (packs_all ? t.first_panel : whole)));
    }
    static constexpr bool depth_in_panels = !B::plain(1) && B::at(1).inner_stride != 1;
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
