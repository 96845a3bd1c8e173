// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Offsets in the workspace: two values overlap only if their lifetimes do not.
///
/// A value lives from the call that first writes it to the call that last touches it; inputs from before the first
/// call, outputs until after the last. First fit over the free ranges, sorted by offset, of which a chain and its way
/// back leave few: near-linear.

#include <sinter/plan/geometry.hpp>

namespace sinter {

struct lifetime {
    int node = -1;
    int elements = 0;
    int first = 0, last = 0;
    long long offset = 0;
};

namespace detail {

/// The free ranges of an arena without an end, sorted by offset; the last one is endless.
class free_ranges {
public:
    /// The first offset at which so many elements are free; they are taken.
    constexpr long long take(int elements) {
        int r = 0;
        while (r + 1 < begin_.size() && end_[r] - begin_[r] < elements) ++r;
        const long long at = begin_[r];
        begin_[r] += elements;
        if (r + 1 < begin_.size() && begin_[r] == end_[r]) remove(r);
        return at;
    }
    constexpr void give_back(long long at, long long end) {
        if (at == end) return;
        int r = 0;
        while (begin_[r] < end) ++r;
        const bool joins_left = r > 0 && end_[r - 1] == at;
        if (begin_[r] == end) {
            begin_[r] = joins_left ? begin_[r - 1] : at;
            if (joins_left) remove(r - 1);
        } else if (joins_left) {
            end_[r - 1] = end;
        } else {
            begin_.push(0);
            end_.push(0);
            for (int k = begin_.size() - 1; k > r; --k) {
                begin_[k] = begin_[k - 1];
                end_[k] = end_[k - 1];
            }
            begin_[r] = at;
            end_[r] = end;
        }
    }

private:
    constexpr void remove(int r) {
        for (int k = r; k + 1 < begin_.size(); ++k) {
            begin_[k] = begin_[k + 1];
            end_[k] = end_[k + 1];
        }
        begin_.pop();
        end_.pop();
    }
    meta::vector<long long> begin_{1, 0}, end_{1, 0};
};

}  // namespace detail

/// Sets the offsets of `values`, which are sorted by `first`; returns the elements needed.
constexpr long long plan_arena(meta::vector<lifetime>& values) {
    const int n = values.size();
    int latest = 0;
    for (const lifetime& v : values)
        if (v.last > latest) latest = v.last;
    // Values by their last call: begin[c] … begin[c + 1] - 1 are those of call c.
    meta::vector<int> begin(latest + 2, 0), by_last(n, 0);
    for (const lifetime& v : values) ++begin[(v.last > 0 ? v.last : 0) + 1];
    for (int c = 0; c <= latest; ++c) begin[c + 1] += begin[c];
    for (int i = n - 1; i >= 0; --i) by_last[--begin[(values[i].last > 0 ? values[i].last : 0) + 1]] = i;
    detail::free_ranges free;
    long long total = 0;
    int ended = 0;
    for (int i = 0; i < n; ++i) {
        lifetime& v = values[i];
        for (; ended < n && values[by_last[ended]].last < v.first; ++ended) {
            const lifetime& gone = values[by_last[ended]];
            free.give_back(gone.offset, gone.offset + gone.elements);
        }
        v.offset = free.take(v.elements);
        if (v.offset + v.elements > total) total = v.offset + v.elements;
    }
    return total;
}

}  // namespace sinter
