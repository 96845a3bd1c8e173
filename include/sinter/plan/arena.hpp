// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Offsets in the workspace: two values overlap only if their lifetimes do not.
///
/// A value lives from the call that first writes it to the call that last touches it; inputs from before the first call,
/// outputs until after the last. First fit over the live blocks, sorted by offset; near-linear for chains.

#include <sinter/plan/geometry.hpp>

namespace sinter {

struct lifetime {
    int node = -1;
    int elements = 0;
    int first = 0, last = 0;
    int offset = 0;
};

/// Sets the offsets of `values`, which are sorted by `first`; returns the elements needed.
constexpr int plan_arena(meta::vector<lifetime>& values) {
    struct block {
        int offset, end, last;
    };
    meta::vector<block> live;
    int total = 0;
    for (lifetime& v : values) {
        int kept = 0;
        for (int i = 0; i < live.size(); ++i)
            if (live[i].last >= v.first) live[kept++] = live[i];
        live.truncate(kept);
        int at = 0, position = 0;
        for (; position < live.size() && live[position].offset - at < v.elements; ++position)
            if (live[position].end > at) at = live[position].end;
        v.offset = at;
        live.push({});
        for (int i = live.size() - 1; i > position; --i) live[i] = live[i - 1];
        live[position] = {at, at + v.elements, v.last};
        if (at + v.elements > total) total = at + v.elements;
    }
    return total;
}

}  // namespace sinter
