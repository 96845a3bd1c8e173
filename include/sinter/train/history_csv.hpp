// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A history as a CSV file, with a line an epoch; what was not measured is an empty cell.
///
/// Law: numbers are written shortest and are read back exactly, in any locale. In no umbrella: `<charconv>` is 1 % of
/// what `sinter.hpp` costs a file.

#include <sinter/meta/finite.hpp>
#include <sinter/meta/replace_file.hpp>
#include <sinter/meta/result.hpp>
#include <sinter/train/history.hpp>

#include <charconv>
#include <string>

namespace sinter {

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
        if (number && meta::is_nan(*number)) {
            text += "nan";  // without a sign, which readers of CSV do not know
        } else if (number) {
            char digits[32];
            text.append(digits, std::to_chars(digits, digits + sizeof digits, *number).ptr);
        }
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
