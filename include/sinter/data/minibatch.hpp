// SPDX-License-Identifier: BSL-1.0
#pragma once

/// From a dataset to the rows of a minibatch: which samples, and their values converted and scaled.
///
/// In: a dataset and indices of samples (an epoch_order's, or consecutive ones). Out: the caller's buffers, row by row;
/// what lies between a row's size and its stride is left alone. Law: an order is a permutation that depends on count,
/// seed and epoch alone, on every platform. Cost: 64 samples of 784 bytes 4 to 7 µs from cache
/// (storing them takes 3), 10 to 20 from memory, twice that without the prefetch; ordering 60,000 samples 1.2 ms.

#include <sinter/config.hpp>
#include <sinter/data/convert.hpp>
#include <sinter/data/dataset.hpp>
#include <sinter/meta/no_team.hpp>
#include <sinter/meta/philox.hpp>
#include <sinter/meta/result.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sinter {

/// The order of an epoch's samples: `order(epoch)` for any epoch, forwards or backwards, as after a resume.
template <class Index>
class basic_epoch_order {
public:
    /// *Requires* count ≤ 2^32; raises bad_argument otherwise.
    basic_epoch_order(std::size_t count, std::uint64_t seed) : seed_(seed) {
        if constexpr (std::numeric_limits<std::size_t>::digits > 32)
            if (count > std::size_t{1} << 32)
                raise({error_code::bad_argument, words("expected at most 2^32 samples to shuffle, found ", count)});
        order_.resize(count);
    }

    /// A permutation of 0 to count - 1 by Fisher and Yates; valid until the next call. Allocates nothing.
    std::span<const Index> operator()(std::uint64_t epoch) noexcept {
        const random_stream random{seed_, first_stream + epoch};
        for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<Index>(i);
        for (std::size_t left = order_.size(); left > 1; --left)
            std::swap(order_[left - 1], order_[static_cast<std::size_t>(random.below(left, left))]);
        return order_;
    }

    std::size_t size() const noexcept { return order_.size(); }

private:
    // "shuffle." as a number: far from the streams that initialisers name by hash.
    static constexpr std::uint64_t first_stream = 0x73687566666c652e;

    std::uint64_t seed_;
    std::vector<Index> order_;
};
using epoch_order =
    basic_epoch_order<std::uint32_t>;  // a template, so that files that shuffle nothing do not pay for it

namespace detail {
inline namespace SINTER_TARGET {

/// Asks for a sample's cache lines. Always inlined: g++ 12 takes a function that only prefetches for one without effect
/// and drops the call.
SINTER_ALWAYS_INLINE void prefetch(const void* first, std::size_t bytes) {
    constexpr std::size_t cache_line = 64;
    for (std::size_t i = 0; i < bytes; i += cache_line) __builtin_prefetch(static_cast<const char*>(first) + i);
}

/// Rows first … last - 1 of a minibatch whose samples exist.
template <class Input, class Target, class Index, class Real, class Stored>
void gather_rows(const dataset<Input, Target>& from, std::size_t first, std::size_t last, Index index, Real* inputs,
                 std::size_t input_stride, Stored* targets, std::size_t target_stride) {
    // Samples lie anywhere in memory; the processor's own prefetcher learns each too late.
    constexpr std::size_t ahead = 3;
    const Real scale = static_cast<Real>(from.scale);
    for (std::size_t row = first; row < last; ++row) {
        if (row + ahead < last)
            prefetch(from.inputs.data() + index(row + ahead) * from.sample_size, from.sample_size * sizeof(Input));
        const std::size_t sample = index(row);
        convert_scaled(from.inputs.data() + sample * from.sample_size, inputs + row * input_stride, from.sample_size,
                       scale);
        for (std::size_t i = 0; i < from.target_size; ++i)
            targets[row * target_stride + i] = static_cast<Stored>(from.targets[sample * from.target_size + i]);
    }
}

template <class Input, class Target, class Index, class Real, class Stored, class Threads>
void check_and_gather(const dataset<Input, Target>& from, std::size_t count, Index index, Real* inputs,
                      std::size_t input_stride, Stored* targets, std::size_t target_stride, Threads& threads) {
    static_assert(dataset<Input, Target>::has_labels || !std::integral<Stored>,
                  "gather: dense targets do not fit into a buffer of class labels; give integer labels, or make the "
                  "trainer with sinter::dense<sinter::shape<N>>{} (docs/errors.md#targets_of_another_kind)");
    if (input_stride < from.sample_size || target_stride < from.target_size)
        raise({error_code::shape_mismatch, words("gather: expected rows of at least ", from.sample_size, " inputs and ",
                                                 from.target_size, " targets, found strides of ", input_stride, " and ",
                                                 target_stride, "; is this the buffer of another network?")});
    if (static_cast<Real>(from.scale) == 0)
        raise(error_code::bad_argument,
              "gather: expected a scale that the network's precision can hold, found %g, which is 0 in it; scale the "
              "data "
              "itself, or compute in double",
              from.scale);
    const std::size_t size = from.size();
    for (std::size_t row = 0; row < count; ++row) {
        const std::size_t sample = index(row);
        if (sample >= size)
            raise({error_code::bad_argument,
                   words("expected a sample below ", size, ", found ", sample, "; is this order another dataset's?")});
        // Labels of a wider type could become others where they are stored.
        if constexpr (std::integral<Stored> && sizeof(Target) >= sizeof(Stored) && !std::is_same_v<Target, Stored>)
            if (!is_class(from.targets[sample], std::size_t{(std::numeric_limits<Stored>::max)()}))
                raise({error_code::bad_argument, words("gather: expected labels from 0, found ",
                                                       label_text(from.targets[sample]), " at sample ", sample)});
    }
    threads.run([&](auto thread) {
        const auto part = [&](int i) {
            return count * static_cast<std::size_t>(i) / static_cast<std::size_t>(thread.count);
        };
        gather_rows(from, part(thread.index), part(thread.index + 1), index, inputs, input_stride, targets,
                    target_stride);
    });
}

}  // namespace SINTER_TARGET
}  // namespace detail

inline namespace SINTER_TARGET {

/// inputs(row, :) = dataset.inputs(indices[row], :) * scale, and targets(row, :) likewise, unscaled.
///
/// Real is float or double; Stored is std::int32_t for labels, Real for dense targets. *Requires* a dataset that
/// check() accepts, and buffers of indices.size() rows of these strides. Raises, before it writes, bad_argument where
/// an index is not below the set's size or a label does not fit into Stored, and shape_mismatch where a stride is
/// shorter than a row. Each thread of a team writes its part of the rows.
template <class Input, class Target, class Real, class Stored, class Threads = no_team>
void gather(const dataset<Input, Target>& from, std::span<const std::uint32_t> indices, Real* inputs,
            std::size_t input_stride, Stored* targets, std::size_t target_stride, Threads&& threads = {}) {
    detail::check_and_gather(
        from, indices.size(), [indices](std::size_t row) { return std::size_t{indices[row]}; }, inputs, input_stride,
        targets, target_stride, threads);
}

/// The same for the consecutive samples first to first + count - 1, as evaluation reads them.
template <class Input, class Target, class Real, class Stored, class Threads = no_team>
void gather(const dataset<Input, Target>& from, std::size_t first, std::size_t count, Real* inputs,
            std::size_t input_stride, Stored* targets, std::size_t target_stride, Threads&& threads = {}) {
    detail::check_and_gather(
        from, count, [first](std::size_t row) { return first + row; }, inputs, input_stride, targets, target_stride,
        threads);
}

}  // namespace SINTER_TARGET
}  // namespace sinter
