// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The definitions behind `compiled`, for the one file that is to hold a network's kernels:
///
///     template <>
///     struct sinter::compilation<disc> : sinter::compile_as<classifier, sinter::cross_entropy, sinter::adam> {
///         static constexpr sinter::adam rule{.learning_rate = 1e-2};
///     };
///     template class sinter::compiled<disc>;
///
/// Not in <sinter/train.hpp>.

#include <sinter/config.hpp>
#include <sinter/train/compiled.hpp>
#include <sinter/train/trainer.hpp>
#include <sinter/train/weights.hpp>

#include <optional>
#include <utility>

namespace sinter {

/// What a name stands for: specialise it, by derivation from compile_as.
template <class Name>
struct compilation;

template <class Net, class Loss, class Rule, class Targets = labels, floating Scalar = float, class Rows = rows<128>>
struct compile_as {
    static_assert(is_trainable<Net, Loss, Targets, Rule>);
    using model_t = model<Net, Scalar, Rows>;
    using inference_t = inference<Net, Scalar, Rows>;
    using trainer_t = trainer<Net, Loss, Rule, Targets, Scalar, Rows>;
    static constexpr int input_size = input_shape_t<Net>::size, output_size = network_output<Net>.size();
    static constexpr int capacity = Rows::capacity;
    static constexpr Rule rule{};  ///< a derived struct may hide it
};

template <class Name, class Scalar, class Target>
struct compiled<Name, Scalar, Target>::state {
    using is = compilation<Name>;
    typename is::model_t net;
    typename is::trainer_t training{net, {}, is::rule};
    std::optional<typename is::inference_t::workspace_type> workspace{};  // of predict
    static_assert(std::is_same_v<Target, typename is::trainer_t::stored_target>,
                  "compiled<Name, Scalar, Target>: Target is std::int32_t for labels, Scalar for dense targets");
};

template <class Name, class Scalar, class Target>
compiled<Name, Scalar, Target>::compiled(std::uint64_t start)
    : self_{new state{typename state::is::model_t{seed{start}}}} {}
template <class Name, class Scalar, class Target>
compiled<Name, Scalar, Target>::~compiled() {
    delete self_;
}

template <class Name, class Scalar, class Target>
int compiled<Name, Scalar, Target>::input_size() {
    return state::is::input_size;
}
template <class Name, class Scalar, class Target>
int compiled<Name, Scalar, Target>::output_size() {
    return state::is::output_size;
}
template <class Name, class Scalar, class Target>
int compiled<Name, Scalar, Target>::capacity() {
    return state::is::capacity;
}

template <class Name, class Scalar, class Target>
double compiled<Name, Scalar, Target>::step(const Scalar* inputs, const Target* targets, int count) {
    return self_->training.step(inputs, targets, count);
}
template <class Name, class Scalar, class Target>
double compiled<Name, Scalar, Target>::forward(const Scalar* inputs, const Target* targets, int count) {
    return self_->training.forward(inputs, targets, count);
}
template <class Name, class Scalar, class Target>
void compiled<Name, Scalar, Target>::predict(const Scalar* inputs, int count, Scalar* outputs) {
    if (count < 0) raise({error_code::bad_argument, words("predict: expected 0 or more samples, found ", count)});
    if (count == 0) return;
    if (inputs == nullptr) raise(error_code::bad_argument, "expected samples, found a null pointer");
    if (outputs == nullptr) raise(error_code::bad_argument, "expected room for outputs, found a null pointer");
    if (!self_->workspace) self_->workspace.emplace();
    detail::predict_rows<typename state::is::inference_t>(std::as_const(self_->net).arena(), *self_->workspace, inputs,
                                                          static_cast<std::size_t>(count), Scalar(1), outputs);
}

template <class Name, class Scalar, class Target>
result<void> compiled<Name, Scalar, Target>::save(const char* path) const {
    if (path == nullptr) return error{error_code::bad_argument, "save: expected a path, found a null pointer"};
    return save_weights(self_->net, path);
}
template <class Name, class Scalar, class Target>
result<void> compiled<Name, Scalar, Target>::load(const char* path) {
    if (path == nullptr) return error{error_code::bad_argument, "load: expected a path, found a null pointer"};
    return load_weights(self_->net, path);
}

}  // namespace sinter
