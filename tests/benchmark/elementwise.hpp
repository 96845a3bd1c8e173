// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Rows of functions of one array: sinter as a program, peers, and a copy of the same bytes as the limit.

#include "function_program.hpp"
#include "harness.hpp"
#include "task.hpp"
#include <sinter/graph/functions.hpp>

#include <cstring>

namespace benchmark {

/// A copy of `count` floats, by the library or by a plain loop and between several pairs of buffers, whichever is the
/// fastest. Half a page more than whole pages lies between source and target: else loads wait for stores whose
/// addresses end alike.
inline contestant copy_limit(std::size_t count) {
    using copy = void (*)(const float*, float*, std::size_t);
    const copy ways[] = {[](const float* from, float* to, std::size_t n) { std::memcpy(to, from, n * sizeof *to); },
                         [](const float* from, float* to, std::size_t n) {
                             using lanes = sinter::simd::lanes<float>;
                             for (std::size_t i = 0; i + lanes::size <= n; i += lanes::size)
                                 lanes::load(from + i).store(to + i);
                         }};
    constexpr std::size_t page = 4096 / sizeof(float);
    const std::size_t distance = (count + page - 1) / page * page + page / 2;
    std::vector<sinter::aligned_buffer<float>> buffers(8, sinter::aligned_buffer<float>(distance + count));
    std::size_t best = 0;
    copy chosen = ways[0];
    double least = 1;
    for (int turn = 0; turn < 20; ++turn)
        for (std::size_t i = 0; i < buffers.size(); ++i)
            for (const copy way : ways) {
                const auto once = [&] {
                    way(buffers[i].data(), buffers[i].data() + distance, count);
                    do_not_optimise(buffers[i]);
                };
                once();
                if (const double s = seconds(once); s < least) least = s, best = i, chosen = way;
            }
    return {.who = "limit",
            .note = chosen == ways[0] ? "a copy by memcpy" : "a copy by a loop of vectors",
            .measure = timed([=, both = std::move(buffers[best])]() mutable {
                chosen(both.data(), both.data() + distance, count);
                do_not_optimise(both);
            })};
}

/// y = Function(x), `name` for the peers. Elements of x run evenly from `first` to `last`; `exact` is the function in
/// double precision.
template <const auto& Function, int Count, class Exact>
void elementwise_row(suite& s, const std::string& row, const std::string& name, float first, float last, Exact exact) {
    if (!s.wants(row)) return;
    std::vector<float> x(Count), y(Count);
    for (int i = 0; i < Count; ++i)
        x[static_cast<std::size_t>(i)] = first + (last - first) * static_cast<float>(i) / static_cast<float>(Count);
    const auto error_of = [x, exact](const auto& at) {
        double worst = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double right = exact(static_cast<double>(x[i]));
            const double d = std::abs(static_cast<double>(at(i)) - right) / (1e-3 + std::abs(right));
            worst = d <= worst ? worst : d;
        }
        return worst;
    };
    std::vector<contestant> all;
    all.push_back(copy_limit(Count));
    using program = function_program<Function, 0, sinter::shape<Count>>;
    const auto one = std::make_shared<program>();
    one->set(0, x.data());
    all.push_back(
        {.who = "sinter", .note = "sinter", .measure = timed([one] { one->run(); }), .error = [one, error_of] {
             one->run();
             return error_of([&](std::size_t i) { return one->result(static_cast<int>(i)); });
         }});
    all.back().predicted = sinter::predicted_seconds<typename program::plan>(1, measured_rates(program::floats));
    for (const peer& p : peers()) {
        if (p.elementwise == nullptr) continue;
        const std::function<void()> run = p.elementwise(name, x.data(), y.data(), Count);
        all.push_back({.who = p.who, .note = p.version, .measure = timed(run), .error = [&y, run, error_of] {
                           run();
                           return error_of([&](std::size_t i) { return y[i]; });
                       }});
    }
    s.measure(row, 1e-5, std::move(all));
}

}  // namespace benchmark
