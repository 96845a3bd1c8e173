// SPDX-License-Identifier: BSL-1.0
// A team runs a job once on each of its threads, nobody passes `wait` before the last has come, and everybody passes it
// then.
#include <sinter/program/team.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
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

/// Ends the program with a word if it lives longer than so many seconds: a thread that waits for ever cannot be asked.
class watchdog {
public:
    explicit watchdog(int seconds)
        : thread_{[this, seconds] {
            std::unique_lock lock{mutex_};
            if (done_.wait_for(lock, std::chrono::seconds(seconds), [this] { return over_; })) return;
            std::fprintf(stderr, "a team waits for ever\n");
            std::abort();
        }} {}
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;
    ~watchdog() {
        {
            const std::lock_guard lock{mutex_};
            over_ = true;
        }
        done_.notify_one();
        thread_.join();
    }

private:
    std::mutex mutex_;
    std::condition_variable done_;
    bool over_ = false;
    std::thread thread_;
};

TEST_CASE("team: a hundred thousand waits, one behind the other, end") {
    const watchdog limit{120};
    team crew{2};
    int waits[2] = {};
    crew.run([&](team::member m) {
        for (; waits[m.index] < 100'000; ++waits[m.index]) m.wait();
    });
    CHECK(waits[0] == 100'000);
    CHECK(waits[1] == 100'000);
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
