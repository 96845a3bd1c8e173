// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A trained network to embed: weights only, const, noexcept, no allocation in a call.
///
/// `const inference<classifier> classify{net}; auto w = classify.workspace(); auto scores = classify(image, w);`
/// Many threads may share one; each has a workspace of its own. `predict` runs a whole set of samples on a model.

#include <sinter/data/convert.hpp>
#include <sinter/kernel/flush_to_zero.hpp>
#include <sinter/train/metric.hpp>
#include <sinter/train/model.hpp>

#include <span>

namespace sinter {

/// The buffers of one running call of a plan.
template <class Scalar, class Program, class Plan>
class workspace_of {
public:
    workspace_of()
        : values_(static_cast<std::size_t>(Program::workspace_elements))
        , scalars_(static_cast<std::size_t>(Program::scalar_elements)) {
        for (std::size_t i = first_iota; i < scalars_.size(); ++i) scalars_[i] = static_cast<Scalar>(i - first_iota);
    }
    Scalar* at(const port& p) { return values_.data() + p.offset; }
    Scalar* values() { return values_.data(); }
    Scalar* scalars() { return scalars_.data(); }

private:
    aligned_buffer<Scalar> values_, scalars_;
};

inline namespace SINTER_INSTRUCTION_SET {

/// Up to Rows samples at once through the network.
template <class Net, floating Scalar = float, class Rows = rows<1>>
class inference {
    static_assert(is_sound<Net, network<Net>::report>);
    using plan = typename plans<Net, Scalar, Rows::capacity>::inference;
    using code = program<Scalar, plan, typename plans<Net, Scalar, 1>::inference>;  // of any number of rows
    static constexpr port input_port = plan::value.inputs[0], output_port = plan::value.outputs[0];

public:
    using workspace_type = workspace_of<Scalar, code, plan>;
    static constexpr int capacity = Rows::capacity;
    static constexpr int input_size = input_shape_t<Net>::size;
    static constexpr int output_size = output_port.shape.size();

    /// All weights zero: for load_weights.
    inference() : arena_(static_cast<std::size_t>(plans<Net, Scalar, 1>::parameters::value.elements)) {}
    template <class OtherRows>
    explicit inference(const model<Net, Scalar, OtherRows>& net)
        : arena_(static_cast<std::size_t>(net.parameter_elements)) {
        for (std::size_t i = 0; i < arena_.size(); ++i) arena_[i] = net.arena()[i];
    }

    const Scalar* arena() const { return arena_.data(); }
    workspace_type workspace() const { return {}; }
    std::vector<parameter_view<Scalar>> parameters() { return parameters_in<Net>(arena_.data()); }

    /// The network's output for one sample; valid until the workspace is used again. The input is multiplied by
    /// `scale`.
    /// *Requires* input.size() == input_size.
    template <class Input>
    std::span<const Scalar> operator()(std::span<const Input> input, workspace_type& w,
                                       Scalar scale = 1) const noexcept {
        run_on(arena_.data(), w, input.data(), 1, scale);
        return {w.at(output_port), static_cast<std::size_t>(output_size)};
    }
    template <class Range>
        requires requires(const Range& input) { std::span(input); }
    std::span<const Scalar> operator()(const Range& input, workspace_type& w, Scalar scale = 1) const noexcept {
        return (*this)(std::span<const typename decltype(std::span(input))::value_type>(input), w, scale);
    }

    /// Row r of the input and output buffers, for callers that fill them themselves, and the run over `count` rows.
    static Scalar* input(workspace_type& w, int r) { return w.at(input_port) + r * input_port.where.row_stride; }
    static const Scalar* output(workspace_type& w, int r) {
        return w.at(output_port) + r * output_port.where.row_stride;
    }
    static constexpr int input_stride = input_port.where.row_stride, output_stride = output_port.where.row_stride;
    void run(workspace_type& w, int count) const noexcept { run_on(arena_.data(), w, w.values(), count); }
    /// `count` dense samples of the caller's, which are read where they lie if a program can (numbers of its own type,
    /// a multiple of 16 a sample).
    template <class Input>
    void run(workspace_type& w, const Input* samples, int count, Scalar scale = 1) const noexcept {
        run_on(arena_.data(), w, samples, count, scale);
    }
    /// The same with the weights of an arena, which need not be this object's.
    template <class Input>
    static void run_on(const Scalar* weights, workspace_type& w, const Input* samples, int count,
                       Scalar scale) noexcept {
        if constexpr (reads_in_place && std::is_same_v<Input, Scalar>)
            if (scale == 1) return run_on(weights, w, samples, count);
        for (int r = 0; r < count; ++r)
            detail::convert_scaled(samples + r * input_size, input(w, r), static_cast<std::size_t>(input_size), scale);
        run_on(weights, w, w.values(), count);
    }

private:
    /// Dense rows without padding, which whole registers may read to the end, and no output.
    static constexpr bool reads_in_place = input_port.offset == 0 && input_port.where.pitch == input_size &&
                                           input_size % alignment_elements == 0 && output_port.offset != 0;

    static void run_on(const Scalar* weights, workspace_type& w, const Scalar* inputs, int count) noexcept {
        const flush_to_zero guard;
        arenas<Scalar> storage;
        storage[arena::parameters] = const_cast<Scalar*>(weights);  // an inference plan only reads them, and the inputs
        storage[arena::inputs] = const_cast<Scalar*>(inputs);
        storage[arena::workspace] = w.values();
        storage[arena::scalars] = w.scalars();
        code::run(storage, count);
    }

    aligned_buffer<Scalar> arena_;
};

}  // namespace SINTER_INSTRUCTION_SET

namespace detail {

/// `samples` dense rows through the weights of an arena, in the layout of Runner, an inference type: as many rows at
/// once as it takes.
template <class Runner, class Scalar, class Input>
void predict_rows(const Scalar* weights, typename Runner::workspace_type& w, const Input* inputs, std::size_t samples,
                  Scalar scale, Scalar* outputs) {
    constexpr auto in = static_cast<std::size_t>(Runner::input_size),
                   out = static_cast<std::size_t>(Runner::output_size),
                   most = static_cast<std::size_t>(Runner::capacity);
    for (std::size_t first = 0; first < samples; first += most) {
        const int count = static_cast<int>(samples - first < most ? samples - first : most);
        Runner::run_on(weights, w, inputs + first * in, count, scale);
        for (int r = 0; r < count; ++r, outputs += out)
            for (std::size_t i = 0; i < out; ++i) outputs[i] = Runner::output(w, r)[i];
    }
}

template <class Runner, class Scalar, class Input>
std::vector<Scalar> predict_all(const Scalar* weights, std::span<const Input> inputs, double scale) {
    constexpr auto in = static_cast<std::size_t>(Runner::input_size);
    if (inputs.size() % in != 0)
        raise({error_code::shape_mismatch,
               words("predict: expected whole samples of ", in, " values, found ", inputs.size())});
    typename Runner::workspace_type w;
    std::vector<Scalar> scores(inputs.size() / in * static_cast<std::size_t>(Runner::output_size));
    predict_rows<Runner>(weights, w, inputs.data(), inputs.size() / in, static_cast<Scalar>(scale), scores.data());
    return scores;
}

}  // namespace detail

/// The outputs of all samples of `inputs`, sample after sample: (samples, output size).
template <class Net, class Scalar, class Rows, class Input>
std::vector<Scalar> predict(const inference<Net, Scalar, Rows>& net, std::span<const Input> inputs, double scale = 1) {
    return detail::predict_all<inference<Net, Scalar, Rows>>(net.arena(), inputs, scale);
}
template <class Net, class Scalar, class Rows, class Input>
std::vector<Scalar> predict(const model<Net, Scalar, Rows>& net, std::span<const Input> inputs, double scale = 1) {
    return detail::predict_all<inference<Net, Scalar, Rows>>(net.arena(), inputs, scale);
}

/// The class of each sample of a labelled set: the first of its greatest scores. `net` is a model or an inference
/// object.
template <class Owner, class Data>
std::vector<std::size_t> predict_classes(const Owner& net, const Data& data) {
    const auto scores = predict(net, data.inputs, data.scale);
    const std::size_t samples = data.size(), classes = samples == 0 ? 0 : scores.size() / samples;
    std::vector<std::size_t> predicted(samples);
    for (std::size_t i = 0; i < samples; ++i) predicted[i] = predicted_class(scores.data() + i * classes, classes);
    return predicted;
}

}  // namespace sinter
