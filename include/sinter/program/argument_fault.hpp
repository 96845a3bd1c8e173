// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What only a call can tell of a caller's arrays: sizes, numbers of samples, null pointers, overlaps.
///
/// One function for all functions; it allocates nothing, and a fault becomes words where somebody asks for them.

#include <sinter/meta/result.hpp>
#include <sinter/program/argument.hpp>

namespace sinter::detail {

/// What is wrong with the arrays of a call; `argument` counts results first, then inputs.
struct argument_fault {
    enum what : unsigned char { none, missing, size, part, rows_differ, no_rows, too_many_rows, overlap };
    what kind = none;
    int argument = 0, other = 0;
    std::size_t expected = 0, found = 0;
    constexpr explicit operator bool() const { return kind != none; }
};

/// `kinds`, `at` and `sizes` of `results` results and then `inputs` inputs.
inline argument_fault find_fault(const array_kind* kinds, int results, int inputs, const void* const* at,
                                 const std::size_t* sizes, std::size_t capacity) {
    const int count = results + inputs;
    int first = -1;
    for (int k = 0; k < count; ++k) {
        if (at[k] == nullptr && sizes[k] > 0) return {argument_fault::missing, k};
        if (!kinds[k].rows && sizes[k] != kinds[k].size) return {argument_fault::size, k, 0, kinds[k].size, sizes[k]};
        if (!kinds[k].rows) continue;
        if (sizes[k] % kinds[k].size != 0) return {argument_fault::part, k, 0, kinds[k].size, sizes[k]};
        const std::size_t rows = sizes[k] / kinds[k].size;
        if (rows == 0) return {argument_fault::no_rows, k};
        if (rows > capacity) return {argument_fault::too_many_rows, k, 0, capacity, rows};
        if (first >= 0 && rows != sizes[first] / kinds[first].size)
            return {argument_fault::rows_differ, k, first, sizes[first] / kinds[first].size, rows};
        if (first < 0) first = k;
    }
    const auto begin = [&](int k) { return reinterpret_cast<std::uintptr_t>(at[k]); };
    for (int r = 0; r < results; ++r)
        for (int k = r + 1; k < count; ++k)
            if (begin(r) < begin(k) + sizes[k] * kinds[k].bytes && begin(k) < begin(r) + sizes[r] * kinds[r].bytes)
                return {argument_fault::overlap, r, k};
    return {};
}

/// The same in words.
SINTER_COLD inline error describe(const argument_fault& fault, int results) {
    const auto name = [&](int k) { return k < results ? words("result ", k) : words("argument ", k - results); };
    const std::string which = "function: " + name(fault.argument);
    switch (fault.kind) {
        case argument_fault::none: break;
        case argument_fault::missing:
            return {error_code::bad_argument, words(which, ": expected an array, found a null pointer")};
        case argument_fault::size:
            return {error_code::shape_mismatch,
                    words(which, ": expected ", fault.expected, " elements, found ", fault.found)};
        case argument_fault::part:
            return {error_code::shape_mismatch,
                    words(which, ": expected whole samples of ", fault.expected, " elements, found ", fault.found)};
        case argument_fault::rows_differ:
            return {error_code::shape_mismatch, words(which, ": expected ", fault.expected, " samples, as ",
                                                      name(fault.other), " has, found ", fault.found)};
        case argument_fault::no_rows:
            return {error_code::bad_argument, words(which, ": expected a sample at least, found none")};
        case argument_fault::too_many_rows:
            return {error_code::bad_argument,
                    words(which, ": expected at most ", fault.expected, " samples, found ", fault.found,
                          "; give its input a larger capacity, or call for parts")};
        case argument_fault::overlap:
            return {error_code::bad_argument, words(which, " and ", name(fault.other),
                                                    ": expected arrays apart, found that they overlap; give "
                                                    "the result memory of its own")};
    }
    return {error_code::bad_argument, which};
}

}  // namespace sinter::detail
