// SPDX-License-Identifier: BSL-1.0
// fit against a loop over the trainer (same bits) and against an independent one in plain doubles; minibatches of every
// kind; what fit reports and what it refuses.
#include "support/golden_network.hpp"
#include "support/plain_network.hpp"
#include "support/temporary_folder.hpp"
#include <sinter/meta/philox.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/train/fit.hpp>
#include <sinter/train/inference.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
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
    const std::string cure = "; correct the label, or give the network an output for each class";
    check_refused(wrong, {}, ("fit: expected labels 0 to 2, found 3 at sample 20" + cure).c_str());
    classes[20] = -1;
    check_refused(wrong, {}, ("fit: expected labels 0 to 2, found -1 at sample 20" + cure).c_str());
    std::vector<std::uint64_t> wide(samples);
    for (const std::uint64_t label : {~std::uint64_t{0}, std::uint64_t{1} << 63, (std::uint64_t{1} << 32) + 1}) {
        wide[3] = label;  // what a narrower type would take for -1, 0 and 1
        const dataset<double, std::uint64_t> set{.inputs = points.inputs, .targets = wide, .sample_size = 5};
        check_refused(set, {},
                      ("fit: expected labels 0 to 2, found " + std::to_string(label) + " at sample 3" + cure).c_str());
    }

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
    CHECK_THROWS_WITH_AS(
        fit(net, values, mean_squared_error{}, rule),
        "fit: expected targets of 1 values, found 2; classes are integer labels, one a sample; if a loss of yours "
        "reads such targets, let it say `using "
        "target_shape = sinter::shape<2>;`, or fit a trainer made with sinter::dense<sinter::shape<2>>{}",
        sinter::failure);

    // Integer one-hot rows, and a scale by division of integers.
    wrong = data;
    wrong.targets = std::span(points.classes).first(27);
    wrong.inputs = wrong.inputs.first(45);
    wrong.target_size = 3;
    check_refused(
        wrong, {},
        "expected one class label a sample where targets are integers, found a target_size of 3; give labels from 0, "
        "or one-hot rows in floating point");
    wrong = data;
    wrong.scale = 1 / 255;
    check_refused(wrong, {},
                  "expected a scale that is finite and not 0, found 0; in C++ 1 / 255 is 0, so write 1.0 / 255");
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
    const auto none = points.data().subset(0, 0);
    CHECK_THROWS_WITH_AS(fit(net, points.data(), cross_entropy{}, rule, {.epochs = 1}, none),
                         "fit, test data: expected samples, found none", sinter::failure);
    CHECK_THROWS_WITH_AS(evaluate(net, none, cross_entropy{}), "evaluate: expected samples, found none",
                         sinter::failure);
}

// ---- a trainer goes on

TEST_CASE("fit: four times one epoch of a trainer is once four, bit by bit, whatever the minibatch") {
    for (const int minibatch : {1, 4, 12}) {
        CAPTURE(minibatch);
        small_model once{seed{4}}, often{seed{4}};
        trainer whole{once, cross_entropy{}, rule, labels{}}, parts{often, cross_entropy{}, rule, labels{}};
        const sinter::history all = fit(whole, points.data(), {.epochs = 4, .minibatch = minibatch, .seed = 3});
        for (std::size_t epoch = 1; epoch <= 4; ++epoch) {
            const sinter::history one =
                fit(parts, points.data(), {.epochs = 1, .minibatch = minibatch, .seed = 3, .validation = 0});
            CHECK(one.epochs.front().epoch == static_cast<int>(epoch));
            CHECK(one.epochs.front().loss == all.epochs[epoch - 1].loss);
            CHECK(parts.epochs() == static_cast<long long>(epoch));
        }
        CHECK(all_values(once.parameters()) == all_values(often.parameters()));
        CHECK(parts.steps() == whole.steps());
    }
}

TEST_CASE("fit: a minibatch above the capacity begins without gradients, whatever was accumulated before") {
    small_model plain{seed{4}}, used{seed{4}};
    trainer one{plain, cross_entropy{}, rule, labels{}}, other{used, cross_entropy{}, rule, labels{}};
    other.accumulate_buffers();
    other.accumulate_on_buffers(2, 2);
    const sinter::fit_options options{.epochs = 1, .minibatch = small_model::capacity + 4};
    fit(one, points.data(), options);
    fit(other, points.data(), options);
    CHECK(all_values(plain.parameters()) == all_values(used.parameters()));
}

TEST_CASE("fit: a scale that is 0 in the network's precision is refused") {
    sinter::dataset data = points.data();
    data.scale = 1e-60;
    sinter::model<small, float, sinter::rows<8>> net{seed{4}};
    CHECK_THROWS_AS(fit(net, data, cross_entropy{}, rule, {.epochs = 1}), sinter::failure);
}

TEST_CASE("fit: no epochs train nothing; reset starts epochs anew, fit of a model always does") {
    small_model net{seed{4}}, other{seed{4}};
    trainer t{net, cross_entropy{}, rule, labels{}};
    const std::vector<double> before = all_values(net.parameters());
    CHECK(fit(t, points.data(), {.epochs = 0}).epochs.empty());
    CHECK(all_values(net.parameters()) == before);
    CHECK(t.epochs() == 0);

    fit(t, points.data(), {.epochs = 3, .minibatch = 4});
    t.reset();
    CHECK(t.epochs() == 0);
    net.initialise(seed{4});
    fit(t, points.data(), {.epochs = 2, .minibatch = 4});
    fit(other, points.data(), cross_entropy{}, rule, {.epochs = 2, .minibatch = 4});
    CHECK(all_values(net.parameters()) == all_values(other.parameters()));
    const sinter::history fresh = fit(other, points.data(), cross_entropy{}, rule, {.epochs = 1, .minibatch = 4});
    CHECK(fresh.epochs.front().epoch == 1);
}

TEST_CASE("fit: the lines of a trainer's second fit go on counting") {
    const temporary_folder folder;
    std::FILE* out = std::fopen((folder / "lines").c_str(), "wb");
    small_model net{seed{4}};
    trainer t{net, cross_entropy{}, rule, labels{}};
    for (const int epochs : {2, 1}) fit(t, points.data(), {.epochs = epochs, .progress = out});
    std::fclose(out);
    const std::string lines = read_bytes(folder / "lines");
    CHECK(lines.find("epoch 1/2 ") == 0);
    CHECK(lines.find("epoch 3/3 ") != std::string::npos);
}

TEST_CASE("fit: the number of an epoch that progress shows as the last stays an int") {
    constexpr int most = std::numeric_limits<int>::max();
    CHECK(sinter::detail::last_epoch(0, 3) == 3);
    CHECK(sinter::detail::last_epoch(7, most) == most);
}

TEST_CASE("fit: a hyper-parameter that trains nothing is refused where training starts, and after it was changed") {
    small_model net{seed{4}};
    trainer t{net, cross_entropy{}, rule, labels{}};
    const std::vector<double> before = all_values(net.parameters());
    t.rule().learning_rate = -1e-2;
    CHECK_THROWS_WITH_AS(fit(t, points.data(), {}),
                         "sgd_momentum: expected learning_rate to be finite and not negative, found -0.01",
                         sinter::failure);
    CHECK_THROWS_AS(fit(net, points.data(), cross_entropy{}, sgd_momentum{.momentum = NAN}, {}), sinter::failure);
    CHECK(all_values(net.parameters()) == before);
}

// ---- targets of another shape than the output, and losses that read none

struct two_numbers : nn::sequential<nn::input<5>, nn::linear<2>> {};
using two_model = sinter::model<two_numbers, double, sinter::rows<8>>;

/// The likelihood of a normal distribution whose mean and logarithm of the variance are the network's outputs.
struct gaussian {
    using target_shape = sinter::shape<1>;
    constexpr auto operator()(auto output, auto target) const {
        const auto mean = slice<0, 0, 1>(output), log_variance = slice<0, 1, 2>(output), off = target - mean;
        return sum(0.5 * (log_variance + off * off * exp(-log_variance)));
    }
};

std::vector<double> first_values() {
    std::vector<double> y;
    for (std::size_t r = 0; r < samples; ++r) y.push_back(points.inputs[r * 5]);
    return y;
}

TEST_CASE("fit: two outputs and one target, as the loss or the trainer says, are the steps of a hand-written loop") {
    const std::vector<double> y = first_values();
    const dataset<double, double> data{.inputs = points.inputs, .targets = y, .sample_size = 5};
    const sinter::fit_options options{.epochs = 20, .minibatch = 8, .shuffle = false};
    const sinter::sgd slow{};
    two_model by_loss{seed{3}}, by_trainer{seed{3}}, by_hand{seed{3}};
    const sinter::history past = fit(by_loss, data, gaussian{}, slow, options, data);
    trainer t{by_trainer, gaussian{}, slow, sinter::dense<sinter::shape<1>>{}};
    fit(t, data, options);
    trainer u{by_hand, gaussian{}, slow, sinter::dense<sinter::shape<1>>{}};
    for (int epoch = 0; epoch < 20; ++epoch)
        for (std::size_t first = 0; first < samples; first += 8)
            u.step(&points.inputs[first * 5], &y[first], static_cast<int>(std::min<std::size_t>(8, samples - first)));
    CHECK(all_values(by_loss.parameters()) == all_values(by_hand.parameters()));
    CHECK(all_values(by_trainer.parameters()) == all_values(by_hand.parameters()));
    CHECK(past.epochs.back().loss < past.epochs.front().loss);
    CHECK(evaluate(by_loss, data, gaussian{}).loss < past.epochs.back().loss);
}

static_assert(std::is_same_v<decltype(sinter::detail::target_of<two_numbers, gaussian>(points.data())),
                             sinter::dense<sinter::shape<1>>>,
              "what a loss reads does not depend on the data");

constexpr auto residual = [](auto output, auto) { return sum((output - 1.0) * (output - 1.0)); };
constexpr auto distance = [](auto output, auto target) { return sum((output - target) * (output - target)); };

TEST_CASE("fit: a loss that reads no target trains as if there were none, in small and accumulated minibatches") {
    for (const int minibatch : {1, 5, 8, 20}) {
        CAPTURE(minibatch);
        const std::vector<double> ones(2 * samples, 1.0), others(2 * samples, 1e6);
        const dataset<double, double> wanted{
            .inputs = points.inputs, .targets = ones, .sample_size = 5, .target_size = 2};
        const dataset<double, double> ignored{
            .inputs = points.inputs, .targets = others, .sample_size = 5, .target_size = 2};
        const sinter::fit_options options{.epochs = 5, .minibatch = minibatch};
        two_model reads{seed{3}}, reads_none{seed{3}}, classes{seed{3}};
        fit(reads, wanted, distance, sinter::sgd{}, options);
        const sinter::history past = fit(reads_none, ignored, residual, sinter::sgd{}, options);
        CHECK(relative_difference(all_values(reads_none.parameters()), all_values(reads.parameters())) <= 1e-13);
        CHECK(evaluate(reads_none, ignored, residual).loss ==
              doctest::Approx(evaluate(reads, wanted, distance).loss).epsilon(1e-12));

        const std::vector<int> labels(samples, 1);
        fit(classes, dataset<double, int>{.inputs = points.inputs, .targets = labels, .sample_size = 5}, residual,
            sinter::sgd{}, options);
        CHECK(all_values(classes.parameters()) == all_values(reads_none.parameters()));
    }
}

TEST_CASE("fit: labels for a network of one output lead to the loss that is meant, and have no accuracy") {
    struct one_number : nn::sequential<nn::input<5>, nn::linear<1>> {};
    constexpr auto square = [](auto output, auto label) { return sum((output - label) * (output - label)); };
    sinter::model<one_number, double, sinter::rows<8>> net;
    auto data = points.data();
    CHECK_THROWS_WITH_AS(
        fit(net, data, square, rule, {}),
        doctest::Contains("labels 0 to 0, found 2 at sample 1; for classes give the network an output for each and "
                          "cross_entropy as its loss, for a target that is a number give it in floating point"),
        sinter::failure);
    const std::vector<std::int32_t> zeros(samples);
    data.targets = zeros;
    CHECK_FALSE(evaluate(net, data, square).accuracy.has_value());
}

// ---- what is not finite

/// Trains a copy of `net`, which is refused with a message that holds `message`; *returns* the weights it leaves.
template <class Model, class Data, class Loss, class Rule>
auto not_finite(const Model& net, const Data& data, Loss loss, Rule used, const char* message,
                const sinter::fit_options& options) {
    Model copy = net;
    try {
        fit(copy, data, loss, used, options);
        FAIL("nothing was refused");
    } catch (const sinter::failure& failure) {
        CHECK(failure.code() == sinter::error_code::not_finite);
        CHECK_MESSAGE(std::string(failure.what()).find(message) != std::string::npos, failure.what());
    }
    return all_values(copy.parameters());
}

TEST_CASE("fit: a number of the data that is not finite is named with the step, wherever it stands") {
    const double infinity = std::numeric_limits<double>::infinity();
    const small_model net{seed{5}};
    for (const int minibatch : {1, 8, 20})
        for (const double x : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()}) {
            std::vector<double> inputs = points.inputs;
            inputs[17 * 5 + 3] = x;
            auto data = points.data();
            data.inputs = inputs;
            const std::string message = "fit: expected a finite loss, found another in step " +
                                        std::to_string(17 / minibatch + 1) +
                                        " (epoch 1): value 3 of sample 17 is infinite or NaN";
            not_finite(net, data, cross_entropy{}, rule, message.c_str(), {.minibatch = minibatch, .shuffle = false});
        }

    std::vector<double> targets(2 * samples, 0.5);
    targets[9] = infinity;
    const dataset<double, double> dense{
        .inputs = points.inputs, .targets = targets, .sample_size = 5, .target_size = 2};
    not_finite(two_model{}, dense, distance, sinter::sgd{}, "value 1 of the target of sample 4 is infinite", {});
}

TEST_CASE("fit: a number that is finite, but not in the network's precision, is named") {
    std::vector<double> inputs = points.inputs;
    inputs[12] = 1e39;
    const dataset<double, std::int32_t> data{.inputs = inputs, .targets = points.classes, .sample_size = 5};
    not_finite(sinter::model<small, float, sinter::rows<8>>{}, data, cross_entropy{}, rule, "value 2 of sample 2", {});
    const dataset<double, std::int32_t> scaled{
        .inputs = inputs, .targets = points.classes, .sample_size = 5, .scale = 1e-9};
    sinter::model<small, float, sinter::rows<8>> net;
    CHECK_THROWS_AS(fit(net, scaled, cross_entropy{}, rule, {}), sinter::failure);  // converted first
}

constexpr auto mean_of_squares = [](auto output, auto) { return mean(output * output); };

/// Steps of rate 0.01, from step `last` on of another.
struct exploding : sinter::sgd {
    long long last = 9;
    double then = std::numeric_limits<double>::infinity();
    void scalars(long long step, double* out) const {
        out[0] = -(step < last ? 1e-2 : then);
        out[1] = 0;
    }
};

TEST_CASE("fit: weights that are not finite stop it: before the first step, by a loss, or behind the last step") {
    small_model net{seed{5}};
    const std::vector<double> kept = all_values(net.parameters());
    const auto data = points.data();
    // 4 steps an epoch
    not_finite(
        net, data, mean_of_squares, exploding{{}, 6},
        "found another in step 7 (epoch 2): the first parameter that is infinite or NaN is `0.weight`; start from "
        "other weights, lower the learning rate, or scale the data",
        {.epochs = 3, .minibatch = 8});
    not_finite(net, data, mean_of_squares, exploding{{}, 12}, "found others behind the last step, 12 (epoch 3)",
               {.epochs = 3, .minibatch = 8});
    net.parameter("2.bias")[1] = std::numeric_limits<double>::quiet_NaN();
    not_finite(
        net, data, cross_entropy{}, rule,
        "fit: expected finite weights to start from, found others: the first parameter that is infinite or NaN is "
        "`2.bias`",
        {});
}

TEST_CASE("fit: puts back the weights of the last finite epoch, if asked, and resets the trainer") {
    const auto data = points.data();
    const auto after = [&](int epochs) {
        small_model net{seed{5}};
        fit(net, data, mean_of_squares, exploding{{}, 1000}, {.epochs = epochs, .minibatch = 8});
        return all_values(net.parameters());
    };
    const small_model net{seed{5}};
    // 4 steps an epoch: an epoch's last step spoils the weights, not its losses
    for (const auto& [last, epochs] : {std::pair{2, 0}, {4, 0}, {5, 1}, {7, 1}, {8, 1}, {9, 2}, {12, 2}}) {
        const int step = last;  // clang 14 captures no binding
        CAPTURE(step);
        const sinter::fit_options options{.epochs = 3, .minibatch = 8, .keep_last_finite = true};
        CHECK(not_finite(net, data, mean_of_squares, exploding{{}, step}, "", options) == after(epochs));
    }
    // Weights of 1e300 are finite; the next loss is not.
    const sinter::fit_options whole{.epochs = 5, .minibatch = 29, .keep_last_finite = true};
    CHECK(not_finite(net, data, mean_of_squares, exploding{{}, 1, 1e300}, "in step 2 (epoch 2)", whole) == after(0));

    small_model copy = net;
    trainer t{copy, mean_of_squares, exploding{{}, 6}, labels{}};
    CHECK_THROWS_AS(fit(t, data, {.epochs = 3, .minibatch = 8, .keep_last_finite = true}), sinter::failure);
    CHECK(t.epochs() == 0);
    CHECK(t.steps() == 0);
    t.rule().last = 1000;
    CHECK(fit(t, data, {.epochs = 1, .minibatch = 8}).epochs.size() == 1);
}

TEST_CASE("fit: a loss that alone is not finite says so") {
    const auto infinite = [](auto output, auto) { return sum(output) - stop(log(0.0 * sum(output))); };
    not_finite(two_model{}, points.data().subset(0, 1), infinite, sinter::sgd{},
               "though samples and weights are finite", {});
}

TEST_CASE("evaluate: a network of NaN recognises nothing, by every door") {
    small_model net{seed{5}};
    for (auto& parameter : net.parameters())
        for (std::size_t i = 0; i < parameter.size(); ++i) parameter[i] = std::numeric_limits<double>::quiet_NaN();
    const sinter::evaluation found = evaluate(net, points.data(), cross_entropy{});
    CHECK(std::isnan(found.loss));
    CHECK(*found.accuracy == 0);
    const auto predictions = predict_classes(net, points.data());
    CHECK(predictions == std::vector<std::size_t>(samples, sinter::no_class));
    const auto matrix = sinter::confusion_of(points.classes, predictions, 3);
    CHECK(matrix.accuracy() == 0);
    CHECK(matrix.total() == samples);
}

}  // namespace
