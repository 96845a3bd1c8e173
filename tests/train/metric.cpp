// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/train/metric.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

TEST_CASE("metric: the predicted class is the first of the greatest scores, NaN never") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(sinter::predicted_class(std::vector<float>{-3, -1, -2}.data(), 3) == 1);
    CHECK(sinter::predicted_class(std::vector<double>{5, 7, 7}.data(), 3) == 1);
    CHECK(sinter::predicted_class(std::vector<float>{1, nan, 2}.data(), 3) == 2);
    CHECK(sinter::predicted_class(std::vector<float>{4}.data(), 1) == 0);
}

TEST_CASE("metric: accuracy is the part of rows that predict their label") {
    const std::vector<float> scores{1, 0, 0, 1, 2, 1, 0, 3};
    CHECK(sinter::accuracy(scores, std::vector<std::int32_t>{0, 1, 0, 0}, 2) == 0.75);
    CHECK(sinter::accuracy(scores, std::vector<std::uint8_t>{1, 0, 1, 0}, 2) == 0);
    CHECK(sinter::accuracy(std::vector<float>{}, std::vector<int>{}, 2) == 0);
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
}
#endif
