// SPDX-License-Identifier: BSL-1.0

/// Sweeps exp, log, tanh, sigmoid, sin and cos over all floats, on all processors: largest error in ulp, and whether
/// every number of lanes gives the same bits. Of sin and cos beyond 2^19, which are the standard library's, every 61st.
/// Usage: sweep_math [step], 1 by default.

#include "ulp.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

/// Whether floats from this word on are computed by the standard library (sin and cos beyond 2^19), which need no
/// sweep.
template <sinter::op Code>
bool by_the_library(std::uint64_t word) {
    return (Code == sinter::op::sin || Code == sinter::op::cos) && (word & 0x7FFF'FFFF) >= 0x4900'0000;
}

template <sinter::op Code>
bool report(std::uint32_t step) {
    const unsigned count = std::max(1U, std::thread::hardware_concurrency());
    // many more pieces than threads: floats of one size cost the same, of another size more
    constexpr std::uint64_t piece = std::uint64_t{1} << 22, end = std::uint64_t{1} << 32;
    std::vector<sweep_result> parts(count);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < count; ++t)
        threads.emplace_back([&part = parts[t], t, count, step] {
            for (std::uint64_t first = t * piece; first < end; first += count * piece)
                part.join(sweep<Code>(by_the_library<Code>(first) ? 61 * step : step, first, first + piece));
        });
    for (auto& t : threads) t.join();
    sweep_result all;
    for (const sweep_result& part : parts) all.join(part);
    std::printf("%-8s %.3f ulp at %a, %lld values depend on the lanes\n", sinter::name_of(Code), all.worst,
                static_cast<double>(all.at), all.differing);
    std::fflush(stdout);
    return all.worst <= 2 && all.differing == 0;
}

}  // namespace

int main(int argc, char** argv) {
    using sinter::op;
    const auto step = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 1);
    bool good = report<op::exp>(step);
    good &= report<op::log>(step);
    good &= report<op::tanh>(step);
    good &= report<op::sigmoid>(step);
    good &= report<op::sin>(step);
    good &= report<op::cos>(step);
    return good ? 0 : 1;
}
