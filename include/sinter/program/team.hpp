// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A team of threads that runs programs together: `sinter::team two{2}; trainer t{net, loss, rule, labels{}, two};`
///
/// Every thread computes its part of each kernel's tiles, always the same part, and waits for the others behind it;
/// each number is computed by one thread in one order, so that the bits do not depend on the number of threads. The
/// caller is thread 0. A thread that waits spins some tens of microseconds, then sleeps. Not in <sinter/sinter.hpp>:
/// the standard's headers of threads cost each file 0.7 s.

#include <sinter/config.hpp>

#include <atomic>
#include <thread>
#include <type_traits>
#include <vector>

namespace sinter {

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
    /// slow. Throws what std::thread throws.
    explicit team(int threads) : team(threads, {}) {
        for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
    }
    team(const team&) = delete;
    team& operator=(const team&) = delete;
    ~team() {
        job_ = nullptr;
        open();
        for (std::thread& worker : workers_) worker.join();
    }

    int size() const noexcept { return size_; }

    /// Calls f(member) on every thread; returns when all have returned. f must not throw; one caller at a time.
    template <class F>
    void run(F&& f) noexcept {
        data_ = &f;
        job_ = [](void* data, member m) { (*static_cast<std::remove_reference_t<F>*>(data))(m); };
        open();
        job_(data_, {0, size_, this});
        wait();
    }

private:
    struct empty {};
    team(int threads, empty) : size_{threads < 1 ? 1 : threads} {}

    void serve(int index) noexcept {
        for (int seen = 0;; ++seen) {
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
        const int now = phase_.load(std::memory_order_relaxed);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < size_) {
            pause_while(phase_, now);
        } else {
            arrived_.store(0, std::memory_order_relaxed);
            phase_.store(now + 1, std::memory_order_release);
            phase_.notify_all();
        }
    }
    static void pause_while(const std::atomic<int>& number, int old) noexcept {
        for (int spin = 0; spin < 2000; ++spin) {
            if (number.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#endif
        }
        while (number.load(std::memory_order_acquire) == old) number.wait(old, std::memory_order_acquire);
    }

    int size_;
    void (*job_)(void*, member) = nullptr;
    void* data_ = nullptr;
    // each on a line of its own: threads write one while others spin on another
    alignas(64) std::atomic<int> started_{0};
    alignas(64) std::atomic<int> arrived_{0};
    alignas(64) std::atomic<int> phase_{0};
    std::vector<std::thread> workers_;
};

}  // namespace sinter
