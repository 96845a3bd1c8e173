// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a network's programs read of a dataset: samples of its input's size, and targets of one kind and shape.
///
/// Integral targets are class labels, `labels`. Dense ones, `dense<Shape>`, have the shape that the loss names, if it
/// does (`using target_shape = shape<1>;`), else that of the network's output. A trainer is made for one of them, and
/// takes data of the same kind and size. Law: what passes check_data is gathered and trained on as it is.

#include <sinter/data/dataset.hpp>
#include <sinter/train/programs.hpp>

#include <type_traits>

namespace sinter::detail {

/// The targets that fit and evaluate make of a dataset's.
template <class Net, class Loss, class Data>
auto target_of(const Data&) {
    if constexpr (requires { typename Loss::target_shape; })
        return dense<typename Loss::target_shape>{};
    else if constexpr (Data::has_labels)
        return labels{};
    else
        return dense<shape_of_value<network_output<Net>>>{};
}

/// Whether a prediction of one of several classes can be read off the network's output.
template <class Net>
inline constexpr bool scores_classes = network_output<Net>.rank == 1 && network_output<Net>.size() > 1;

/// Raises what check() finds, and shape_mismatch for samples that are not the network's.
template <class Net, class Data>
void check_samples(const Data& data, const char* who) {
    data.check().value();
    constexpr auto expected = static_cast<std::size_t>(input_shape_t<Net>::size);
    if (data.sample_size != expected)
        raise({error_code::shape_mismatch, words(who, ": expected samples of ", expected,
                                                 " values, the network's input; found ", data.sample_size)});
}

/// Raises if the data does not fit a network and the targets that its loss reads, or is empty.
template <class Net, class Target, class Data>
void check_data(const Data& data, const char* who) {
    static_assert(Target::integers || !Data::has_labels,
                  "the data has class labels, and the trainer or the loss is for dense targets: make the trainer with "
                  "sinter::labels{}, or give the targets in floating point (docs/errors.md#targets_of_another_kind)");
    static_assert(!Target::integers || Data::has_labels,
                  "the data has dense targets, and the trainer was made for class labels: make the trainer with "
                  "sinter::dense<sinter::shape<N>>{}, or give integers (docs/errors.md#targets_of_another_kind)");
    check_samples<Net>(data, who);
    if (data.size() == 0) raise({error_code::bad_argument, words(who, ": expected samples, found none")});
    if constexpr (Target::integers != Data::has_labels) {  // raised above, once
    } else if constexpr (Target::integers) {
        check_labels(data.targets, static_cast<std::size_t>(network_output<Net>.last()), who);
    } else if (constexpr auto expected = static_cast<std::size_t>(Target::shape_type::size);
               data.target_size != expected) {
        raise({error_code::shape_mismatch,
               words(who, ": expected targets of ", expected, " values, found ", data.target_size,
                     "; classes are integer labels, one a sample; if a loss of yours reads such targets, let it say "
                     "`using target_shape = sinter::shape<",
                     data.target_size, ">;`, or fit a trainer made with sinter::dense<sinter::shape<", data.target_size,
                     ">>{}")});
    }
}

}  // namespace sinter::detail
