// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How good class predictions are: accuracy, and a confusion matrix with recall by class.
///
/// In: rows of scores (any monotone function of probability; logits do) and labels. Out: counts and ratios in [0, 1].
/// Law: the predicted class is the first of the greatest scores; a row with a score that is NaN predicts none, and so
/// counts as a sample that was not recognised. Accuracy equals the matrix's trace over its total. Cost: one pass.

#include <sinter/data/dataset.hpp>
#include <sinter/meta/finite.hpp>
#include <sinter/meta/late.hpp>
#include <sinter/meta/result.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace sinter {

/// The prediction of a row that has none.
inline constexpr std::size_t no_class = static_cast<std::size_t>(-1);

/// The first index of the greatest score; no_class where a score is NaN. *Requires* class_count ≥ 1.
template <class Real> constexpr std::size_t predicted_class(const Real* scores, std::size_t class_count) noexcept {
    assert(class_count > 0);
    std::size_t best = 0;
    bool ordered = !meta::is_nan(scores[0]);
    for (std::size_t i = 1; i < class_count; ++i) {
        ordered &= !meta::is_nan(scores[i]);
        if (scores[i] > scores[best]) best = i;
    }
    return ordered ? best : no_class;
}

/// How many of `rows` rows of scores, `stride` apart, predict their label. No row predicts a label that is no class.
template <class Real, class Label>
std::size_t count_correct(const Real* scores, std::size_t stride, std::size_t class_count, const Label* labels,
                          std::size_t rows) noexcept {
    std::size_t correct = 0;
    for (std::size_t row = 0; row < rows; ++row)
        correct += detail::is_class(labels[row], class_count) &&
                   predicted_class(scores + row * stride, class_count) == static_cast<std::size_t>(labels[row]);
    return correct;
}

/// The part of rows that predict their label; scores are dense, (labels.size(), class_count). Raises shape_mismatch
/// where they are not, and bad_argument where there is no row or a label is no class.
template <class Scores, class Labels>
double accuracy(const Scores& scores, const Labels& labels, std::size_t class_count) {
    const std::span row_scores(scores);
    const std::span row_labels(labels);
    if (class_count == 0 || row_labels.empty())
        raise({error_code::bad_argument, words("accuracy: expected samples and classes, found ", row_labels.size(),
                                               " labels and a class_count of ", class_count)});
    if (row_scores.size() / class_count != row_labels.size() || row_scores.size() % class_count != 0)
        raise({error_code::shape_mismatch, words("expected ", class_count, " scores for each of ", row_labels.size(),
                                                 " labels, found ", row_scores.size())});
    detail::check_labels(std::span<const typename decltype(row_labels)::value_type>(row_labels), class_count,
                         "accuracy");
    const std::size_t correct =
        count_correct(row_scores.data(), class_count, class_count, row_labels.data(), row_labels.size());
    return static_cast<double>(correct) / static_cast<double>(row_labels.size());
}

/// How often each label was predicted as each class, and as none (`no_class`).
template <class Count>
class basic_confusion_matrix {
public:
    /// Raises bad_argument above a million classes.
    explicit basic_confusion_matrix(std::size_t class_count) : class_count_(class_count) {
        if (class_count > 1'000'000)
            raise({error_code::bad_argument, words("expected at most 1000000 classes, found ", class_count)});
        counts_.resize(class_count * (class_count + 1));
    }

    /// Counts one sample. Raises bad_argument where the label is no class, or the prediction neither one nor no_class.
    void add(std::size_t label, std::size_t prediction) {
        if (label >= class_count_ || (prediction >= class_count_ && prediction != no_class))
            raise({error_code::bad_argument, words("expected classes below ", class_count_, ", found the label ", label,
                                                   " and the prediction ", prediction)});
        ++counts_[place(label, prediction)];
    }

    std::size_t class_count() const noexcept { return class_count_; }

    /// *Requires* label and prediction below class_count(), or the prediction no_class.
    std::size_t count(std::size_t label, std::size_t prediction) const noexcept {
        assert(label < class_count_ && (prediction < class_count_ || prediction == no_class));
        return counts_[place(label, prediction)];
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
        std::size_t sum = count(label, no_class);
        for (std::size_t prediction = 0; prediction < class_count_; ++prediction) sum += count(label, prediction);
        return ratio(count(label, label), sum);
    }

    /// A table with a row a label, a column a prediction, and each label's recall. Missing names are numbers. A column
    /// `none` is there if a sample has no prediction.
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
        const auto cell = [&](std::size_t count, std::size_t width) {
            return right(count == 0 ? "." : words(count), width);
        };
        string text = words("label", spaces(names - 5));
        for (std::size_t prediction = 0; prediction < class_count_; ++prediction)
            text += right(words(prediction), cells);
        bool none = false;
        for (std::size_t label = 0; label < class_count_; ++label) none = none || count(label, no_class) > 0;
        if (none) text += right("none", (std::max<std::size_t>)(cells, 5));
        text += "  recall\n";
        for (std::size_t label = 0; label < class_count_; ++label) {
            text += name(label) + spaces(names - name(label).size());
            for (std::size_t prediction = 0; prediction < class_count_; ++prediction)
                text += cell(count(label, prediction), cells);
            if (none) text += cell(count(label, no_class), (std::max<std::size_t>)(cells, 5));
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

    std::size_t place(std::size_t label, std::size_t prediction) const noexcept {
        return label * (class_count_ + 1) + (prediction == no_class ? class_count_ : prediction);
    }

    std::size_t class_count_;
    std::vector<Count> counts_;  // (label, prediction), that of no_class behind the others
};
/// A template, so that files that count nothing do not pay for it.
using confusion_matrix = basic_confusion_matrix<std::size_t>;

/// The confusion matrix of a labelled set's predictions, a sample each. Raises shape_mismatch where their numbers
/// differ, and bad_argument where one is no class.
template <class Labels>
confusion_matrix confusion_of(const Labels& labels, std::span<const std::size_t> predictions, std::size_t class_count) {
    if (labels.size() != predictions.size())
        raise({error_code::shape_mismatch,
               words("expected a prediction for each of ", labels.size(), " labels, found ", predictions.size())});
    const std::span given(labels);
    detail::check_labels(std::span<const typename decltype(given)::value_type>(given), class_count, "confusion_of");
    confusion_matrix matrix(class_count);
    for (std::size_t i = 0; i < predictions.size(); ++i) matrix.add(static_cast<std::size_t>(given[i]), predictions[i]);
    return matrix;
}

}  // namespace sinter
