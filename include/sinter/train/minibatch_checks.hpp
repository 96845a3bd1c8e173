// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a trainer is given: as many samples as it takes, each with a target, labels that are classes.
///
/// In: counts, spans, labels as they come from a caller. Out: nothing, or the one sentence that says what was expected
/// and found; all raise `failure`. Cost: some comparisons a call, and one a label.

#include <sinter/meta/result.hpp>

#include <cstddef>
#include <cstdint>

namespace sinter::detail {

[[noreturn]] SINTER_COLD inline void raise_label(int last, int found) {
    if (last == 0)
        raise(error_code::bad_argument,
              "expected labels 0 to 0, found %d; for classes give the network an output for each and cross_entropy "
              "as its loss, for a target that is a number make the trainer with sinter::dense<sinter::shape<1>>{}",
              found);
    raise(error_code::bad_argument, "expected labels 0 to %d, found %d", last, found);
}

inline void check_rows(int count, int capacity) {
    if (count < 1)
        raise(error_code::bad_argument, "expected 1 to %d rows, found %d; give a sample at least", capacity, count);
    if (count > capacity)
        raise(error_code::bad_argument,
              "expected 1 to %d rows, found %d; give the model a larger rows<N>, or accumulate", capacity, count);
}
inline void check_mean(int count, int mean_over) {
    if (mean_over < count)
        raise(error_code::bad_argument, "expected a mean over %d samples or more, as many as are given, found %d",
              count, mean_over);
}
inline void check_samples(const void* inputs, const void* targets) {
    if (inputs == nullptr) raise(error_code::bad_argument, "expected samples, found a null pointer");
    if (targets == nullptr) raise(error_code::bad_argument, "expected targets, found a null pointer");
}
inline void check_labels(const std::int32_t* labels, std::size_t stride, int count, int classes) {
    for (int r = 0; r < count; ++r, labels += stride)
        if (*labels < 0 || *labels >= classes) raise_label(classes - 1, *labels);
}

/// The samples in dense rows of `input` values that have `target` values each; at most as many as an int has.
inline int count_samples(std::size_t inputs, int input, std::size_t targets, int target) {
    const auto in = static_cast<std::size_t>(input), out = static_cast<std::size_t>(target), count = inputs / in;
    if (inputs != count * in || targets != count * out)
        raise({error_code::shape_mismatch, words("expected whole samples of ", in, " values with targets of ", out,
                                                 " each, found ", inputs, " values and ", targets, " of targets")});
    constexpr auto most = static_cast<std::size_t>(static_cast<unsigned>(-1) / 2);
    return static_cast<int>(count < most ? count : most);
}

}  // namespace sinter::detail
