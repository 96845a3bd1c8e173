// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Which operands of a product are copied before its tiles read them: whatever costs the fewest cycles.
///
/// In: a list of specs (constant, or run-time data), the index of a product, its depth, which may be the number of
/// rows. Out: a choice for each operand, and the cycles that it costs. Tiles read an operand again and again, row by
/// row; in panels that is free, and elsewhere it costs what the rows miss: lines of the first and second cache, whose
/// sets they may share, and translations of addresses. Copying costs so much an element. Nothing else is weighed, no
/// bit depends on it. The constants are measured: docs/lab/0007-layouts.md.

#include <sinter/kernel/axes.hpp>

#include <cstdint>

namespace sinter {

/// Cycles that a miss costs beside what tiles hide of it: of the first cache or the second, for a line; of the table of
/// translations, for a page.
struct misses {
    double first, second, page;
};
/// What a core has, what it misses where tiles do not fetch rows ahead and where they do (kernel/tile.hpp), what
/// copying costs.
struct packing_costs {
    int tile_rows;
    int lines;                            ///< of 64 bytes, in a row of a panel
    int bytes;                            ///< of an element
    int first_sets = 64, first_ways = 8;  ///< of the first cache, 32 KiB
    int second_sets = 1024, second_ways;  ///< of the second, 512 KiB or 1 MiB
    int pages = 56;                       ///< of 4 KiB and of 64 that are translated at once; others need some too
    int far_pages = 1536;                 ///< that are translated without a walk
    bool fetches_both;                    ///< the right operand also where the left one's columns are fetched
    misses plain, fetched_right, fetched_left;
    double far_page_miss = 10;
    double right_element, far_right_element;  ///< to pack one; of an operand that the second cache does not hold
    double left_element, left_row_element;    ///< of columns that become tiles, of rows
};
/// Of vectors of 64 bytes, and of all others.
constexpr packing_costs packing_costs_of(const machine& target) {
    const int tile_rows = most_tile_rows(target.registers, 2), lines = (target.width() * target.bytes + 63) / 64;
    const bool fetches_both = fetches_both_operands(target.registers);
    if (target.lanes * target.bytes == 64)
        return {.tile_rows = tile_rows,
                .lines = lines,
                .bytes = target.bytes,
                .second_ways = 16,
                .fetches_both = fetches_both,
                .plain = {.first = 0.3, .second = 4.8, .page = 5},
                .fetched_right = {.first = 0.1, .second = 1.5, .page = 0.3},
                .fetched_left = {.first = 0.1, .second = 1.5, .page = 0.3},
                .right_element = 0.4,
                .far_right_element = 0.8,
                .left_element = 0.65,
                .left_row_element = 0.35};
    return {.tile_rows = tile_rows,
            .lines = lines,
            .bytes = target.bytes,
            .second_ways = 8,
            .fetches_both = fetches_both,
            .plain = {.first = 0.8, .second = 4.8, .page = 2.5},
            .fetched_right = {.first = 0.2, .second = 4.5, .page = 0.3},
            .fetched_left = {.first = 0.2, .second = 4.5, .page = 1.3},
            .right_element = 0.4,
            .far_right_element = 0.8,
            .left_element = 1.15,
            .left_row_element = 0.35};
}

/// Cycles for each of `count` rows that are read in turn, over and over: `lines` lines each, `stride` elements apart.
constexpr double cycles_of_row(const packing_costs& core, const misses& miss, int count, int lines, int stride) {
    const int apart = stride * core.bytes / 64;
    const auto holds = [&](int sets, int ways) {  // rows that are 2^n lines apart begin in every 2^n-th set
        const int common = apart & -apart, step = common < lines ? lines : common < sets ? common : sets;
        return count < ways * (sets / step);
    };
    const double pages = apart < 64 ? apart / 64.0 : 1;  // for each row
    const double page = count * pages > core.far_pages ? core.far_page_miss
                        : count * pages > core.pages   ? miss.page
                                                       : 0;
    return lines * ((holds(core.first_sets, core.first_ways) ? 0 : miss.first) +
                    (holds(core.second_sets, core.second_ways) ? 0 : miss.second)) +
           page * pages;
}

/// The cycles of an operand as it lies, and packed, for each k: a product of them by the depth would round, and so make
/// the choice, and the scratch it needs, another one at another depth.
struct packing_choice {
    double plain = 0, packed = 0;
    constexpr bool packs() const { return packed < plain; }
};

constexpr bool lies_in_rows(const auto& list, const slot& at) {
    return at.panel == 0 || at.panel == list.target.width();
}
constexpr double parts(double all, double size) {
    const int whole = static_cast<int>(all / size);
    return whole * size < all ? whole + 1 : whole;
}

/// Of a right operand that lies in rows: each tile reads a panel.
constexpr packing_choice right_packing(const auto& list, int index, int rows, int depth) {
    const spec& s = list.specs[index];
    const packing_costs core = packing_costs_of(list.target);
    const int stride = right_line(list, s);
    const double elements = static_cast<double>(depth) * s.inner;
    const misses& miss = core.fetches_both || !left_is_transposed(list, s) ? core.fetched_right : core.plain;
    const bool beyond_cache =
        elements * core.bytes > core.second_sets * core.second_ways * 64 * 0.75;  // the rest is others'
    return {.plain = parts(rows, core.tile_rows) * parts(s.inner, list.target.width()) *
                     cycles_of_row(core, miss, depth, core.lines, stride),
            .packed = core.bytes / 4.0 * s.inner * (beyond_cache ? core.far_right_element : core.right_element)};
}

/// Of a left operand that lies in rows, `line` elements apart, of a product of `panels` panels. Its columns, if it is
/// transposed: each k is a row of its own, read for every panel. Its rows: those of a tile are read together,
/// a line for some k. Packed again for each of `groups` groups of panels.
constexpr packing_choice left_packing(const packing_costs& core, bool transposed, int line, double panels, int rows,
                                      int depth, double groups) {
    const int tile = rows < core.tile_rows ? rows : core.tile_rows;
    const double each = transposed ? cycles_of_row(core, core.fetched_left, depth, core.lines, line)
                                   : tile * cycles_of_row(core, core.plain, tile, 1, line);
    return {.plain = parts(rows, core.tile_rows) * panels * each,
            .packed = core.bytes / 4.0 * groups * rows * (transposed ? core.left_element : core.left_row_element)};
}
constexpr packing_choice left_packing(const auto& list, int index, int rows, int depth, double groups) {
    const spec& s = list.specs[index];
    return left_packing(packing_costs_of(list.target), left_is_transposed(list, s), left_line(list, s),
                        parts(s.inner, list.target.width()), rows, depth, groups);
}

inline constexpr int usual_rows = 128;  ///< of samples, as the depth of a product that is chosen without knowing it

/// Whether a right operand is copied to panels: it cannot be read in vectors, or better not. Rows that nobody knows are
/// few.
constexpr bool right_is_packed(const auto& list, int index, int panel_width) {
    const spec& s = list.specs[index];
    if (!is_matrix_product(list, s)) return !columns_are_vectors(list, s, panel_width);
    const bool in_rows = lies_in_rows(list, list.slots[s.slot_first + 1]);
    if (right_is_transposed(list, s) || (!in_rows && (panel_width <= 0 || list.target.width() % panel_width != 0)))
        return true;
    const int rows = list.extents[s.outer_first], depth = depth_of(list, s, usual_rows);
    return in_rows && right_packing(list, index, rows == run_time_rows ? 1 : rows, depth).packs();
}

/// Groups of panels of a right operand that are packed one after another, for each of which a left one is.
constexpr double groups_of_panels(const auto& list, int index) {
    return right_is_packed(list, index, list.target.width())
               ? parts(list.specs[index].inner, packed_panels * list.target.width())
               : 1;
}
/// Rows of a left operand that the choice reckons with.
constexpr int left_rows_of(const auto& list, int index) {
    const int rows = list.extents[list.specs[index].outer_first];
    return rows == run_time_rows ? packing_costs_of(list.target).tile_rows : rows;
}
/// Whether a left operand is packed with this depth, which may be the number of rows. The deeper, the rather. Not where
/// what is summed over rows needs all rows of a panel in turn.
constexpr bool left_is_packed(const auto& list, int index, int depth) {
    const spec& s = list.specs[index];
    for (int o = 0; o < s.output_count; ++o)
        if (list.outputs[s.output_first + o].kind == output_kind::whole) return false;
    return is_matrix_product(list, s) && lies_in_rows(list, list.slots[s.slot_first]) &&
           left_packing(list, index, left_rows_of(list, index), depth, groups_of_panels(list, index)).packs();
}
/// Whether it is with any depth.
constexpr bool left_may_be_packed(const auto& list, int index) {
    return left_is_packed(list, index, depth_of(list, list.specs[index], 1 << 20));
}

}  // namespace sinter
