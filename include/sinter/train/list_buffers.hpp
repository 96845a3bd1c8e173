// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The buffers of a training program with several inputs or targets, each by its number, and what is brought into them.
///
/// In: a trainer's program, and spans or the columns of a dataset. Out: rows in place. Law: what is refused is refused
/// before anything is written, with the number of the list.

#include <sinter/data/columns.hpp>
#include <sinter/program/program.hpp>
#include <sinter/train/list_recipes.hpp>
#include <sinter/train/metric.hpp>
#include <sinter/train/minibatch_checks.hpp>

#include <cstdint>
#include <cstring>

namespace sinter {

/// Buffers of `capacity` rows: inputs, targets and outputs by number, as `b.input<0>()`, of `Scalar` or, where a list
/// holds integers, of std::int32_t. Row r begins `b.input_stride<0>()` numbers behind row r - 1.
template <class Net, class Lists, class Scalar, class Plan>
class list_buffers {
    template <int Number>
    static constexpr port leaf_port = Plan::value.inputs[Number];
    template <int Output>
    static constexpr port output_port = Plan::value.outputs[Lists::output_place(Output)];
    template <bool Integers>
    using stored = std::conditional_t<Integers, std::int32_t, Scalar>;

public:
    using scalar_t = Scalar;
    using network_t = Net;
    using lists = Lists;
    explicit list_buffers(Scalar* values) : values_{values} {}

    template <int Input>
    auto* input() const {
        return leaf<Input, detail::integer_input<Net, Input>>();
    }
    template <int Target>
    auto* target() const {
        return leaf<Lists::inputs + Target, Lists::integers(Target)>();
    }
    /// *Requires* an output that a loss reads.
    template <int Output>
    const Scalar* output() const {
        static_assert(Lists::output_place(Output) >= 0, "a training program has the outputs that its loss reads");
        return values_ + output_port<Output>.offset;
    }
    template <int Input>
    static constexpr std::size_t input_stride() {
        return static_cast<std::size_t>(leaf_port<Input>.where.row_stride);
    }
    template <int Target>
    static constexpr std::size_t target_stride() {
        return static_cast<std::size_t>(leaf_port<Lists::inputs + Target>.where.row_stride);
    }
    template <int Output>
    static constexpr std::size_t output_stride() {
        return static_cast<std::size_t>(output_port<Output>.where.row_stride);
    }
    /// The loss of the last run, and that of one output before its weight.
    Scalar loss() const { return values_[Plan::value.outputs[0].offset]; }
    template <int Output>
    Scalar loss_of() const {
        static_assert(Lists::loss_place(Output) >= 0,
                      "an output has a loss of its own where sinter::losses<…> says so");
        return values_[Plan::value.outputs[Lists::loss_place(Output)].offset];
    }

    /// Calls use(pointer, stride, elements a sample, number, is a target) for each list that callers fill, in order.
    template <class Use>
    void for_each_list(Use use) const {
        [&]<std::size_t... Number>(std::index_sequence<Number...>) {
            (visit<static_cast<int>(Number)>(use), ...);
        }(std::make_index_sequence<static_cast<std::size_t>(Lists::inputs + Lists::targets)>{});
    }

private:
    template <int Number, bool Integers>
    auto* leaf() const {
        // Integers lie in the arena as 32-bit ones; its elements are at least as large.
        return reinterpret_cast<stored<Integers>*>(values_ + leaf_port<Number>.offset);
    }
    template <int Number, class Use>
    void visit(Use& use) const {
        constexpr bool is_target = Number >= Lists::inputs;
        constexpr std::integral_constant<int, is_target ? Number - Lists::inputs : Number> number;
        constexpr auto size = static_cast<std::size_t>(leaf_port<Number>.shape.size());
        if constexpr (is_target)
            use(target<number>(), target_stride<number>(), size, number, std::true_type{});
        else
            use(input<number>(), input_stride<number>(), size, number, std::false_type{});
    }

    Scalar* values_;
};

namespace detail {

/// The classes that a label of a target may be: as many as its output scores; 0 where nothing says so.
template <class Net, class Lists, int Target, int Output = 0>
constexpr int classes_of_target() {
    if constexpr (Output >= output_count<Net>)
        return 0;
    else if constexpr (Lists::target_of(Output) != Target)
        return classes_of_target<Net, Lists, Target, Output + 1>();
    else if constexpr (Lists::losses == 0 && Lists::targets > 1 && output_shape<Net, Output>.rank != 1)
        return 0;  // a loss of all outputs may mean anything by it
    else
        return output_shape<Net, Output>.last();
}

template <class Net, class Lists>
void check_list_labels(const auto& buffers, int count) {
    buffers.for_each_list([&](auto* rows, std::size_t stride, std::size_t, auto number, auto is_target) {
        if constexpr (is_target && Lists::integers(number))
            if constexpr (constexpr int classes = classes_of_target<Net, Lists, number>(); classes > 0)
                check_labels(rows, stride, count, classes);
    });
}

template <class Integer>
constexpr bool fits_into_int32(Integer value) {
    if constexpr (std::is_enum_v<Integer>)
        return fits_into_int32(static_cast<std::underlying_type_t<Integer>>(value));
    else if constexpr (std::is_signed_v<Integer>)
        return static_cast<long long>(value) == static_cast<std::int32_t>(value);
    else
        return static_cast<unsigned long long>(value) <= 0x7FFFFFFF;
}

[[noreturn]] SINTER_COLD inline void raise_list(const char* list, int number, std::size_t size, std::size_t found,
                                                std::size_t samples) {
    if (found % size != 0)
        raise(error_code::shape_mismatch, "expected whole samples of %zu values in %s %d, found %zu values", size, list,
              number, found);
    raise(error_code::shape_mismatch, "expected %zu samples in %s %d, as many as in input 0, found %zu", samples, list,
          number, found / size);
}

/// Brings `lists`, dense rows of inputs, then of targets, into the buffers. *Returns* the number of samples.
template <class Buffers, class... List>
int copy_lists(const Buffers& to, int capacity, const List&... lists) {
    using lists_of = typename Buffers::lists;
    constexpr bool as_many_as_the_program_has = sizeof...(List) == lists_of::inputs + lists_of::targets;
    static_assert(as_many_as_the_program_has,
                  "a step takes a range for each input of the network, then one for each target "
                  "(docs/errors.md#lists_of_a_step)");
    if constexpr (!as_many_as_the_program_has) {
        return 1;
    } else {
        const auto given = std::tuple{std::span(lists)...};
        std::size_t samples = 0;
        bool types_fit = true;
        to.for_each_list([&](auto* rows, std::size_t, std::size_t size, auto number, auto is_target) {
            const auto& from = std::get<static_cast<std::size_t>(number + (is_target ? lists_of::inputs : 0))>(given);
            constexpr bool of_its_type = std::is_same_v<typename std::remove_cvref_t<decltype(from)>::value_type,
                                                        std::remove_cvref_t<decltype(*rows)>>;
            static_assert(of_its_type,
                          "a step takes numbers of the model's own type, and std::int32_t for labels and integers; "
                          "others are converted by sinter::gather or fit (docs/errors.md#lists_of_a_step)");
            types_fit = types_fit && of_its_type;
            if (!is_target && number == 0) samples = from.size() / size;
            if (from.size() != samples * size)
                raise_list(is_target ? "target" : "input", number, size, from.size(), samples);
        });
        constexpr auto most = static_cast<std::size_t>(static_cast<unsigned>(-1) / 2);
        const int count = static_cast<int>(samples < most ? samples : most);
        check_rows(count, capacity);
        to.for_each_list([&](auto* rows, std::size_t stride, std::size_t size, auto number, auto is_target) {
            const auto& from = std::get<static_cast<std::size_t>(number + (is_target ? lists_of::inputs : 0))>(given);
            if constexpr (std::is_same_v<typename std::remove_cvref_t<decltype(from)>::value_type,
                                         std::remove_cvref_t<decltype(*rows)>>)
                for (std::size_t r = 0; r < samples; ++r)
                    std::memcpy(rows + r * stride, from.data() + r * size, size * sizeof *rows);
        });
        return count;
    }
}

/// Refuses a column that a list of a network cannot hold: another kind at compile time, another size at run time.
template <class Stored, bool IsTarget, class Value>
void check_column_of(const column<Value>& from, std::size_t size, int number, const char* who) {
    constexpr bool integers = std::is_same_v<Stored, std::int32_t>;
    static_assert(!integers || column<Value>::has_integers,
                  "a list of integers of the network (sinter::labels, sinter::integers) has a column in floating "
                  "point: give integers (docs/errors.md#targets_of_another_kind)");
    static_assert(!IsTarget || integers || !column<Value>::has_integers,
                  "a target that is dense, as its loss or the trainer says, has a column of integers: give it in "
                  "floating point, or let the target be sinter::labels (docs/errors.md#targets_of_another_kind)");
    const char* const list = IsTarget ? "target " : "input ";
    if (from.size != size)
        raise({error_code::shape_mismatch,
               words(who, ": expected ", size, " values a sample in ", list, number, ", found ", from.size)});
    if constexpr (integers) {
        if (from.scale != 1)
            raise({error_code::bad_argument,
                   words(who, ": expected no scale of ", list, number, ", which holds integers; found one")});
    } else if (static_cast<Stored>(from.scale) == 0) {
        raise({error_code::bad_argument,
               words(who, ": expected a scale of ", list, number,
                     " that the network's precision can hold, found one that is 0 in it; scale the data itself, or "
                     "compute in double")});
    }
}

/// Integers of a wider type could become others where they are stored.
template <class Value, class Index>
void check_integers(const column<Value>& from, std::size_t count, Index index, int number, const char* list,
                    const char* who) {
    for (std::size_t row = 0; row < count; ++row)
        for (std::size_t i = 0; i < from.size; ++i)
            if (const Value value = from.values[index(row) * from.size + i]; !fits_into_int32(value))
                raise({error_code::bad_argument, words(who, ": expected integers of 32 bits in ", list, " ", number,
                                                       ", found ", label_text(value), " at sample ", index(row))});
}

inline namespace SINTER_TARGET {

template <class... Input, class... Target, class Index, class Buffers, class Threads>
void gather_lists(const dataset<columns<Input...>, columns<Target...>>& from, std::size_t count, Index index,
                  const Buffers& to, Threads& threads) {
    using lists = typename Buffers::lists;
    constexpr bool as_many = sizeof...(Input) == lists::inputs && sizeof...(Target) == lists::targets;
    static_assert(as_many,
                  "the data has a column for each input of the network, and one for each target of the trainer "
                  "(docs/errors.md#columns_of_data)");
    if constexpr (as_many) {
        const auto column_of = [&](auto number, auto is_target) -> const auto& {
            if constexpr (is_target)
                return from.targets.template get<number>();
            else
                return from.inputs.template get<number>();
        };
        const std::size_t size = from.size();
        for (std::size_t row = 0; row < count; ++row)
            if (const std::size_t sample = index(row); sample >= size)
                raise({error_code::bad_argument, words("expected a sample below ", size, ", found ", sample,
                                                       "; is this order another dataset's?")});
        to.for_each_list([&](auto* rows, std::size_t, std::size_t elements, auto number, auto is_target) {
            using stored = std::remove_cvref_t<decltype(*rows)>;
            const auto& column = column_of(number, is_target);
            check_column_of<stored, is_target>(column, elements, number, "gather");
            using value = typename std::remove_cvref_t<decltype(column)>::value_type;
            if constexpr (std::is_integral_v<stored> && (std::is_integral_v<value> || std::is_enum_v<value>))
                check_integers(column, count, index, number, is_target ? "target" : "input", "gather");
        });
        threads.run([&](auto thread) {
            const auto part = [&](int i) {
                return count * static_cast<std::size_t>(i) / static_cast<std::size_t>(thread.count);
            };
            to.for_each_list([&](auto* rows, std::size_t stride, std::size_t, auto number, auto is_target) {
                gather_rows(column_of(number, is_target), part(thread.index), part(thread.index + 1), index, rows,
                            stride);
            });
        });
    }
}

}  // namespace SINTER_TARGET
}  // namespace detail

inline namespace SINTER_TARGET {

/// Samples by their numbers into a program's buffers, such as a trainer's step_buffers(): each column in place,
/// converted, scaled. Raises, before it writes, bad_argument where an index is not below the set's size or an integer
/// does not fit, and shape_mismatch where a column has another size than the network's list.
template <class... Input, class... Target, class Net, class Lists, class Scalar, class Plan, class Threads = no_team>
void gather(const dataset<columns<Input...>, columns<Target...>>& from, std::span<const std::uint32_t> indices,
            const list_buffers<Net, Lists, Scalar, Plan>& to, Threads&& threads = {}) {
    detail::gather_lists(
        from, indices.size(), [indices](std::size_t row) { return std::size_t{indices[row]}; }, to, threads);
}
/// The same for samples first to first + count - 1.
template <class... Input, class... Target, class Net, class Lists, class Scalar, class Plan, class Threads = no_team>
void gather(const dataset<columns<Input...>, columns<Target...>>& from, std::size_t first, std::size_t count,
            const list_buffers<Net, Lists, Scalar, Plan>& to, Threads&& threads = {}) {
    detail::gather_lists(from, count, [first](std::size_t row) { return first + row; }, to, threads);
}

}  // namespace SINTER_TARGET
}  // namespace sinter
