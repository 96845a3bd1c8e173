// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What training reports of each epoch: the list that fit returns. As a file for plotting: train/history_csv.hpp.

#include <sinter/config.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace sinter {

/// Means over the samples of one epoch. Epochs count from 1 and from the trainer's start: a second fit of it goes on.
struct epoch_record {
    int epoch = 0;
    double loss = 0;
    std::optional<double> accuracy{};  // none where targets are no classes
    std::optional<double> validation_loss{};
    std::optional<double> validation_accuracy{};
    std::optional<double> test_accuracy{};  // for show only: nothing may be chosen by it
    double seconds = 0;
    double samples_per_second = 0;
};

/// What an epoch did to one of several outputs; nothing for one that is not trained. Losses are those before weights.
struct output_record {
    std::optional<double> loss{};
    std::optional<double> accuracy{};
    std::optional<double> validation_loss{};
    std::optional<double> validation_accuracy{};
    std::optional<double> test_accuracy{};
};
/// The record of a network with a loss for each of its outputs: `loss` is their weighted sum.
template <int Outputs>
struct list_epoch_record : epoch_record {
    std::array<output_record, static_cast<std::size_t>(Outputs)> outputs{};
};

template <class Record>
struct basic_history {
    std::vector<Record> epochs;
    /// Of training, without validation and tests.
    double seconds() const {
        double all = 0;
        for (const Record& record : epochs) all += record.seconds;
        return all;
    }
};
using history = basic_history<epoch_record>;
template <int Outputs>
using list_history = basic_history<list_epoch_record<Outputs>>;

}  // namespace sinter
