// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/train/history_csv.hpp>

#include <doctest/doctest.h>

#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>

using sinter_test::read_bytes;

TEST_CASE("history_csv: a CSV file has a line an epoch, and an empty cell for what was not measured") {
    const sinter_test::temporary_folder folder;
    sinter::history training;
    training.epochs.push_back({.epoch = 1, .loss = 0.1, .accuracy = 0.875, .seconds = 2, .samples_per_second = 30000});
    training.epochs.push_back({.epoch = 2,
                               .loss = 1e-30,
                               .validation_loss = 0.5,
                               .validation_accuracy = 1.0 / 3,
                               .test_accuracy = 0.25,
                               .seconds = 1.5,
                               .samples_per_second = 0});
    REQUIRE(write_csv(training, folder / "history.csv"));
    CHECK(read_bytes(folder / "history.csv") ==
          "epoch,loss,accuracy,validation_loss,validation_accuracy,test_accuracy,seconds,samples_per_second\n"
          "1,0.1,0.875,,,,2,30000\n"
          "2,1e-30,,0.5,0.3333333333333333,0.25,1.5,0\n");
}

TEST_CASE("history_csv: numbers that are not finite are written as readers of CSV know them") {
    const sinter_test::temporary_folder folder;
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    sinter::history training;
    training.epochs.push_back({.epoch = 1, .loss = nan, .accuracy = 0, .validation_loss = -nan, .seconds = 0});
    training.epochs.push_back({.epoch = 2, .loss = infinity, .validation_loss = -infinity});
    REQUIRE(write_csv(training, folder / "history.csv"));
    const std::string text = read_bytes(folder / "history.csv");
    CHECK(text.substr(text.find('\n') + 1) == "1,nan,0,nan,,,0,0\n2,inf,,-inf,,,0,0\n");
}

TEST_CASE("history_csv: a file that cannot be written is an error") {
    const sinter_test::temporary_folder folder;
    CHECK(sinter::write_csv({}, folder / "none/history.csv").error().code == sinter::error_code::file_not_found);
}

TEST_CASE("history_csv: numbers are read back exactly, whatever the point of the locale") {
    const sinter_test::temporary_folder folder;
    std::mt19937_64 random;
    sinter::history training;
    for (int k = 0; k < 5'000; ++k) {
        const std::uint64_t bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (k % 2 == 0) value = static_cast<double>(bits >> 40) / 1000;
        training.epochs.push_back({.epoch = 1, .loss = value, .accuracy = -123.25});
    }
    const std::string before = std::setlocale(LC_NUMERIC, nullptr);
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ps_AF.UTF-8"})
        if (std::setlocale(LC_NUMERIC, name) != nullptr) break;
    const bool done = write_csv(training, folder / "history.csv").has_value();
    std::setlocale(LC_NUMERIC, before.c_str());
    REQUIRE(done);
    const std::string text = read_bytes(folder / "history.csv");
    std::size_t at = text.find('\n') + 1;
    int wrong = 0;
    for (const auto& record : training.epochs) {
        char* end = nullptr;
        const double found = std::strtod(text.c_str() + at + 2, &end);
        wrong += !(found == record.loss || (found != found && record.loss != record.loss));
        wrong += std::strncmp(end, ",-123.25,,,,0,0\n", 16) != 0;
        at = text.find('\n', at) + 1;
    }
    CHECK(wrong == 0);
}
