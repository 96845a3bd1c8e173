// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Open addressing from a hash to the number of an element that lives elsewhere.
///
/// Interning in one step: `find_or_claim(hash, equal)` gives the number of an equal element, or -1 after the caller's
/// next number has been entered; elements that came without a search are entered before the next one. Linear probing at
/// a load of at most one half.

#include <sinter/meta/vector.hpp>

namespace sinter::meta {

class hash_index {
public:
    /// `equal(i)` compares element i with the one sought; `hash_of(i)` rehashes it when the table grows.
    template <class Equal, class HashOf>
    constexpr int find_or_claim(unsigned hash, int next, Equal equal, HashOf hash_of) {
        if (2 * (next + 1) > slots_.size()) {
            int size = slots_.size() == 0 ? 64 : 2 * slots_.size();
            while (2 * (next + 1) > size) size *= 2;
            slots_.resize(size, -1);
            entered_ = 0;
        }
        for (; entered_ < next; ++entered_) slots_[free_slot(hash_of(entered_))] = entered_;
        int* const slots = slots_.begin();  // constant evaluation pays for each call, for a pointer nothing
        const int last = slots_.size() - 1;
        int s = static_cast<int>((hash ^ hash >> 15) & static_cast<unsigned>(last));
        for (; slots[s] >= 0; s = (s + 1) & last)
            if (equal(slots[s])) return slots[s];
        slots[s] = next;
        ++entered_;
        return -1;
    }

private:
    constexpr int free_slot(unsigned hash) const {
        const int* const slots = slots_.begin();
        const int last = slots_.size() - 1;
        int s = static_cast<int>((hash ^ hash >> 15) & static_cast<unsigned>(last));
        while (slots[s] >= 0) s = (s + 1) & last;
        return s;
    }
    vector<int> slots_;
    int entered_ = 0;
};

}  // namespace sinter::meta
