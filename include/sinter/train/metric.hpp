// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How good class predictions are: accuracy, and a confusion matrix with recall by class.
///
/// In: rows of scores (any monotone function of probability; logits do) and labels. Out: counts and ratios in [0, 1].
/// Law: the predicted class is the first of the greatest scores; accuracy equals the matrix's trace over its total.
/// Cost: one pass.

#include <sinter/meta/late.hpp>
#include <sinter/meta/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace sinter {

/// The first index of the greatest score. *Requires* class_count ≥ 1. NaN is never greater.
template <class Real> constexpr std::size_t predicted_class(const Real* scores, std::size_t class_count) noexcept {
    std::size_t best = 0;
    for (std::size_t i = 1; i < class_count; ++i)
        if (scores[i] > scores[best]) best = i;
    return best;
}

/// How many of `rows` rows of scores, `stride` apart, predict their label.
template <class Real, class Label>
std::size_t count_correct(const Real* scores, std::size_t stride, std::size_t class_count, const Label* labels,
                          std::size_t rows) noexcept {
    std::size_t correct = 0;
    for (std::size_t row = 0; row < rows; ++row)
        correct += predicted_class(scores + row * stride, class_count) == static_cast<std::size_t>(labels[row]);
    return correct;
}

/// The part of rows that predict their label; scores are dense, (labels.size(), class_count). No rows: 0.
template <class Scores, class Labels>
double accuracy(const Scores& scores, const Labels& labels, std::size_t class_count) {
    const std::span row_scores(scores);
    const std::span row_labels(labels);
    if (row_scores.size() != row_labels.size() * class_count)
        raise({error_code::shape_mismatch, words("expected ", class_count, " scores for each of ", row_labels.size(),
                                                 " labels, found ", row_scores.size())});
    if (row_labels.empty()) return 0;
    const std::size_t correct =
        count_correct(row_scores.data(), class_count, class_count, row_labels.data(), row_labels.size());
    return static_cast<double>(correct) / static_cast<double>(row_labels.size());
}

/// How often each label was predicted as each class.
class confusion_matrix {
public:
    explicit confusion_matrix(std::size_t class_count)
        : class_count_(class_count), counts_(class_count * class_count) {}

    /// Counts one sample. Raises bad_argument where either is no class.
    void add(std::size_t label, std::size_t prediction) {
        if (label >= class_count_ || prediction >= class_count_)
            raise({error_code::bad_argument, words("expected classes below ", class_count_, ", found the label ", label,
                                                   " and the prediction ", prediction)});
        ++counts_[label * class_count_ + prediction];
    }

    std::size_t class_count() const noexcept { return class_count_; }

    /// *Requires* label and prediction below class_count().
    std::size_t count(std::size_t label, std::size_t prediction) const noexcept {
        return counts_[label * class_count_ + prediction];
    }

    std::size_t total() const noexcept {
        std::size_t sum = 0;
        for (const std::size_t count : counts_) sum += count;
        return sum;
    }

    std::size_t correct() const noexcept {
        std::size_t sum = 0;
        for (std::size_t label = 0; label < class_count_; ++label) sum += count(label, label);
        return sum;
    }

    /// correct() / total(); 0 where nothing was added.
    double accuracy() const noexcept { return ratio(correct(), total()); }

    /// The part of this label's samples that was recognised; 0 where there is none.
    double recall(std::size_t label) const noexcept {
        std::size_t sum = 0;
        for (std::size_t prediction = 0; prediction < class_count_; ++prediction) sum += count(label, prediction);
        return ratio(count(label, label), sum);
    }

    /// A table with a row a label, a column a prediction, and each label's recall. Missing names are numbers.
    /// `given_names` is what a span of std::string can be made of; a template, so that files that print nothing do not
    /// pay for it.
    template <class Names = std::span<const std::string>>
    void print(std::FILE* out, const Names& given_names = {}) const {
        using string = meta::late_t<std::string, Names>;
        const std::span<const string> class_names(given_names);
        const auto name = [&](std::size_t label) {
            return label < class_names.size() ? class_names[label] : words(label);
        };
        std::size_t names = 5;  // of "label"
        for (std::size_t label = 0; label < class_count_; ++label) names = (std::max)(names, name(label).size());
        const std::size_t largest = counts_.empty() ? 0 : *std::max_element(counts_.begin(), counts_.end());
        const std::size_t cells = 1 + (std::max)(words(largest).size(), words(class_count_).size());
        const auto spaces = [](std::size_t count) { return string(count, ' '); };
        const auto right = [&](const string& text, std::size_t width) {
            return spaces(width - (std::min)(width, text.size())) + text;
        };
        string text = words("label", spaces(names - 5));
        for (std::size_t prediction = 0; prediction < class_count_; ++prediction)
            text += right(words(prediction), cells);
        text += "  recall\n";
        for (std::size_t label = 0; label < class_count_; ++label) {
            text += name(label) + spaces(names - name(label).size());
            for (std::size_t prediction = 0; prediction < class_count_; ++prediction)
                text += right(count(label, prediction) == 0 ? "." : words(count(label, prediction)), cells);
            char recalled[16];
            std::snprintf(recalled, sizeof recalled, "  %6.4f\n", recall(label));
            text += recalled;
        }
        std::fputs(text.c_str(), out);
    }

private:
    static double ratio(std::size_t part, std::size_t whole) noexcept {
        return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
    }

    std::size_t class_count_;
    std::vector<std::size_t> counts_;  // (label, prediction)
};

/// The confusion matrix of a labelled set's predictions, a sample each.
template <class Labels>
confusion_matrix confusion_of(const Labels& labels, std::span<const std::size_t> predictions, std::size_t class_count) {
    if (labels.size() != predictions.size())
        raise({error_code::shape_mismatch,
               words("expected a prediction for each of ", labels.size(), " labels, found ", predictions.size())});
    confusion_matrix matrix(class_count);
    for (std::size_t i = 0; i < predictions.size(); ++i)
        matrix.add(static_cast<std::size_t>(labels[i]), predictions[i]);
    return matrix;
}

}  // namespace sinter
