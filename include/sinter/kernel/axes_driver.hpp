// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The order in which a contraction over axes runs: batches, blocks of rows, boxes of depth, panels.
///
/// In: numbers of the call (kernel/axes.hpp), and of a spec its `panel_form`s: numbers, and what depends on the spec as
/// functions. Not a template of the spec: all such kernels of a program share it, at the price of a call through a
/// pointer for each block of a panel. What a kernel does is in kernel/over_axes.hpp.

#include <sinter/kernel/depth_box.hpp>
#include <sinter/kernel/line_tile.hpp>
#include <sinter/kernel/tile.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

/// What tiles read and where they write, for one panel and box.
template <class T>
struct tile_task {
    const contraction_axes* axes;
    const T *left, *right;
    std::ptrdiff_t left_step, right_step, to_step;
    const segments* further;
    int depth;
    const depth_box* box;
    bool packed;  ///< the right operand
    bool resumes;
    T* sums;
    /// Instead of sums: where row i of all batches goes.
    T* (*place)(const void* behind, int i, int j);
    const void* behind;
    int first_row, j;
    T* to(int i, int from) const {
        return place != nullptr ? place(behind, first_row + i, j) : sums + std::ptrdiff_t{i - from} * to_step;
    }
};

/// Rows from … to - 1 of a batch, in tiles of this type whose last vector has `Last` elements; of short lines `Lines`
/// a tile, of `Line` rows each. Whole tiles: there are no rows but those of the largest ones. Edges: there is a border,
/// across lines; no tile has more than one.
template <class Tiles, int Last, int Line, int Lines, bool WholeTiles, bool Edges, class Along, class T>
[[gnu::noinline]] void run_lines(const tile_task<T>& t, int from, int to) {
    const contraction_axes& axes = *t.axes;
    Tiles product{{{t.left}, axes.row_stride(), t.left_step, t.further, t.resumes, Last, 0},
                  t.depth,
                  t.right,
                  t.right_step,
                  0,
                  t.depth,
                  nullptr,
                  0,
                  t.to_step};
    [[maybe_unused]] inner_box in;
    const auto begin_of = [&](const line_walk& walk) {
        if constexpr (Edges) {
            in = inside_border(axes, *t.box, t.packed, walk.index[axes.edge.outer]);
            product.left.further = &in.further;
            product.depth = product.safe = in.depth;
            product.right = t.right + in.right;
            return t.left + walk.at + in.left;
        } else {
            return t.left + walk.at;
        }
    };
    if constexpr (Line > 0) {
        constexpr int tile = Lines * Line;
        line_walk walk{axes, from / Line};
        for (int i = from, first = i; i < to; i = first + tile) {
            // The last lines once more with some before them; where there are too few, the first one several times.
            const int left = to - i;
            first = left >= tile ? i : to - tile;
            const int missing = first < from ? (from - first) / Line : 0;
            if (first < i && missing == 0) walk = line_walk{axes, first / Line};
            for (int g = 0; g < Lines; ++g) {
                product.left.at[g] = begin_of(walk);
                if (g >= missing) walk.next();
            }
            if constexpr (!std::is_void_v<Along>) {
                using tile_of_line =
                    line_tile<T, typename Tiles::vector, Tiles::columns / Tiles::L, decltype(product.left), Along>;
                tile_of_line::run(product.left, product.right, t.right_step, product.depth,
                                  t.box->walk[t.packed].along - 1, t.box->along_begin, t.to(first, from), t.to_step);
                continue;
            }
            product.left.again = i - first;
            product.template tile<tile>(
                0, missing > 0 ? t.to(from, from) - (from - first) * t.to_step : t.to(first, from));
        }
    } else {
        const int all = axes.line(), n = from / all;
        line_walk walk{axes, n};
        for (int i = from, begin = n * all; i < to; begin += all, walk.next()) {
            const int end = begin + all < to ? begin + all : to;
            product.left.at[0] = begin_of(walk);
            if constexpr (WholeTiles) {
                constexpr int tile = Tiles::most_rows;
                T* to_row = t.to(i, from);
                for (; i < end; i += tile, to_row += tile * t.to_step) product.template tile<tile>(i - begin, to_row);
            } else {
                product.rows(i - begin, end - begin, t.to(i, from));
                i = end;
            }
        }
    }
}

/// What a spec does with a panel of one width.
template <class T>
struct panel_form {
    int elements;  ///< of a row of sums: of whole vectors
    bool direct;   ///< tiles write the result themselves, whose rows are result_step apart
    std::ptrdiff_t result_step;
    void (*rows)(const tile_task<T>&, int from, int to);
    T* (*place)(const void* behind, int i, int j);
    // what is fused behind the product; `start` and `end` are null where nothing is summed over rows
    void (*start)(void* behind, int j, bool first_rows);
    void (*run)(void* behind, const T* sums, int from, int to, int j);
    void (*end)(void* behind, int j);
};
template <class T>
struct axes_form {
    machine target;
    int inner, columns, panels, whole;  ///< whole panels; the others have another width
    int block, line;                    ///< rows at a time; of a line, where tiles have several
    int cut;                            ///< where a line is cut, it is at multiples of that
    int copied;                         ///< columns of the right operand that are packed at once
    bool packs_all, packs_last, half;
    bool in_order;  ///< all rows of a panel before the next one
    right_columns right;
    panel_form<T> width[2];  ///< of a whole panel, and of the last one
};

template <class T>
class axes_driver {
public:
    axes_driver(const axes_form<T>& form, const contraction_axes& axes, T* scratch, void* const* slots, void* behind)
        : f_{form}
        , axes_{axes}
        , parts_{depth_parts_of(axes, form.target, form.inner, form.copied)}
        , packed_{scratch}
        , waiting_{scratch + std::ptrdiff_t{form.copied} * parts_.depth}
        , slots_{slots}
        , behind_{behind}
        , rows_each_{axes.rows()} {}

    /// A part of the whole; false where the first part does it all.
    [[gnu::noinline]] bool run(part p) const {
        int first = 0, last = f_.panels, from = 0, to = axes_.batches() * rows_each_;
        if (f_.in_order) {
            if (p.index != 0) return false;
        } else if (f_.width[f_.whole > 0 ? 0 : 1].start != nullptr ||
                   (f_.panels >= p.count && axes_.batches() < p.count)) {
            first = f_.panels * p.index / p.count;
            last = f_.panels * (p.index + 1) / p.count;
        } else {
            const int all = axes_.line() > 0 ? axes_.line() : 1;
            const int unit = f_.line > 0 || to / all >= p.count ? all : f_.cut, units = to / unit;
            from = static_cast<int>(static_cast<long long>(units) * p.index / p.count) * unit;
            to = static_cast<int>(static_cast<long long>(units) * (p.index + 1) / p.count) * unit;
        }
        const int at_once = f_.in_order ? 1 : f_.packs_all ? packed_panels : f_.panels;
        for (; first < last; first += at_once)
            run_panels(first, first + at_once < last ? first + at_once : last, from, to);
        return true;
    }

private:
    /// Panels first … last - 1, rows from … to - 1 of all batches.
    void run_panels(int first, int last, int from, int to) const {
        if (from >= to) {  // sums are then 0
            for (int jp = first; jp < last; ++jp) {
                const panel_form<T>& w = width_of(jp);
                if (w.start != nullptr) w.start(behind_, jp * f_.columns, true), w.end(behind_, jp * f_.columns);
            }
            return;
        }
        for (int i = from; i < to;) {
            const int batch = i / rows_each_, begin = batch * rows_each_;
            task t{static_cast<const T*>(slots_[0]),
                   static_cast<const T*>(slots_[1]),
                   begin,
                   first,
                   last,
                   i - begin,
                   to - begin < rows_each_ ? to - begin : rows_each_};
            for (int x = axes_.batch_count - 1, rest = batch; x >= 0; rest /= axes_.outer[x], --x) {
                t.left += rest % axes_.outer[x] * axes_.left_outer[x];
                t.right += rest % axes_.outer[x] * axes_.right_outer[x];
            }
            run_batch(t, i == from, begin + t.to == to);
            i = begin + t.to;
        }
    }

    struct task {
        const T *left, *right;
        int first_row;  ///< of all batches
        int first_panel, last_panel, from, to;
    };

    const panel_form<T>& width_of(int panel) const { return f_.width[panel < f_.whole ? 0 : 1]; }

    /// Blocks of rows; of each the boxes of depth.
    void run_batch(const task& t, bool first_batch, bool last_batch) const {
        const bool waits = parts_.boxes > 1;
        const int line = f_.line > 0 ? f_.line : 1;
        const int at_once = waits
                                ? waiting_rows(f_.target, f_.inner) / line * line
                                : rows_at_once(axes_, parts_.depth, static_cast<int>(sizeof(T)), f_.block, f_.line > 0);
        depth_box b;
        if (!waits) {
            b = box(0);
            pack(t, b);
        }
        for (int i = t.from; i < t.to; i += at_once) {
            const int end = i + at_once < t.to ? i + at_once : t.to;
            const bool first = first_batch && i == t.from, last = last_batch && end == t.to;
            for (int n = 0; waits && n < parts_.boxes; ++n) {
                b = box(n);
                pack(t, b);
                for (int jp = t.first_panel; jp < t.last_panel; ++jp) add_box(t, b, jp, i, end, n > 0);
            }
            for (int jp = t.first_panel; jp < t.last_panel; ++jp) run_panel(t, b, jp, i, end, first, last);
        }
    }
    depth_box box(int n) const { return box_of(axes_, parts_, n, f_.columns, f_.right.depth_in_panels()); }

    /// What tiles read of panel jp and a box.
    tile_task<T> tiles_at(const task& t, const depth_box& b, int jp, bool resumes) const {
        const bool from_scratch = f_.packs_all || (f_.packs_last && jp == f_.whole);
        const auto& w = b.walk[from_scratch];
        const panel_form<T>& form = width_of(jp);
        const int j = jp * f_.columns;
        return {.axes = &axes_,
                .left = t.left + b.left,
                .right = from_scratch ? packed_panel(t, b, jp) : t.right + b.right + f_.right.offset(j),
                .left_step = w.left_step,
                .right_step = w.right_step,
                .to_step = form.direct ? form.result_step : form.elements,
                .further = &w.further,
                .depth = w.depth,
                .box = &b,
                .packed = from_scratch,
                .resumes = resumes,
                .sums = nullptr,
                .place = form.direct ? form.place : nullptr,
                .behind = behind_,
                .first_row = t.first_row,
                .j = j};
    }
    T* packed_panel(const task& t, const depth_box& b, int jp) const {
        return packed_ + std::ptrdiff_t{jp - (f_.packs_all ? t.first_panel : f_.whole)} * f_.columns * b.depth;
    }

    /// Rows of one panel, the whole depth; where boxes have computed it, what is fused behind it alone.
    void run_panel(const task& t, const depth_box& b, int jp, int from, int to, bool first, bool last) const {
        const panel_form<T>& w = width_of(jp);
        const bool waits = parts_.boxes > 1;
        const int j = jp * f_.columns;
        tile_task<T> product = tiles_at(t, b, jp, false);
        if (w.direct) {
            if (!waits) w.rows(product, from, to);
            return;
        }
        if (w.start != nullptr && (!f_.in_order || first)) w.start(behind_, j, first);
        if (waits) {
            w.run(behind_, waiting_sums_of(t, jp, to - from), t.first_row + from, t.first_row + to, j);
        } else {
            alignas(64) T sums[most_sums];
            if (f_.half)  // what is fused behind reads whole registers
                for (int i = 0; i < f_.block * w.elements; ++i) sums[i] = 0;
            product.sums = sums;
            for (int i = from; i < to; i += f_.block) {
                const int end = i + f_.block < to ? i + f_.block : to;
                w.rows(product, i, end);
                w.run(behind_, sums, t.first_row + i, t.first_row + end, j);
            }
        }
        if (w.end != nullptr && (!f_.in_order || last)) w.end(behind_, j);
    }
    /// One box, without what is fused behind the product.
    void add_box(const task& t, const depth_box& b, int jp, int from, int to, bool resumes) const {
        tile_task<T> product = tiles_at(t, b, jp, resumes);
        product.sums = waiting_sums_of(t, jp, to - from);
        width_of(jp).rows(product, from, to);
    }
    T* waiting_sums_of(const task& t, int jp, int rows) const {
        return waiting_ + std::ptrdiff_t{jp - t.first_panel} * f_.columns * rows;
    }

    /// Copies a box of the panels that tiles cannot read in place.
    void pack(const task& t, const depth_box& b) const {
        if (!f_.packs_last) return;
        for (int jp = f_.packs_all || t.first_panel > f_.whole ? t.first_panel : f_.whole; jp < t.last_panel; ++jp)
            pack_box(axes_, b, f_.right, t.right, jp * f_.columns, f_.columns, packed_panel(t, b, jp));
    }

    static constexpr int most_sums = block_rows(native_machine<T>().registers, 1) * lanes<T>::size;

    const axes_form<T>& f_;
    const contraction_axes& axes_;
    depth_parts parts_;
    T *packed_, *waiting_;
    void* const* slots_;
    void* behind_;
    int rows_each_;
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
