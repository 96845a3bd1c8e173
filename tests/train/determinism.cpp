// SPDX-License-Identifier: BSL-1.0
// The weights after training have one hash for any number of threads, and for every compiler and instruction set that
// has fma (these tests are built with -ffp-contract=off).
#include <sinter/meta/philox.hpp>
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/program/team.hpp>
#include <sinter/train/fit.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace {

namespace nn = sinter::nn;

// Panels that are cut, a packed right operand, a loop with sums, an activation with an exponential.
struct classifier : nn::sequential<nn::input<45>, nn::linear<37>, nn::tanh, nn::linear<33>, nn::relu, nn::linear<5>> {};
using model = sinter::model<classifier, float, sinter::rows<64>>;

/// FNV-1a over the bits of all parameters, in the order of their names.
std::uint64_t hash_of(model& net) {
    std::uint64_t h = 0xCBF29CE484222325U;
    for (const auto& p : net.parameters())
        for (std::size_t i = 0; i < p.size(); ++i) h = (h ^ __builtin_bit_cast(std::uint32_t, p[i])) * 0x100000001B3U;
    return h;
}

struct samples {
    std::vector<float> inputs;
    std::vector<std::int32_t> classes;
    samples() {
        const sinter::random_stream random{5, 0};
        for (std::size_t i = 0; i < 500 * 45; ++i) inputs.push_back(random.uniform(i));
        for (std::size_t r = 0; r < 500; ++r)
            classes.push_back(static_cast<std::int32_t>(inputs[r * 45] * 2.5F + inputs[r * 45 + 7] * 2.49F));
    }
};

/// Trains two epochs on a team of that many threads, or without a team; minibatches below and above the capacity.
std::uint64_t trained(int threads, int minibatch) {
    const samples from;
    const auto data = sinter::make_dataset(from.inputs, from.classes, 45).value();
    const sinter::fit_options options{.epochs = 2, .minibatch = minibatch, .seed = 3};
    model net{sinter::seed{42}};
    if (threads == 0) {
        sinter::fit(net, data, sinter::cross_entropy{}, sinter::adam{}, options);
    } else {
        sinter::team team{threads};
        sinter::trainer t{net, sinter::cross_entropy{}, sinter::adam{}, sinter::labels{}, team};
        sinter::fit(t, data, options);
    }
    return hash_of(net);
}

TEST_CASE("determinism: one hash of the trained weights for one thread and a team of 1, 2 and 3") {
    for (const int minibatch : {32, 100}) {
        const std::uint64_t alone = trained(0, minibatch);
        for (int threads = 1; threads <= 3; ++threads) CHECK(trained(threads, minibatch) == alone);
    }
}

#if defined(__FMA__) || defined(__aarch64__) || defined(SINTER_SCALAR)
TEST_CASE("determinism: the hash is the same for every compiler and instruction set with fma") {
    CHECK(trained(2, 32) == 5284332768405569938U);
}
#endif

}  // namespace
