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
    using network_t = Net;
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
    static_assert(!is::inference_t::has_lists && !is::trainer_t::lists::by_number,
                  "a network of several inputs, outputs or targets is a compiled<Name, Scalar, "
                  "lists_of<elements<…>, elements<…>>> (docs/errors.md#lists_of_compiled)");
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

// ---- of several inputs, outputs or targets

template <class Name, class Scalar, class... Input, class... Target>
struct compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::state {
    using is = compilation<Name>;
    using trainer_t = typename is::trainer_t;
    using inference_t = typename is::inference_t;
    using lists = typename trainer_t::lists;
    typename is::model_t net;
    trainer_t training{net, {}, is::rule};
    std::optional<typename inference_t::workspace_type> workspace{};  // of predict

    template <std::size_t... Number>
    static constexpr bool holds(std::index_sequence<Number...>) {
        const bool integers[] = {std::is_same_v<Input, std::int32_t>..., std::is_same_v<Target, std::int32_t>...};
        const bool wanted[] = {
            (Number < sizeof...(Input)
                 ? detail::inputs_t<typename is::network_t>::integers[Number < sizeof...(Input) ? Number : 0]
                 : lists::integers(static_cast<int>(Number - sizeof...(Input))))...};
        for (std::size_t k = 0; k < sizeof...(Number); ++k)
            if (integers[k] != wanted[k]) return false;
        return ((std::is_same_v<Input, std::int32_t> || std::is_same_v<Input, Scalar>) && ...) &&
               ((std::is_same_v<Target, std::int32_t> || std::is_same_v<Target, Scalar>) && ...);
    }
    static constexpr bool fits() {
        if constexpr (!lists::by_number || !inference_t::has_lists)
            return false;
        else if constexpr (lists::inputs != sizeof...(Input) || lists::targets != sizeof...(Target))
            return false;
        else
            return holds(std::make_index_sequence<sizeof...(Input) + sizeof...(Target)>{});
    }
    static_assert(
        fits(),
        "compiled<Name, Scalar, lists_of<elements<…>, elements<…>>> names an element type for each input, then "
        "for each target: std::int32_t for labels and integers, else Scalar (docs/errors.md#lists_of_compiled)");

    /// Calls use(spans…) of `count` samples of each input and target.
    template <class Use>
    static double with_spans(int count, Use use, const Input*... inputs, const Target*... targets) {
        detail::check_rows(count, is::capacity);
        ((inputs == nullptr ? detail::check_samples(nullptr, "") : void()), ...);
        ((targets == nullptr ? detail::check_samples("", nullptr) : void()), ...);
        return [&]<std::size_t... Index, std::size_t... T>(std::index_sequence<Index...>, std::index_sequence<T...>) {
            const auto samples = static_cast<std::size_t>(count);
            return use(
                std::span(inputs,
                          samples * static_cast<std::size_t>(inference_t::input_size(static_cast<int>(Index))))...,
                std::span(targets,
                          samples * static_cast<std::size_t>(lists::target_shape(static_cast<int>(T)).size()))...);
        }(std::index_sequence_for<Input...>{}, std::index_sequence_for<Target...>{});
    }
};

template <class Name, class Scalar, class... Input, class... Target>
compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::compiled(std::uint64_t start)
    : self_{new state{typename state::is::model_t{seed{start}}}} {}
template <class Name, class Scalar, class... Input, class... Target>
compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::~compiled() {
    delete self_;
}
template <class Name, class Scalar, class... Input, class... Target>
int compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::input_size(int input) {
    return input < 0 || input >= state::inference_t::inputs ? 0 : state::inference_t::input_size(input);
}
template <class Name, class Scalar, class... Input, class... Target>
int compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::output_size(int output) {
    return output < 0 || output >= output_count() ? 0 : state::inference_t::output_size(output);
}
template <class Name, class Scalar, class... Input, class... Target>
int compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::output_count() {
    return state::inference_t::outputs;
}
template <class Name, class Scalar, class... Input, class... Target>
int compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::capacity() {
    return state::is::capacity;
}
template <class Name, class Scalar, class... Input, class... Target>
double compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::step(const Input*... inputs,
                                                                                       const Target*... targets,
                                                                                       int count) {
    return state::with_spans(
        count, [this](const auto&... list) { return self_->training.step(list...); }, inputs..., targets...);
}
template <class Name, class Scalar, class... Input, class... Target>
double compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::forward(const Input*... inputs,
                                                                                          const Target*... targets,
                                                                                          int count) {
    return state::with_spans(
        count, [this](const auto&... list) { return self_->training.forward(list...); }, inputs..., targets...);
}
template <class Name, class Scalar, class... Input, class... Target>
void compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::predict(const Input*... inputs,
                                                                                        int count,
                                                                                        Scalar* const* outputs) {
    if (count < 0) raise({error_code::bad_argument, words("predict: expected 0 or more samples, found ", count)});
    if (count == 0) return;
    ((inputs == nullptr ? detail::check_samples(nullptr, "") : void()), ...);
    for (int k = 0; k < output_count(); ++k)
        if (outputs == nullptr || outputs[k] == nullptr)
            raise(error_code::bad_argument, "expected room for output %d, found a null pointer", k);
    if (!self_->workspace) self_->workspace.emplace();
    detail::predict_list_rows<typename state::inference_t>(std::as_const(self_->net).arena(), *self_->workspace,
                                                           static_cast<std::size_t>(count), outputs,
                                                           detail::list_of_samples<Input>{inputs, 0}...);
}
template <class Name, class Scalar, class... Input, class... Target>
result<void> compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::save(const char* path) const {
    if (path == nullptr) return error{error_code::bad_argument, "save: expected a path, found a null pointer"};
    return save_weights(self_->net, path);
}
template <class Name, class Scalar, class... Input, class... Target>
result<void> compiled<Name, Scalar, lists_of<elements<Input...>, elements<Target...>>>::load(const char* path) {
    if (path == nullptr) return error{error_code::bad_argument, "load: expected a path, found a null pointer"};
    return load_weights(self_->net, path);
}

}  // namespace sinter
