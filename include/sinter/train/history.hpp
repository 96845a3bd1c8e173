// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What training reports of each epoch, and a CSV file of it.
///
/// In: records, one an epoch. Out: the list that fit returns, and a file for plotting; what was not measured is an
/// empty cell. Law: numbers are written shortest and are read back exactly, in any locale.

#include <sinter/meta/replace_file.hpp>
#include <sinter/meta/result.hpp>
#include <sinter/meta/shortest.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
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

namespace detail {
template <class String, class Record>
result<void> write_csv(const basic_history<Record>& records, const std::string& path) {
    String text = "epoch,loss,accuracy,validation_loss,validation_accuracy,test_accuracy,seconds,samples_per_second";
    if constexpr (requires(Record record) { record.outputs; })
        for (std::size_t k = 0; k < Record{}.outputs.size(); ++k)
            for (const char* name : {"loss", "accuracy", "validation_loss", "validation_accuracy", "test_accuracy"})
                text += words(',', name, '.', k);
    text += '\n';
    const auto cell = [&](std::optional<double> number, char after) {
        if (number) meta::append_shortest(text, *number);
        text += after;
    };
    for (const Record& record : records.epochs) {
        text += words(record.epoch, ',');
        cell(record.loss, ',');
        cell(record.accuracy, ',');
        cell(record.validation_loss, ',');
        cell(record.validation_accuracy, ',');
        cell(record.test_accuracy, ',');
        cell(record.seconds, ',');
        if constexpr (requires { record.outputs; }) {
            cell(record.samples_per_second, ',');
            for (const output_record& output : record.outputs) {
                cell(output.loss, ',');
                cell(output.accuracy, ',');
                cell(output.validation_loss, ',');
                cell(output.validation_accuracy, ',');
                cell(output.test_accuracy, &output == &record.outputs.back() ? '\n' : ',');
            }
        } else {
            cell(record.samples_per_second, '\n');
        }
    }
    return replace_file(path, [&](output_file& file) { return file.write(text); });
}

}  // namespace detail

/// Replaces the file at path by a table with a line an epoch; the columns of output k are loss.k, accuracy.k and so on,
/// behind the others. *Returns* why not, where the old file is left as it was.
template <class String = std::string>
result<void> write_csv(const history& records, const std::string& path) {
    return detail::write_csv<String>(records, path);
}
template <class String = std::string, int Outputs>
result<void> write_csv(const list_history<Outputs>& records, const std::string& path) {
    return detail::write_csv<String>(records, path);
}

}  // namespace sinter
