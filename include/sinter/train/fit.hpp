// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The one-call door of training, and evaluation.
///
/// `auto history = fit(net, train, cross_entropy{}, adam{.learning_rate = 1e-3}, {.epochs = 10, .minibatch = 32});`
/// Each epoch visits all samples once, in an order that depends on the seed and the epoch alone; the last, short
/// minibatch is kept and exact. A minibatch above the model's rows is accumulated in chunks. Samples are converted and
/// scaled where they are gathered. The same seed gives the same bits, and so does a hand-written loop over `trainer`.
/// `fit` of a trainer goes on where it is, with its team of threads if it has one: four calls of one epoch give the
/// bits of one call of four. Other data or another seed get the order that epoch has there. A loss or weights that are
/// not finite stop it (train/not_finite.hpp).

#include <sinter/data/minibatch.hpp>
#include <sinter/meta/clock.hpp>
#include <sinter/meta/late.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/train/evaluation.hpp>
#include <sinter/train/metric.hpp>
#include <sinter/train/not_finite.hpp>
#include <sinter/train/progress.hpp>
#include <sinter/train/targets.hpp>
#include <sinter/train/trainer.hpp>

#include <limits>

namespace sinter {

struct fit_options {
    int epochs = 10;
    int minibatch = 32;      ///< 1: one sample a step; the set's size: full batch
    std::uint64_t seed = 0;  ///< of the order of samples
    bool shuffle = true;
    std::size_t validation = 0;     ///< this many samples, the last ones, are held out and evaluated after each epoch
    std::FILE* progress = nullptr;  ///< where an epoch's line goes; none by default
    /// Before fit raises not_finite, puts back the weights at the end of the last epoch that left them finite, with a
    /// finite loss in the step after it (those that fit began with if there is none), and resets the trainer. Costs a
    /// copy of the weights an epoch.
    bool keep_last_finite = false;
};

namespace detail {

/// Whether the columns of data are as many as a trainer has lists.
template <class Lists, class Data>
inline constexpr bool has_its_columns = false;
template <class Lists, class... Input, class... Target>
inline constexpr bool has_its_columns<Lists, dataset<columns<Input...>, columns<Target...>>> =
    Lists::by_number && sizeof...(Input) == Lists::inputs && sizeof...(Target) == Lists::targets;

/// Gathers samples, by their numbers or by the first and how many, into a trainer's buffers. Data of another kind than
/// the trainer's was refused by check_data, and is to give no second error.
template <class Trainer, class Data, class... Samples>
void gather_into(Trainer& trainer, const auto& buffers, const Data& data, Samples... samples) {
    if constexpr (Trainer::lists::by_number || has_columns<Data>) {
        if constexpr (has_its_columns<typename Trainer::lists, Data>)
            gather(data, samples..., buffers, trainer.threads());
    } else if constexpr (std::is_same_v<decltype(buffers.targets), std::int32_t*> == Data::has_labels)
        gather(data, samples..., buffers.inputs, buffers.input_stride, buffers.targets, buffers.target_stride,
               trainer.threads());
}

template <class Mean, class Trainer, class Data>
auto evaluate(Trainer& trainer, const Data& data) {
    Mean mean;
    const auto buffers = trainer.forward_buffers();
    for (std::size_t first = 0; first < data.size(); first += Trainer::capacity) {
        const std::size_t left = data.size() - first, count = left < Trainer::capacity ? left : Trainer::capacity;
        gather_into(trainer, buffers, data, first, count);
        mean.add(trainer.forward_on_buffers(static_cast<int>(count), static_cast<int>(count)), buffers,
                 static_cast<int>(count));
    }
    return mean.result();
}

bool loss_is_finite(const auto& buffers) {
    if constexpr (requires { buffers.loss(); })
        return meta::is_finite(buffers.loss());
    else
        return meta::is_finite(*buffers.loss);
}
/// Trains on some samples, in one step. *Returns* false if the loss is not finite; where the samples are more than the
/// capacity, the step is then not taken.
template <class Trainer, class Data, class Samples>
bool train_minibatch(Trainer& trainer, const Data& data, const Samples& samples, auto& mean) {
    const auto buffers = trainer.step_buffers();
    gather_into(trainer, buffers, data, samples);
    const int count = static_cast<int>(samples.size());
    mean.add(trainer.step_on_buffers(count), buffers, count);
    return loss_is_finite(buffers);
}
template <class Trainer, class Data, class Samples>
bool accumulate_minibatch(Trainer& trainer, const Data& data, const Samples& samples, auto& mean) {
    trainer.zero_gradients();
    const auto buffers = trainer.accumulate_buffers();
    const int total = static_cast<int>(samples.size());
    for (std::size_t first = 0; first < samples.size(); first += Trainer::capacity) {
        const auto chunk = samples.subspan(first, (std::min<std::size_t>)(Trainer::capacity, samples.size() - first));
        gather_into(trainer, buffers, data, chunk);
        const int count = static_cast<int>(chunk.size());
        const double part = trainer.accumulate_on_buffers(count, total);
        mean.add_part(part, total, buffers, count);
        if (!loss_is_finite(buffers)) return false;
    }
    trainer.update();
    return true;
}

enum class when : unsigned char { training, validation, test };
/// Writes what was found of each output to an epoch's record.
void note_outputs(auto& record, const auto& found, when measured) {
    for (std::size_t k = 0; k < record.outputs.size(); ++k) {
        output_record& to = record.outputs[k];
        const evaluation_of_output& from = found.outputs[k];
        switch (measured) {
            case when::training: to.loss = from.loss, to.accuracy = from.accuracy; break;
            case when::validation: to.validation_loss = from.loss, to.validation_accuracy = from.accuracy; break;
            case when::test: to.test_accuracy = from.accuracy; break;
        }
    }
}

struct no_data {};

/// The number of the last of `more` epochs after `done`, as far as an int goes.
constexpr int last_epoch(long long done, int more) {
    constexpr long long most = (std::numeric_limits<int>::max)();
    return static_cast<int>((std::min)(done + more, most));
}

}  // namespace detail

/// Mean loss, and accuracy where targets are labels and the output is a row of scores, one a class: a sample with a
/// score that is NaN counts as not recognised. Raises bad_argument for an empty set.
template <class Net, class Scalar, class Rows, class Input, class Target, class Loss>
auto evaluate(const model<Net, Scalar, Rows>& net, const dataset<Input, Target>& data, Loss loss) {
    const auto targets = detail::target_of<Net, Loss>(data);
    using target = std::remove_cv_t<decltype(targets)>;
    detail::check_data<Net, training_lists<Net, Loss, target>>(data, "evaluate");
    model<Net, Scalar, Rows> copy = net;
    trainer t{copy, loss, sgd{}, targets};
    return detail::evaluate<detail::mean_of<Net, Loss, target>>(t, data);
}

/// Trains the model of a trainer, going on from its rule's state and its count of epochs; `test` is evaluated after
/// each epoch for show only.
///
/// Raises not_finite where a minibatch's loss, or a weight before the first or after the last step, is infinite or NaN.
template <class Net, class Loss, class Rule, class Targets, class Scalar, class Rows, class Threads, class Input,
          class Target, class Test = detail::no_data>
auto fit(trainer<Net, Loss, Rule, Targets, Scalar, Rows, Threads>& t, dataset<Input, Target> data,
         const fit_options& options = {}, const Test& test = {}) {
    constexpr bool tests = !std::is_same_v<Test, detail::no_data>;
    using lists = training_lists<Net, Loss, Targets>;
    using mean_type = detail::mean_of<Net, Loss, Targets>;
    detail::check_data<Net, lists>(data, "fit");
    if constexpr (tests) detail::check_data<Net, lists>(test, "fit, test data");
    detail::check_rule(t.rule());
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
    if (options.progress != nullptr) shown.emplace(detail::last_epoch(t.epochs(), options.epochs), options.progress);

    if (!detail::weights_are_finite<Net>(t))
        raise(detail::not_finite<Net>(t.weights(), data, std::span<const index>{},
                                      "fit: expected finite weights to start from, found others"));
    detail::last_finite_weights<Net, Scalar, std::remove_reference_t<decltype(t)>> kept(t, options.keep_last_finite);
    const auto refuse = [&](const auto& samples, const std::string& what) {
        const error cause = detail::not_finite<Net>(t.weights(), data, samples, what);
        kept.put_back();
        raise(cause);
    };

    basic_history<detail::record_of<Net, Loss, Targets>> past;
    const auto minibatch = static_cast<std::size_t>(options.minibatch);
    for (int left = options.epochs; left > 0; --left) {
        const int epoch = static_cast<int>(t.epochs()) + 1;
        const double start = meta::steady_seconds();
        const std::span<const index> samples =
            options.shuffle ? order(static_cast<std::uint64_t>(epoch)) : std::span<const index>(in_sequence);
        mean_type mean;
        for (std::size_t first = 0; first < samples.size(); first += minibatch) {
            const auto some = samples.subspan(first, (std::min)(minibatch, samples.size() - first));
            const long long step = t.steps() + 1;
            const bool finite = minibatch > Rows::capacity ? detail::accumulate_minibatch(t, data, some, mean)
                                                           : detail::train_minibatch(t, data, some, mean);
            if (!finite)
                refuse(some,
                       words("fit: expected a finite loss, found another in step ", step, " (epoch ", epoch, ")"));
            kept.confirm();
            if (shown) shown->update({epoch, mean.samples, samples.size(), mean.mean_loss(), mean.accuracy()});
        }
        t.end_epoch();
        const double seconds = meta::steady_seconds() - start;
        if (left == 1 && !detail::weights_are_finite<Net>(t))
            refuse(std::span<const index>{}, words("fit: expected finite weights, found others behind the last step, ",
                                                   t.steps(), " (epoch ", epoch, ")"));
        if (left > 1) kept.keep();
        detail::record_of<Net, Loss, Targets> record{};
        record.epoch = epoch;
        record.loss = mean.mean_loss();
        record.accuracy = mean.accuracy();
        record.seconds = seconds;
        record.samples_per_second = seconds > 0 ? static_cast<double>(samples.size()) / seconds : 0;
        if (options.validation > 0) {
            const auto v = detail::evaluate<mean_type>(t, held_out);
            record.validation_loss = v.loss;
            record.validation_accuracy = v.accuracy;
            if constexpr (lists::losses > 0) detail::note_outputs(record, v, detail::when::validation);
        }
        if constexpr (tests) {
            const auto v = detail::evaluate<mean_type>(t, test);
            record.test_accuracy = v.accuracy;
            if constexpr (lists::losses > 0) detail::note_outputs(record, v, detail::when::test);
        }
        if constexpr (lists::losses > 0) detail::note_outputs(record, mean.result(), detail::when::training);
        if (shown) shown->finish(record);
        past.epochs.push_back(record);
    }
    return past;
}

/// Of a trainer that was refused: nothing follows from it.
template <class Net, class Loss, class Rule, class Targets, class Scalar, class Rows, class Threads, class Input,
          class Target, class Test = detail::no_data>
    requires(!(loss_type<Loss> && update_rule<Rule> && target_types<Targets>))
history fit(trainer<Net, Loss, Rule, Targets, Scalar, Rows, Threads>&, dataset<Input, Target>, const fit_options& = {},
            const Test& = {}) {
    return {};
}

/// Trains `net` from a fresh state of the rule, on the caller's thread.
template <class Net, class Scalar, class Rows, class Input, class Target, class Loss, class Rule,
          class Test = detail::no_data>
auto fit(model<Net, Scalar, Rows>& net, const dataset<Input, Target>& data, Loss loss, Rule rule,
         const fit_options& options = {}, const Test& test = {}) {
    trainer t{net, loss, rule, detail::target_of<Net, Loss>(data)};
    return fit(t, data, options, test);
}

}  // namespace sinter
