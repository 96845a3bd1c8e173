// SPDX-License-Identifier: BSL-1.0

/// Sweeps exp, log, tanh, sigmoid, sin and cos over all floats: largest error in ulp, and whether every number of lanes
/// gives the same bits. Some minutes; a part of the wide matrix. Usage: sweep_math [step], 1 by default.

#include "ulp.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

template <sinter::op Code>
bool report(std::uint32_t step, double limit) {
    const sweep_result r = sweep<Code>(step);
    std::printf("%-8s %.3f ulp at %a, %lld values depend on the lanes\n", sinter::name_of(Code), r.worst,
                static_cast<double>(r.at), r.differing);
    return r.worst <= limit && r.differing == 0;
}

}  // namespace

int main(int argc, char** argv) {
    using sinter::op;
    const auto step = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 1);
    bool good = report<op::exp>(step, 2);
    good &= report<op::log>(step, 2);
    good &= report<op::tanh>(step, 2);
    good &= report<op::sigmoid>(step, 2);
    good &= report<op::sin>(step, 2);
    good &= report<op::cos>(step, 2);
    return good ? 0 : 1;
}
