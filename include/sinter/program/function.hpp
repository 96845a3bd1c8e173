// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The door to the compiler: a traced function as code that runs on a caller's arrays.
///
///     constexpr auto f = [](auto x, auto w) { return sum(tanh(matmul(x, w))); };
///     sinter::function<f, sinter::shape<3>, sinter::shape<3, 4>> run;
///     float y = run(x, w);
///
/// Inputs are shapes, `integers<Shape>`, or `samples<either, Capacity>`. Arrays are dense, row major, samples first;
/// they are read and written where they lie. A call allocates nothing and throws nothing. One result is returned as it
/// is, a number or a std::array, several as `results`; `into` writes them to arrays of the caller's, which it must
/// where they have samples. `try_call` and `try_into` say what is wrong with arrays, which the others assert.
///
/// An object holds the memory of one running call: each thread has its own. A copy has memory of its own; an object
/// that was moved from goes on as before.
///
/// Numbers are as IEEE 754 has them, subnormal ones too, in the mode of the caller; but a function that divides or
/// calls sqrt, exp, log, sin or their kin rounds to nearest and does not trap. Flags of exceptions have no meaning.

#include <sinter/kernel/to_nearest.hpp>
#include <sinter/program/argument_fault.hpp>
#include <sinter/program/program.hpp>
#include <sinter/program/stored_function.hpp>

#include <cassert>

namespace sinter {

namespace detail {

inline namespace SINTER_INSTRUCTION_SET {

/// The code of a function, its groups made in one of the two ways.
template <floating Scalar, grouping Groups, auto Function, class... Input>
class function_code {
public:
    template <class... T>
    refused_result operator()(const T&...) noexcept {
        return {};
    }
    template <class... T>
    void into(T&&...) noexcept {}
    template <class... T>
    result<refused_result> try_call(const T&...) {
        return refused_result{};
    }
    template <class... T>
    result<void> try_into(T&&...) {
        return {};
    }
};

template <floating Scalar, grouping Groups, auto Function, class... Input>
    requires is_function<Function, Input...>
class function_code<Scalar, Groups, Function, Input...> {
    template <class T>
    using argument = argument_of<std::remove_reference_t<T>>;

    static constexpr machine target = native_machine<Scalar>();
    struct request {
        static constexpr int capacity = most_samples<Input...>() > 0 ? most_samples<Input...>() : 1;
        static constexpr int inlined_calls = 8;
        static constexpr plan_request value() {
            return {.table = frozen_table<stored_function<Function, Input...>>::value.view(),
                    .target = target,
                    .capacity = capacity,
                    .groups = Groups,
                    .inputs_are = ports::of_callers,
                    .outputs_are = ports::of_callers};
        }
    };

public:
    using plan = plan_of<request>;
    static constexpr int capacity = request::capacity;  ///< samples of a call
    static constexpr int result_count = plan::size.outputs;

    /// The result, several as `results`. *Requires* arrays of the right size, and as many samples in all.
    template <class... T>
    auto operator()(const T&... x) noexcept {
        if constexpr (!require_by_value())
            return refused_result{};
        else if constexpr (!inputs::template require<const T&...>())
            return unset();
        else
            return call(result_numbers{}, x...);
    }
    /// Results to arrays of the caller's: `run.into(y, x, w)`. *Requires*, beside that, results apart from all others.
    template <class... T>
    void into(T&&... all) noexcept {
        if constexpr (every_port::template require<T&&...>()) {
            const void* const at[] = {argument<T>::data(all)...};
            const std::size_t sizes[] = {argument<T>::size(all)...};
            assert(!find_fault<every_port>(at, sizes) && "function: arrays that fit; try_into says what is wrong");
            run(at, sizes);
        }
    }
    /// The same, or why not.
    template <class... T>
    auto try_call(const T&... x) -> result<decltype((*this)(x...))> {
        if constexpr (inputs::template require<const T&...>()) {
            const void* const at[] = {argument<const T>::data(x)...};
            const std::size_t sizes[] = {argument<const T>::size(x)...};
            if (const auto fault = find_fault<inputs>(at, sizes)) return describe(fault, 0);
        }
        return (*this)(x...);
    }
    template <class... T>
    result<void> try_into(T&&... all) {
        if constexpr (every_port::template require<T&&...>()) {
            const void* const at[] = {argument<T>::data(all)...};
            const std::size_t sizes[] = {argument<T>::size(all)...};
            if (const auto fault = find_fault<every_port>(at, sizes)) return describe(fault, result_count);
            run(at, sizes);
        }
        return {};
    }

    // An object that is const: it has nowhere to compute.
#define SINTER_NOT_CONST(name, argument)                                                                    \
    template <class... T>                                                                                   \
    auto name(argument... x) const {                                                                        \
        static_assert(never<T...>,                                                                          \
                      "a function is called on an object that is not const, which holds the memory of the " \
                      "call: each thread has one of its own (docs/errors.md#function_is_const)");           \
        return const_cast<function_code&>(*this).name(static_cast<argument>(x)...);                         \
    }
    SINTER_NOT_CONST(operator(), const T&)
    SINTER_NOT_CONST(into, T&&)
    SINTER_NOT_CONST(try_call, const T&)
    SINTER_NOT_CONST(try_into, T&&)
#undef SINTER_NOT_CONST

private:
    using code = program<Scalar, plan>;
    using result_numbers = std::make_index_sequence<static_cast<std::size_t>(result_count)>;

    template <std::size_t Number>
    using result_port =
        function_port<result_number<static_cast<int>(Number)>, Scalar,
                      typename result_of_plan<plan, Number>::shape_type, result_of_plan<plan, Number>::rows, true>;
    template <std::size_t Number, class T>
    using input_port = function_port<input_number<static_cast<int>(Number)>,
                                     std::conditional_t<input_of<T>::integer, std::int32_t, Scalar>,
                                     typename input_of<T>::shape_type, (input_of<T>::capacity > 0), false>;
    template <std::size_t... Result, std::size_t... Number>
    static auto list_ports(std::index_sequence<Result...>, std::index_sequence<Number...>)
        -> function_ports<result_port<Result>..., input_port<Number, Input>...>;
    using every_port = decltype(list_ports(result_numbers{}, std::index_sequence_for<Input...>{}));
    using inputs = decltype(list_ports(std::index_sequence<>{}, std::index_sequence_for<Input...>{}));

    // ---- results by value

    static constexpr int most_by_value = 4096;
    template <std::size_t Number>
    using value = typename result_of_plan<plan, Number>::template value<Scalar>;
    /// What a call returns, with any numbers.
    template <std::size_t... Number>
    static auto unset_values(std::index_sequence<Number...>) {
        if constexpr (sizeof...(Number) == 1)
            return value<0>{};
        else
            return results<value<Number>...>{unset_results{}};
    }
    static auto unset() { return unset_values(result_numbers{}); }
    static constexpr bool require_by_value() {
        constexpr long long elements = [] {
            long long all = 0;
            for (int k = 0; k < result_count; ++k)
                all += plan::value.outputs[k].rows ? most_by_value + 1LL : plan::value.outputs[k].shape.size();
            return all;
        }();
        static_assert(elements <= most_by_value,
                      "results with samples, or of more than 4096 elements, are not returned: write them to arrays, "
                      "run.into(y, x) (docs/errors.md#function_results)");
        return elements <= most_by_value;
    }
    // The result is made where the caller wants it: a variable of the outermost block, which g++ 12 needs for that.
    template <class... T>
    SINTER_ALWAYS_INLINE value<0> call(std::index_sequence<0>, const T&... x) noexcept {
        value<0> y;
        const void* const at[] = {&y, argument<const T>::data(x)...};
        const std::size_t sizes[] = {1, argument<const T>::size(x)...};
        check_inputs(at, sizes);
        run(at, sizes);
        return y;
    }
    template <std::size_t... Number, class... T>
        requires(sizeof...(Number) > 1)
    SINTER_ALWAYS_INLINE results<value<Number>...> call(std::index_sequence<Number...>, const T&... x) noexcept {
        results<value<Number>...> y{unset_results{}};
        const void* const at[] = {&slot<Number>(y)..., argument<const T>::data(x)...};
        const std::size_t sizes[] = {std::size_t{1} + 0 * Number..., argument<const T>::size(x)...};
        check_inputs(at, sizes);
        run(at, sizes);
        return y;
    }
    template <std::size_t Number, class T>
    static T& slot(result_slot<Number, T>& in) {
        return in.value;
    }
    static void check_inputs([[maybe_unused]] const void* const* at, [[maybe_unused]] const std::size_t* sizes) {
        assert(!find_fault<inputs>(at + result_count, sizes + result_count) &&
               "function: arrays that fit; try_call says what is wrong");
    }

    // ---- the run

    template <class Ports>
    static auto find_fault(const void* const* at, const std::size_t* sizes) {
        constexpr int inputs_of = static_cast<int>(sizeof...(Input));
        return detail::find_fault(Ports::kinds, Ports::count - inputs_of, inputs_of, at, sizes,
                                  static_cast<std::size_t>(capacity));
    }

    static constexpr bool has_mean =
        has_mean_over_samples(frozen_table<stored_function<Function, Input...>>::value.view());
    static constexpr bool in_usual_mode() {
        if (has_mean) return true;  // one over the number of samples is a quotient, too
        const auto& specs = plan::value.specs;
        for (int i = 0; i < plan::size.specs; ++i)
            for (int k = 0; k < specs.specs[i].instruction_count; ++k)
                if (needs_usual_mode(specs.instructions[specs.specs[i].instruction_first + k].code)) return true;
        return false;
    }

    /// `at` and `sizes` of results, then inputs.
    SINTER_ALWAYS_INLINE void run(const void* const* at, [[maybe_unused]] const std::size_t* sizes) noexcept {
        constexpr int with_rows = every_port::first_with_rows();
        // A result that is returned has no samples, and so no size.
        int rows = 1;
        if constexpr (with_rows >= 0) rows = static_cast<int>(sizes[with_rows] / every_port::kinds[with_rows].size);
        if constexpr (in_usual_mode()) {
            const to_nearest mode;
            run_apart(at, rows);
        } else {
            run_here(at, rows);
        }
    }
    /// A function of its own: a compiler moves arithmetic across a change of the mode.
    [[gnu::noinline]] void run_apart(const void* const* at, int rows) noexcept { run_here(at, rows); }
    SINTER_ALWAYS_INLINE void run_here(const void* const* at, int rows) noexcept {
        void* results[result_count + 1];
        for (int k = 0; k < result_count; ++k) results[k] = const_cast<void*>(at[k]);
        arenas<Scalar> storage;
        storage[arena::workspace] = memory_.data();
        storage[arena::scalars] = scalars_.of(rows);
        storage.inputs = at + result_count;
        storage.outputs = results;
        code::run(storage, rows);
    }

    call_memory<Scalar, code::workspace_elements> memory_;
    [[no_unique_address]] call_scalars<Scalar, code::scalar_elements, has_mean> scalars_;
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace detail

inline namespace SINTER_INSTRUCTION_SET {

/// Function in numbers of Scalar: `sinter::function_of<double, f, sinter::shape<3>> run;`
template <floating Scalar, auto Function, class... Input>
class function_of : public detail::function_code<Scalar, grouping::fused, Function, Input...> {};

}  // namespace SINTER_INSTRUCTION_SET

/// Function in single precision.
template <auto Function, class... Input>
using function = function_of<float, Function, Input...>;

}  // namespace sinter
