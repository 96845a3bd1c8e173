// SPDX-License-Identifier: BSL-1.0
// fit against a loop over the trainer (same bits) and against an independent one in plain doubles; minibatches of every
// kind; what fit reports and what it refuses.
#include "support/golden_network.hpp"
#include "support/plain_network.hpp"
#include <sinter/meta/philox.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/train/fit.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace {

using namespace sinter_test;
using sinter::cross_entropy, sinter::dataset, sinter::fit, sinter::labels, sinter::mean_squared_error, sinter::seed,
    sinter::sgd_momentum, sinter::trainer;

struct small : nn::sequential<nn::input<5>, nn::linear<7>, nn::relu, nn::linear<3>> {};
using small_model = sinter::model<small, double, sinter::rows<8>>;

constexpr std::size_t samples = 29;
constexpr sgd_momentum rule{.learning_rate = 0.1, .momentum = 0.8};

/// The class of a sample is the place of the largest of its first three values.
struct cloud {
    std::vector<double> inputs;
    std::vector<std::int32_t> classes;
    cloud() {
        const sinter::random_stream random{11, 0};
        for (std::size_t i = 0; i < samples * 5; ++i) inputs.push_back(random.normal<double>(i));
        for (std::size_t r = 0; r < samples; ++r) {
            const double* x = &inputs[r * 5];
            classes.push_back(x[0] > x[1] ? (x[0] > x[2] ? 0 : 2) : x[1] > x[2] ? 1 : 2);
        }
    }
    dataset<double, std::int32_t> data() const { return {.inputs = inputs, .targets = classes, .sample_size = 5}; }
};
const cloud points;

/// Calls use(inputs, labels, count) for each minibatch of an epoch of fit, gathered by hand.
template <class Use>
void for_minibatches(sinter::epoch_order& order, int epoch, std::size_t minibatch, Use use) {
    const auto sequence = order(static_cast<std::uint64_t>(epoch));
    for (std::size_t first = 0; first < sequence.size(); first += minibatch) {
        std::vector<double> x;
        std::vector<std::int32_t> y;
        for (std::size_t i = first; i < std::min(first + minibatch, sequence.size()); ++i) {
            x.insert(x.end(), &points.inputs[sequence[i] * 5], &points.inputs[sequence[i] * 5] + 5);
            y.push_back(points.classes[sequence[i]]);
        }
        use(x.data(), y.data(), y.size());
    }
}

TEST_CASE("fit: has the bits of a hand-written loop over step, the last minibatch being short") {
    small_model net{seed{1}}, by_hand{seed{1}};
    const sinter::history past =
        fit(net, points.data(), cross_entropy{}, rule, {.epochs = 3, .minibatch = 8, .seed = 5});
    trainer t{by_hand, cross_entropy{}, rule, labels{}};
    sinter::epoch_order order(samples, 5);
    for (int epoch = 1; epoch <= 3; ++epoch) {
        double loss = 0;
        for_minibatches(order, epoch, 8, [&](const double* x, const std::int32_t* y, std::size_t count) {
            loss += t.step(x, y, static_cast<int>(count)) * static_cast<double>(count);
        });
        CHECK(past.epochs[static_cast<std::size_t>(epoch - 1)].loss == loss / samples);
    }
    CHECK(all_values(net.parameters()) == all_values(by_hand.parameters()));
}

TEST_CASE(
    "fit: an independent loop trains the same network: one sample a step, minibatches short, long and above the "
    "capacity") {
    for (const int minibatch : {1, 8, 12, 29, 1000}) {
        CAPTURE(minibatch);
        small_model net{seed{2}};
        plain_network plain(5, 7, 3, all_values(net.parameters()));
        const sinter::history past =
            fit(net, points.data(), cross_entropy{}, rule, {.epochs = 3, .minibatch = minibatch, .seed = 6});
        sinter::epoch_order order(samples, 6);
        for (int epoch = 1; epoch <= 3; ++epoch) {
            double loss = 0;
            for_minibatches(order, epoch, static_cast<std::size_t>(minibatch),
                            [&](const double* x, const std::int32_t* y, std::size_t count) {
                                loss += plain.step(x, y, count, rule.learning_rate, rule.momentum) *
                                        static_cast<double>(count);
                            });
            CHECK(past.epochs[static_cast<std::size_t>(epoch - 1)].loss ==
                  doctest::Approx(loss / samples).epsilon(1e-12));
        }
        CHECK(relative_difference(all_values(net.parameters()), plain.parameters()) <= 1e-12);
    }
}

TEST_CASE("fit: the same seed gives the same bits, another seed and no shuffling others") {
    const auto run = [](std::uint64_t order, bool shuffle = true) {
        small_model net{seed{4}};
        fit(net, points.data(), cross_entropy{}, rule,
            {.epochs = 2, .minibatch = 4, .seed = order, .shuffle = shuffle});
        return all_values(net.parameters());
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
    CHECK(run(1, false) == run(2, false));
    CHECK(run(1, false) != run(1));
}

TEST_CASE("fit: learns, and reports what evaluate finds; validation samples are held out") {
    small_model net{seed{5}};
    const sinter::history past =
        fit(net, points.data(), cross_entropy{}, rule, {.epochs = 60, .minibatch = 4, .validation = 5}, points.data());
    CHECK(past.epochs.size() == 60);
    CHECK(past.epochs.back().loss < 0.2 * past.epochs.front().loss);
    CHECK(*past.epochs.back().accuracy == 1);
    const sinter::evaluation all = evaluate(net, points.data(), cross_entropy{}),
                             held = evaluate(net, points.data().subset(24, 5), cross_entropy{});
    CHECK(*past.epochs.back().test_accuracy == *all.accuracy);
    CHECK(*past.epochs.back().validation_loss == held.loss);
    CHECK(*past.epochs.back().validation_accuracy == *held.accuracy);

    small_model alone{seed{5}};
    fit(alone, points.data().subset(0, 24), cross_entropy{}, rule, {.epochs = 60, .minibatch = 4});
    CHECK(all_values(net.parameters()) == all_values(alone.parameters()));
}

TEST_CASE("evaluate: the mean over all samples, a short last chunk included") {
    const small_model net{seed{6}};
    const plain_network plain(5, 7, 3, all_values(net.parameters()));
    std::vector<double> unused;
    const double wanted = plain.gradient(points.inputs.data(), points.classes.data(), samples, unused);
    std::size_t correct = 0;
    for (std::size_t r = 0; r < samples; ++r) {
        const std::vector<double> z = plain.logits(&points.inputs[r * 5], unused);
        correct += std::max_element(z.begin(), z.end()) - z.begin() == points.classes[r];
    }
    const sinter::evaluation found = evaluate(net, points.data(), cross_entropy{});
    CHECK(found.loss == doctest::Approx(wanted).epsilon(1e-13));
    CHECK(*found.accuracy == static_cast<double>(correct) / samples);
}

TEST_CASE("fit: bytes and floats from spans, scaled where they are gathered, are the numbers they stand for") {
    std::vector<std::uint8_t> bytes;
    std::vector<double> values;
    for (std::size_t i = 0; i < samples * 5; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(i * 37 % 256));
        values.push_back(bytes.back() * 0.25);
    }
    std::vector<std::uint8_t> classes(points.classes.begin(), points.classes.end());
    const dataset<std::uint8_t, std::uint8_t> raw{.inputs = std::span<const std::uint8_t>(bytes),
                                                  .targets = std::span<const std::uint8_t>(classes),
                                                  .sample_size = 5,
                                                  .scale = 0.25};
    const dataset<double, std::int32_t> ready{
        .inputs = std::span<const double>(values), .targets = points.classes, .sample_size = 5};
    small_model one{seed{7}}, other{seed{7}};
    fit(one, raw, cross_entropy{}, sgd_momentum{.learning_rate = 1e-3}, {.epochs = 1});
    fit(other, ready, cross_entropy{}, sgd_momentum{.learning_rate = 1e-3}, {.epochs = 1});
    CHECK(all_values(one.parameters()) == all_values(other.parameters()));
}

struct curve : nn::sequential<nn::input<1>, nn::linear<16>, nn::tanh, nn::linear<1>> {};

TEST_CASE("fit: mean squared error on dense targets learns a curve, in float") {
    std::vector<float> x, y;
    for (int i = 0; i < 64; ++i) {
        x.push_back(static_cast<float>(i) / 16 - 2);
        y.push_back(std::sin(2 * x.back()));
    }
    const dataset<float, float> data{.inputs = x, .targets = y, .sample_size = 1};
    sinter::model<curve, float, sinter::rows<8>> net{seed{8}};
    const sinter::history past =
        fit(net, data, mean_squared_error{}, sgd_momentum{.learning_rate = 0.05}, {.epochs = 400, .minibatch = 8});
    CHECK(past.epochs.back().loss < 2e-3);
    CHECK_FALSE(past.epochs.back().accuracy.has_value());
    CHECK(evaluate(net, data, mean_squared_error{}).loss < 2e-3);
}

// ---- what is refused

template <class Data>
void check_refused(const Data& data, const sinter::fit_options& options, const char* message) {
    small_model net{seed{9}};
    const std::vector<double> before = all_values(net.parameters());
    CHECK_THROWS_WITH_AS(fit(net, data, cross_entropy{}, rule, options), message, sinter::failure);
    CHECK(all_values(net.parameters()) == before);
}

TEST_CASE("fit: refuses data and options that do not fit, before it touches a weight") {
    const auto data = points.data();
    check_refused(data, {.epochs = -1}, "fit: expected 0 epochs or more, found -1");
    check_refused(data, {.minibatch = 0}, "fit: expected a minibatch of at least 1, found 0");
    check_refused(data, {.validation = 29}, "fit: expected fewer than 29 samples of validation, found 29");

    std::vector<std::int32_t> classes = points.classes;
    classes[20] = 3;
    auto wrong = data;
    wrong.targets = classes;
    check_refused(wrong, {}, "fit: expected labels 0 to 2, found 3");
    classes[20] = -1;
    check_refused(wrong, {}, "fit: expected labels 0 to 2, found -1");

    wrong = data;
    wrong.sample_size = 29;
    wrong.targets = wrong.targets.first(5);
    check_refused(wrong, {}, "fit: expected samples of 5 values, the network's input; found 29");
    wrong = data;
    wrong.targets = wrong.targets.first(28);
    check_refused(wrong, {},
                  "expected targets for 29 samples, 1 each, found 28 values; give each sample its target, or correct "
                  "target_size");
    check_refused(data.subset(0, 0), {}, "fit: expected samples, found none");

    const std::vector<float> numbers(12);
    const dataset<float, float> values{
        .inputs = std::span(numbers).first(6), .targets = numbers, .sample_size = 1, .target_size = 2};
    sinter::model<curve, float, sinter::rows<8>> net;
    CHECK_THROWS_WITH_AS(fit(net, values, mean_squared_error{}, rule),
                         "fit: expected targets of 1 values, the network's output; found 2", sinter::failure);
}

TEST_CASE("fit: refuses test data that do not fit, and so does evaluate") {
    small_model net{seed{9}};
    const dataset<double, std::int32_t> wide{
        .inputs = points.inputs, .targets = std::span(points.classes).first(1), .sample_size = samples * 5};
    CHECK_THROWS_WITH_AS(fit(net, points.data(), cross_entropy{}, rule, {.epochs = 1}, wide),
                         "fit, test data: expected samples of 5 values, the network's input; found 145",
                         sinter::failure);
    CHECK_THROWS_WITH_AS(evaluate(net, wide, cross_entropy{}),
                         "evaluate: expected samples of 5 values, the network's input; found 145", sinter::failure);
}

}  // namespace
