// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Fair measurement of one row: contestants on one pinned core take turns, minima and medians over many rounds.
///
/// In: contestants, each with a way to run and the distance of its output from a reference, and the row's limit. Out:
/// one JSON object a line on stdout, which bench.py collects. A contestant whose output is wrong makes the program
/// fail. Turns within a round keep changes of frequency and neighbours on the machine from favouring one of them.

#include "peak.hpp"
#include <sinter/kernel/flush_to_zero.hpp>
#include <sinter/program/cost.hpp>
#include <sinter/tensor/aligned_buffer.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace benchmark {

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Makes the compiler believe that somebody reads `value`.
template <class T>
void do_not_optimise(const T& value) {
    asm volatile("" : : "m"(value) : "memory");
}

/// Keeps the calling thread, and what it starts, on the last core that the process may use; or lets it go again.
inline void pin_to_one_core(bool pinned = true) {
#if defined(__linux__)
    static const cpu_set_t allowed = [] {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        sched_getaffinity(0, sizeof cores, &cores);
        return cores;
    }();
    int last = 0;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(core, &allowed)) last = core;
    cpu_set_t wanted = allowed;
    if (pinned) {
        CPU_ZERO(&wanted);
        CPU_SET(last, &wanted);
    }
    sched_setaffinity(0, sizeof wanted, &wanted);
#endif
}

/// The largest difference from the reference; no number if values are missing or are none.
template <class Values>
double largest_difference(const Values& values, const std::vector<double>& reference) {
    if (std::size(values) < reference.size()) return unknown;
    double worst = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double d = std::abs(static_cast<double>(values[i]) - reference[i]);
        worst = d <= worst ? worst : d;  // keeps what is no number
    }
    return worst;
}

/// Appends the seconds of some repetitions.
using stopwatch = std::function<void(int repetitions, std::vector<double>& seconds)>;

/// Times calls of f, short ones several at once, so that the clock's own cost stays below a hundredth.
template <class F>
stopwatch timed(F f) {
    const double least = counts_processor_time ? 1e-4 : 5e-6;  // reading that clock takes half a microsecond
    return [f = std::move(f), least, together = 0](int repetitions, std::vector<double>& out) mutable {
        if (together == 0) {
            f();
            const double once = std::min(seconds(f), seconds(f));
            together = once > least ? 1 : static_cast<int>(least / (once + 1e-9)) + 1;
        }
        for (int r = 0; r < repetitions; ++r)
            out.push_back(seconds([&] {
                              for (int i = 0; i < together; ++i) f();
                          }) /
                          together);
    };
}

/// What is measured in a row: sinter, a limit of the machine, or a peer.
struct contestant {
    std::string who;
    std::string note;
    stopwatch measure;
    /// The largest distance of its output from the reference; before anything is timed.
    std::function<double()> error = [] { return 0.0; };
    double scale = 1;            ///< reported seconds per measured second: a limit's loop may be of another length
    double predicted = unknown;  ///< seconds, by the cost model
    std::vector<double> times{};
    double spent = 0;
};

/// The time that `flops` take at the core's peak of fused multiply-adds.
inline contestant peak_limit(double flops) {
    constexpr int turns = 20'000;
    return {.who = "limit",
            .note = "fused multiply-adds at peak",
            .measure = timed([] {
                int some = turns;
                asm volatile("" : "+r"(some));  // else a compiler calls a function without effects once for all
                do_not_optimise(peak_loop<float>(some));
            }),
            .scale = flops / peak_flops<float>(turns)};
}

/// How an array passes through the core.
enum class pass { read, update, copy };

template <pass Kind>
[[gnu::noinline]] float walk(float* at, std::size_t count) {
    const std::size_t half = count / 2;  // of a copy: from the first to the second
    if (Kind == pass::copy) count = half;
    using lanes = sinter::simd::lanes<float>;
    lanes sum[8];
    SINTER_UNROLL
    for (lanes& s : sum) s = lanes{0.0F};
    for (float* const end = at + count; at < end; at += 8 * lanes::size) {
        SINTER_UNROLL
        for (std::size_t k = 0; k < 8; ++k) {
            const lanes x = sum[k] + lanes::load(at + k * lanes::size);
            Kind == pass::read ? static_cast<void>(sum[k] = x)
                               : x.store(at + k * lanes::size + (Kind == pass::copy ? half : 0));
        }
    }
    SINTER_UNROLL
    for (std::size_t k = 1; k < 8; ++k) sum[0] = sum[0] + sum[k];
    return sum[0].first();
}

/// Reads the first `read` floats of a buffer, then reads and writes the first `update`. It is the fastest of several
/// buffers: where the pages of one lie in a cache that just holds it is chance.
inline contestant pass_limit(std::size_t read, std::size_t update, const char* note) {
    const auto round = [](std::size_t count) { return (count + 127) / 128 * 128; };
    const auto walk_both = [read = round(read), update = round(update)](sinter::aligned_buffer<float>& of) {
        do_not_optimise(walk<pass::read>(of.data(), read));
        if (update > 0) do_not_optimise(walk<pass::update>(of.data(), update));
    };
    std::vector<sinter::aligned_buffer<float>> buffers(16,
                                                       sinter::aligned_buffer<float>(round(std::max(read, update))));
    std::size_t best = 0;
    double least = 1;
    for (int turn = 0; turn < 20; ++turn)
        for (std::size_t i = 0; i < buffers.size(); ++i) {
            walk_both(buffers[i]);
            const double once = seconds([&] { walk_both(buffers[i]); });
            if (once < least) least = once, best = i;
        }
    return {.who = "limit", .note = note, .measure = timed([walk_both, values = std::move(buffers[best])]() mutable {
                                              walk_both(values);
                                          })};
}

/// The rates of this core for the cost model; reading, updating and copying in so many floats. As in pass_limit, the
/// fastest of several buffers counts.
inline sinter::core_rates measured_rates(std::size_t floats) {
    using lanes = sinter::simd::lanes<float>;
    constexpr int turns = 4000;
    floats = (floats + 255) / 256 * 256;
    std::vector<sinter::aligned_buffer<float>> buffers(8, sinter::aligned_buffer<float>(floats));
    sinter::aligned_buffer<float> small(8 * lanes::size);
    for (std::size_t i = 0; i < small.size(); ++i) small[i] = 1.5F;
    const auto divide = [&small] {
        for (int t = 0; t < turns; ++t) {
            SINTER_UNROLL
            for (int k = 0; k < 8; ++k) {
                float* const at = small.data() + k * lanes::size;
                (sqrt(lanes::load(at)) / lanes{1.25F} + lanes{0.5F}).store(at);
            }
            do_not_optimise(small);
        }
    };
    double peak = 1, divisions = 1, reading = 1, updating = 1, copying = 1;
    const auto least = [](double& of, auto&& f) { of = std::min(of, seconds(f)); };
    const int repeats = floats < 1 << 16 ? 200 : 1;  // so that the clock's own cost does not count
    for (int round = 0; round < 10; ++round) {
        least(peak, [] {
            int some = turns;
            asm volatile("" : "+r"(some));
            do_not_optimise(peak_loop<float>(some));
        });
        least(divisions, divide);
        for (sinter::aligned_buffer<float>& of : buffers) {
            const auto again = [&](auto f) {
                f();
                return [=] {
                    for (int r = 0; r < repeats; ++r) f();
                };
            };
            least(reading, again([&] { do_not_optimise(walk<pass::read>(of.data(), floats)); }));
            least(updating, again([&] { do_not_optimise(walk<pass::update>(of.data(), floats)); }));
            least(copying, again([&] { do_not_optimise(walk<pass::copy>(of.data(), floats)); }));
        }
    }
    const double bytes = 4.0 * static_cast<double>(floats) * repeats;
    return {.flops = peak_flops<float>(turns) / peak,
            .divisions = 2.0 * 8 * lanes::size * turns / divisions,
            .reading = bytes / reading,
            .updating = 2 * bytes / updating,
            .copying = bytes / copying};
}

/// One suite: the program's options, and the rows that it writes.
class suite {
public:
    suite(const char* name, int argc, char** argv) : name_{name} {
        for (int i = 1; i < argc; ++i) {
            const std::string_view option = argv[i];
            if (option == "--quick")
                quick = true;
            else if (option == "--turns")
                by_turns_ = true;
            else if (option == "--processor-time")
                counts_processor_time = setenv("SINTER_PROCESSOR_TIME", "1", 1) == 0;  // peers.py reads it
            else if (option == "--peers" && i + 1 < argc)
                peers_command = argv[++i];
            else
                wanted_.emplace_back(option);
        }
        pin_to_one_core();
    }

    bool quick = false;
    std::string peers_command;  ///< starts peers.py; empty without its environment

    /// Whether rows are asked for by name.
    bool named() const { return !wanted_.empty(); }
    /// Whether the row is asked for: all are, if none is named.
    bool wants(const std::string& row) const {
        return wanted_.empty() || std::find(wanted_.begin(), wanted_.end(), row) != wanted_.end();
    }

    /// Measures a row. `tolerance` bounds each contestant's error; the first limit is what of_peak is a part of.
    void measure(const std::string& row, double tolerance, std::vector<contestant> all) {
        const sinter::flush_to_zero denormals;  // for all of them: peers do not set it themselves
        for (contestant& c : all)
            if (const double error = c.error(); !(error <= tolerance)) {
                c.note = "WRONG OUTPUT, off by " + std::to_string(error) + "; " + c.note;
                sound_ = false;
            }
        const double budget = quick ? 0.5 : 6, turn = quick ? 2e-3 : 5e-3;
        const double share =
            budget / 8;  // who has had that much sits out, so that slow ones leave rounds to the others
        double elapsed = 0;
        std::vector<double> trial;
        for (int round = 0; by_turns_ ? round == 0 || next_turn() : round < 2 || elapsed < budget; ++round) {
            const double before = elapsed;
            for (contestant& c : all) {
                if (!by_turns_ && c.spent > share && !c.times.empty() && (quick || c.times.size() > 1)) continue;
                const double spent = wall_seconds([&] {
                    trial.clear();
                    c.measure(1, trial);  // its data come back to the caches, and how often fits into a turn
                    if (trial.empty()) trial.push_back(unknown);
                    if (trial.back() < turn)
                        c.measure(std::clamp(static_cast<int>(turn / trial.back()), 1, 200), c.times);
                    else
                        c.times.push_back(trial.back());
                });
                c.spent += spent;
                elapsed += spent;
            }
            if (elapsed == before) break;
        }
        double limit = unknown;
        for (contestant& c : all) {
            std::sort(c.times.begin(), c.times.end());
            // A virtual machine's clock of processor time is sometimes off by a tenth: no time is to beat its limit so.
            if (c.who == "limit" && counts_processor_time) c.times.front() = c.times[c.times.size() / 2];
            if (c.who == "limit" && std::isnan(limit)) limit = c.times.front() * c.scale;
        }
        for (const contestant& c : all) print(row, c, limit);
    }

    /// A contestant that takes no part, and why.
    void skip(const std::string& who, const std::string& why) const {
        std::fprintf(stderr, "%s: %s is skipped: %s\n", name_, who.c_str(), why.c_str());
    }

    int exit_code() const { return sound_ ? 0 : 1; }

private:
    /// Option --turns, for programs that take turns with each other: an empty line says that a round is over, a line
    /// from outside asks for the next, the end of the input for the rows.
    static bool next_turn() {
        std::puts("");
        std::fflush(stdout);
        return std::getchar() == '\n';
    }
    void print(const std::string& row, const contestant& c, double limit) const {
        const double least = c.times.front() * c.scale, median = c.times[c.times.size() / 2] * c.scale;
        const auto number = [](const char* key, double value) {
            std::isnan(value) ? std::printf("\"%s\": null, ", key) : std::printf("\"%s\": %.6g, ", key, value);
        };
        std::printf(R"({"suite": "%s", "name": "%s", "who": "%s", )", name_, row.c_str(), c.who.c_str());
        number("min", least * 1e6), number("median", median * 1e6);
        std::printf("\"unit\": \"us\", ");
        number("of_peak", limit / least), number("predicted", c.predicted * 1e6);
        std::printf("\"note\": \"%s\"}\n", c.note.c_str());
        std::fflush(stdout);
    }

    const char* name_;
    std::vector<std::string> wanted_;
    bool sound_ = true, by_turns_ = false;
};

}  // namespace benchmark
