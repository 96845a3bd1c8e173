// SPDX-License-Identifier: BSL-1.0
#pragma once

/// `fit` and `evaluate` of what is no dataset: overloads whose only statement says how to make one.
///
/// Without them the error is a list of all overloads. They return what the others do, so that one mistake is one error.
/// Law: tests/compile_fail/fit_of_a_result.cpp, fit_of_vectors.cpp.

#include <sinter/train/fit.hpp>

namespace sinter {

namespace detail {
template <class Data>
inline constexpr bool is_dataset = false;
template <class Input, class Target>
inline constexpr bool is_dataset<dataset<Input, Target>> = true;
template <class Data>
inline constexpr bool is_result = false;
template <class Value>
inline constexpr bool is_result<result<Value>> = true;

template <class Data>
struct data_of_fit {
    static consteval bool refuse() {
        static_assert(!is_result<Data>,
                      "the data is a sinter::result, which may hold an error instead: ask it, or write "
                      "make_dataset(…).value() (docs/errors.md#no_dataset)");
        static_assert(
            is_dataset<Data> || is_result<Data>,
            "the data is no dataset: write make_dataset(inputs, targets, sample_size).value(), of two arrays or "
            "vectors that outlive it (docs/errors.md#no_dataset)");
        return true;
    }
};
}  // namespace detail

/// *Refused*, for a model and a trainer, with any arguments behind the data, options in braces among them.
template <class Owner, class Data, class Third = fit_options, class Fourth = fit_options, class Fifth = fit_options,
          class Sixth = fit_options>
    requires(!detail::is_dataset<Data>)
history fit(Owner&, const Data&, const Third& = {}, const Fourth& = {}, const Fifth& = {}, const Sixth& = {}) {
    static_cast<void>(detail::data_of_fit<Data>::refuse());
    return {};
}
/// *Refused*.
template <class Net, class Scalar, class Rows, class Data, class Loss>
    requires(!detail::is_dataset<Data>)
evaluation evaluate(const model<Net, Scalar, Rows>&, const Data&, const Loss&) {
    static_cast<void>(detail::data_of_fit<Data>::refuse());
    return {};
}

}  // namespace sinter
