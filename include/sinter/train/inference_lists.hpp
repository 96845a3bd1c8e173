// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Inference of a network with several inputs or several outputs.
///
/// `const inference<two_headed> both{net}; auto w = both.workspace(); auto [digits, angle] = both(image, sizes, w);`
/// A call takes a range for each input, then the workspace; it gives a span, or for several outputs an array of spans,
/// valid until the workspace is used again. A range is one of numbers, or a `column`, whose scale multiplies it. It is
/// read where it lies if a program can: numbers of the network's own type (std::int32_t where an input holds integers),
/// a multiple of 16 a sample, no scale, not in the workspace. The rest is as with one input (train/inference.hpp).

#include <sinter/data/columns.hpp>
#include <sinter/train/inference_weights.hpp>
#include <sinter/train/list_buffers.hpp>

#include <array>
#include <cassert>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace sinter {

namespace detail {
template <class Net>
inline constexpr bool has_lists = inputs_t<Net>::is_list || output_count<Net> > 1;

/// A sample's values for one input, and their factor.
template <class Value>
struct list_of_samples {
    const Value* values;
    std::size_t size;
    double scale = 1;
};
template <class Value>
list_of_samples<Value> samples_in(const column<Value>& from) {
    return {from.values.data(), from.values.size(), from.scale};
}
template <class Range>
auto samples_in(const Range& from) {
    const std::span values(from);
    return list_of_samples<typename decltype(values)::value_type>{values.data(), values.size()};
}

SINTER_COLD inline error wrong_list(int input, std::size_t expected, std::size_t found) {
    return printed(error_code::shape_mismatch, "inference: expected %zu values of input %d, found %zu", expected, input,
                   found);
}
}  // namespace detail

inline namespace SINTER_INSTRUCTION_SET {

template <class Net, floating Scalar = float, class Rows = rows<1>>
class inference;

template <class Net, floating Scalar, class Rows>
    requires detail::has_lists<Net>
class inference<Net, Scalar, Rows> : public detail::inference_weights<Net, Scalar, Rows> {
    using base = detail::inference_weights<Net, Scalar, Rows>;
    using typename base::plan;
    template <int Input>
    static constexpr port input_port = plan::value.inputs[Input];
    template <int Output>
    static constexpr port output_port = plan::value.outputs[Output];

public:
    template <int Input>
    using stored = std::conditional_t<detail::integer_input<Net, Input>, std::int32_t, Scalar>;
    using base::base, base::capacity;
    using typename base::workspace_type;
    static constexpr bool has_lists = true;
    static constexpr int inputs = input_count<Net>, outputs = output_count<Net>;
    static constexpr int input_size(int input) { return detail::inputs_t<Net>::shapes[input].size(); }
    static constexpr int output_size(int output) { return plan::value.outputs[output].shape.size(); }
    /// What a call gives: a span, or an array of them.
    using outputs_type = std::conditional_t<outputs == 1, std::span<const Scalar>,
                                            std::array<std::span<const Scalar>, static_cast<std::size_t>(outputs)>>;

    /// `both(image, sizes, workspace)`: the outputs for one sample. *Requires* as many values of each input as it has.
    template <class... Argument>
        requires(sizeof...(Argument) == inputs + 1)
    outputs_type operator()(Argument&&... argument) const noexcept {
        const auto all = std::forward_as_tuple(argument...);
        workspace_type& w = std::get<inputs>(all);
        with_lists(all, [&](const auto&... list) {
            assert(find_wrong(list...) < 0 && "inference: each input has input_size(k) values");
            run_lists(base::weights(), w, 1, list...);
        });
        return outputs_in(w, 0);
    }
    /// The same, or why not: an input of another size, something that was moved from.
    template <class... Argument>
        requires(sizeof...(Argument) == inputs + 1)
    result<outputs_type> try_call(Argument&&... argument) const {
        const auto all = std::forward_as_tuple(argument...);
        workspace_type& w = std::get<inputs>(all);
        if (base::moved_from() || w.moved_from()) return detail::moved_from_inference();
        return with_lists(all, [&](const auto&... list) -> result<outputs_type> {
            if (const int wrong = find_wrong(list...); wrong >= 0) {
                const std::size_t found[] = {list.size...};
                return detail::wrong_list(wrong, static_cast<std::size_t>(input_size(wrong)), found[wrong]);
            }
            run_lists(base::weights(), w, 1, list...);
            return outputs_in(w, 0);
        });
    }

    /// Row r of the buffers of an input or output, for callers that fill them themselves. *Requires*
    /// 0 ≤ r < capacity.
    template <int Input>
    static stored<Input>* input(workspace_type& w, int r) {
        assert(r >= 0 && r < capacity && !w.moved_from());
        return reinterpret_cast<stored<Input>*>(w.at(input_port<Input>)) + r * input_port<Input>.where.row_stride;
    }
    template <int Output>
    static const Scalar* output(workspace_type& w, int r) {
        assert(r >= 0 && r < capacity && !w.moved_from());
        return w.at(output_port<Output>) + r * output_port<Output>.where.row_stride;
    }
    /// `count` dense samples of each list, with the weights of an arena, which need not be this object's.
    template <class... Value>
    static void run_lists(const Scalar* weights, workspace_type& w, int count,
                          const detail::list_of_samples<Value>&... list) noexcept {
        const void* addresses[static_cast<std::size_t>(inputs)];
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            ((addresses[Index] = brought<static_cast<int>(Index)>(w, count, list)), ...);
        }(std::make_index_sequence<static_cast<std::size_t>(inputs)>{});
        base::run_at(weights, w, addresses, count);
    }
    /// Calls use(output number as a constant) for each.
    template <class Use>
    static void for_each_output(Use use) {
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            (use(std::integral_constant<int, static_cast<int>(Index)>{}), ...);
        }(std::make_index_sequence<static_cast<std::size_t>(outputs)>{});
    }

private:
    /// Dense rows without padding, which whole registers may read to the end. (An input that is an output is copied.)
    template <int Input>
    static constexpr bool reads_in_place() {
        return input_port<Input>.where.pitch == input_size(Input) && input_size(Input) % alignment_elements == 0;
    }
    /// The address of an input's samples: the caller's, or its buffer, into which they are brought.
    template <int Input, class Value>
    static const void* brought(workspace_type& w, int count, const detail::list_of_samples<Value>& list) {
        if constexpr (reads_in_place<Input>() && std::is_same_v<Value, stored<Input>>)
            if (list.scale == 1 && !w.writes_over(list.values) &&
                static_cast<const void*>(list.values) != static_cast<const void*>(w.values()))
                return list.values;
        constexpr auto size = static_cast<std::size_t>(input_size(Input));
        for (int r = 0; r < count; ++r) {
            const Value* const from = list.values + static_cast<std::size_t>(r) * size;
            stored<Input>* const to = input<Input>(w, r);
            if constexpr (detail::integer_input<Net, Input>) {
                static_assert(std::is_integral_v<Value> || std::is_enum_v<Value>,
                              "an input of integers takes integers (docs/errors.md#columns_of_data)");
                for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::int32_t>(from[i]);
            } else {
                detail::convert_scaled(from, to, size, static_cast<Scalar>(list.scale));
            }
        }
        return w.at(input_port<Input>);
    }
    static outputs_type outputs_in(workspace_type& w, int r) {
        outputs_type all;
        for_each_output([&](auto k) {
            const std::span<const Scalar> values(output<k>(w, r), static_cast<std::size_t>(output_size(k)));
            if constexpr (outputs == 1)
                all = values;
            else
                all[static_cast<std::size_t>(k)] = values;
        });
        return all;
    }
    template <class All, class Use>
    static auto with_lists(const All& all, Use use) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            return use(detail::samples_in(std::get<Index>(all))...);
        }(std::make_index_sequence<static_cast<std::size_t>(inputs)>{});
    }
    /// The first input with another number of values than it has, -1 if there is none.
    static int find_wrong(const auto&... list) {
        const std::size_t found[] = {list.size...};
        for (int k = 0; k < inputs; ++k)
            if (found[k] != static_cast<std::size_t>(input_size(k))) return k;
        return -1;
    }
};

}  // namespace SINTER_INSTRUCTION_SET

namespace detail {

/// `samples` dense rows of each list through Runner, an inference type, with the weights of an arena in its layout: as
/// many rows at once as it takes. Output k goes to outputs[k], sample after sample.
template <class Runner, class Scalar, class... Value>
void predict_list_rows(const Scalar* weights, typename Runner::workspace_type& w, std::size_t samples,
                       Scalar* const* outputs, const list_of_samples<Value>&... list) {
    constexpr auto most = static_cast<std::size_t>(Runner::capacity);
    for (std::size_t first = 0; first < samples; first += most) {
        const std::size_t count = samples - first < most ? samples - first : most;
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            Runner::run_lists(
                weights, w, static_cast<int>(count),
                list_of_samples<Value>{
                    list.values + first * static_cast<std::size_t>(Runner::input_size(static_cast<int>(Index))), 0,
                    list.scale}...);
        }(std::index_sequence_for<Value...>{});
        Runner::for_each_output([&](auto k) {
            constexpr auto size = static_cast<std::size_t>(Runner::output_size(k));
            Scalar* to = outputs[k] + first * size;
            for (std::size_t r = 0; r < count; ++r, to += size)
                for (std::size_t i = 0; i < size; ++i) to[i] = Runner::template output<k>(w, static_cast<int>(r))[i];
        });
    }
}

/// The same of columns.
template <class Runner, class Scalar, class... Column>
auto predict_lists(const Scalar* weights, const columns<Column...>& given) {
    constexpr bool as_many = sizeof...(Column) == Runner::inputs;
    static_assert(as_many,
                  "predict: a network of several inputs takes a column for each, "
                  "predict(net, columns{column(a, 784), column(b, 3)}) (docs/errors.md#columns_of_data)");
    std::array<std::vector<Scalar>, static_cast<std::size_t>(Runner::outputs)> found;
    if constexpr (as_many) {
        const std::size_t samples = given.samples();
        check_columns(given, "input", samples).value();
        given.for_each([&](const auto& column, auto number) {
            check_column_of<typename Runner::template stored<number>, false>(
                column, static_cast<std::size_t>(Runner::input_size(number)), number, "predict");
            using value = typename std::remove_cvref_t<decltype(column)>::value_type;
            if constexpr (std::is_same_v<typename Runner::template stored<number>, std::int32_t> &&
                          (std::is_integral_v<value> || std::is_enum_v<value>))
                check_integers(column, samples, [](std::size_t row) { return row; }, number, "input", "predict");
        });
        typename Runner::workspace_type w;
        Scalar* outputs[static_cast<std::size_t>(Runner::outputs)];
        for (std::size_t k = 0; k < found.size(); ++k) {
            found[k].resize(samples * static_cast<std::size_t>(Runner::output_size(static_cast<int>(k))));
            outputs[k] = found[k].data();
        }
        std::apply(
            [&](const auto&... column) {
                predict_list_rows<Runner>(weights, w, samples, outputs, samples_in(column)...);
            },
            given.list);
    }
    if constexpr (Runner::outputs == 1)
        return std::move(found[0]);
    else
        return found;
}

}  // namespace detail
}  // namespace sinter
