// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a function through the door is made of: its table, whether it has one, its results, the memory of a call.
///
/// In: a generic function and its inputs (program/argument.hpp). The function is raised as refused once, whoever asks.

#include <sinter/adjoint/gradient.hpp>
#include <sinter/adjoint/vjp.hpp>
#include <sinter/graph/samples.hpp>
#include <sinter/graph/table.hpp>
#include <sinter/plan/geometry.hpp>
#include <sinter/program/argument.hpp>
#include <sinter/tensor/aligned_buffer.hpp>

#include <array>

namespace sinter {

namespace detail {

/// The table of a function whose results are stored, each as an output.
template <auto Function, class... Input>
struct stored_function {
    static constexpr void build(builder& graph, meta::vector<int>& roots) {
        graph.of_function = true;
        int next = 0;
        const int inputs[] = {
            graph.leaf(op::input, next++, input_of<Input>::shape_type::value, input_of<Input>::capacity > 0,
                       input_of<Input>::integer ? value_kind::integer : value_kind::real)...,
            0};
        meta::vector<int> outputs;
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            collect_outputs(graph, outputs,
                            Function(expr<typename input_of<Input>::shape_type>{&graph, inputs[Index]}...));
        }(std::index_sequence_for<Input...>{});
        for (int k = 0; k < outputs.size(); ++k) roots.push(graph.effect(op::output, k, {outputs[k]}));
    }
};

/// Operations that need rounding to nearest, or divide zero by zero in lanes that nobody reads.
constexpr bool needs_usual_mode(op code) { return cost_of(code) > 1; }

/// The workspace of one running call: in the object where it is small. A copy is another one; there is none without.
template <class Scalar, long long Elements>
struct call_memory {
    static constexpr std::size_t bytes_in_object = 4096;
    static constexpr auto size = static_cast<std::size_t>(Elements), slack = aligned_buffer<Scalar>::slack;
    alignas(64) Scalar values[size + slack] = {};
    Scalar* data() { return values; }
};
template <class Scalar, long long Elements>
    requires(Elements == 0)
struct call_memory<Scalar, Elements> {
    static constexpr Scalar* data() { return nullptr; }
};
template <class Scalar, long long Elements>
    requires(Elements* static_cast<long long>(sizeof(Scalar)) > 4096)
struct call_memory<Scalar, Elements> {
    aligned_buffer<Scalar> values{static_cast<std::size_t>(Elements)};
    call_memory() = default;
    call_memory(const call_memory&) : call_memory() {}
    call_memory& operator=(const call_memory&) { return *this; }
    ~call_memory() = default;
    Scalar* data() { return values.data(); }
};

/// 0, 1, 2, … where a plan has places for them.
template <class Scalar, int Elements>
struct counted_up {
    alignas(64) Scalar at[static_cast<std::size_t>(Elements)]{};
    constexpr counted_up() {
        for (int i = first_iota; i < Elements; ++i) at[i] = static_cast<Scalar>(i - first_iota);
    }
};
/// The scalars that a function reads. One that is a mean over samples reads their number, so its object has its own.
template <class Scalar, int Elements, bool HasMean>
struct call_scalars {
    static constexpr counted_up<Scalar, Elements> numbers{};
    static Scalar* of(int) { return const_cast<Scalar*>(numbers.at); }  // a function only reads them
};
template <class Scalar, int Elements>
struct call_scalars<Scalar, Elements, true> {
    counted_up<Scalar, Elements> numbers{};
    Scalar* of(int samples) {
        numbers.at[one_over_samples] = Scalar(1) / static_cast<Scalar>(samples);
        return numbers.at;
    }
};
/// Whether a table reads one over the number of samples.
constexpr bool has_mean_over_samples(const table_view& table) {
    for (int i = 0; i < table.node_count; ++i)
        if (table[i].code == op::scalar) return true;
    return false;
}

/// What stands for the result of a function that was refused: anything, so that there is one error.
struct refused_result {
    template <class T>
    constexpr operator T() const {
        return {};
    }
};

/// The capacity of a function's inputs, 0 if none has samples.
template <class... Input>
constexpr int most_samples() {
    int most = 0;
    ((most = input_of<Input>::capacity > most ? input_of<Input>::capacity : most), ...);
    return most;
}
/// Whether an input is one of those that there are.
template <class Input>
constexpr bool is_input() {
    if constexpr (input_of<Input>::known)
        return !input_of<Input>::with_samples || input_of<Input>::capacity > 0;
    else
        return false;
}

/// Whether all of a result can be stored: a tensor, or several in pairs or `results`.
template <class Value>
constexpr bool is_storable() {
    if constexpr (std::is_void_v<Value>)  // clang 14 forms a reference to it otherwise
        return false;
    else if constexpr (term<Value>)
        return true;
    else if constexpr (requires(const Value& value) { value.first, value.second; })
        return is_storable<decltype(Value::first)>() && is_storable<decltype(Value::second)>();
    else if constexpr (requires(const Value& value) { value.template get<0>(); })
        return []<std::size_t... Index>(std::index_sequence<Index...>) {
            return (is_storable<std::tuple_element_t<Index, Value>>() && ...);
        }(std::make_index_sequence<std::tuple_size<Value>::value>{});
    else
        return false;
}
/// One error where a function cannot be called on its inputs, or what it returns cannot be stored.
template <auto Function, class... Shape>
consteval bool require_body() {
    constexpr bool takes_its_inputs = requires(expr<Shape>... x) { Function(x...); };
    static_assert(takes_its_inputs,
                  "a function is called on a tensor for each of its inputs: give it a shape for each argument, "
                  "`sinter::function<f, shape<3>, shape<4>>`, and arguments that are auto, `[](auto x, auto y)`; if "
                  "an error above this one names a line of it, that is the cause (docs/errors.md#function_inputs)");
    if constexpr (takes_its_inputs) {
        constexpr bool returns_tensors = is_storable<decltype(Function(std::declval<expr<Shape>>()...))>();
        static_assert(returns_tensors,
                      "a function returns a tensor, or several in sinter::results{a, b} or a std::pair; write "
                      "`return`, and the tensors themselves (docs/errors.md#body_returns_no_tensor)");
        return returns_tensors;
    }
    return false;
}

template <auto Function, class... Input>
consteval bool require_function() {
    constexpr bool known = (is_input<Input>() && ...);
    if constexpr (!known) {
        static_assert(known,
                      "an input of a function is sinter::shape<3, 4>, sinter::integers<sinter::shape<3>>, or "
                      "sinter::samples<one of these, capacity> with a capacity of 1 at least "
                      "(docs/errors.md#function_inputs)");
        return false;
    } else {
        constexpr bool agree =
            ((input_of<Input>::capacity == 0 || input_of<Input>::capacity == most_samples<Input...>()) && ...);
        static_assert(agree,
                      "all inputs with samples have as many of them: give them one capacity "
                      "(docs/errors.md#function_inputs)");
        if constexpr (!agree) {
            return false;
        } else if constexpr (require_body<Function, typename input_of<Input>::shape_type...>()) {
            using recipe = stored_function<Function, Input...>;
            static_assert(is_sound<recipe, table_report<recipe>>);
            return frozen_table<recipe>::value.first_mistake.kind == mistake_kind::none;
        } else {
            return false;
        }
    }
}
template <auto Function, class... Input>
inline constexpr bool is_function = require_function<Function, Input...>();

/// A result of a plan.
template <class Plan, std::size_t Number>
struct result_of_plan {
    static constexpr extents value_extents = Plan::value.outputs[Number].shape;
    using shape_type = shape_of_value<value_extents>;
    static constexpr bool rows = Plan::value.outputs[Number].rows;
    template <class Scalar>
    using value = std::conditional_t<shape_type::rank == 0, Scalar,
                                     std::array<Scalar, static_cast<std::size_t>(shape_type::size)>>;
};

}  // namespace detail

}  // namespace sinter
