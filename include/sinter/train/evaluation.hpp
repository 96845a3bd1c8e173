// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Means over samples of what training programs find: the loss, the part of right classes; of several outputs each.
///
/// In: the buffers of a program after each run. Out: an `evaluation`, or with a list of losses a `list_evaluation`.

#include <sinter/train/history.hpp>
#include <sinter/train/list_buffers.hpp>
#include <sinter/train/metric.hpp>
#include <sinter/train/targets.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace sinter {

struct evaluation_of_output {
    std::optional<double> loss{};
    std::optional<double> accuracy{};
};
struct evaluation {
    double loss = 0;
    std::optional<double> accuracy{};
};
/// Of a network with a loss for each output: `loss` is their weighted sum, the outputs' own are before their weights.
/// Nothing for an output that is not trained.
template <int Outputs>
struct list_evaluation : evaluation {
    std::array<evaluation_of_output, static_cast<std::size_t>(Outputs)> outputs{};
};

namespace detail {

/// Means of loss and accuracy over samples; accuracy where the output is a row of scores.
template <class Net, class Target>
struct running_mean {
    static constexpr bool classes = Target::integers && scores_classes<Net>;
    double loss = 0;
    std::size_t correct = 0, samples = 0;
    void add(double mean_loss, const auto& buffers, int count) {
        loss += mean_loss * count;
        samples += static_cast<std::size_t>(count);
        if constexpr (classes)
            correct += count_correct(buffers.outputs, buffers.output_stride, buffers.output_size, buffers.targets,
                                     static_cast<std::size_t>(count));
    }
    void add_part(double part, int mean_over, const auto& buffers, int count) {
        add(part * mean_over / count, buffers, count);
    }
    double mean_loss() const { return samples == 0 ? 0 : loss / static_cast<double>(samples); }
    std::optional<double> accuracy() const {
        if (!classes || samples == 0) return {};
        return static_cast<double>(correct) / static_cast<double>(samples);
    }
    evaluation result() const { return {mean_loss(), accuracy()}; }
    static constexpr int outputs = 0;
};

/// The same of several outputs, each by its number.
template <class Net, class Lists>
struct list_mean {
    static constexpr int outputs = Lists::losses;
    static constexpr int measured = outputs > 0 ? outputs : 1;
    /// Whether output K scores the classes of a target.
    template <int K>
    static constexpr bool classes() {
        if constexpr (Lists::output_place(K) < 0 || Lists::target_of(K) < 0)
            return false;
        else
            return Lists::integers(Lists::target_of(K)) && output_shape<Net, K>.rank == 1 &&
                   output_shape<Net, K>.size() > 1;
    }
    double loss = 0;
    std::size_t samples = 0;
    double losses[static_cast<std::size_t>(measured)] = {};
    std::size_t correct[static_cast<std::size_t>(measured)] = {};

    template <class Use>
    static void for_each_output(Use use) {
        [&]<std::size_t... K>(std::index_sequence<K...>) {
            (use(std::integral_constant<int, static_cast<int>(K)>{}, K), ...);
        }(std::make_index_sequence<static_cast<std::size_t>(measured)>{});
    }
    void add(double mean_loss, const auto& buffers, int count) { add_part(mean_loss, count, buffers, count); }
    /// What `count` samples add to a mean over `mean_over`.
    void add_part(double part, int mean_over, const auto& buffers, int count) {
        loss += part * mean_over;
        samples += static_cast<std::size_t>(count);
        for_each_output([&](auto output, std::size_t k) {
            if constexpr (Lists::loss_place(output) >= 0)
                losses[k] += static_cast<double>(buffers.template loss_of<output>()) * mean_over;
            if constexpr (classes<output>()) {
                constexpr int target = Lists::target_of(output);
                static_assert(std::remove_cvref_t<decltype(buffers)>::template target_stride<target>() == 1);
                correct[k] += count_correct(buffers.template output<output>(), buffers.template output_stride<output>(),
                                            static_cast<std::size_t>(output_shape<Net, output>.size()),
                                            buffers.template target<target>(), static_cast<std::size_t>(count));
            }
        });
    }
    double mean_loss() const { return samples == 0 ? 0 : loss / static_cast<double>(samples); }
    /// Of the one output that has a target, where losses are no list.
    std::optional<double> accuracy() const {
        if constexpr (outputs == 0 && classes<0>())
            return accuracy_of(0);
        else
            return {};
    }
    auto result() const {
        if constexpr (outputs == 0) {
            return evaluation{mean_loss(), accuracy()};
        } else {
            list_evaluation<outputs> all;
            all.loss = mean_loss();
            for_each_output([&](auto output, std::size_t k) {
                if (samples == 0) return;
                if constexpr (Lists::loss_place(output) >= 0)
                    all.outputs[k].loss = losses[k] / static_cast<double>(samples);
                if constexpr (classes<output>()) all.outputs[k].accuracy = accuracy_of(k);
            });
            return all;
        }
    }

private:
    std::optional<double> accuracy_of(std::size_t output) const {
        if (samples == 0) return {};
        return static_cast<double>(correct[output]) / static_cast<double>(samples);
    }
};
template <class Net, class Loss, class Target>
using mean_of = std::conditional_t<training_lists<Net, Loss, Target>::by_number,
                                   list_mean<Net, training_lists<Net, Loss, Target>>, running_mean<Net, Target>>;
/// What fit returns: a history with a record an epoch, where losses are a list with one of each output, too.
template <class Net, class Loss, class Target>
using record_of = std::conditional_t<(training_lists<Net, Loss, Target>::losses > 0),
                                     list_epoch_record<training_lists<Net, Loss, Target>::losses>, epoch_record>;

}  // namespace detail
}  // namespace sinter
