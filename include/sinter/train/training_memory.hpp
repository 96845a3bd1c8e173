// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The memory of a trainer: the rule's state, gradients, a workspace for each program, scalars.
///
/// Each part is allocated when it is first asked for, and then stays where it is until the memory dies, also where that
/// is moved: a buffer that a user holds is not freed by the call of another program. Only scalars, whose address nobody
/// else has, grow.

#include <sinter/config.hpp>
#include <sinter/plan/plan.hpp>
#include <sinter/tensor/aligned_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sinter::detail {
inline namespace SINTER_TARGET {

template <class Scalar>
class training_memory {
public:
    enum program { step, gradient, accumulate, update, program_count };

    training_memory() = default;
    training_memory(training_memory&&) = default;
    [[gnu::noinline]] ~training_memory() {}  // of seven buffers: once, not wherever a trainer ends

    aligned_buffer<Scalar> state;  ///< the rule's, for all parameters

    Scalar* gradients(int elements) { return allocated(gradients_, elements); }
    Scalar* values(program which, long long elements) { return allocated(values_[which], elements); }

    /// What stands for the gradients' arena while only its elements first … last - 1 are written: these have storage.
    Scalar* window(int first, int last) {
        if (first == last) return nullptr;
        const auto begin = reinterpret_cast<std::uintptr_t>(allocated(window_, last - first));
        return reinterpret_cast<Scalar*>(begin - static_cast<std::uintptr_t>(first) * sizeof(Scalar));
    }
    /// The window's element that stands for element `i` of the arena.
    const Scalar* in_window(int first, int i) const { return window_.data() + (i - first); }

    /// The mean, scalars of the rule, then 0, 1, 2, …
    Scalar* scalars(int elements) {
        const auto needed = static_cast<std::size_t>(elements);
        if (scalars_.size() < needed) {
            aligned_buffer<Scalar> larger(needed);
            for (std::size_t i = 0; i < first_iota; ++i) larger[i] = scalars_[i];
            for (std::size_t i = first_iota; i < needed; ++i) larger[i] = static_cast<Scalar>(i - first_iota);
            scalars_ = std::move(larger);
        }
        return scalars_.data();
    }
    Scalar& scalar(int i) { return scalars_[static_cast<std::size_t>(i)]; }

private:
    static Scalar* allocated(aligned_buffer<Scalar>& buffer, long long elements) {
        if (buffer.data() == nullptr) buffer = aligned_buffer<Scalar>(static_cast<std::size_t>(elements));
        return buffer.data();
    }
    aligned_buffer<Scalar> gradients_, window_, values_[program_count];
    aligned_buffer<Scalar> scalars_{first_iota};
};

}  // namespace SINTER_TARGET
}  // namespace sinter::detail
