// SPDX-License-Identifier: BSL-1.0
// A team runs a job once on each of its threads, nobody passes `wait` before the last has come, and everybody passes it
// then.
#include "support/in_child.hpp"
#include <sinter/program/team.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using sinter::team;
using sinter_test::aborts_with, sinter_test::in_child;

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
    for (const int threads : {0, -1, -1000000}) {
        team nobody{threads};
        CHECK(nobody.size() == 1);
        int calls = 0;
        nobody.run([&](team::member m) { calls += m.count; });
        CHECK(calls == 1);
    }
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

TEST_CASE("team: callers on several threads take turns") {
    team crew{2};
    int sum = 0;  // of no atomic: of one caller at a time
    const auto call = [&] {
        for (int round = 0; round < 300; ++round)
            crew.run([&](team::member m) {
                if (m.index == 0) ++sum;
                m.wait();
                if (m.index == 1) ++sum;
            });
    };
    std::thread one{call}, other{call};
    call();
    one.join();
    other.join();
    CHECK(sum == 3 * 2 * 300);
}

TEST_CASE("team: a job may run another team's, and one of its own is refused, not waited for") {
    team crew{2};
    std::atomic<int> calls{0};
    crew.run([&](team::member) {
        team inner{2};
        inner.run([&](team::member) { ++calls; });
    });
    CHECK(calls == 4);
    const auto refusal = "sinter: team: expected a call from outside its jobs, found one from inside";
    CHECK(aborts_with(refusal, [] {
        team own{1};
        own.run([&](team::member) { own.run([](team::member) {}); });
    }));
    CHECK(aborts_with(refusal, [] {
        team own{2}, between{1};
        own.run([&](team::member m) {
            if (m.index == 1) between.run([&](team::member) { own.run([](team::member) {}); });
            m.wait();
        });
    }));
    CHECK(aborts_with(refusal, [] {
        auto own = std::make_unique<team>(2);
        own->run([&](team::member m) {
            if (m.index == 0) own.reset();
        });
    }));
}

TEST_CASE("team: a job that throws ends the program") {
    for (const int thrower : {0, 1})
        CHECK(in_child([&] {
                  team crew{2};
                  crew.run([&](team::member m) {
                      if (m.index == thrower) throw 1;
                  });
              }).signal == SIGABRT);
}

TEST_CASE("team: its end waits for a job that another thread runs") {
    for (int round = 0; round < 20; ++round) {
        auto crew = std::make_unique<team>(2);
        std::atomic<bool> begun{false};
        int done = 0;
        std::thread caller{[&, at = crew.get()] {
            at->run([&](team::member m) {
                begun = true;
                m.wait();
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                if (m.index == 0) done = 1;
            });
        }};
        while (!begun) std::this_thread::yield();
        crew.reset();
        CHECK(done == 1);
        caller.join();
    }
}

TEST_CASE("team: in a child of fork the caller is alone, also where the team was at work, and can end it") {
    team crew{3};
    const auto alone = [](team& of) {
        for (int round = 0; round < 3; ++round) {
            int members = 0;
            of.run([&](team::member m) {
                members += m.count;
                m.wait();
            });
            if (members != 1) throw 1;
        }
    };
    CHECK(in_child([&] { alone(crew); }).returned);
    int calls[3] = {};
    crew.run([&](team::member m) { ++calls[m.index]; });  // the parent's threads are as they were
    CHECK((calls[0] == 1 && calls[1] == 1 && calls[2] == 1));

    auto gone = std::make_unique<team>(2);
    CHECK(in_child([&] { gone.reset(); }).returned);

    std::atomic<bool> stop{false};
    std::thread busy{[&] {
        while (!stop) crew.run([](team::member m) { m.wait(); });
    }};
    for (int round = 0; round < 20; ++round) CHECK(in_child([&] { alone(crew); }).returned);
    stop = true;
    busy.join();

    CHECK(in_child([&] {
              team of_the_child{2};
              int count = 0;
              of_the_child.run([&](team::member m) {
                  if (m.index == 1) count = m.count;
              });
              if (count != 2 || !in_child([&] { alone(of_the_child); }).returned) throw 1;
          }).returned);
}

}  // namespace
