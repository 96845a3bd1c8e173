// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a network's programs read of a dataset: samples of its input's size, and targets of one kind and shape.
///
/// Integral targets are class labels, `labels`. Dense ones, `dense<Shape>`, have the shape that the loss names, if it
/// does (`using target_shape = shape<1>;`), else that of the network's output. A trainer is made for one of them, and
/// takes data of the same kind and size. Law: what passes check_data is gathered and trained on as it is.

#include <sinter/data/dataset.hpp>
#include <sinter/train/list_buffers.hpp>

#include <type_traits>

namespace sinter::detail {

/// The target of a column of numbers that Loss reads beside an output: a dense one has the shape that the loss names,
/// if it does, else the output's.
template <class Net, class Loss, int Output, class Column>
auto target_of_column() {
    if constexpr (Column::has_integers)
        return labels{};
    else if constexpr (requires { typename Loss::target_shape; })
        return dense<typename Loss::target_shape>{};
    else if constexpr (Output >= 0 && Output < output_count<Net>)
        return dense<shape_of_value<output_shape<Net, Output>>>{};
    else
        return dense<shape<1>>{};
}
template <class Net, class Loss>
struct targets_of_columns {
    template <class... Column, std::size_t... Number>
    static auto make(std::index_sequence<Number...>) {
        if constexpr (requires { typename Loss::target_list; }) {
            return typename Loss::target_list{};
        } else {
            constexpr bool has_shapes =
                sizeof...(Column) == 1 || sizeof...(Column) == output_count<Net> || (Column::has_integers && ...);
            static_assert(has_shapes,
                          "a loss of all outputs and targets says what its targets are where they are not as many as "
                          "the outputs: `using target_list = sinter::targets<…>;` (docs/errors.md#losses_and_targets)");
            return targets<decltype(target_of_column<Net, Loss, static_cast<int>(Number), Column>())...>{};
        }
    }
};
template <class Net, class... Loss>
struct targets_of_columns<Net, losses<Loss...>> {
    using list = losses<Loss...>;
    static constexpr int output_of(int target) {
        for (int k = 0; k < list::count; ++k)
            if (list::target_of(k) == target) return k;
        return -1;
    }
    template <int Output, class... Given>
    struct loss_at {
        using type = nth_type<static_cast<std::size_t>(Output), Given...>;
    };
    template <class... Given>
    struct loss_at<-1, Given...> {
        using type = untrained;
    };
    template <class... Column, std::size_t... Number>
    static auto make(std::index_sequence<Number...>) {
        return targets<
            decltype(target_of_column<Net, typename loss_at<output_of(static_cast<int>(Number)), Loss...>::type,
                                      output_of(static_cast<int>(Number)), Column>())...>{};
    }
    /// Targets that the losses take, for data that was refused.
    struct dense_column {
        static constexpr bool has_integers = false;
    };
    template <std::size_t>
    using dense_columns = dense_column;
    static auto plausible() {
        return [&]<std::size_t... Number>(std::index_sequence<Number...> numbers) {
            return make<dense_columns<Number>...>(numbers);
        }(std::make_index_sequence<static_cast<std::size_t>(list::trained_count)>{});
    }
};
template <class Net, class Loss, class... Input, class... Column>
auto target_of(const dataset<columns<Input...>, columns<Column...>>&) {
    return targets_of_columns<Net, Loss>::template make<Column...>(std::index_sequence_for<Column...>{});
}

/// One error for data without columns, wherever it is asked.
template <class Data>
struct data_of_lists {
    static consteval bool refuse() {
        static_assert(has_columns<Data>,
                      "a network of several inputs, or with a loss for each output, takes "
                      "make_dataset(columns{column(a, 784), column(b, 3)}, columns{column(labels)}) "
                      "(docs/errors.md#columns_of_data)");
        return true;
    }
};
template <class Data>
inline constexpr bool columns_are_missing = data_of_lists<Data>::refuse();

template <class Loss>
inline constexpr bool is_losses = false;
template <class... Loss>
inline constexpr bool is_losses<losses<Loss...>> = true;

/// The targets that fit and evaluate make of a dataset's.
template <class Net, class Loss, class Data>
auto target_of(const Data&) {
    if constexpr (is_losses<Loss>) {
        static_assert(columns_are_missing<Data>);
        return targets_of_columns<Net, Loss>::plausible();
    } else if constexpr (requires { typename Loss::target_shape; }) {
        return dense<typename Loss::target_shape>{};
    } else if constexpr (Data::has_labels) {
        return labels{};
    } else {
        return dense<shape_of_value<network_output<Net>>>{};
    }
}

/// Whether a prediction of one of several classes can be read off the network's output.
template <class Net, int Output = 0>
inline constexpr bool scores_classes =
    Output < output_count<Net> && output_shape<Net, Output>.rank == 1 && output_shape<Net, Output>.size() > 1;
template <class Net>
inline constexpr bool scores_classes<Net, 0> = network_output<Net>.rank == 1 && network_output<Net>.size() > 1;

/// Raises if columns do not fit the lists of a network and its trainer, or are empty.
template <class Net, class Lists, class Data>
void check_columns_of(const Data& data, const char* who) {
    if constexpr (!has_columns<Data>) {
        static_assert(columns_are_missing<Data>);
    } else if constexpr (constexpr bool as_many =
                             Data::inputs_type::count == Lists::inputs && Data::targets_type::count == Lists::targets;
                         !as_many) {
        static_assert(as_many,
                      "the data has a column for each input of the network, and one for each target of the loss or the "
                      "trainer (docs/errors.md#columns_of_data)");
    } else {
        data.check().value();
        data.inputs.for_each([&](const auto& column, auto number) {
            using stored = std::conditional_t<integer_input<Net, number>, std::int32_t, float>;
            check_column_of<stored, false>(column, static_cast<std::size_t>(inputs_t<Net>::shapes[number].size()),
                                           number, who);
        });
        if (data.size() == 0) raise({error_code::bad_argument, words(who, ": expected samples, found none")});
        data.targets.for_each([&](const auto& column, auto number) {
            constexpr bool integers = Lists::integers(number);
            using stored = std::conditional_t<integers, std::int32_t, float>;
            check_column_of<stored, true>(column, static_cast<std::size_t>(Lists::target_shape(number).size()), number,
                                          who);
            using value = typename std::remove_cvref_t<decltype(column)>::value_type;
            if constexpr (integers && (std::is_integral_v<value> || std::is_enum_v<value>))
                if constexpr (constexpr int classes = classes_of_target<Net, Lists, number>(); classes > 0)
                    check_labels(column.values, static_cast<std::size_t>(classes), who);
        });
    }
}

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
void check_one_target(const Data& data, const char* who) {
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

/// The same for data of any kind, for the lists of a trainer.
template <class Net, class Lists, class Data>
void check_data(const Data& data, const char* who) {
    if constexpr (Lists::by_number)
        check_columns_of<Net, Lists>(data, who);
    else if constexpr (has_columns<Data>)
        static_assert(never<Data>,
                      "the trainer is for one input and one target: it takes make_dataset(inputs, targets, "
                      "sample_size); make it with sinter::targets<…>{} for columns (docs/errors.md#columns_of_data)");
    else
        check_one_target<Net, typename Lists::target>(data, who);
}

}  // namespace sinter::detail
