// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The numbers of a table, by the interpreter; constexpr, so that a static_assert can ask for them.

#include <sinter/graph/interpreter.hpp>

#include <array>
#include <cstddef>

namespace sinter_test {

/// The first Count elements of output `output`, samples first. `leaf(node, row, element)` gives the leaves' elements.
template <int Count, class Table, class Leaf>
constexpr std::array<double, static_cast<std::size_t>(Count)> evaluate(const Table& table, int output, Leaf leaf,
                                                                       int rows = 1) {
    const sinter::table_view t = table.view();
    sinter::interpreter<double> run;
    run.run(t, rows, [&](const sinter::node& q, int, int r, int e) { return static_cast<double>(leaf(q, r, e)); });
    std::array<double, static_cast<std::size_t>(Count)> out{};
    const int y = t.outputs[output], size = t.size(y);
    for (int k = 0; k < Count; ++k) out[static_cast<std::size_t>(k)] = run.at(y, k / size, k % size);
    return out;
}

}  // namespace sinter_test
