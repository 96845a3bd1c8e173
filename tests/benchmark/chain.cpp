// SPDX-License-Identifier: BSL-1.0
// The suite `chain`: eight elementwise operations over 1 MiB, fused to one pass, against a copy of the same bytes.

#include "elementwise.hpp"

namespace {

constexpr auto chain = [](auto x) { return minimum(maximum(abs((x * 0.5 + 1.0) * x - 0.25) * 2.0, 0.125), 8.0); };
double exact(double x) {
    const double y = std::abs((x * 0.5 + 1) * x - 0.25) * 2;
    return std::min(std::max(y, 0.125), 8.0);
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::suite s{"chain", argc, argv};
    benchmark::elementwise_row<chain, (1 << 20) / sizeof(float)>(s, "chain-8-1MiB", "chain", -3, 3, exact);
    return s.exit_code();
}
