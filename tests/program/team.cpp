// SPDX-License-Identifier: BSL-1.0
// A team runs a job once on each of its threads, and nobody passes `wait` before the last has come.
#include <sinter/program/team.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <vector>

namespace {

using sinter::team;

TEST_CASE("team: every member runs the job once, and its results are there when run returns") {
    for (int threads = 1; threads <= 4; ++threads) {
        team crew{threads};
        CHECK(crew.size() == threads);
        std::vector<int> calls(static_cast<std::size_t>(threads));
        for (int round = 1; round <= 200; ++round) {
            crew.run([&](team::member m) { calls[static_cast<std::size_t>(m.index)] += m.count; });
            for (const int n : calls) CHECK(n == round * threads);
        }
    }
}

TEST_CASE("team: of no threads is the caller alone") {
    team nobody{0};
    CHECK(nobody.size() == 1);
    int calls = 0;
    nobody.run([&](team::member m) { calls += m.count; });
    CHECK(calls == 1);
}

TEST_CASE("team: what one member wrote before wait, the others read after it") {
    team crew{3};
    int written[3] = {};
    std::atomic<int> wrong{0};
    crew.run([&](team::member m) {
        for (int round = 1; round <= 500; ++round) {
            written[m.index] = round;
            m.wait();
            for (const int w : written)
                if (w != round) ++wrong;
            m.wait();
        }
    });
    CHECK(wrong == 0);
}

TEST_CASE("team: threads that went to sleep wake up for the next job") {
    team crew{2};
    std::atomic<int> calls{0};
    for (int round = 0; round < 3; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        crew.run([&](team::member m) {
            if (m.index == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
            m.wait();
            ++calls;
        });
    }
    CHECK(calls == 6);
}

}  // namespace
