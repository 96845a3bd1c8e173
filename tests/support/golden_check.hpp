// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Comparison with PyTorch's values: every element within 1e-12 of the array's largest.

#include <sinter/graph/interpreter.hpp>

#include <cstddef>
#include <vector>

namespace sinter_test {

template <std::size_t Count>
bool golden_equal(const std::vector<double>& found, const double (&wanted)[Count]) {
    double largest = 0;
    for (const double w : wanted) largest = sinter::math::abs(w) > largest ? sinter::math::abs(w) : largest;
    bool equal = found.size() == Count;
    for (std::size_t i = 0; equal && i < Count; ++i) equal = sinter::math::abs(found[i] - wanted[i]) <= 1e-12 * largest;
    return equal;
}

/// All elements of a node, samples first.
inline std::vector<double> elements(const sinter::interpreter<double>& run, const sinter::table_view& t, int id) {
    std::vector<double> out;
    for (int r = 0; r < run.sample_count(id); ++r)
        for (int e = 0; e < t.size(id); ++e) out.push_back(run.at(id, r, e));
    return out;
}

}  // namespace sinter_test
