// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Random numbers of the tests, and what those need that write random tables with them: elements of leaves, an order of
/// axes, the space in which two values meet.

#include <sinter/graph/builder.hpp>

#include <cstdint>

namespace sinter_test {

/// A stream of random numbers; the same for a seed everywhere (splitmix64, public domain, S. Vigna).
class random_stream {
public:
    explicit random_stream(std::uint64_t seed) : state_{seed} {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        return z ^ z >> 31;
    }
    int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }
    bool chance(int percent) { return below(100) < percent; }
    double between(double low, double high) { return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53; }

private:
    std::uint64_t state_;
};

/// The stream of one element of a leaf: by its kind and number, so that a copy of the graph, and its gradient, have the
/// same elements.
inline random_stream stream_of_element(std::uint64_t seed, const sinter::node& leaf, int row, int element) {
    const auto place = (static_cast<std::uint64_t>(leaf.code) << 16 | static_cast<std::uint64_t>(leaf.number)) << 32 |
                       static_cast<std::uint64_t>(row) << 16 | static_cast<std::uint64_t>(element);
    return random_stream(seed ^ place * 0xD6E8FEB86659FD93u);
}

/// 0 to rank - 1 in any order.
inline sinter::extents random_permutation(random_stream& random, int rank) {
    sinter::extents order;
    for (int axis = 0; axis < rank; ++axis) order.push(axis);
    for (int i = rank - 1; i > 0; --i) {
        const int j = random.below(i + 1), other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
    return order;
}

/// Shape and rows of what two values broadcast to, or the mistake.
inline sinter::shaped joined(const sinter::builder& graph, int a, int b) {
    const sinter::shaped both[] = {graph.shape_and_rows(a), graph.shape_and_rows(b)};
    return sinter::detail::broadcast_shapes(both, 2);
}

}  // namespace sinter_test
