// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A team of threads that runs programs together: `sinter::team two{2}; trainer t{net, loss, rule, labels{}, two};`
///
/// Every thread computes its part of each kernel's tiles, always the same part, and waits for the others behind it;
/// each number is computed by one thread in one order, so that the bits do not depend on the number of threads. The
/// caller is thread 0. A thread that waits spins some tens of microseconds, then sleeps.
/// Callers on several threads take turns. A job that calls `run` of its own team, or destroys it, would wait for
/// itself: the program prints a sentence and aborts. In a child of fork() the team's threads do not exist: there the
/// caller runs jobs alone, with the same bits. Not in <sinter/sinter.hpp>: the standard's headers of threads cost each
/// file 0.7 s.

#include <sinter/config.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>
#include <type_traits>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace sinter {

namespace detail {

/// The forks between the first process and this one: a team made before one has its threads in another process. Only a
/// process of one thread writes it, at its start.
inline unsigned fork_count = 0;

inline void watch_forks() {
#if defined(__unix__) || defined(__APPLE__)
    [[maybe_unused]] static const int watched = pthread_atfork(nullptr, nullptr, [] { ++fork_count; });
#endif
}

}  // namespace detail

class team {
public:
    /// One thread's place in the team.
    struct member {
        int index, count;
        team* of;
        /// Returns when all threads have come here.
        void wait() const noexcept { of->wait(); }
    };

    /// Fewer than one counts as one: std::thread::hardware_concurrency() may be 0. More than the processor has cores is
    /// slow. Throws what std::thread throws where there is no room for so many.
    explicit team(int threads) : team(threads, {}) {
        for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
    }
    team(const team&) = delete;
    team& operator=(const team&) = delete;
    /// Waits for a job that another thread runs. No call may come after it: a team outlives the trainers that have it.
    ~team() {
        const turn last{*this};
        job_ = nullptr;
        open();
        for (std::thread& worker : workers_)
            if (worker.joinable()) worker.join();
    }

    int size() const noexcept { return size_; }

    /// Calls f(member) on every thread; returns when all have returned. If f throws, std::terminate is called.
    template <class F>
    void run(F&& f) noexcept {
        const turn now{*this};
        data_ = &f;
        job_ = [](void* data, member m) { (*static_cast<std::remove_reference_t<F>*>(data))(m); };
        open();
        job_(data_, {0, size_, this});
        wait();
    }

private:
    struct empty {};
    team(int threads, empty) : size_{threads < 1 ? 1 : threads} { detail::watch_forks(); }

    /// The teams whose jobs this thread is in, the innermost first.
    struct place {
        const team* of;
        const place* outer;
    };
    static inline constinit thread_local const place* innermost = nullptr;

    /// A caller's time with the team.
    class turn {
    public:
        explicit turn(team& of) noexcept : of_{of}, here_{&of, innermost} {
            for (const place* p = innermost; p != nullptr; p = p->outer)
                if (p->of == &of) refuse();
            if (of.forks_ != detail::fork_count) of.go_on_alone();
            unsigned before = free;
            if (!of.taken_.compare_exchange_strong(before, taken, std::memory_order_acquire))
                while (of.taken_.exchange(awaited, std::memory_order_acquire) != free)
                    of.taken_.wait(awaited, std::memory_order_relaxed);
            innermost = &here_;
        }
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;
        ~turn() {
            innermost = here_.outer;
            // To wake somebody is a call of the system: only where somebody waits.
            if (of_.taken_.exchange(free, std::memory_order_release) == awaited) of_.taken_.notify_one();
        }

    private:
        static constexpr unsigned free = 0, taken = 1, awaited = 2;
        team& of_;
        place here_;
    };
    [[noreturn]] SINTER_COLD static void refuse() noexcept {
        std::fputs(
            "sinter: team: expected a call from outside its jobs, found one from inside, which would wait for "
            "itself; give the inner job a team of its own, or call its parts\n",
            stderr);
        std::abort();
    }
    /// In a child of fork(): its only thread is the caller, whatever the others were at.
    SINTER_COLD void go_on_alone() noexcept {
        forks_ = detail::fork_count;
        size_ = 1;
        arrived_.store(0, std::memory_order_relaxed);
        taken_.store(0, std::memory_order_relaxed);
        for (std::thread& worker : workers_) ::new (&worker) std::thread{};  // there is none to join
    }

    void serve(int index) noexcept {
        const place here{this, nullptr};
        innermost = &here;
        for (unsigned seen = 0;; ++seen) {
            pause_while(started_, seen);
            if (job_ == nullptr) return;
            job_(data_, {index, size_, this});
            wait();
        }
    }
    void open() noexcept {
        started_.fetch_add(1, std::memory_order_release);
        started_.notify_all();
    }
    void wait() noexcept {
        const unsigned now = phase_.load(std::memory_order_relaxed);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < size_) {
            pause_while(phase_, now);
        } else {
            arrived_.store(0, std::memory_order_relaxed);
            phase_.store(now + 1, std::memory_order_release);
            phase_.notify_all();
        }
    }
    static void pause_while(const std::atomic<unsigned>& number, unsigned old) noexcept {
        for (int spin = 0; spin < 2000; ++spin) {
            if (number.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#endif
        }
        while (number.load(std::memory_order_acquire) == old) number.wait(old, std::memory_order_acquire);
    }

    int size_;
    unsigned forks_ = detail::fork_count;
    void (*job_)(void*, member) = nullptr;
    void* data_ = nullptr;
    // each on a line of its own: threads write one while others spin on another
    alignas(64) std::atomic<unsigned> started_{0};  // counts and wraps
    alignas(64) std::atomic<int> arrived_{0};
    alignas(64) std::atomic<unsigned> phase_{0};  // counts and wraps
    alignas(64) std::atomic<unsigned> taken_{0};
    std::vector<std::thread> workers_;
};

}  // namespace sinter
