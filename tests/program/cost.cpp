// SPDX-License-Identifier: BSL-1.0
// The work of 784-128-10, counted by hand, and what the cost model makes of it.
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/program/cost.hpp>
#include <sinter/train/plans.hpp>

#include <doctest/doctest.h>

// With a name: of types without one g++ keeps all constants where nothing is optimised (tables_stay_out.py).
namespace cost_tests {

namespace nn = sinter::nn;
struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};
using inference = sinter::plans<classifier, float, 64>::inference;
using step = sinter::plans<classifier, float, 64>::step<sinter::cross_entropy, sinter::labels, sinter::adam>;

TEST_CASE(
    "cost: FLOPs of the five products of a step, a division and a root for each parameter, bytes of the weights") {
    constexpr sinter::work w = sinter::work_of_program<step>(64);
    CHECK(w.product_flops == 64 * 2.0 * (2 * 784 * 128 + 3 * 128 * 10));
    constexpr double parameters = 784 * 128 + 128 + 128 * 10 + 10;
    CHECK(w.divisions >= 2 * parameters);
    CHECK(w.divisions <= 2 * parameters + 1000);   // the loss
    CHECK(w.updated_bytes >= 6 * 4 * parameters);  // weights and two moments, read and written
    constexpr sinter::work forward = sinter::work_of_program<inference>(1);
    CHECK(forward.product_flops == 2.0 * (784 * 128 + 128 * 10));
    CHECK(forward.operand_bytes == 4.0 * (784 * 128 + 784 + 128 * 10 + 128));
}

TEST_CASE("cost: a call takes the longer of what runs at once, and the sum of what does not") {
    constexpr sinter::core_rates core{.flops = 100, .divisions = 10, .reading = 50, .updating = 40, .copying = 20};
    const auto loop = [&](sinter::work w) { return sinter::predicted_seconds(w, core); };
    CHECK(loop({.operations = 100, .divisions = 10, .updated_bytes = 20, .copied_bytes = 20}) == 2);
    CHECK(loop({.operations = 100, .divisions = 40, .updated_bytes = 40}) == 4);
    CHECK(loop({.operations = 100, .divisions = 40, .updated_bytes = 400}) == 10);
    const auto product = [&](sinter::work w) {
        w.streams = false;
        return sinter::predicted_seconds(w, core);
    };
    CHECK(product({.busy_flops = 200}) == 2);
    CHECK(product({.busy_flops = 200, .operand_bytes = 150}) == 3);
    CHECK(product({.busy_flops = 200, .operand_bytes = 150, .repeated_bytes = 50, .lost_flops = 200}) == 3 + 1 + 2);
    CHECK(product({.busy_flops = 200, .operations = 100, .divisions = 40, .updated_bytes = 40}) == 2 + 4);
    CHECK(product({.busy_flops = 200, .operations = 100, .divisions = 20, .updated_bytes = 40}) == 2 + 3);
    // one sample is bound by reading the weights, 64 by arithmetic
    constexpr sinter::core_rates real{100e9, 6e9, 90e9, 130e9, 100e9};
    CHECK(sinter::predicted_seconds<inference>(1, real) < 2 * 410e3 / 90e9);
    CHECK(sinter::predicted_seconds<inference>(64, real) > 13e6 / 100e9);
}

}  // namespace cost_tests
