// SPDX-License-Identifier: BSL-1.0
// A training step by each of its doors: one call, three calls, accumulated chunks. All give the same; PyTorch's
// gradients. In whatever order they are called, weights are right or the call is refused.
#include "support/golden_network.hpp"
#include "support/in_child.hpp"
#include "support/plain_network.hpp"
#include <sinter/meta/philox.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/program/team.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace {

using namespace sinter_test;
using sinter::cross_entropy, sinter::labels, sinter::sgd_momentum, sinter::trainer;

const double* const inputs = golden::mlp_inputs;
const std::int32_t* const targets = golden::mlp_labels;

TEST_CASE("trainer: gradients are PyTorch's") {
    mlp_model net = golden_mlp();
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    CHECK(t.forward(inputs, targets, 6) == doctest::Approx(golden::mlp_loss[0]).epsilon(1e-14));
    t.backward();
    CHECK(relative_difference(t.gradient_views()[0].values(), golden::mlp_d_weight1) <= 1e-12);
    CHECK(relative_difference(t.gradient_views()[1].values(), golden::mlp_d_bias1) <= 1e-12);
    CHECK(relative_difference(t.gradient_views()[2].values(), golden::mlp_d_weight2) <= 1e-12);
    CHECK(relative_difference(t.gradient_views()[3].values(), golden::mlp_d_bias2) <= 1e-12);
    CHECK(t.gradient_views()[0].name() == "0.weight");
    CHECK(t.gradient_views()[0].shape() == std::vector<std::size_t>{8, 7});
}

TEST_CASE("trainer: step and forward, backward, update give the same bits, for every number of rows") {
    for (int rows = 1; rows <= 6; ++rows) {
        mlp_model fused = golden_mlp(), split = golden_mlp();
        trainer one{fused, cross_entropy{}, sgd_momentum{.learning_rate = 0.1, .nesterov = true}, labels{}};
        trainer three{split, cross_entropy{}, sgd_momentum{.learning_rate = 0.1, .nesterov = true}, labels{}};
        for (int step = 0; step < 4; ++step) {
            const double loss = one.step(inputs, targets, rows);
            CHECK(three.forward(inputs, targets, rows) == loss);
            three.backward();
            three.update();
            CHECK(all_values(fused.parameters()) == all_values(split.parameters()));
        }
        CHECK(one.steps() == 4);
        CHECK(three.steps() == 4);
    }
}

TEST_CASE("trainer: an independent loop in plain doubles trains the same network") {
    mlp_model net = golden_mlp();
    trainer t{net, cross_entropy{}, sgd_momentum{.learning_rate = 0.1}, labels{}};
    plain_network plain(7, 8, 5, all_values(net.parameters()));
    for (int step = 0; step < 20; ++step) {
        const int rows = 1 + step % 6;
        const double wanted = plain.step(inputs, targets, static_cast<std::size_t>(rows), 0.1, 0.9);
        CHECK(t.step(inputs, targets, rows) == doctest::Approx(wanted).epsilon(1e-13));
    }
    CHECK(relative_difference(all_values(net.parameters()), plain.parameters()) <= 1e-13);
}

TEST_CASE("trainer: chunks accumulate to the gradient of the whole") {
    mlp_model net = golden_mlp();
    trainer whole{net, cross_entropy{}, sgd_momentum{}, labels{}},
        chunks{net, cross_entropy{}, sgd_momentum{}, labels{}};
    const double loss = whole.forward(inputs, targets, 6);
    whole.backward();
    double sum = 0;
    chunks.zero_gradients();
    for (const auto& [first, count] : {std::pair{0, 3}, {3, 1}, {4, 2}})
        sum += chunks.accumulate(inputs + first * 7, targets + first, count, 6);
    CHECK(sum == doctest::Approx(loss).epsilon(1e-14));
    CHECK(relative_difference(all_values(chunks.gradient_views()), all_values(whole.gradient_views())) <= 1e-14);
    chunks.zero_gradients();
    for (const double g : all_values(chunks.gradient_views())) CHECK(g == 0);
}

TEST_CASE("trainer: the rule's state is forgotten on reset, and its numbers may change between steps") {
    mlp_model net = golden_mlp();
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    t.step(inputs, targets, 6);
    t.rule().learning_rate = 0;
    const std::vector<double> before = all_values(net.parameters());
    t.step(inputs, targets, 6);
    CHECK(all_values(net.parameters()) == before);
    CHECK(t.steps() == 2);
    t.reset();
    CHECK(t.steps() == 0);

    mlp_model fresh = golden_mlp();
    net = golden_mlp();
    t.rule() = sgd_momentum{};
    trainer u{fresh, cross_entropy{}, sgd_momentum{}, labels{}};
    t.step(inputs, targets, 6);
    u.step(inputs, targets, 6);
    CHECK(all_values(net.parameters()) == all_values(fresh.parameters()));
}

TEST_CASE("trainer: labels that are no class, and calls without what they need before them, are refused") {
    mlp_model net = golden_mlp();
    const std::vector<double> before = all_values(net.parameters());
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    const std::int32_t wrong[] = {0, 5};
    CHECK_THROWS_WITH_AS(t.step(inputs, wrong, 2), "expected labels 0 to 4, found 5", sinter::failure);
    CHECK_THROWS_AS(t.backward(), sinter::failure);
    CHECK_THROWS_AS(t.update(), sinter::failure);
    CHECK(all_values(net.parameters()) == before);
}

TEST_CASE("trainer: rows out of range are refused") {
    mlp_model net = golden_mlp();
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    CHECK_THROWS_WITH_AS(t.step(inputs, targets, 0), "expected 1 to 6 rows, found 0; give a sample at least",
                         sinter::failure);
    CHECK_THROWS_AS(t.step(inputs, targets, 7), sinter::failure);
    CHECK_THROWS_AS(t.forward(inputs, targets, -1), sinter::failure);
}

TEST_CASE("trainer: targets that no loss reads lie apart from the samples, the outputs and the loss") {
    constexpr auto size_of = [](auto output, auto) { return mean(output * output); };
    mlp_model net = golden_mlp(), other = golden_mlp();
    const sinter::dense<sinter::shape<5>> five;
    trainer t{net, size_of, sgd_momentum{}, five};
    trainer u{other, size_of, sgd_momentum{}, labels{}};
    const std::vector<double> wild(6 * 5, 1e30);
    for (int step = 0; step < 3; ++step) CHECK(t.step(inputs, wild.data(), 6) == u.step(inputs, targets, 6));
    CHECK(all_values(net.parameters()) == all_values(other.parameters()));

    const auto b = t.step_buffers();
    CHECK(b.target_stride >= 5);
    const double loss = *b.loss, first = b.outputs[0], last = b.outputs[5 * b.output_stride + 4];
    for (std::size_t r = 0; r < 6; ++r)
        for (std::size_t i = 0; i < 5; ++i) b.targets[r * b.target_stride + i] = -1;
    CHECK(*b.loss == loss);
    CHECK(b.outputs[0] == first);
    CHECK(b.outputs[5 * b.output_stride + 4] == last);
    for (std::size_t r = 0; r < 6; ++r)
        for (std::size_t i = 0; i < 7; ++i) CHECK(b.inputs[r * b.input_stride + i] == inputs[r * 7 + i]);
}

TEST_CASE("trainer: a rule with numbers that train nothing is refused when it is made, and on reset") {
    mlp_model net = golden_mlp();
    CHECK_THROWS_WITH_AS((trainer{net, cross_entropy{}, sgd_momentum{.learning_rate = -1}, labels{}}),
                         "sgd_momentum: expected learning_rate to be finite and not negative, found -1",
                         sinter::failure);
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}};
    t.step(inputs, targets, 6);
    t.rule().dampening = 3;
    CHECK_THROWS_AS(t.reset(), sinter::failure);
    CHECK(t.steps() == 1);
    CHECK(t.weights() == net.arena());
}

// ---- calls in any order

using momentum_trainer = decltype(trainer{std::declval<mlp_model&>(), cross_entropy{}, sgd_momentum{}, labels{}});
constexpr double rate = 0.05, momentum = 0.9;
momentum_trainer trainer_of(mlp_model& net) {
    return {net, cross_entropy{}, sgd_momentum{.learning_rate = rate, .momentum = momentum}, labels{}};
}

/// What a trainer's calls are to do, in plain loops: weights, velocity, gradients, and the samples of the last
/// forward.
struct shadow {
    struct samples {
        std::size_t first, count;
    };
    plain_network now{7, 8, 5, all_values(golden_mlp().parameters())};
    std::vector<double> gradients = std::vector<double>(now.velocity.size());
    bool has_gradients = false, has_pass = false;
    samples pass{};
    double pass_part = 1;
    long long steps = 0;

    std::vector<double> gradient_of(samples of, double& loss) const {
        std::vector<double> g;
        loss = now.gradient(inputs + of.first * 7, targets + of.first, of.count, g);
        return g;
    }
    void set_weights(const std::vector<double>& values) {
        const std::vector<double> velocity = now.velocity;
        now = plain_network(7, 8, 5, values);
        now.velocity = velocity;
        has_pass = false;
    }
    void apply(const std::vector<double>& g) {
        std::vector<double> values = now.parameters();
        for (std::size_t i = 0; i < g.size(); ++i) {
            now.velocity[i] = momentum * now.velocity[i] + g[i];
            values[i] -= rate * now.velocity[i];
        }
        set_weights(values);
        ++steps;
    }

    double step(samples of) {
        double loss = 0;
        apply(gradient_of(of, loss));
        return loss;
    }
    double forward(samples of, double part) {
        double loss = 0;
        (void)gradient_of(of, loss);
        has_pass = true;
        pass = of;
        pass_part = part;
        return loss * part;
    }
    bool backward() {
        if (!has_pass) return false;
        double loss = 0;
        gradients = gradient_of(pass, loss);
        for (double& g : gradients) g *= pass_part;
        has_gradients = true;
        has_pass = false;
        return true;
    }
    double accumulate(samples of, double part) {
        double loss = 0;
        const std::vector<double> g = gradient_of(of, loss);
        if (!has_gradients) gradients.assign(g.size(), 0);
        for (std::size_t i = 0; i < g.size(); ++i) gradients[i] += part * g[i];
        has_gradients = true;
        return loss * part;
    }
    bool update() {
        if (!has_gradients) return false;
        has_gradients = false;
        apply(gradients);
        return true;
    }
};

/// A model, moved now and then, its trainer, moved too, and their shadow.
struct life {
    std::array<mlp_model, 2> models{golden_mlp(), golden_mlp()};
    std::size_t home = 0;
    bool other_is_empty = false;
    std::optional<momentum_trainer> t{trainer_of(models[0])};
    shadow wanted;

    static bool refused(const auto& call) {
        try {
            call();
        } catch (const sinter::failure& why) {
            return why.code() == sinter::error_code::bad_argument;
        }
        return false;
    }
    static bool close(double found, double right) { return std::abs(found - right) <= 1e-10 * (1 + std::abs(right)); }

    /// One call, the same by both; whether it did what it should.
    bool call(unsigned which, std::size_t first, std::size_t count, int more) {
        const double *const x = inputs + first * 7, part = static_cast<double>(count) /
                                                           static_cast<double>(count + static_cast<std::size_t>(more));
        const std::int32_t* const y = targets + first;
        const int rows = static_cast<int>(count), mean_over = rows + more;
        const auto to_buffers = [&](const momentum_trainer::buffers& b) {
            for (std::size_t r = 0; r < count; ++r) {
                std::copy_n(x + r * 7, 7, b.inputs + r * b.input_stride);
                b.targets[r * b.target_stride] = y[r];
            }
        };
        const std::int32_t no_class[] = {0, 1, -1, 0, 0, 0};
        switch (which) {
            case 0: return close(t->step(x, y, rows), wanted.step({first, count}));
            case 1: return close(t->forward(x, y, rows), wanted.forward({first, count}, 1));
            case 2:
                to_buffers(t->forward_buffers());
                return close(t->forward_on_buffers(rows, mean_over), wanted.forward({first, count}, part));
            case 3:
            case 4:
                if (wanted.backward()) return t->backward(), true;
                return refused([&] { t->backward(); });
            case 5:
            case 6: return close(t->accumulate(x, y, rows, mean_over), wanted.accumulate({first, count}, part));
            case 7: return t->zero_gradients(), wanted.gradients.assign(109, 0), wanted.has_gradients = false, true;
            case 8:
            case 9:
                if (wanted.update()) return t->update(), true;
                return refused([&] { t->update(); });
            case 10:  // to a model that has weights go the values alone, to one that has none weights and trainer
                models[1 - home] = std::move(models[home]);
                if (std::exchange(other_is_empty, false)) home = 1 - home, other_is_empty = true;
                return true;
            case 11: {
                mlp_model moved = std::move(models[home]), replaced = std::move(models[1 - home]);
                home = 1 - home;
                models[home] = std::move(moved);
                return other_is_empty = true;
            }
            case 12: {
                momentum_trainer moved = std::move(*t);
                t.emplace(std::move(moved));
                return true;
            }
            case 13: {
                const mlp_model other = golden_mlp();
                models[home] = other;
                return wanted.set_weights(all_values(other.parameters())), true;
            }
            case 14: {
                momentum_trainer other = trainer_of(models[home]);
                shadow his;
                his.now = plain_network(7, 8, 5, wanted.now.parameters());
                other.step(x, y, rows);
                his.step({first, count});
                return wanted.set_weights(his.now.parameters()), true;
            }
            case 15: t->reset(); return wanted.steps = 0, wanted.now.velocity.assign(109, 0), true;
            case 16: wanted.has_pass = false; return refused([&] { t->forward(x, no_class, 3); });
            case 17: return refused([&] { t->step(x, no_class, 3); });
            case 18: return refused([&] { t->accumulate(x, no_class, 3, 3); });
            case 19:
                return refused([&] { t->step_on_buffers(7); }) && refused([&] { t->forward(x, y, 7); }) &&
                       refused([&] { t->accumulate(x, y, rows, rows - 1); });
            case 20: to_buffers(t->step_buffers()); return to_buffers(t->accumulate_buffers()), true;
            default: return true;
        }
    }
    bool agrees() {
        return relative_difference(all_values(models[home].parameters()), wanted.now.parameters()) <= 1e-10 &&
               (!wanted.has_gradients ||
                relative_difference(all_values(t->gradient_views()), wanted.gradients) <= 1e-10) &&
               t->steps() == wanted.steps;
    }
};

TEST_CASE("trainer: calls in any order do what they do in plain loops, or are refused and change nothing") {
    for (std::uint64_t sequence = 0; sequence < 600; ++sequence) {
        const sinter::random_stream random{sequence, 14};
        life both;
        std::vector<unsigned> calls;
        bool right = true;
        for (std::uint64_t i = 0; right && i < 16; ++i) {
            const auto below = [&](std::uint64_t k, std::uint64_t n) {
                return static_cast<std::size_t>(random.below(4 * i + k, n));
            };
            const std::size_t count = 1 + below(0, 6), first = below(1, 7 - count);
            // Every other sequence is of the calls that pass and gradients are made of.
            calls.push_back(static_cast<unsigned>(below(2, sequence % 2 == 0 ? 10 : 21)));
            right = both.call(calls.back(), first, count, static_cast<int>(below(3, 3))) && both.agrees();
        }
        CAPTURE(sequence);
        CAPTURE(calls);
        REQUIRE(right);
    }
}

TEST_CASE("trainer: a forward to look changes no bit of what follows") {
    const auto look = [](momentum_trainer& t) { t.forward(inputs + 7, targets + 1, 4); };
    const auto nothing = [](momentum_trainer&) {};
    const auto trained = [](auto&& between) {
        mlp_model net = golden_mlp();
        momentum_trainer t = trainer_of(net);
        for (int i = 0; i < 3; ++i) {
            between(t);
            t.forward(inputs, targets, 6);
            t.backward();
            between(t);
            t.update();
            between(t);
            t.accumulate(inputs, targets, 3, 6);
            between(t);
            t.accumulate(inputs + 3 * 7, targets + 3, 3, 6);
            between(t);
            t.update();
            between(t);
            t.step(inputs, targets, 5);
        }
        return all_values(net.parameters());
    };
    CHECK(trained(look) == trained(nothing));
}

TEST_CASE("trainer: a pass is of use once, and only for the weights that it read") {
    mlp_model net = golden_mlp();
    momentum_trainer t = trainer_of(net);
    t.forward(inputs, targets, 6);
    t.backward();
    CHECK_THROWS_WITH_AS(t.backward(), "backward: expected a call of forward before it, one for each backward",
                         sinter::failure);
    t.forward(inputs, targets, 6);
    t.step(inputs, targets, 6);
    const auto changed =
        "backward: expected the weights that forward read, found that they changed since; call forward again";
    CHECK_THROWS_WITH_AS(t.backward(), changed, sinter::failure);
    t.forward(inputs, targets, 6);
    net.initialise(sinter::seed{3});
    CHECK_THROWS_WITH_AS(t.backward(), changed, sinter::failure);
    const std::vector<double> same(t.weights(), t.weights() + momentum_trainer::parameter_elements);
    t.forward(inputs, targets, 6);
    t.assign_weights(same.data());
    CHECK_THROWS_WITH_AS(t.backward(), changed, sinter::failure);
}

TEST_CASE("trainer: one that was moved from gives no buffers and no gradients, and takes no calls") {
    mlp_model net = golden_mlp();
    momentum_trainer t = trainer_of(net);
    const momentum_trainer now = std::move(t);
    CHECK(now.steps() == 0);
    CHECK_THROWS_AS(t.step_buffers(), sinter::failure);
    CHECK_THROWS_AS(t.gradient_views(), sinter::failure);
    CHECK_THROWS_AS(t.zero_gradients(), sinter::failure);
    CHECK_THROWS_AS(t.reset(), sinter::failure);
    CHECK_THROWS_AS(t.step(inputs, targets, 6), sinter::failure);
}

/// Its gradients take the mean's factor in the backward half.
struct inner_product {
    constexpr auto operator()(auto output, auto target) const { return sum(output * target); }
};
struct linear_layer : nn::sequential<nn::input<7>, nn::linear<8>> {};

TEST_CASE("trainer: backward is of the mean that forward took, whatever was called between") {
    sinter::model<linear_layer, double, sinter::rows<6>> net{sinter::seed{2}};
    trainer t{net, inner_product{}, sgd_momentum{}, sinter::dense<sinter::shape<8>>{}};
    const std::vector<double> x(inputs, inputs + 42), y(48, 0.5);
    const auto forward = [&] {
        t.forward(x, y);
        t.forward_on_buffers(3, 6);
    };
    forward();
    t.backward();
    const std::vector<double> wanted = all_values(t.gradient_views());
    forward();
    t.accumulate(x, y, 7);
    t.backward();
    CHECK(all_values(t.gradient_views()) == wanted);
}

TEST_CASE("trainer: update uses gradients once") {
    mlp_model net = golden_mlp();
    momentum_trainer t = trainer_of(net);
    const std::vector<double> before = all_values(net.parameters());
    const auto none =
        "update: expected gradients, of forward and backward or of accumulate, found none since the last update";
    t.forward(inputs, targets, 6);
    CHECK_THROWS_WITH_AS(t.update(), none, sinter::failure);
    t.zero_gradients();
    CHECK_THROWS_WITH_AS(t.update(), none, sinter::failure);
    CHECK(all_values(net.parameters()) == before);
    CHECK(t.steps() == 0);
    t.backward();
    t.update();
    const std::vector<double> once = all_values(net.parameters()), used = all_values(t.gradient_views());
    CHECK_THROWS_WITH_AS(t.update(), none, sinter::failure);
    CHECK(all_values(net.parameters()) == once);
    CHECK(relative_difference(used, std::vector<double>(used.size())) > 0);  // still to be read

    // The first accumulate after it begins with zeros.
    momentum_trainer fresh = trainer_of(net);
    t.accumulate(inputs, targets, 6, 6);
    fresh.zero_gradients();
    fresh.accumulate(inputs, targets, 6, 6);
    CHECK(all_values(t.gradient_views()) == all_values(fresh.gradient_views()));
}

TEST_CASE("trainer: buffers of each program stay where they are, and no other program writes them") {
    mlp_model net = golden_mlp();
    momentum_trainer t = trainer_of(net);
    const auto forward = t.forward_buffers(), step = t.step_buffers(), accumulate = t.accumulate_buffers();
    const auto gradients = t.gradient_views();
    for (const auto& b : {forward, step, accumulate})
        for (std::size_t r = 0; r < 6; ++r) {
            std::copy_n(inputs + r * 7, 7, b.inputs + r * b.input_stride);
            b.targets[r * b.target_stride] = targets[r];
        }
    for (int i = 0; i < 2; ++i) {
        const double loss = t.forward_on_buffers(6, 6);
        const std::vector<double> outputs(forward.outputs, forward.outputs + 5);
        t.backward();
        const double part = t.accumulate_on_buffers(6, 6);
        CHECK(part == doctest::Approx(loss).epsilon(1e-14));
        CHECK(t.step_on_buffers(6) == loss);
        CHECK(std::vector<double>(forward.outputs, forward.outputs + 5) == outputs);
        t.update();
        CHECK(all_values(gradients) == all_values(t.gradient_views()));
    }
    momentum_trainer moved = std::move(t);
    CHECK(moved.forward_buffers().inputs == forward.inputs);
    CHECK(moved.step_buffers().targets == step.targets);
    CHECK(moved.accumulate_buffers().outputs == accumulate.outputs);
}

// ---- counts and sizes

TEST_CASE("trainer: counts that no buffer holds are refused by every door, and nothing is written") {
    mlp_model net = golden_mlp();
    momentum_trainer t = trainer_of(net);
    const std::vector<double> before = all_values(net.parameters());
    constexpr int most = std::numeric_limits<int>::max(), least = std::numeric_limits<int>::min();
    for (const int wrong : {0, -1, 7, 1000000, most, least}) {
        CHECK_THROWS_AS(t.step(inputs, targets, wrong), sinter::failure);
        CHECK_THROWS_AS(t.step_on_buffers(wrong), sinter::failure);
        CHECK_THROWS_AS(t.forward(inputs, targets, wrong), sinter::failure);
        CHECK_THROWS_AS(t.forward_on_buffers(wrong, wrong), sinter::failure);
        CHECK_THROWS_AS(t.accumulate(inputs, targets, wrong, wrong), sinter::failure);
        CHECK_THROWS_AS(t.accumulate_on_buffers(wrong, most), sinter::failure);
    }
    for (const int wrong : {0, -1, 2, least}) {
        CHECK_THROWS_WITH_AS(t.accumulate(inputs, targets, 3, wrong),
                             doctest::Contains("expected a mean over 3 samples or more, as many as are given, found "),
                             sinter::failure);
        CHECK_THROWS_AS(t.accumulate_on_buffers(3, wrong), sinter::failure);
        CHECK_THROWS_AS(t.forward_on_buffers(3, wrong), sinter::failure);
    }
    CHECK_THROWS_WITH_AS(t.step(nullptr, targets, 1), "expected samples, found a null pointer", sinter::failure);
    CHECK_THROWS_WITH_AS(t.forward(inputs, nullptr, 1), "expected targets, found a null pointer", sinter::failure);
    t.step_buffers().targets[2] = 5;
    CHECK_THROWS_WITH_AS(t.step_on_buffers(6), "expected labels 0 to 4, found 5", sinter::failure);
    CHECK(t.step_buffers().targets[2] == 5);
    CHECK(all_values(net.parameters()) == before);
    CHECK(t.steps() == 0);
    for (const double g : all_values(t.gradient_views())) CHECK(g == 0);
}

TEST_CASE("trainer: spans say how many samples they are, and are refused if they are none") {
    mlp_model one = golden_mlp(), other = golden_mlp();
    momentum_trainer t = trainer_of(one), u = trainer_of(other);
    const std::vector<double> x(inputs, inputs + 6 * 7);
    const std::vector<std::int32_t> y(targets, targets + 6);
    CHECK(t.step(x, y) == u.step(inputs, targets, 6));
    CHECK(t.forward(std::span(x).first(14), std::span(y).first(2)) == u.forward(inputs, targets, 2));
    CHECK(t.accumulate(std::span(x).last(7), std::span(y).last(1), 4) == u.accumulate(inputs + 35, targets + 5, 1, 4));
    CHECK_THROWS_WITH_AS(t.step(std::span(x).first(13), std::span(y).first(1)),
                         "expected whole samples of 7 values with targets of 1 each, found 13 values and 1 of targets",
                         sinter::failure);
    CHECK_THROWS_AS(t.step(x, std::span(y).first(5)), sinter::failure);
    CHECK_THROWS_AS(t.step(std::span(x).first(0), std::span(y).first(0)), sinter::failure);
    const std::vector<double> many(7 * 7);
    CHECK_THROWS_AS(t.forward(many, std::vector<std::int32_t>(7)), sinter::failure);
}

// ---- lifetimes

TEST_CASE("trainer: goes with the weights where their model is moved, and notices that it was destroyed") {
    std::vector<mlp_model> models;
    models.push_back(golden_mlp());
    mlp_model still = golden_mlp();
    momentum_trainer t = trainer_of(models[0]), u = trainer_of(still);
    for (int i = 0; i < 5; ++i) {
        CHECK(t.step(inputs, targets, 6) == u.step(inputs, targets, 6));
        models.push_back(golden_mlp());  // moves the others to larger memory
    }
    CHECK(all_values(models[0].parameters()) == all_values(still.parameters()));
    std::swap(models[0], models[1]);
    CHECK(t.step(inputs, targets, 6) == u.step(inputs, targets, 6));
    CHECK(all_values(models[1].parameters()) == all_values(still.parameters()));
    models.clear();
    const auto destroyed = "trainer: expected its model, found that it was destroyed; a model outlives its trainers";
    CHECK_THROWS_WITH_AS(t.step(inputs, targets, 6), destroyed, sinter::failure);
    CHECK_THROWS_WITH_AS(t.forward(inputs, targets, 6), destroyed, sinter::failure);
    CHECK_THROWS_WITH_AS(t.accumulate(inputs, targets, 6, 6), destroyed, sinter::failure);
    CHECK(t.steps() == 6);
}

TEST_CASE("trainer: one that was moved from is refused, and the one it was moved to goes on") {
    mlp_model one = golden_mlp(), other = golden_mlp();
    momentum_trainer t = trainer_of(one), u = trainer_of(other);
    t.forward(inputs, targets, 6);
    u.forward(inputs, targets, 6);
    momentum_trainer moved = std::move(t);
    moved.backward();
    u.backward();
    moved.update();
    u.update();
    CHECK(all_values(one.parameters()) == all_values(other.parameters()));
    CHECK_THROWS_WITH_AS(
        t.step(inputs, targets, 6),
        "trainer: expected one with a model, found one that was moved from; use the one it was moved to",
        sinter::failure);
    CHECK_THROWS_AS(t.backward(), sinter::failure);
    CHECK_THROWS_AS(t.update(), sinter::failure);

    mlp_model given = std::move(one);
    CHECK_THROWS_WITH_AS(trainer_of(one),
                         "model: expected weights, found that it was moved from; use the one that it was moved to, or "
                         "assign another to it",
                         sinter::failure);
}

TEST_CASE("trainer: with a team, in a child of fork, computes the bits of the parent") {
    mlp_model net = golden_mlp();
    sinter::team two{2};
    trainer t{net, cross_entropy{}, sgd_momentum{}, labels{}, two};
    t.step(inputs, targets, 6);
    mlp_model copy = net;
    trainer alone{copy, cross_entropy{}, sgd_momentum{}, labels{}};
    const double loss = alone.step(inputs, targets, 6);
    t.reset();
    CHECK(in_child([&] {
              if (t.step(inputs, targets, 6) != loss) throw 1;
              if (all_values(net.parameters()) != all_values(copy.parameters())) throw 2;
          }).returned);
    CHECK(t.step(inputs, targets, 6) == loss);
    CHECK(all_values(net.parameters()) == all_values(copy.parameters()));
}

}  // namespace
