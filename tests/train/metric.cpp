// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/train/metric.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

TEST_CASE("metric: the predicted class is the first of the greatest scores, none where one is NaN") {
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    CHECK(sinter::predicted_class(std::vector<float>{-3, -1, -2}.data(), 3) == 1);
    CHECK(sinter::predicted_class(std::vector<double>{5, 7, 7}.data(), 3) == 1);
    CHECK(sinter::predicted_class(std::vector<float>{4}.data(), 1) == 0);
    CHECK(sinter::predicted_class(std::vector<float>{1, infinity, infinity}.data(), 3) == 1);
    CHECK(sinter::predicted_class(std::vector<float>{-infinity, -infinity, -3}.data(), 3) == 2);
    CHECK(sinter::predicted_class(std::vector<int>{1, 3, 2}.data(), 3) == 1);
    for (std::size_t i = 0; i < 3; ++i) {
        std::vector<float> scores{1, 5, 2};
        scores[i] = i == 1 ? -nan : nan;
        CHECK(sinter::predicted_class(scores.data(), 3) == sinter::no_class);
        const std::size_t labels[] = {0, 1, 2, sinter::no_class};
        for (const std::size_t& label : labels) CHECK(sinter::count_correct(scores.data(), 3, 3, &label, 1) == 0);
    }
}

TEST_CASE("metric: accuracy is the part of rows that predict their label") {
    const std::vector<float> scores{1, 0, 0, 1, 2, 1, 0, 3};
    CHECK(sinter::accuracy(scores, std::vector<std::int32_t>{0, 1, 0, 0}, 2) == 0.75);
    CHECK(sinter::accuracy(scores, std::vector<std::uint8_t>{1, 0, 1, 0}, 2) == 0);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(sinter::accuracy(std::vector<float>{nan, 0, 1, 2}, std::vector<int>{0, 1}, 2) == 0.5);
}

TEST_CASE("metric: rows may be apart, as in a padded arena") {
    const float scores[] = {1, 0, 9, 9, 0, 1, 9, 9};
    const std::int32_t labels[] = {0, 1};
    CHECK(sinter::count_correct(scores, 4, 2, labels, 2) == 2);
}

TEST_CASE("confusion_matrix: counts, accuracy and recall follow from what was added") {
    sinter::confusion_matrix matrix(3);
    CHECK(matrix.accuracy() == 0);
    CHECK(matrix.recall(0) == 0);
    for (int i = 0; i < 3; ++i) matrix.add(0, 0);
    matrix.add(0, 2);
    matrix.add(1, 1);
    matrix.add(1, 0);
    CHECK(matrix.total() == 6);
    CHECK(matrix.correct() == 4);
    CHECK(matrix.accuracy() == 4.0 / 6);
    CHECK(matrix.recall(0) == 0.75);
    CHECK(matrix.recall(1) == 0.5);
    CHECK(matrix.recall(2) == 0);
    CHECK(matrix.count(0, 2) == 1);
    CHECK(matrix.count(2, 0) == 0);
}

TEST_CASE("confusion_matrix: a sample without a prediction counts as not recognised, and has a column of its own") {
    const std::vector<int> labels{0, 1, 1, 0};
    const std::vector<std::size_t> predictions{0, sinter::no_class, 1, sinter::no_class};
    const auto matrix = sinter::confusion_of(labels, predictions, 2);
    CHECK(matrix.total() == 4);
    CHECK(matrix.accuracy() == 0.5);
    CHECK(matrix.recall(0) == 0.5);
    CHECK(matrix.count(0, sinter::no_class) == 1);
    CHECK(matrix.count(0, 1) == 0);
    CHECK(matrix.count(1, 0) == 0);
    const sinter_test::temporary_folder folder;
    std::FILE* file = std::fopen((folder / "table").c_str(), "wb");
    matrix.print(file);
    std::fclose(file);
    CHECK(sinter_test::read_bytes(folder / "table") ==
          "label 0 1 none  recall\n"
          "0     1 .    1  0.5000\n"
          "1     . 1    1  0.5000\n");
}

TEST_CASE("confusion_matrix: prints columns that line up, with names and recall") {
    const std::vector<std::string> in_vector{"ankle boot", "bag"};
    const std::string in_array[] = {"ankle boot", "bag"};
    const auto printed = [&](const auto& names) {
        sinter::confusion_matrix matrix(3);
        for (int i = 0; i < 123; ++i) matrix.add(0, 0);
        matrix.add(1, 1);
        matrix.add(1, 0);
        const sinter_test::temporary_folder folder;
        std::FILE* file = std::fopen((folder / "table").c_str(), "wb");
        matrix.print(file, names);
        std::fclose(file);
        return sinter_test::read_bytes(folder / "table");
    };
    CHECK(printed(in_vector) ==
          "label        0   1   2  recall\n"
          "ankle boot 123   .   .  1.0000\n"
          "bag          1   1   .  0.5000\n"
          "2            .   .   .  0.0000\n");
    CHECK(printed(in_array) == printed(in_vector));
}

#if SINTER_HAS_EXCEPTIONS
TEST_CASE("metric: scores and labels that do not fit, and classes that are none, are refused") {
    CHECK_THROWS_AS(sinter::accuracy(std::vector<float>(5), std::vector<int>(2), 3), sinter::failure);
    sinter::confusion_matrix matrix(3);
    CHECK_THROWS_AS(matrix.add(3, 0), sinter::failure);
    CHECK_THROWS_AS(matrix.add(0, 3), sinter::failure);
    CHECK_THROWS_AS(matrix.add(sinter::no_class, 0), sinter::failure);
    CHECK_THROWS_AS(sinter::confusion_matrix(static_cast<std::size_t>(-1)), sinter::failure);

    // Nothing, and labels that are none.
    const std::vector<float> scores(6);
    CHECK_THROWS_AS(sinter::accuracy(std::vector<float>{}, std::vector<int>{}, 2), sinter::failure);
    CHECK_THROWS_AS(sinter::accuracy(std::vector<float>{}, std::vector<int>(2), 0), sinter::failure);
    CHECK_THROWS_AS(sinter::accuracy(scores, std::vector<int>{0, -1}, 3), sinter::failure);
    CHECK_THROWS_AS(sinter::accuracy(scores, std::vector<std::uint64_t>{0, 3}, 3), sinter::failure);
    const std::vector<std::size_t> predictions{0, 1};
    CHECK_THROWS_WITH_AS(sinter::confusion_of(std::vector<int>{0, -1}, predictions, 2),
                         "confusion_of: expected labels 0 to 1, found -1 at sample 1; correct the label, or give the "
                         "network an output for each class",
                         sinter::failure);
    CHECK_THROWS_AS(sinter::confusion_of(std::vector<int>{0, 2}, predictions, 2), sinter::failure);
    CHECK_THROWS_AS(sinter::confusion_of(std::vector<int>{0}, predictions, 2), sinter::failure);
    CHECK_THROWS_AS(sinter::confusion_of(std::vector<int>{0, 0}, predictions, 1), sinter::failure);
}
#endif
