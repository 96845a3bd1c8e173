// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The one-call door of training, and evaluation.
///
/// `auto history = fit(net, train, cross_entropy{}, adam{.learning_rate = 1e-3}, {.epochs = 10, .minibatch = 32});`
/// Each epoch visits all samples once, in an order that depends on the seed and the epoch alone; the last, short
/// minibatch is kept and exact. A minibatch above the model's rows is accumulated in chunks. Samples are converted and
/// scaled where they are gathered. The same seed gives the same bits, and so does a hand-written loop over `trainer`.
/// `fit` of a trainer goes on where it is, with its team of threads if it has one.

#include <sinter/data/minibatch.hpp>
#include <sinter/meta/clock.hpp>
#include <sinter/meta/late.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/train/metric.hpp>
#include <sinter/train/progress.hpp>
#include <sinter/train/trainer.hpp>

namespace sinter {

struct fit_options {
    int epochs = 10;
    int minibatch = 32;      ///< 1: one sample a step; the set's size: full batch
    std::uint64_t seed = 0;  ///< of the order of samples
    bool shuffle = true;
    std::size_t validation = 0;     ///< this many samples, the last ones, are held out and evaluated after each epoch
    std::FILE* progress = nullptr;  ///< where an epoch's line goes; none by default
};

struct evaluation {
    double loss = 0;
    std::optional<double> accuracy{};
};

namespace detail {

template <class Net, class Input, class Target>
auto target_of(const dataset<Input, Target>&) {
    if constexpr (dataset<Input, Target>::has_labels)
        return labels{};
    else
        return dense<shape_of_value<network_output<Net>>>{};
}

template <class Net, class Input, class Target>
void check_data(const dataset<Input, Target>& data, const char* who) {
    if (const result<void> ok = data.check(); !ok) raise(ok.error());
    constexpr auto expected = static_cast<std::size_t>(input_shape_t<Net>::size);
    if (data.sample_size != expected)
        raise({error_code::shape_mismatch, words(who, ": expected samples of ", expected,
                                                 " values, the network's input; found ", data.sample_size)});
    if (!dataset<Input, Target>::has_labels && data.target_size != static_cast<std::size_t>(network_output<Net>.size()))
        raise({error_code::shape_mismatch, words(who, ": expected targets of ", network_output<Net>.size(),
                                                 " values, the network's output; found ", data.target_size)});
    if constexpr (dataset<Input, Target>::has_labels)
        for (const Target label : data.targets)
            if (label < 0 || static_cast<long long>(label) >= network_output<Net>.last())
                raise({error_code::bad_argument, words(who, ": expected labels 0 to ", network_output<Net>.last() - 1,
                                                       ", found ", static_cast<long long>(label))});
}

/// Means of loss and accuracy over samples.
struct running_mean {
    double loss = 0;
    std::size_t correct = 0, samples = 0;
    bool classes = false;
    void add(double mean_loss, const auto& buffers, int count) {
        loss += mean_loss * count;
        samples += static_cast<std::size_t>(count);
        if constexpr (std::is_same_v<decltype(buffers.targets), std::int32_t*>) {
            classes = true;
            correct += count_correct(buffers.outputs, buffers.output_stride, buffers.output_size, buffers.targets,
                                     static_cast<std::size_t>(count));
        }
    }
    double mean_loss() const { return samples == 0 ? 0 : loss / static_cast<double>(samples); }
    std::optional<double> accuracy() const {
        if (!classes || samples == 0) return {};
        return static_cast<double>(correct) / static_cast<double>(samples);
    }
};

template <class Trainer, class Input, class Target>
evaluation evaluate(Trainer& trainer, const dataset<Input, Target>& data) {
    running_mean mean;
    const auto buffers = trainer.forward_buffers();
    for (std::size_t first = 0; first < data.size(); first += Trainer::capacity) {
        const std::size_t left = data.size() - first, count = left < Trainer::capacity ? left : Trainer::capacity;
        gather(data, first, count, buffers.inputs, buffers.input_stride, buffers.targets, buffers.target_stride,
               trainer.threads());
        mean.add(trainer.forward_on_buffers(static_cast<int>(count), static_cast<int>(count)), buffers,
                 static_cast<int>(count));
    }
    return {mean.mean_loss(), mean.accuracy()};
}

/// One minibatch of more samples than the capacity.
template <class Trainer, class Input, class Target>
void accumulate_minibatch(Trainer& trainer, const dataset<Input, Target>& data, std::span<const std::uint32_t> samples,
                          running_mean& mean) {
    trainer.zero_gradients();
    const auto buffers = trainer.accumulate_buffers();
    const int total = static_cast<int>(samples.size());
    for (std::size_t first = 0; first < samples.size(); first += Trainer::capacity) {
        const auto chunk = samples.subspan(first, (std::min<std::size_t>)(Trainer::capacity, samples.size() - first));
        gather(data, chunk, buffers.inputs, buffers.input_stride, buffers.targets, buffers.target_stride,
               trainer.threads());
        const int count = static_cast<int>(chunk.size());
        const double part = trainer.accumulate_on_buffers(count, total);
        mean.add(part * total / count, buffers, count);
    }
    trainer.update();
}

struct no_data {};

}  // namespace detail

/// Mean loss, and accuracy where targets are labels.
template <class Net, class Scalar, class Rows, class Input, class Target, class Loss>
evaluation evaluate(const model<Net, Scalar, Rows>& net, const dataset<Input, Target>& data, Loss loss) {
    detail::check_data<Net>(data, "evaluate");
    model<Net, Scalar, Rows> copy = net;
    trainer t{copy, loss, sgd{}, detail::target_of<Net>(data)};
    return detail::evaluate(t, data);
}

/// Trains the model of a trainer, going on from its rule's state; `test` is evaluated after each epoch for show only.
template <class Net, class Loss, class Rule, class Targets, class Scalar, class Rows, class Threads, class Input,
          class Target, class Test = detail::no_data>
history fit(trainer<Net, Loss, Rule, Targets, Scalar, Rows, Threads>& t, dataset<Input, Target> data,
            const fit_options& options = {}, const Test& test = {}) {
    detail::check_data<Net>(data, "fit");
    if constexpr (!std::is_same_v<Test, detail::no_data>) detail::check_data<Net>(test, "fit, test data");
    if (data.size() == 0) raise({error_code::bad_argument, "fit: expected samples, found none"});
    if (options.epochs < 0)
        raise({error_code::bad_argument, words("fit: expected 0 epochs or more, found ", options.epochs)});
    if (options.minibatch < 1)
        raise({error_code::bad_argument, words("fit: expected a minibatch of at least 1, found ", options.minibatch)});
    if (options.validation >= data.size())
        raise({error_code::bad_argument,
               words("fit: expected fewer than ", data.size(), " samples of validation, found ", options.validation)});
    const dataset<Input, Target> held_out = data.subset(data.size() - options.validation, options.validation);
    data = data.subset(0, data.size() - options.validation);

    using index = meta::late_t<std::uint32_t, Net>;  // late: a file that does not call this does not pay for it
    basic_epoch_order<index> order(data.size(), options.seed);
    std::vector<index> in_sequence(options.shuffle ? 0 : data.size());
    for (std::size_t i = 0; i < in_sequence.size(); ++i) in_sequence[i] = static_cast<index>(i);
    std::optional<meta::late_t<progress, Net>> shown;
    if (options.progress != nullptr) shown.emplace(options.epochs, options.progress);

    meta::late_t<history, Net> past;
    const auto minibatch = static_cast<std::size_t>(options.minibatch);
    for (int epoch = 1; epoch <= options.epochs; ++epoch) {
        const double start = meta::steady_seconds();
        const std::span<const index> samples =
            options.shuffle ? order(static_cast<std::uint64_t>(epoch)) : std::span<const index>(in_sequence);
        detail::running_mean mean;
        for (std::size_t first = 0; first < samples.size(); first += minibatch) {
            const auto some = samples.subspan(first, (std::min)(minibatch, samples.size() - first));
            if (minibatch > Rows::capacity) {
                detail::accumulate_minibatch(t, data, some, mean);
            } else {
                const auto buffers = t.step_buffers();
                gather(data, some, buffers.inputs, buffers.input_stride, buffers.targets, buffers.target_stride,
                       t.threads());
                mean.add(t.step_on_buffers(static_cast<int>(some.size())), buffers, static_cast<int>(some.size()));
            }
            if (shown) shown->update({epoch, mean.samples, samples.size(), mean.mean_loss(), mean.accuracy()});
        }
        const double seconds = meta::steady_seconds() - start;
        epoch_record record{.epoch = epoch,
                            .loss = mean.mean_loss(),
                            .accuracy = mean.accuracy(),
                            .seconds = seconds,
                            .samples_per_second = static_cast<double>(samples.size()) / seconds};
        if (options.validation > 0) {
            const evaluation v = detail::evaluate(t, held_out);
            record.validation_loss = v.loss;
            record.validation_accuracy = v.accuracy;
        }
        if constexpr (!std::is_same_v<Test, detail::no_data>) record.test_accuracy = detail::evaluate(t, test).accuracy;
        if (shown) shown->finish(record);
        past.epochs.push_back(record);
    }
    return past;
}

/// Trains `net` from a fresh state of the rule, on the caller's thread.
template <class Net, class Scalar, class Rows, class Input, class Target, class Loss, class Rule,
          class Test = detail::no_data>
history fit(model<Net, Scalar, Rows>& net, const dataset<Input, Target>& data, Loss loss, Rule rule,
            const fit_options& options = {}, const Test& test = {}) {
    trainer t{net, loss, rule, detail::target_of<Net>(data)};
    return fit(t, data, options, test);
}

}  // namespace sinter
