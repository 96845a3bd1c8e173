// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A trained network to embed: weights only, const, noexcept, no allocation in a call.
///
/// `const inference<classifier> classify{net}; auto w = classify.workspace(); auto scores = classify(image, w);`
/// Many threads may share one; each has a workspace of its own. `predict` runs a whole set of samples on a model.
/// What a `noexcept` call requires is an assertion; `try_call`, `try_run`, `try_input` and `try_output` are the same
/// with a result that says what is wrong. An object or a workspace that was moved from is refused in the same way.
/// Of a network with several inputs or outputs, `auto [digits, angle] = both(image, sizes, w)`, and `predict` takes
/// columns and gives an array of vectors (train/inference_lists.hpp).

#include <sinter/data/convert.hpp>
#include <sinter/train/inference_lists.hpp>
#include <sinter/train/metric.hpp>
#include <sinter/train/targets.hpp>

#include <cassert>
#include <span>

namespace sinter {

inline namespace SINTER_INSTRUCTION_SET {

/// Up to Rows samples at once through the network. One with several inputs or outputs has a class of its own
/// (train/inference_lists.hpp).
template <class Net, floating Scalar, class Rows>
class inference : public detail::inference_weights<Net, Scalar, Rows> {
    using base = detail::inference_weights<Net, Scalar, Rows>;
    using typename base::plan;
    static constexpr port input_port = plan::value.inputs[0], output_port = plan::value.outputs[0];

public:
    using base::base, base::capacity, base::run, base::try_run;
    using typename base::workspace_type;
    static constexpr bool has_lists = false;
    static constexpr int input_size = input_shape_t<Net>::size;
    static constexpr int output_size = output_port.shape.size();

    /// The network's output for one sample; valid until the workspace is used again. The input is multiplied by
    /// `scale`; it may be the output of a call on the same workspace.
    /// *Requires* input.size() == input_size.
    template <class Input>
    std::span<const Scalar> operator()(std::span<const Input> input, workspace_type& w,
                                       Scalar scale = 1) const noexcept {
        assert(input.size() == static_cast<std::size_t>(input_size) && "inference: a sample has input_size values");
        run(w, input.data(), 1, scale);
        return {w.at(output_port), static_cast<std::size_t>(output_size)};
    }
    template <class Range>
        requires requires(const Range& input) { std::span(input); }
    std::span<const Scalar> operator()(const Range& input, workspace_type& w, Scalar scale = 1) const noexcept {
        return (*this)(span_of(input), w, scale);
    }
    /// The same, or why not: a sample of another size, something that was moved from.
    template <class Input>
    result<std::span<const Scalar>> try_call(std::span<const Input> input, workspace_type& w, Scalar scale = 1) const {
        if (base::moved_from() || w.moved_from()) return detail::moved_from_inference();
        if (input.size() != static_cast<std::size_t>(input_size)) return detail::wrong_sample(input_size, input.size());
        return (*this)(input, w, scale);
    }
    template <class Range>
        requires requires(const Range& input) { std::span(input); }
    result<std::span<const Scalar>> try_call(const Range& input, workspace_type& w, Scalar scale = 1) const {
        return try_call(span_of(input), w, scale);
    }

    /// Row r of the input and output buffers, for callers that fill them themselves. *Requires* 0 ≤ r < capacity.
    static Scalar* input(workspace_type& w, int r) {
        return assert(has_row(w, r)), w.at(input_port) + r* input_port.where.row_stride;
    }
    static const Scalar* output(workspace_type& w, int r) {
        return assert(has_row(w, r)), w.at(output_port) + r* output_port.where.row_stride;
    }
    static constexpr int input_stride = input_port.where.row_stride, output_stride = output_port.where.row_stride;
    /// `count` dense samples of the caller's, which are read where they lie if a program can (numbers of its own type,
    /// a multiple of 16 a sample, not in the workspace).
    template <class Input>
    void run(workspace_type& w, const Input* samples, int count, Scalar scale = 1) const noexcept {
        run_on(base::weights(), w, samples, count, scale);
    }
    /// The same, or why not: too few or too many rows, no such row, no whole samples, something that was moved from.
    /// The run over a span gives the number of its samples.
    static result<std::span<Scalar>> try_input(workspace_type& w, int r) {
        if (!has_row(w, r)) return w.moved_from() ? detail::moved_from_inference() : detail::wrong_row(capacity, r);
        return std::span<Scalar>(input(w, r), static_cast<std::size_t>(input_size));
    }
    static result<std::span<const Scalar>> try_output(workspace_type& w, int r) {
        if (!has_row(w, r)) return w.moved_from() ? detail::moved_from_inference() : detail::wrong_row(capacity, r);
        return std::span<const Scalar>(output(w, r), static_cast<std::size_t>(output_size));
    }
    template <class Input>
    result<int> try_run(workspace_type& w, std::span<const Input> samples, Scalar scale = 1) const {
        constexpr auto size = static_cast<std::size_t>(input_size), most = static_cast<std::size_t>(capacity);
        if (base::moved_from() || w.moved_from()) return detail::moved_from_inference();
        if (samples.size() % size != 0) return detail::wrong_samples(input_size, samples.size());
        const std::size_t count = samples.size() / size;
        if (count < 1 || count > most) return detail::wrong_rows(capacity, static_cast<long long>(count));
        run(w, samples.data(), static_cast<int>(count), scale);
        return static_cast<int>(count);
    }
    template <class Range>
        requires requires(const Range& samples) { std::span(samples); }
    result<int> try_run(workspace_type& w, const Range& samples, Scalar scale = 1) const {
        return try_run(w, span_of(samples), scale);
    }
    /// `run` with the weights of an arena, which need not be this object's.
    template <class Input>
    static void run_on(const Scalar* weights, workspace_type& w, const Input* samples, int count,
                       Scalar scale) noexcept {
        assert(count >= 1 && count <= capacity && "inference: 1 to capacity rows");
        assert(samples != nullptr && "inference: samples");
        if constexpr (reads_in_place && std::is_same_v<Input, Scalar>)
            if (scale == 1 && !w.writes_over(samples)) return run_on(weights, w, samples, count);
        for (int r = 0; r < count; ++r)
            detail::convert_scaled(samples + r * input_size, input(w, r), static_cast<std::size_t>(input_size), scale);
        run_on(weights, w, w.at(input_port), count);
    }

private:
    /// Dense rows without padding, which whole registers may read to the end, and no output.
    static constexpr bool reads_in_place = input_port.offset == 0 && input_port.where.pitch == input_size &&
                                           input_size % alignment_elements == 0 && output_port.offset != 0;

    template <class Range>
    static auto span_of(const Range& values) {
        return std::span<const typename decltype(std::span(values))::value_type>(values);
    }
    static bool has_row(const workspace_type& w, int r) { return r >= 0 && r < capacity && !w.moved_from(); }

    static void run_on(const Scalar* weights, workspace_type& w, const Scalar* inputs, int count) noexcept {
        const void* const addresses[] = {inputs};
        base::run_at(weights, w, addresses, count);
    }
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
    requires(!Runner::has_lists)
std::vector<Scalar> predict_all(const Scalar* weights, std::span<const Input> inputs, double scale) {
    constexpr auto in = static_cast<std::size_t>(Runner::input_size);
    if (inputs.size() % in != 0)
        raise({error_code::shape_mismatch,
               words("predict: expected whole samples of ", in, " values, found ", inputs.size())});
    const Scalar factor = static_cast<Scalar>(scale);
    if (factor == 0 || !meta::is_finite(factor))
        raise(error_code::bad_argument,
              "predict: expected a scale that is finite and not 0 in the network's precision, found %g; in C++ 1 / 255 "
              "is "
              "0, so write 1.0 / 255",
              scale);
    typename Runner::workspace_type w;
    std::vector<Scalar> scores(inputs.size() / in * static_cast<std::size_t>(Runner::output_size));
    predict_rows<Runner>(weights, w, inputs.data(), inputs.size() / in, factor, scores.data());
    return scores;
}

template <class Runner, class Scalar, class... Column>
auto predict_columns(const Scalar* weights, const columns<Column...>& given) {
    if constexpr (Runner::has_lists) {
        return predict_lists<Runner>(weights, given);
    } else {
        static_assert(sizeof...(Column) == 1,
                      "predict: the network has one input, and takes one column (docs/errors.md#columns_of_data)");
        const auto& only = given.template get<0>();
        check_column_of<Scalar, false>(only, static_cast<std::size_t>(Runner::input_size), 0, "predict");
        return predict_all<Runner>(weights, only.values, only.scale);
    }
}

/// The same of a network with several outputs, or refused for one with several inputs.
template <class Runner, class Scalar, class Input>
    requires Runner::has_lists
auto predict_all(const Scalar* weights, std::span<const Input> inputs, double scale) {
    return predict_columns<Runner>(weights,
                                   columns{column(inputs, static_cast<std::size_t>(Runner::input_size(0)), scale)});
}
}  // namespace detail

/// The outputs of all samples of `inputs`, sample after sample: (samples, output size); of a network with several
/// outputs an array of one vector each. *Raises* shape_mismatch for no whole samples, bad_argument for a model that was
/// moved from.
template <class Net, class Scalar, class Rows, class Input>
auto predict(const inference<Net, Scalar, Rows>& net, std::span<const Input> inputs, double scale = 1) {
    return detail::predict_all<inference<Net, Scalar, Rows>>(net.arena(), inputs, scale);
}
/// The same of any contiguous range of numbers, such as a std::vector, by a model or an inference object.
template <class Owner, class Range>
    requires requires(const Owner& net, const Range& inputs) { net.arena(), std::span(inputs); }
auto predict(const Owner& net, const Range& inputs, double scale = 1) {
    return predict(net, std::span<const typename decltype(std::span(inputs))::value_type>(inputs), scale);
}
template <class Net, class Scalar, class Rows, class Input>
auto predict(const model<Net, Scalar, Rows>& net, std::span<const Input> inputs, double scale = 1) {
    return detail::predict_all<inference<Net, Scalar, Rows>>(net.arena(), inputs, scale);
}

/// The outputs of all samples of several inputs, each a column: `predict(net, columns{column(a, 784), column(b, 3)})`.
/// A vector of a network's one output, else an array of one vector each: `auto [digits, angle] = predict(net, data);`.
template <class Net, class Scalar, class Rows, class... Column>
auto predict(const inference<Net, Scalar, Rows>& net, const columns<Column...>& inputs) {
    return detail::predict_columns<inference<Net, Scalar, Rows>>(net.arena(), inputs);
}
template <class Net, class Scalar, class Rows, class... Column>
auto predict(const model<Net, Scalar, Rows>& net, const columns<Column...>& inputs) {
    return detail::predict_columns<inference<Net, Scalar, Rows>>(net.arena(), inputs);
}
/// The same of the inputs of a dataset.
template <class Owner, class... Input, class... Target>
auto predict(const Owner& net, const dataset<columns<Input...>, columns<Target...>>& data) {
    return predict(net, data.inputs);
}

namespace detail {
template <class Net, class Scalar, class Rows>
Net network_of_owner(const inference<Net, Scalar, Rows>&);
template <class Net, class Scalar, class Rows>
Net network_of_owner(const model<Net, Scalar, Rows>&);
}  // namespace detail

/// The class of each sample of a set: the first of its greatest scores, no_class where one is NaN. `net` is a model or
/// an inference object; of several outputs number Output is asked. Raises shape_mismatch where the samples are not the
/// network's.
template <int Output = 0, class Owner, class Data>
std::vector<std::size_t> predict_classes(const Owner& net, const Data& data) {
    using network_t = decltype(detail::network_of_owner(net));
    static_assert(detail::scores_classes<network_t, Output>,
                  "predict_classes: the network's output is no row of scores, one for each of two or more classes; end "
                  "it with nn::linear<classes>, or use predict (docs/errors.md#no_scores)");
    const auto outputs = [&] {
        if constexpr (detail::has_columns<Data>) {
            return predict(net, data.inputs);
        } else {
            detail::check_samples<network_t>(data, "predict_classes");
            return predict(net, data.inputs, data.scale);
        }
    }();
    const auto& scores = [&]() -> const auto& {
        if constexpr (output_count<network_t> > 1)
            return outputs[static_cast<std::size_t>(Output)];
        else
            return outputs;
    }();
    const std::size_t samples = data.size(), classes = samples == 0 ? 0 : scores.size() / samples;
    std::vector<std::size_t> predicted(samples);
    for (std::size_t i = 0; i < samples; ++i) predicted[i] = predicted_class(scores.data() + i * classes, classes);
    return predicted;
}

}  // namespace sinter
