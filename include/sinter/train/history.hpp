// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What training reports of each epoch, and a CSV file of it.
///
/// In: records, one an epoch. Out: the list that fit returns, and a file for plotting; what was not measured is an
/// empty cell. Law: numbers are written shortest and are read back exactly, in any locale.

#include <sinter/meta/finite.hpp>
#include <sinter/meta/replace_file.hpp>
#include <sinter/meta/result.hpp>

#include <charconv>
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

struct history {
    std::vector<epoch_record> epochs;
    /// Of training, without validation and tests.
    double seconds() const {
        double all = 0;
        for (const epoch_record& record : epochs) all += record.seconds;
        return all;
    }
};

/// Replaces the file at path by a table with a line an epoch. *Returns* why not, where the old file is left as it was.
template <class String = std::string>
result<void> write_csv(const history& records, const std::string& path) {
    String text = "epoch,loss,accuracy,validation_loss,validation_accuracy,test_accuracy,seconds,samples_per_second\n";
    const auto cell = [&](std::optional<double> number, char after) {
        char digits[32];
        if (number && meta::is_nan(*number))
            text += "nan";  // without the sign, which means nothing and not every reader takes
        else if (number)
            text.append(digits, std::to_chars(digits, digits + sizeof digits, *number).ptr);
        text += after;
    };
    for (const epoch_record& record : records.epochs) {
        text += words(record.epoch, ',');
        cell(record.loss, ',');
        cell(record.accuracy, ',');
        cell(record.validation_loss, ',');
        cell(record.validation_accuracy, ',');
        cell(record.test_accuracy, ',');
        cell(record.seconds, ',');
        cell(record.samples_per_second, '\n');
    }
    return replace_file(path, [&](output_file& file) { return file.write(text); });
}

}  // namespace sinter
