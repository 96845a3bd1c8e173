// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A labelled set of samples that belongs to someone else.
///
/// In: two spans, sample after sample, and the size of one sample. Out: a view cheap to copy, which `fit` and
/// `evaluate` take. Integral targets (and enumerations), one a sample, are class labels; floating targets are dense
/// values. Inputs stay in the type they have (bytes stay bytes) and are multiplied by `scale` where a minibatch is
/// gathered (data/minibatch.hpp). Law: a set that make_dataset returned never reads outside its spans.

#include <sinter/config.hpp>
#include <sinter/meta/finite.hpp>
#include <sinter/meta/result.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

namespace sinter {

template <class Input, class Target> struct dataset {
    using input_type = Input;
    using target_type = Target;

    /// Whether targets are class labels, one a sample, and not dense values.
    static constexpr bool has_labels = std::integral<Target> || std::is_enum_v<Target>;

    std::span<const Input> inputs;    // (size, sample_size)
    std::span<const Target> targets;  // (size, target_size)
    std::size_t sample_size;
    std::size_t target_size = 1;
    double scale = 1;  // factor of the inputs; targets are taken as they are

    /// The number of samples.
    constexpr std::size_t size() const noexcept { return sample_size == 0 ? 0 : inputs.size() / sample_size; }

    /// Whether inputs are whole samples and each has its target, one if it is a label; and whether the scale is a
    /// finite number other than 0.
    result<void> check() const;

    /// Samples first to first + count - 1. *Requires* first + count ≤ size(); raises bad_argument otherwise, and what
    /// check() finds.
    dataset subset(std::size_t first, std::size_t count) const;
};

template <class Input, class Target> result<void> dataset<Input, Target>::check() const {
    if (sample_size == 0 || target_size == 0)
        return error{
            error_code::bad_argument,
            words("expected a sample_size and a target_size of at least 1, found ", sample_size, " and ", target_size,
                  "; give the number of values of a sample, then that of a target, then the scale")};
    if (has_labels && target_size != 1)
        return error{error_code::shape_mismatch,
                     words("expected one class label a sample where targets are integers, found a target_size of ",
                           target_size, "; give labels from 0, or one-hot rows in floating point")};
    if (!meta::is_finite(scale) || scale == 0)
        return error{error_code::bad_argument, words("expected a scale that is finite and not 0, found ",
                                                     scale == 0 ? "0; in C++ 1 / 255 is 0, so write 1.0 / 255"
                                                                : "one that is infinite or NaN; give 1 for none")};
    if (inputs.size() % sample_size != 0)
        return error{error_code::shape_mismatch,
                     words("expected inputs of whole samples of ", sample_size, " values each, found ", inputs.size(),
                           " values; correct sample_size or the inputs")};
    if (targets.size() % target_size != 0 || targets.size() / target_size != size())
        return error{error_code::shape_mismatch,
                     words("expected targets for ", size(), " samples, ", target_size, " each, found ", targets.size(),
                           " values; give each sample its target, or correct target_size")};
    return {};
}

template <class Input, class Target>
dataset<Input, Target> dataset<Input, Target>::subset(std::size_t first, std::size_t count) const {
    check().value();
    if (first > size() || count > size() - first)
        raise({error_code::bad_argument, words("expected a subset of ", size(), " samples, found samples ", first,
                                               " and the ", count, " from there; ask for fewer")});
    dataset part = *this;
    part.inputs = inputs.subspan(first * sample_size, count * sample_size);
    part.targets = targets.subspan(first * target_size, count * target_size);
    return part;
}

namespace detail {

/// Whether a number of any integral type is one of `count` classes.
template <class Label>
constexpr bool is_class(Label label, std::size_t count) noexcept {
    if constexpr (std::is_enum_v<Label>) {
        return is_class(static_cast<std::underlying_type_t<Label>>(label), count);
    } else {
        static_assert(std::integral<Label>, "class labels are integers from 0");
        return static_cast<unsigned long long>(label) < count;  // negative ones become larger than any count
    }
}

/// A label as text, whatever its type.
template <class Label>
SINTER_COLD std::string label_text(Label label) {
    if constexpr (std::is_enum_v<Label>)
        return label_text(static_cast<std::underlying_type_t<Label>>(label));
    else if constexpr (std::is_signed_v<Label>)
        return words(static_cast<long long>(label));
    else
        return words(static_cast<unsigned long long>(label));
}

/// Raises bad_argument for the first label that is none of `count` classes.
template <class Label>
void check_labels(std::span<const Label> labels, std::size_t count, const char* who) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (is_class(labels[i], count)) continue;
        raise(
            {error_code::bad_argument,
             words(who, ": expected labels 0 to ", count - 1, ", found ", label_text(labels[i]), " at sample ", i,
                   count == 1 ? "; for classes give the network an output for each and cross_entropy as its loss, for "
                                "a target that is a number give it in floating point"
                              : "; correct the label, or give the network an output for each class")});
    }
}

}  // namespace detail

/// What outlives the call that it is given to: anything named, and views such as std::span.
template <class Range>
concept lasting_range = requires(Range& range) {
    std::span(range);
} && (std::is_lvalue_reference_v<Range> || std::ranges::enable_borrowed_range<std::remove_cvref_t<Range>>);

/// A checked dataset over two contiguous ranges: `make_dataset(pixels, labels, 784).value()`.
///
/// *Returns* the view, or what its check() finds: shape_mismatch where sizes do not fit or integers are no labels,
/// bad_argument for a size of 0 or a scale that makes nothing of the inputs. *Requires* ranges that live as long as the
/// view.
template <lasting_range Inputs, lasting_range Targets>
auto make_dataset(Inputs&& inputs, Targets&& targets, std::size_t sample_size, std::size_t target_size = 1,
                  double scale = 1) {
    const std::span input_values(inputs);  // not by <ranges>, which costs every file 0.1 to 0.2 s
    const std::span target_values(targets);
    using view = dataset<typename decltype(input_values)::value_type, typename decltype(target_values)::value_type>;
    static_assert(
        std::is_arithmetic_v<typename view::input_type> &&
            (std::is_arithmetic_v<typename view::target_type> || view::has_labels),
        "make_dataset takes two contiguous ranges of numbers: all values of all samples one behind the other, "
        "and their targets (docs/errors.md#no_dataset)");
    const view made{input_values, target_values, sample_size, target_size, scale};
    const result<void> fits = made.check();
    return fits ? result<view>(made) : result<view>(fits.error());
}

}  // namespace sinter
