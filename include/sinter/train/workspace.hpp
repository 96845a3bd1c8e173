// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The memory of a running call of inference, and what it says where it is not given what it takes.

#include <sinter/meta/result.hpp>
#include <sinter/program/program.hpp>
#include <sinter/tensor/aligned_buffer.hpp>

#include <cstdint>

namespace sinter {

namespace detail {

SINTER_COLD inline error moved_from_inference() {
    return {error_code::bad_argument,
            "inference: expected weights and a workspace, found that one was moved from; use "
            "the one that it was moved to"};
}
SINTER_COLD inline error wrong_sample(int expected, std::size_t found) {
    return printed(error_code::shape_mismatch, "inference: expected a sample of %d values, found %zu", expected, found);
}
SINTER_COLD inline error wrong_samples(int expected, std::size_t found) {
    return printed(error_code::shape_mismatch, "inference: expected whole samples of %d values, found %zu", expected,
                   found);
}
SINTER_COLD inline error wrong_rows(int capacity, long long found) {
    return printed(error_code::bad_argument, "inference: expected 1 to %d rows, found %lld%s", capacity, found,
                   found < 1 ? "; give a sample at least" : "; give it a larger rows<N>, or call predict");
}
SINTER_COLD inline error wrong_row(int capacity, long long found) {
    return printed(error_code::bad_argument, "inference: expected a row below %d, found %lld", capacity, found);
}

}  // namespace detail

/// The buffers of one running call of a plan, of one thread: two calls at once need two. Any inference object of the
/// same type may use it.
template <class Scalar, class Program, class Plan>
class workspace_of {
public:
    workspace_of()
        : values_(static_cast<std::size_t>(Program::workspace_elements))
        , scalars_(static_cast<std::size_t>(Program::scalar_elements)) {
        for (std::size_t i = first_iota; i < scalars_.size(); ++i) scalars_[i] = static_cast<Scalar>(i - first_iota);
    }
    Scalar* at(const port& p) { return values_.data() + p.offset; }
    Scalar* values() { return values_.data(); }
    Scalar* scalars() { return scalars_.data(); }
    bool moved_from() const { return values_.data() == nullptr; }
    /// Whether an address is in the values, but not their first: such memory changes while the plan runs.
    bool writes_over(const void* at) const {
        const auto offset = reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(values_.data());
        return offset - 1 < values_.size() * sizeof(Scalar) - 1;
    }

private:
    aligned_buffer<Scalar> values_, scalars_;
};

}  // namespace sinter
