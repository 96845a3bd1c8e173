// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A set of samples with several inputs or several targets, each a list of its own.
///
/// `make_dataset(columns{column(pixels, 784, 0.5), column(sizes, 3)}, columns{column(classes), column(angles, 2)})`:
/// a column is a view of one value list, sample after sample. Sample i is element i of every column, so that subsets,
/// shuffling and held-out samples keep them together. Law: a set that make_dataset returned never reads outside of its
/// spans. `gather` brings samples into a program's buffers (train/list_buffers.hpp), each column in place.

#include <sinter/data/minibatch.hpp>

#include <tuple>

namespace sinter {

/// Values of each sample, in the type they have: `column(pixels, 784, 1.0 / 255)`. Inputs are multiplied by the scale
/// where they are gathered; integral targets are class labels, one a sample.
template <class Value>
struct column {
    using value_type = Value;
    static constexpr bool has_integers = std::integral<Value> || std::is_enum_v<Value>;
    static_assert(std::is_arithmetic_v<Value> || std::is_enum_v<Value>,
                  "column takes a contiguous range of numbers: the values of all samples one behind the other "
                  "(docs/errors.md#no_dataset)");

    std::span<const Value> values;  // (samples, size)
    std::size_t size = 1;
    double scale = 1;

    /// *Requires* a range that lives as long as the view.
    template <lasting_range Range>
    constexpr explicit column(Range&& range, std::size_t values_a_sample = 1, double factor = 1)
        : values{range}, size{values_a_sample}, scale{factor} {}

    constexpr std::size_t samples() const noexcept { return size == 0 ? 0 : values.size() / size; }
    constexpr column subset(std::size_t first, std::size_t count) const {
        column part = *this;
        part.values = values.subspan(first * size, count * size);
        return part;
    }
};
template <class Range>
column(Range&&) -> column<typename decltype(std::span(std::declval<Range&>()))::value_type>;
template <class Range>
column(Range&&, std::size_t) -> column<typename decltype(std::span(std::declval<Range&>()))::value_type>;
template <class Range>
column(Range&&, std::size_t, double) -> column<typename decltype(std::span(std::declval<Range&>()))::value_type>;

namespace detail {
template <class T>
inline constexpr bool is_column = false;
template <class Value>
inline constexpr bool is_column<column<Value>> = true;
}  // namespace detail

/// Several columns of the same samples.
template <class... Column>
struct columns {
    static_assert((detail::is_column<Column> && ...),
                  "columns{column(pixels, 784), column(sizes, 3)}: a list of columns, each a range of numbers and how "
                  "many a sample has (docs/errors.md#no_dataset)");
    static constexpr int count = static_cast<int>(sizeof...(Column));

    std::tuple<Column...> list;

    constexpr columns(Column... column) : list{column...} {}

    template <int Index>
    constexpr const auto& get() const {
        return std::get<static_cast<std::size_t>(Index)>(list);
    }
    /// Calls use(column, its number as a constant) for each in order.
    template <class Use>
    constexpr void for_each(Use use) const {
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            (use(std::get<Index>(list), std::integral_constant<int, static_cast<int>(Index)>{}), ...);
        }(std::index_sequence_for<Column...>{});
    }
    /// Samples of the first column; 0 where there is none.
    constexpr std::size_t samples() const noexcept {
        if constexpr (count == 0)
            return 0;
        else
            return get<0>().samples();
    }
    constexpr columns subset(std::size_t first, std::size_t count_of_samples) const {
        return std::apply([&](const auto&... column) { return columns{column.subset(first, count_of_samples)...}; },
                          list);
    }
};

namespace detail {

/// What a column's list is called in messages.
struct column_name {
    const char* list;  // "input" or "target"
    int number;
};

/// What a column has against itself, or against the number of samples that the first one has.
/// A template, so that files without columns do not pay for it.
template <class String>
SINTER_COLD result<void> check_column(column_name name, std::size_t values, std::size_t size, double scale, bool labels,
                                      std::size_t samples) {
    const auto says = [&](const auto&... what) { return words(name.list, " ", name.number, ": ", what...); };
    if (size == 0)
        return error{error_code::bad_argument,
                     says("expected a size of at least 1, found 0; give the number of values of a sample")};
    if (labels && size != 1)
        return error{error_code::shape_mismatch,
                     says("expected one class label a sample where targets are integers, found a size of ", size,
                          "; give labels from 0, or one-hot rows in floating point")};
    if (name.list[0] == 't' && scale != 1)
        return error{error_code::bad_argument,
                     says("expected no scale, since targets are taken as they are; found one")};
    if (!meta::is_finite(scale) || scale == 0)
        return error{error_code::bad_argument, says("expected a scale that is finite and not 0, found ",
                                                    scale == 0 ? "0; in C++ 1 / 255 is 0, so write 1.0 / 255"
                                                               : "one that is infinite or NaN; give 1 for none")};
    if (values % size != 0)
        return error{error_code::shape_mismatch, says("expected whole samples of ", size, " values each, found ",
                                                      values, " values; correct the size or the values")};
    if (values / size != samples)
        return error{error_code::shape_mismatch,
                     says("expected ", samples, " samples, as many as input 0 has, found ", values / size, ", of ",
                          size, " values each; give each sample its values, or correct the size")};
    return {};
}
template <class... Column>
result<void> check_columns(const columns<Column...>& all, const char* list, std::size_t samples) {
    result<void> first;
    all.for_each([&](const auto& column, auto number) {
        const bool labels = list[0] == 't' && std::remove_cvref_t<decltype(column)>::has_integers;
        if (first)
            first = check_column<std::string>({list, number}, column.values.size(), column.size, column.scale, labels,
                                              samples);
    });
    return first;
}

}  // namespace detail

/// A view of samples with lists of inputs and targets.
template <class... Input, class... Target>
struct dataset<columns<Input...>, columns<Target...>> {
    using inputs_type = columns<Input...>;
    using targets_type = columns<Target...>;

    columns<Input...> inputs;
    columns<Target...> targets;

    constexpr std::size_t size() const noexcept { return inputs.samples(); }

    /// Whether each column has whole samples, as many as all others, and a scale that is finite and not 0.
    result<void> check() const {
        if (const auto fits = detail::check_columns(inputs, "input", size()); !fits) return fits;
        return detail::check_columns(targets, "target", size());
    }
    /// Samples first to first + count - 1 of every column. *Requires* first + count ≤ size(); raises bad_argument
    /// otherwise, and what check() finds.
    dataset subset(std::size_t first, std::size_t count) const {
        check().value();
        if (first > size() || count > size() - first)
            raise({error_code::bad_argument, words("expected a subset of ", size(), " samples, found samples ", first,
                                                   " and the ", count, " from there; ask for fewer")});
        return {inputs.subset(first, count), targets.subset(first, count)};
    }
};

/// A checked dataset of several inputs and targets. *Returns* the view, or what its check() finds.
template <class... Input, class... Target>
auto make_dataset(const columns<Input...>& inputs, const columns<Target...>& targets) {
    static_assert(sizeof...(Input) > 0 && sizeof...(Target) > 0,
                  "make_dataset(columns{…}, columns{…}): at least one column of inputs and one of targets "
                  "(docs/errors.md#no_dataset)");
    using view = dataset<columns<Input...>, columns<Target...>>;
    const view made{inputs, targets};
    const result<void> fits = made.check();
    return fits ? result<view>(made) : result<view>(fits.error());
}

/// The same with one target that is one value a sample: `make_dataset(columns{…}, classes)`.
template <class... Input, lasting_range Targets>
auto make_dataset(const columns<Input...>& inputs, Targets&& targets) {
    return make_dataset(inputs, columns{column(targets)});
}

namespace detail {

template <class Data>
inline constexpr bool has_columns = false;
template <class... Input, class... Target>
inline constexpr bool has_columns<dataset<columns<Input...>, columns<Target...>>> = true;

inline namespace SINTER_TARGET {

/// Rows first … last - 1 of one column, into a buffer of numbers that are converted and scaled, or of integers.
template <class Value, class Index, class Stored>
void gather_rows(const column<Value>& from, std::size_t first, std::size_t last, Index index, Stored* to,
                 std::size_t stride) {
    constexpr std::size_t ahead = 3;
    for (std::size_t row = first; row < last; ++row) {
        if (row + ahead < last)
            prefetch(from.values.data() + index(row + ahead) * from.size, from.size * sizeof(Value));
        const Value* const sample = from.values.data() + index(row) * from.size;
        if constexpr (std::is_floating_point_v<Stored>)
            convert_scaled(sample, to + row * stride, from.size, static_cast<Stored>(from.scale));
        else
            for (std::size_t i = 0; i < from.size; ++i) to[row * stride + i] = static_cast<Stored>(sample[i]);
    }
}

}  // namespace SINTER_TARGET
}  // namespace detail
}  // namespace sinter
