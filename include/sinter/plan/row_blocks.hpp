// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Which consecutive calls run block of rows by block of rows, so that what one writes is in the cache when the next
/// one reads it, and values that no other call touches have memory for one block only.
///
/// A call is local in rows if what it writes for a row follows from what slots hold for that row: it has rows as its
/// outer axis (or is flat), sums over none of them, and stores an element or a value for each. No number depends on the
/// rows beside it, so that blocks change no bit. Blocks are multiples of 16 rows. (docs/design/0022)

#include <sinter/plan/arena.hpp>

namespace sinter {

/// Calls first … last - 1, `rows` rows at once.
struct blocked_calls {
    int first = 0, last = 0;
    int rows = 0;
    constexpr bool operator==(const blocked_calls&) const = default;
};

inline constexpr int block_unit = 16;  ///< rows
/// What a call's slots take for a block of rows, and what products of a chain read of matrices again for each block:
/// half of the second cache of most machines.
inline constexpr int row_block_bytes = 1 << 19;
/// So many times that much a call's slots take where blocks are worth it: less stays in the caches anyway.
inline constexpr long long least_blocks = 8;
/// Rows that a product of two matrices wants at once: its tiles are of rows, and what it packs serves all of them.
inline constexpr int product_rows = 64;

constexpr bool is_local_in_rows(const spec_pools& p, const call_draft& c) {
    const spec& s = p.specs[c.spec];
    if (s.flat()) return c.count_per_row > 0;
    if (s.outer_count == 0 || p.extents[s.outer_first] != run_time_rows) return false;
    for (int x = s.outer_count; x < s.axes(); ++x)
        if (p.extents[s.outer_first + x] == run_time_rows) return false;
    for (int o = s.output_first; o < s.output_first + s.output_count; ++o)
        if (p.outputs[o].kind == output_kind::column || p.outputs[o].kind == output_kind::whole) return false;
    return true;
}
/// From row to row of a slot of such a call, in elements; 0 if all rows have one place.
constexpr int row_stride_of(const spec_pools& p, const call_draft& c, int slot) {
    const spec& s = p.specs[c.spec];
    if (s.flat()) return p.slots[s.slot_first + slot].inner_stride != 0 ? c.count_per_row : 0;
    return p.strides[s.stride_of(slot, 0)];
}

namespace detail {

/// Elements of a row of all buffers that a call touches, each once.
constexpr long long row_elements(const spec_pools& p, const call_draft& c, const slot_place* places) {
    long long all = 0;
    const slot_place* const own = places + c.place_first;
    for (int k = 0; k < c.place_count; ++k) {
        bool first = true;
        for (int j = 0; j < k; ++j) first = first && !(own[j].where == own[k].where && own[j].id == own[k].id);
        const int stride = row_stride_of(p, c, k);
        if (first) all += stride < 0 ? -stride : stride;
    }
    return all;
}

/// Rows of a block of calls first … last - 1, 0 if they gain nothing by blocks.
constexpr int rows_at_once(const spec_pools& p, const call_draft* first, const call_draft* last,
                           const slot_place* places, int capacity, int bytes) {
    long long widest = 1, all = 0, again = 0;  // bytes of a row: of one call, of all; bytes of matrices
    for (; first != last; ++first) {
        const spec& s = p.specs[first->spec];
        if (s.kind == kernel_kind::contraction && row_stride_of(p, *first, 1) == 0)
            again += static_cast<long long>(depth_of(p, s, 1)) * s.inner * p.target.bytes;
        const long long row = row_elements(p, *first, places) * p.target.bytes;
        widest = row > widest ? row : widest;
        all += row;
    }
    if (widest * capacity < least_blocks * bytes) return 0;
    long long rows = bytes / widest;
    if (again > bytes && rows * all < 4 * again) rows = 4 * again / all + 1;
    rows = rows < block_unit ? block_unit : rows / block_unit * block_unit;
    return 2 * rows <= capacity ? static_cast<int>(rows) : 0;  // many matrices, read again for each block
}

/// Whether a value that one of the calls writes is read by a later one.
constexpr bool hands_on(const spec_pools& p, const call_draft* first, const call_draft* last, const slot_place* places,
                        int node_count) {
    meta::vector<char> written(node_count, 0);
    for (; first != last; ++first) {
        const spec& s = p.specs[first->spec];
        for (int k = 0; k < s.slot_count; ++k) {
            const slot_place& at = places[first->place_first + k];
            if (at.where == arena::workspace && written[at.id] != 0) return true;
        }
        for (int o = s.output_first; o < s.output_first + s.output_count; ++o)
            if (const slot_place& at = places[first->place_first + p.outputs[o].slot]; at.where == arena::workspace)
                written[at.id] = 1;
    }
    return false;
}

}  // namespace detail

/// The chains of a schedule that run by blocks of at most `bytes`; none reaches over call `cut`, before which callers
/// may stop.
class chain_finder {
public:
    constexpr chain_finder(const spec_pools& p, const meta::vector<call_draft>& calls, const slot_place* places,
                           int node_count, int capacity, int bytes)
        : p_{p}
        , all_{calls.begin()}
        , count_{calls.size()}
        , places_{places}
        , node_count_{node_count}
        , capacity_{capacity}
        , bytes_{bytes} {}
    constexpr void run(int cut, meta::vector<blocked_calls>& result) const {
        if (capacity_ < 2 * block_unit) return;
        for (int first = 0; first < count_;) {
            int last = first;
            while (last < count_ && is_local_in_rows(p_, all_[last]) && !(last == cut && last > first)) ++last;
            add(first, last, result);
            first = last > first ? last : first + 1;
        }
    }

private:
    constexpr void add(int first, int last, meta::vector<blocked_calls>& result) const {
        if (last - first < 2) return;
        const int rows = detail::rows_at_once(p_, all_ + first, all_ + last, places_, capacity_, bytes_);
        if (rows < product_rows)
            for (int c = first; c < last; ++c)
                if (const spec& s = p_.specs[all_[c].spec];
                    s.kind == kernel_kind::contraction && is_matrix_product(p_, s)) {
                    add(first, c, result);
                    return add(c + 1, last, result);
                }
        if (rows > 0 && detail::hands_on(p_, all_ + first, all_ + last, places_, node_count_))
            result.push({first, last, rows});
    }

    const spec_pools& p_;
    const call_draft* all_;
    int count_;
    const slot_place* places_;
    int node_count_, capacity_, bytes_;
};

/// Per node: the chain that alone touches its buffer, a negative number if there is none; empty without chains.
constexpr meta::vector<int> chains_of_values(const meta::vector<blocked_calls>& blocks,
                                             const meta::vector<call_draft>& calls, const slot_place* places,
                                             int node_count) {
    constexpr int unseen = -1, several = -2;
    meta::vector<int> chain(blocks.empty() ? 0 : node_count, unseen);
    for (int b = 0, c = 0; c < calls.size() && !blocks.empty(); ++c) {
        while (b < blocks.size() && blocks[b].last <= c) ++b;
        const int here = b < blocks.size() && blocks[b].first <= c ? b : several;
        for (int k = 0; k < calls[c].place_count; ++k) {
            const slot_place& at = places[calls[c].place_first + k];
            if (at.where != arena::workspace) continue;
            int& known = chain[at.id];
            known = known == unseen || known == here ? here : several;
        }
    }
    return chain;
}

/// The order of a schedule on thread `mine` of a team: `whole(c)` for a call of all rows, `block(c, first_row, rows)`
/// for one of a block's, `wait()` behind the blocks of a chain.
template <class Whole, class Block, class Wait>
constexpr void walk_schedule(const blocked_calls* blocks, int block_count, int first, int last, int rows, part mine,
                             Whole whole, Block block, Wait wait) {
    const blocked_calls* const end = blocks + block_count;
    for (int c = first; c < last;) {
        while (blocks != end && blocks->first < c) ++blocks;
        if (blocks == end || blocks->first != c) {
            whole(c++);
            continue;
        }
        // each thread has as many rows, in whole units
        const int units = (rows + block_unit - 1) / block_unit;
        const int share = (units + mine.count - 1) / mine.count * block_unit;
        const int step = share < blocks->rows ? share : blocks->rows;
        for (int r = mine.index * step; r < rows; r += mine.count * step)
            for (int k = c; k < blocks->last; ++k) block(k, r, rows - r < step ? rows - r : step);
        wait();
        c = blocks->last;
    }
}

}  // namespace sinter
