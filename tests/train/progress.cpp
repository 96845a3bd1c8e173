// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/train/progress.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

namespace {

/// What `use(show)` writes for training of ten epochs on a terminal of this width; 0 for none.
template <class Use> std::string shown(std::size_t width, Use use) {
    const sinter_test::temporary_folder folder;
    std::FILE* file = std::fopen((folder / "out").c_str(), "wb");
    sinter::progress show(10, file, width);
    use(show);
    std::fclose(file);
    return sinter_test::read_bytes(folder / "out");
}

const sinter::epoch_record third{.epoch = 3,
                                 .loss = 0.35121,
                                 .accuracy = 0.87,
                                 .test_accuracy = 0.861,
                                 .seconds = 0.42,
                                 .samples_per_second = 142857};

}  // namespace

TEST_CASE("progress: away from a terminal there is one plain line an epoch and nothing else") {
    const std::string text = shown(0, [](sinter::progress& show) {
        for (std::size_t i = 0; i < 100; ++i) show.update({.epoch = 3, .samples_done = i, .samples = 100, .loss = 1});
        show.finish(third);
    });
    CHECK(text == "epoch  3/10 loss 0.3512  accuracy 0.8700  test 0.8610 (for show only)  143k samples/s  0.4 s\n");
}

TEST_CASE("progress: validation is shown, and no accuracy where there are no classes") {
    const std::string text = shown(0, [](sinter::progress& show) {
        show.finish({.epoch = 10, .loss = 2, .validation_loss = 3, .seconds = 200, .samples_per_second = 1.5e6});
    });
    CHECK(text == "epoch 10/10 loss 2.0000  validation loss 3.0000  1.5M samples/s  3 min 20 s\n");
}

TEST_CASE("progress: on a terminal the line is redrawn, with bar, speed and time left, and ends with the epoch") {
    const std::string text = shown(140, [](sinter::progress& show) {
        show.finish(third);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        show.update({.epoch = 4, .samples_done = 500, .samples = 1000, .loss = 0.3, .accuracy = 0.9});
        show.finish(third);
    });
    const std::size_t live = text.find("\r", 1);
    REQUIRE(live != std::string::npos);
    const std::string line = text.substr(live, text.find("\r", live + 1) - live);
    CHECK(line.find(
              "\repoch  4/10 [==========          ] loss 0.3000  accuracy 0.9000  test 0.8610 (for show only)  ") == 0);
    CHECK(line.find("samples/s  ") != std::string::npos);
    CHECK(line.find(" left\x1b[K") != std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("progress: redrawn lines fit the terminal, and one of 80 columns shows every number") {
    for (const std::size_t width : {1u, 10u, 40u, 80u, 120u, 200u}) {
        const std::string text = shown(width, [](sinter::progress& show) {
            show.finish(third);
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            show.update({.epoch = 4, .samples_done = 59999, .samples = 60000, .loss = 0.3, .accuracy = 0.9});
        });
        const std::string line = text.substr(text.find("\n") + 2);
        CHECK(line.size() <= width - 1 + 3);  // three bytes clear the rest of the line
        if (width >= 80) CHECK(line.find(" left") != std::string::npos);
    }
}

TEST_CASE("progress: many updates a second draw at most five times") {
    const std::string text = shown(120, [](sinter::progress& show) {
        for (std::size_t i = 0; i < 100'000; ++i) show.update({.epoch = 1, .samples_done = i, .samples = 100'000});
    });
    CHECK(std::count(text.begin(), text.end(), '\r') < 20);
}
