// SPDX-License-Identifier: BSL-1.0
// Networks with several inputs and outputs: PyTorch's training, finite differences, the same sum of losses written by
// hand, and the doors of one-input networks as lists of one. What fit does to lists, a hand-written loop does.
#include "support/temporary_folder.hpp"
#include "support/two_headed.hpp"
#include <sinter/meta/philox.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/program/team.hpp>
#include <sinter/train/fit.hpp>
#include <sinter/train/history_csv.hpp>
#include <sinter/train/inference.hpp>
#include <sinter/train/weights.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace sinter_test;
using sinter::adam, sinter::column, sinter::columns, sinter::cross_entropy, sinter::dense, sinter::fit, sinter::labels,
    sinter::losses, sinter::make_dataset, sinter::mean_squared_error, sinter::rows, sinter::seed, sinter::sgd_momentum,
    sinter::targets, sinter::trainer, sinter::untrained, sinter::weighted;

double step_on_golden(auto& t, std::size_t first = 0, std::size_t count = 6) {
    return with_golden_samples(first, count, [&](const auto&... list) { return t.step(list...); });
}
double forward_on_golden(auto& t) {
    return with_golden_samples(0, 6, [&](const auto&... list) { return t.forward(list...); });
}

TEST_CASE("lists: ten steps of two inputs and two outputs are PyTorch's, with the loss of each output") {
    two_model net = golden_two();
    trainer t{net, two_losses{}, adam{.learning_rate = 1e-2}, two_targets{}};
    for (std::size_t step = 0; step < 10; ++step) {
        const double loss = step_on_golden(t);
        const auto b = t.step_buffers();
        const double* const wanted = &golden::two_losses[3 * step];
        CHECK(loss == doctest::Approx(wanted[0]).epsilon(1e-12));
        CHECK(b.loss() == loss);
        CHECK(b.loss_of<0>() == doctest::Approx(wanted[1]).epsilon(1e-12));
        CHECK(b.loss_of<1>() == doctest::Approx(wanted[2]).epsilon(1e-12));
    }
    CHECK(relative_difference(all_values(net.parameters()), golden::two_final) <= 1e-11);
}

TEST_CASE("lists: outputs and gradients are PyTorch's") {
    two_model net = golden_two();
    trainer t{net, two_losses{}, adam{}, two_targets{}};
    forward_on_golden(t);
    const auto b = t.forward_buffers();
    for (std::size_t r = 0; r < 6; ++r) {
        for (std::size_t i = 0; i < 5; ++i)
            CHECK(b.output<0>()[r * b.output_stride<0>() + i] ==
                  doctest::Approx(golden::two_first[r * 5 + i]).epsilon(1e-12));
        for (std::size_t i = 0; i < 2; ++i)
            CHECK(b.output<1>()[r * b.output_stride<1>() + i] ==
                  doctest::Approx(golden::two_second[r * 2 + i]).epsilon(1e-12));
    }
    t.backward();
    const auto found = t.gradient_views();
    CHECK(relative_difference(found[0].values(), golden::two_d_trunk_weight) <= 1e-12);
    CHECK(relative_difference(found[1].values(), golden::two_d_trunk_bias) <= 1e-12);
    CHECK(relative_difference(found[2].values(), golden::two_d_first_weight) <= 1e-12);
    CHECK(relative_difference(found[3].values(), golden::two_d_first_bias) <= 1e-12);
    CHECK(relative_difference(found[4].values(), golden::two_d_second_weight) <= 1e-12);
    CHECK(relative_difference(found[5].values(), golden::two_d_second_bias) <= 1e-12);

    const auto [first, second] = predict(net, columns{column(golden::two_image, 6), column(golden::two_extra, 3)});
    CHECK(relative_difference(first, golden::two_first) <= 1e-12);
    CHECK(relative_difference(second, golden::two_second) <= 1e-12);
}

TEST_CASE("lists: gradients are finite differences of the loss, by every parameter") {
    two_model net = golden_two();
    trainer t{net, two_losses{}, adam{}, two_targets{}};
    forward_on_golden(t);
    t.backward();
    const auto gradients = t.gradient_views();
    const auto parameters = net.parameters();
    for (std::size_t p = 0; p < parameters.size(); ++p)
        for (std::size_t i = 0; i < parameters[p].size(); ++i) {
            constexpr double step = 1e-5;
            double& w = parameters[p][i];
            const double before = w;
            w = before + step;
            const double above = forward_on_golden(t);
            w = before - step;
            const double below = forward_on_golden(t);
            w = before;
            CHECK(std::abs((above - below) / (2 * step) - gradients[p][i]) <= 1e-7);
        }
}

/// The same sum by hand, of all outputs and all targets.
struct summed_by_hand {
    constexpr auto operator()(auto y0, auto y1, auto t0, auto t1) const {
        return cross_entropy{}(y0, t0) + 0.5 * mean_squared_error{}(y1, t1);
    }
};
using a_third = std::ratio<1, 3>;

TEST_CASE("lists: weighted losses have the bits of the same sum written by hand") {
    two_model of_list = golden_two(), by_hand = golden_two();
    trainer t{of_list, two_losses{}, adam{.learning_rate = 1e-2}, two_targets{}};
    trainer u{by_hand, summed_by_hand{}, adam{.learning_rate = 1e-2}, two_targets{}};
    for (int step = 0; step < 5; ++step) CHECK(step_on_golden(t) == step_on_golden(u));
    CHECK(all_values(of_list.parameters()) == all_values(by_hand.parameters()));

    constexpr auto with_both_weights = [](auto y0, auto y1, auto t0, auto t1) {
        return 3.0 * mean_squared_error{}(y0, t0) + (1.0 / 3) * mean_squared_error{}(y1, t1);
    };
    using list = losses<weighted<mean_squared_error, std::ratio<3>>, weighted<mean_squared_error, a_third>>;
    using dense_targets = targets<dense<sinter::shape<5>>, dense<sinter::shape<2>>>;
    two_model first = golden_two(), second = golden_two();
    trainer v{first, list{}, adam{}, dense_targets{}};
    trainer w{second, with_both_weights, adam{}, dense_targets{}};
    const std::vector<double> scores(golden::two_first, golden::two_first + 30);
    for (int step = 0; step < 3; ++step)
        CHECK(v.step(golden::two_image, golden::two_extra, scores, golden::two_values) ==
              w.step(golden::two_image, golden::two_extra, scores, golden::two_values));
    CHECK(all_values(first.parameters()) == all_values(second.parameters()));
    CHECK(all_values(first.parameters()) != all_values(golden_two().parameters()));
}

TEST_CASE("lists: a step, three calls and one chunk accumulated give the same bits, for every number of rows") {
    for (std::size_t count = 1; count <= 6; ++count) {
        two_model fused = golden_two(), split = golden_two(), chunk = golden_two();
        trainer one{fused, two_losses{}, sgd_momentum{.learning_rate = 0.1}, two_targets{}};
        trainer three{split, two_losses{}, sgd_momentum{.learning_rate = 0.1}, two_targets{}};
        trainer accumulated{chunk, two_losses{}, sgd_momentum{.learning_rate = 0.1}, two_targets{}};
        for (int step = 0; step < 3; ++step) {
            const double loss = step_on_golden(one, 0, count);
            with_golden_samples(0, count, [&](const auto&... list) {
                CHECK(three.forward(list...) == loss);
                CHECK(accumulated.accumulate(static_cast<int>(count), list...) == loss);
            });
            three.backward();
            three.update();
            accumulated.update();
        }
        CHECK(all_values(fused.parameters()) == all_values(split.parameters()));
        CHECK(all_values(fused.parameters()) == all_values(chunk.parameters()));
    }
}

TEST_CASE("lists: calls with lists of other lengths, and labels that are no class, are refused and change nothing") {
    two_model net = golden_two();
    const std::vector<double> before = all_values(net.parameters());
    trainer t{net, two_losses{}, adam{}, two_targets{}};
    const auto refuses = [&](std::size_t image, std::size_t extra, std::size_t classes, std::size_t values,
                             const char* message) {
        CHECK_THROWS_WITH_AS(
            t.step(std::span(golden::two_image).first(image), std::span(golden::two_extra).first(extra),
                   std::span(two_labels).first(classes), std::span(golden::two_values).first(values)),
            message, sinter::failure);
    };
    refuses(12, 9, 2, 4, "expected 2 samples in input 1, as many as in input 0, found 3");
    refuses(12, 6, 2, 2, "expected 2 samples in target 1, as many as in input 0, found 1");
    refuses(12, 6, 3, 4, "expected 2 samples in target 0, as many as in input 0, found 3");
    refuses(12, 7, 2, 4, "expected whole samples of 3 values in input 1, found 7 values");
    refuses(13, 6, 2, 4, "expected whole samples of 6 values in input 0, found 13 values");
    refuses(0, 0, 0, 0, "expected 1 to 6 rows, found 0; give a sample at least");
    const std::int32_t wrong[] = {0, 5};
    CHECK_THROWS_WITH_AS(t.step(std::span(golden::two_image).first(12), std::span(golden::two_extra).first(6), wrong,
                                std::span(golden::two_values).first(4)),
                         "expected labels 0 to 4, found 5", sinter::failure);
    CHECK_THROWS_AS(t.backward(), sinter::failure);
    CHECK(all_values(net.parameters()) == before);
    CHECK(t.steps() == 0);
}

// ---- fit

constexpr std::size_t samples = 53;
/// Bytes and numbers in, classes and numbers out.
struct cloud {
    std::vector<std::uint8_t> pixels;
    std::vector<float> extra;
    std::vector<std::int16_t> classes;
    std::vector<double> values;
    cloud() {
        const sinter::random_stream random{17, 0};
        for (std::size_t r = 0; r < samples; ++r) {
            for (std::size_t i = 0; i < 6; ++i)
                pixels.push_back(static_cast<std::uint8_t>(random.below(r * 6 + i, 256)));
            for (std::size_t i = 0; i < 3; ++i) extra.push_back(static_cast<float>(random.uniform(r * 3 + i)));
            classes.push_back(static_cast<std::int16_t>(pixels[r * 6] / 52));
            values.push_back(0.5 * static_cast<double>(extra[r * 3]));
            values.push_back(static_cast<double>(extra[r * 3 + 1] - extra[r * 3 + 2]));
        }
    }
    auto data() const {
        return make_dataset(columns{column(pixels, 6, 1.0 / 255), column(extra, 3)},
                            columns{column(classes), column(values, 2)})
            .value();
    }
};
const cloud points;
using fitted = sinter::model<two_headed, double, rows<16>>;
constexpr sgd_momentum rule{.learning_rate = 0.1, .momentum = 0.8};

TEST_CASE("lists: fit has the bits of a hand-written loop over step: shuffling keeps the lists of a sample together") {
    fitted net{seed{1}}, by_hand{seed{1}};
    const auto past = fit(net, points.data(), two_losses{}, rule, {.epochs = 3, .minibatch = 8, .seed = 5});
    static_assert(std::is_same_v<decltype(past), const sinter::list_history<2>>);
    trainer t{by_hand, two_losses{}, rule, two_targets{}};
    sinter::epoch_order order(samples, 5);
    for (std::size_t epoch = 1; epoch <= 3; ++epoch) {
        const auto sequence = order(epoch);
        double loss = 0, first = 0;
        for (std::size_t begin = 0; begin < samples; begin += 8) {
            std::vector<double> image, extra, values;
            std::vector<std::int32_t> classes;
            for (std::size_t i = begin; i < std::min(begin + 8, samples); ++i) {
                const std::size_t s = sequence[i];
                for (std::size_t k = 0; k < 6; ++k) image.push_back(points.pixels[s * 6 + k] * (1.0 / 255));
                for (std::size_t k = 0; k < 3; ++k) extra.push_back(static_cast<double>(points.extra[s * 3 + k]));
                for (std::size_t k = 0; k < 2; ++k) values.push_back(points.values[s * 2 + k]);
                classes.push_back(points.classes[s]);
            }
            const auto count = static_cast<double>(classes.size());
            loss += t.step(image, extra, classes, values) * count;
            first += t.step_buffers().loss_of<0>() * count;
        }
        CHECK(past.epochs[epoch - 1].loss == loss / samples);
        CHECK(*past.epochs[epoch - 1].outputs[0].loss == first / samples);
    }
    CHECK(all_values(net.parameters()) == all_values(by_hand.parameters()));
}

TEST_CASE("lists: a minibatch above the capacity is accumulated, and gives what one of its size gives") {
    fitted small{seed{2}};
    sinter::model<two_headed, double, rows<64>> large{seed{2}};
    for (const int minibatch : {20, 53}) {
        const auto in_chunks = fit(small, points.data(), two_losses{}, rule, {.epochs = 2, .minibatch = minibatch});
        const auto whole = fit(large, points.data(), two_losses{}, rule, {.epochs = 2, .minibatch = minibatch});
        CHECK(relative_difference(all_values(small.parameters()), all_values(large.parameters())) <= 1e-12);
        for (std::size_t e = 0; e < 2; ++e)
            for (std::size_t k = 0; k < 2; ++k) {
                CHECK(*in_chunks.epochs[e].outputs[k].loss ==
                      doctest::Approx(*whole.epochs[e].outputs[k].loss).epsilon(1e-12));
                CHECK(in_chunks.epochs[e].outputs[k].accuracy == whole.epochs[e].outputs[k].accuracy);
            }
    }
}

TEST_CASE("lists: records say what evaluate finds of each output; held-out samples are held out in every list") {
    fitted net{seed{3}};
    const auto past =
        fit(net, points.data(), two_losses{}, rule, {.epochs = 60, .minibatch = 4, .validation = 13}, points.data());
    const auto& last = past.epochs.back();
    CHECK(last.loss < 0.5 * past.epochs.front().loss);
    const auto all = evaluate(net, points.data(), two_losses{}),
               held = evaluate(net, points.data().subset(40, 13), two_losses{});
    CHECK(*last.validation_loss == held.loss);
    CHECK_FALSE(last.accuracy);
    CHECK_FALSE(last.test_accuracy);
    for (std::size_t k = 0; k < 2; ++k) {
        CHECK(last.outputs[k].validation_loss == held.outputs[k].loss);
        CHECK(last.outputs[k].validation_accuracy == held.outputs[k].accuracy);
        CHECK(last.outputs[k].test_accuracy == all.outputs[k].accuracy);
        CHECK(all.outputs[k].accuracy.has_value() == (k == 0));
    }
    CHECK(all.loss == doctest::Approx(*all.outputs[0].loss + 0.5 * *all.outputs[1].loss).epsilon(1e-12));
    const auto predicted = predict_classes(net, points.data());
    double right = 0;
    for (std::size_t i = 0; i < samples; ++i) right += predicted[i] == static_cast<std::size_t>(points.classes[i]);
    CHECK(*all.outputs[0].accuracy == right / samples);
    CHECK(predict_classes<1>(net, points.data()).size() == samples);

    fitted alone{seed{3}};
    fit(alone, points.data().subset(0, 40), two_losses{}, rule, {.epochs = 60, .minibatch = 4});
    CHECK(all_values(net.parameters()) == all_values(alone.parameters()));
}

TEST_CASE("lists: the same seed gives the same bits, for a thread and for teams") {
    const auto run = [](int threads, int minibatch, std::uint64_t order) {
        fitted net{seed{4}};
        const sinter::fit_options options{.epochs = 2, .minibatch = minibatch, .seed = order};
        if (threads == 0) {
            fit(net, points.data(), two_losses{}, rule, options);
        } else {
            sinter::team team{threads};
            trainer t{net, two_losses{}, rule, two_targets{}, team};
            fit(t, points.data(), options);
        }
        return all_values(net.parameters());
    };
    for (const int minibatch : {8, 40})
        for (int threads = 1; threads <= 3; ++threads) CHECK(run(threads, minibatch, 1) == run(0, minibatch, 1));
    CHECK(run(0, 8, 1) != run(0, 8, 2));
}

TEST_CASE("lists: an output without a loss is not trained, and its target is not asked for") {
    using first_alone = losses<cross_entropy, untrained>;
    fitted net{seed{5}};
    const std::vector<double> second = net.parameter("second.weight").values();
    const auto data = make_dataset(columns{column(points.pixels, 6, 1.0 / 255), column(points.extra, 3)},
                                   columns{column(points.classes)})
                          .value();
    const auto past = fit(net, data, first_alone{}, rule, {.epochs = 2});
    CHECK(net.parameter("second.weight").values() == second);
    CHECK(*past.epochs[1].outputs[0].loss == past.epochs[1].loss);
    CHECK(past.epochs[1].outputs[0].accuracy.has_value());
    CHECK_FALSE(past.epochs[1].outputs[1].loss.has_value());

    // A loss that is no list is that of the first output.
    fitted other{seed{5}};
    const sinter::history plain = fit(other, data, cross_entropy{}, rule, {.epochs = 2});
    CHECK(all_values(net.parameters()) == all_values(other.parameters()));
    CHECK(plain.epochs[1].accuracy == past.epochs[1].outputs[0].accuracy);
    trainer t{other, cross_entropy{}, rule, labels{}};
    CHECK(fit(t, data, {.epochs = 1}).epochs.size() == 1);

    // Labels of the second output are its classes, wherever it stands.
    const auto of_second = make_dataset(columns{column(points.pixels, 6, 1.0 / 255), column(points.extra, 3)},
                                        columns{column(points.classes)})
                               .value();
    CHECK_THROWS_WITH_AS(fit(other, of_second, losses<untrained, cross_entropy>{}, rule),
                         "fit: expected labels 0 to 1, found 2 at sample 0; correct the label, or give the network an "
                         "output for each class",
                         sinter::failure);

    using second_alone = losses<untrained, mean_squared_error>;
    const auto values = make_dataset(columns{column(points.pixels, 6, 1.0 / 255), column(points.extra, 3)},
                                     columns{column(points.values, 2)})
                            .value();
    fitted last{seed{5}};
    const std::vector<double> first = last.parameter("first.weight").values();
    fit(last, values, second_alone{}, rule, {.epochs = 2});
    CHECK(last.parameter("first.weight").values() == first);
    CHECK(last.parameter("second.weight").values() != second);
}

struct small : nn::sequential<nn::input<6>, nn::linear<7>, nn::relu, nn::linear<5>> {};

TEST_CASE("lists: a network of one input and output trains on lists of one as on none") {
    sinter::model<small, double, rows<16>> plain{seed{6}}, listed{seed{6}}, in_losses{seed{6}};
    const auto data = make_dataset(points.pixels, points.classes, 6, 1, 1.0 / 255).value();
    const auto of_columns =
        make_dataset(columns{column(points.pixels, 6, 1.0 / 255)}, columns{column(points.classes)}).value();
    const sinter::history one = fit(plain, data, cross_entropy{}, rule, {.epochs = 3, .minibatch = 20}),
                          two = fit(listed, of_columns, cross_entropy{}, rule, {.epochs = 3, .minibatch = 20});
    fit(in_losses, of_columns, losses<cross_entropy>{}, rule, {.epochs = 3, .minibatch = 20});
    CHECK(all_values(plain.parameters()) == all_values(listed.parameters()));
    CHECK(all_values(plain.parameters()) == all_values(in_losses.parameters()));
    CHECK(one.epochs[2].accuracy == two.epochs[2].accuracy);
    CHECK(evaluate(plain, data, cross_entropy{}).loss == evaluate(plain, of_columns, losses<cross_entropy>{}).loss);
    CHECK(predict(plain, columns{column(points.pixels, 6, 0.5)}) == predict(plain, points.pixels, 0.5));
}

// ---- a loss of all outputs and targets that names its targets

struct distance_of_both {
    using target_list = targets<dense<sinter::shape<2>>, labels, labels>;
    constexpr auto operator()(auto scores, auto values, auto wanted, auto, auto) const {
        return sum((values - wanted) * (values - wanted)) + 1e-3 * sum(scores * scores);
    }
};

TEST_CASE("lists: a loss of all outputs says what its targets are") {
    fitted net{seed{7}};
    const auto data = make_dataset(columns{column(points.pixels, 6, 1.0 / 255), column(points.extra, 3)},
                                   columns{column(points.values, 2), column(points.classes), column(points.classes)})
                          .value();
    const sinter::history past = fit(net, data, distance_of_both{}, rule, {.epochs = 20, .minibatch = 8});
    CHECK(past.epochs.back().loss < 0.5 * past.epochs.front().loss);
    CHECK_FALSE(past.epochs.back().accuracy);
}

// ---- inputs of integers

struct with_tokens {
    using input = sinter::inputs<sinter::integers<sinter::shape<4>>, sinter::shape<2>>;
    BOOST_HANA_DEFINE_STRUCT(with_tokens, (nn::linear<3>, a), (nn::linear<3>, b));
    constexpr auto operator()(auto tokens, auto x) const {
        const auto third = equal(tokens, 3.0);  // 1 where the token is number 3
        return a(concat(third, x)) + b(0.25 * tokens);
    }
};
struct with_numbers {
    using input = sinter::inputs<sinter::shape<4>, sinter::shape<2>>;
    BOOST_HANA_DEFINE_STRUCT(with_numbers, (nn::linear<3>, a), (nn::linear<3>, b));
    constexpr auto operator()(auto tokens, auto x) const {
        const auto third = equal(tokens, 3.0);
        return a(concat(third, x)) + b(0.25 * tokens);
    }
};

TEST_CASE("lists: an input of integers has the values of the same input in floating point") {
    std::vector<std::int64_t> tokens;
    std::vector<float> as_numbers, x;
    std::vector<std::int32_t> classes;
    for (int i = 0; i < 40; ++i) {
        for (int k = 0; k < 4; ++k) tokens.push_back((i * 5 + k * k) % 7 - 1);
        x.insert(x.end(), {0.1F * static_cast<float>(i % 9), 0.5F});
        classes.push_back(i % 3);
    }
    for (const auto token : tokens) as_numbers.push_back(static_cast<float>(token));
    const auto wanted = columns{column(classes)};
    const auto of_tokens = make_dataset(columns{column(tokens, 4), column(x, 2)}, wanted).value();
    const auto of_numbers = make_dataset(columns{column(as_numbers, 4), column(x, 2)}, wanted).value();
    sinter::model<with_tokens, float, rows<16>> integers{seed{8}};
    sinter::model<with_numbers, float, rows<16>> numbers{seed{8}};
    const sinter::history one = fit(integers, of_tokens, cross_entropy{}, rule, {.epochs = 3, .minibatch = 8}),
                          two = fit(numbers, of_numbers, cross_entropy{}, rule, {.epochs = 3, .minibatch = 8});
    CHECK(all_values(integers.parameters()) == all_values(numbers.parameters()));
    CHECK(one.epochs[2].loss == two.epochs[2].loss);
    CHECK(one.epochs[2].accuracy.has_value());
    CHECK(predict(integers, of_tokens) == predict(numbers, of_numbers));

    sinter::model<with_tokens, double, rows<16>> in_double{seed{8}};
    CHECK(relative_difference(predict(in_double, of_tokens),
                              predict(sinter::model<with_numbers, double>{seed{8}}, of_numbers)) == 0);
    const sinter::inference<with_tokens> alone{integers};
    auto w = alone.workspace();
    const auto scores = alone(std::span(tokens).first(4), std::span(x).first(2), w);
    CHECK(scores[0] == predict(integers, of_tokens)[0]);

    std::vector<std::int64_t> large = tokens;
    large[21] = std::int64_t{1} << 40;
    const auto beyond = make_dataset(columns{column(large, 4), column(x, 2)}, wanted).value();
    CHECK_THROWS_WITH_AS(fit(integers, beyond, cross_entropy{}, rule, {.epochs = 1, .shuffle = false}),
                         "gather: expected integers of 32 bits in input 0, found 1099511627776 at sample 5",
                         sinter::failure);
    CHECK_THROWS_WITH_AS(predict(integers, beyond.inputs),
                         "predict: expected integers of 32 bits in input 0, found 1099511627776 at sample 5",
                         sinter::failure);
    const auto scaled = make_dataset(columns{column(tokens, 4, 0.5), column(x, 2)}, wanted).value();
    CHECK_THROWS_WITH_AS(fit(integers, scaled, cross_entropy{}, rule),
                         "fit: expected no scale of input 0, which holds integers; found one", sinter::failure);
}

// ---- inference

struct wide {
    using input = sinter::inputs<sinter::shape<16>, sinter::shape<32>>;
    BOOST_HANA_DEFINE_STRUCT(wide, (nn::linear<16>, a), (nn::linear<16>, b));
    constexpr auto operator()(auto x, auto y) const {
        const auto h = a(x) + b(y);
        return boost::hana::make_tuple(h, tanh(h), y, h);  // one of them an input, one twice
    }
};

struct square {
    using input = sinter::inputs<sinter::shape<160>, sinter::integers<sinter::shape<16>>, sinter::shape<16>>;
    BOOST_HANA_DEFINE_STRUCT(square, (nn::linear<160>, a), (nn::linear<160>, b));
    constexpr auto operator()(auto x, auto kinds, auto numbers) const {
        const auto h = tanh(a(x));  // integers as they are and under another shape, beside numbers in their place
        return sinter::results{b(h), h, kinds, reshape<4, 4>(kinds), numbers, reshape<4, 4>(numbers)};
    }
};

TEST_CASE("lists: an output may be the next input of the same workspace; an input of integers may be an output") {
    const sinter::model<square> net{seed{13}};
    const sinter::inference<square> in{net};
    auto w = in.workspace(), other = in.workspace();
    std::vector<float> x(160);
    std::vector<std::int32_t> kinds(16);
    for (std::size_t i = 0; i < 160; ++i) x[i] = static_cast<float>(i % 13) / 13 - 0.4F;
    for (std::size_t i = 0; i < 16; ++i) kinds[i] = static_cast<std::int32_t>(i * i) - 40;
    const std::vector<float> numbers(x.begin(), x.begin() + 16);
    const auto first = in(x, kinds, numbers, w);
    for (std::size_t i = 0; i < 16; ++i) {
        CHECK(first[2][i] == static_cast<float>(kinds[i]));
        CHECK(first[3][i] == static_cast<float>(kinds[i]));
        CHECK(first[4][i] == numbers[i]);
        CHECK(first[5][i] == numbers[i]);
    }
    for (std::size_t k = 0; k < 2; ++k) {
        const auto begin = in(x, kinds, numbers, w)[k];
        const std::vector<float> before(begin.begin(), begin.end());
        const auto next = in(begin, kinds, numbers, w), wanted = in(before, kinds, numbers, other);
        CHECK(std::equal(next[0].begin(), next[0].end(), wanted[0].begin()));
        CHECK(std::equal(next[1].begin(), next[1].end(), wanted[1].begin()));
    }
    const auto all = predict(net, columns{column(x, 160), column(kinds, 16), column(numbers, 16)});
    CHECK(std::equal(all[2].begin(), all[2].end(), first[2].begin()));
}

TEST_CASE("lists: inference reads each input where the caller has it, with the bits of copies") {
    const sinter::model<wide> net{seed{9}};
    const sinter::inference<wide, float, rows<4>> in{net};
    static_assert(in.inputs == 2 && in.outputs == 4 && in.input_size(1) == 32 && in.output_size(2) == 32);
    std::vector<float> x(17), y(33);  // of no alignment
    for (std::size_t i = 0; i < 17; ++i) x[i] = 0.1F * static_cast<float>(i) - 0.7F;
    for (std::size_t i = 0; i < 33; ++i) y[i] = 0.6F - 0.05F * static_cast<float>(i * i % 29);
    const auto left = std::span(x).subspan(1), right = std::span(y).subspan(1);
    auto w = in.workspace(), copied = in.workspace();
    const auto [h, bent, same, again] = in(left, right, w);
    std::copy(left.begin(), left.end(), in.input<0>(copied, 0));
    std::copy(right.begin(), right.end(), in.input<1>(copied, 0));
    in.run(copied, 1);
    CHECK(std::equal(h.begin(), h.end(), in.output<0>(copied, 0)));
    CHECK(std::equal(bent.begin(), bent.end(), in.output<1>(copied, 0)));
    CHECK(std::equal(same.begin(), same.end(), right.begin()));
    CHECK(std::equal(again.begin(), again.end(), h.begin()));
    CHECK(again.data() != h.data());

    // An output as the next input, in the same workspace.
    const std::vector<float> before(bent.begin(), bent.end());
    const auto next = in(bent, right, w), wanted = in(before, right, copied);
    CHECK(std::equal(next[0].begin(), next[0].end(), wanted[0].begin()));

    const auto all = predict(net, columns{column(left, 16), column(right, 32)});
    CHECK(all.size() == 4);
    CHECK(std::equal(all[0].begin(), all[0].end(), in(left, right, w)[0].begin()));
    const std::vector<std::uint8_t> bytes(16, 51);
    const std::vector<float> fifth(16, 51 * (1.0F / 255));
    CHECK(in(column(bytes, 16, 1.0F / 255), right, w)[0][3] == in(fifth, right, copied)[0][3]);
    std::vector<float> halves(left.begin(), left.end());
    for (float& value : halves) value *= 0.5F;
    CHECK(in(column(left, 16, 0.5), right, w)[0][3] == in(halves, right, copied)[0][3]);

    const auto wrong = in.try_call(left, left, w);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message == "inference: expected 32 values of input 1, found 16");
    CHECK(in.try_call(right, right, w).error().message == "inference: expected 16 values of input 0, found 32");
    CHECK(in.try_call(left, right, w).has_value());
    CHECK(in.try_run(w, 5).error().message.find("1 to 4 rows, found 5") != std::string::npos);
    auto moved = std::move(w);
    CHECK_FALSE(in.try_call(left, right, w));
    CHECK_FALSE(in.try_run(w, 1));
    CHECK(in.try_run(moved, 1).has_value());
}

struct two_of_one {
    using input = sinter::shape<6>;
    BOOST_HANA_DEFINE_STRUCT(two_of_one, (nn::linear<8>, a), (nn::linear<5>, b), (nn::linear<2>, c));
    constexpr auto operator()(auto x) const {
        const auto h = tanh(a(x));
        return std::pair{b(h), c(h)};
    }
};

TEST_CASE("lists: predict gives both outputs of a network with one input, however many samples at once") {
    const sinter::model<two_of_one, double> net{seed{10}};
    const std::size_t many = 3 * sinter::model<two_of_one>::capacity + 5;
    std::vector<double> x(many * 6);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i % 31) / 31;
    const auto [first, second] = predict(net, x);
    REQUIRE(first.size() == many * 5);
    REQUIRE(second.size() == many * 2);
    const sinter::inference<two_of_one, double> alone{net};
    auto w = alone.workspace();
    for (const std::size_t r : {std::size_t{0}, many / 2, many - 1}) {
        const auto [y, z] = alone(std::span(x).subspan(r * 6, 6), w);
        CHECK(std::equal(y.begin(), y.end(), first.begin() + static_cast<std::ptrdiff_t>(r * 5)));
        CHECK(std::equal(z.begin(), z.end(), second.begin() + static_cast<std::ptrdiff_t>(r * 2)));
    }
    CHECK_THROWS_AS(predict(net, std::span(x).first(7)), sinter::failure);
    const std::vector<int> one(1);
    const auto classes = predict_classes<1>(net, make_dataset(std::span(x).first(6), one, 6).value());
    CHECK(classes.size() == 1);
}

TEST_CASE("lists: weights go to a file and back") {
    const temporary_folder folder;
    const two_model net = golden_two();
    REQUIRE(sinter::save_weights(net, folder / "two.safetensors"));
    two_model again;
    REQUIRE(sinter::load_weights(again, folder / "two.safetensors"));
    const auto inputs = columns{column(golden::two_image, 6), column(golden::two_extra, 3)};
    CHECK(predict(again, inputs) == predict(net, inputs));
    CHECK(predict(sinter::load_inference<two_headed, double>(folder / "two.safetensors").value(), inputs) ==
          predict(net, inputs));
}

TEST_CASE("lists: a value that is not finite is named by its list") {
    cloud broken;
    broken.extra[3 * 4 + 2] = std::numeric_limits<float>::infinity();
    fitted net{seed{11}};
    CHECK_THROWS_WITH_AS(
        fit(net, broken.data(), two_losses{}, rule, {.shuffle = false}),
        "fit: expected a finite loss, found another in step 1 (epoch 1): value 2 of input 1 of sample 4 is infinite or "
        "NaN, as converted and scaled; mend such samples, or leave them out",
        sinter::failure);
    broken = cloud{};
    broken.values[2 * 3] = std::nan("");
    CHECK_THROWS_AS(fit(net, broken.data(), two_losses{}, rule), sinter::failure);
}

TEST_CASE("lists: data of other sizes than the network's lists is refused where it is given") {
    fitted net{seed{12}};
    const auto wanted = columns{column(points.classes), column(points.values, 2)};
    std::vector<float> four(samples * 4);
    const auto wide_input = make_dataset(columns{column(points.pixels, 6), column(four, 4)}, wanted).value();
    CHECK_THROWS_WITH_AS(fit(net, wide_input, two_losses{}, rule),
                         "fit: expected 3 values a sample in input 1, found 4", sinter::failure);
    CHECK_THROWS_WITH_AS(evaluate(net, wide_input, two_losses{}),
                         "evaluate: expected 3 values a sample in input 1, found 4", sinter::failure);
    CHECK_THROWS_WITH_AS(predict(net, wide_input), "predict: expected 3 values a sample in input 1, found 4",
                         sinter::failure);
    const auto wide_target = make_dataset(columns{column(points.pixels, 6), column(points.extra, 3)},
                                          columns{column(points.classes), column(four, 4)})
                                 .value();
    CHECK_THROWS_WITH_AS(fit(net, wide_target, two_losses{}, rule),
                         "fit: expected 2 values a sample in target 1, found 4", sinter::failure);
    std::vector<std::int16_t> classes = points.classes;
    classes[7] = 5;
    const auto wrong = make_dataset(columns{column(points.pixels, 6), column(points.extra, 3)},
                                    columns{column(classes), column(points.values, 2)})
                           .value();
    CHECK_THROWS_WITH_AS(fit(net, wrong, two_losses{}, rule),
                         "fit: expected labels 0 to 4, found 5 at sample 7; correct the label, or give the network an "
                         "output for each class",
                         sinter::failure);
    CHECK_THROWS_WITH_AS(fit(net, points.data().subset(3, 0), two_losses{}, rule), "fit: expected samples, found none",
                         sinter::failure);
    CHECK_THROWS_AS(fit(net, points.data(), two_losses{}, rule, {.validation = samples}), sinter::failure);
    trainer t{net, two_losses{}, rule, two_targets{}};
    const std::vector<std::uint32_t> indices{1, static_cast<std::uint32_t>(samples)};
    CHECK_THROWS_WITH_AS(sinter::gather(points.data(), indices, t.step_buffers()),
                         "expected a sample below 53, found 53; is this order another dataset's?", sinter::failure);
}

TEST_CASE("lists: a CSV of the history has columns for each output") {
    const temporary_folder folder;
    sinter::list_history<2> past;
    past.epochs.push_back({{.epoch = 1, .loss = 0.5, .seconds = 2, .samples_per_second = 100}, {}});
    past.epochs[0].outputs[0] = {.loss = 0.25, .accuracy = 0.75, .test_accuracy = 1};
    past.epochs[0].outputs[1] = {.loss = 0.125, .validation_loss = 3};
    REQUIRE(write_csv(past, folder / "history.csv"));
    CHECK(read_bytes(folder / "history.csv") ==
          "epoch,loss,accuracy,validation_loss,validation_accuracy,test_accuracy,seconds,samples_per_second,"
          "loss.0,accuracy.0,validation_loss.0,validation_accuracy.0,test_accuracy.0,"
          "loss.1,accuracy.1,validation_loss.1,validation_accuracy.1,test_accuracy.1\n"
          "1,0.5,,,,,2,100,0.25,0.75,,,1,0.125,,3,,\n");
}

}  // namespace
