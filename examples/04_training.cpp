// SPDX-License-Identifier: BSL-1.0
// What training offers beyond one call: initialisers, a loss, a layer and an update rule of one's own, validation,
// minibatches above the capacity, forward / backward / update, two threads, weights by name, in files and embedded.

#include <sinter/program/team.hpp>
#include <sinter/sinter.hpp>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace nn = sinter::nn;

// Any type with a call operator is a layer of a sequential.
struct swish {
    constexpr auto operator()(auto x) const { return x * sigmoid(x); }
};

struct regressor : nn::sequential<nn::input<2>, nn::linear<24, nn::he_normal>, swish,
                                  nn::linear<2, nn::glorot_uniform, nn::without_bias>> {};

// A loss gives one number a sample; training minimises the mean over the minibatch.
struct huber {
    constexpr auto operator()(auto output, auto target) const {
        const auto distance = abs(output - target);
        return mean(select(distance < 1.0, 0.5 * distance * distance, distance - 0.5));
    }
};

// An update rule is an expression too, and is fused into the kernel that makes the gradient. Its scalars are known at
// run time only: a schedule compiles nothing.
struct sign_descent {
    double learning_rate = 1e-3;

    static constexpr int state_count = 1, scalar_count = 1;
    static constexpr auto update(auto parameter, auto gradient, const auto& state, const auto& scalar) {
        const auto average = 0.9 * state[0] + 0.1 * gradient;
        return sinter::results{parameter - scalar[0] * sign(average), average};
    }
    void scalars(long long step, double* out) const { out[0] = learning_rate / std::sqrt(static_cast<double>(step)); }
};

// A rule on whole parameters: each step is a part of the parameter's own length.
struct relative_descent {
    double learning_rate = 1e-3;

    static constexpr bool whole_parameters = true;
    static constexpr int state_count = 0, scalar_count = 1;
    static constexpr auto update(auto parameter, auto gradient, const auto&, const auto& scalar) {
        const auto length = sqrt(sum(parameter * parameter)), slope = sqrt(sum(gradient * gradient));
        return sinter::results{parameter - scalar[0] * gradient * (length / (slope + 1e-12))};
    }
    void scalars(long long, double* out) const { out[0] = learning_rate; }
};

int main() {
    const sinter::random_stream random{11};
    std::vector<double> x, y;
    for (std::size_t i = 0; i < 600; ++i) {
        const double a = 2 * random.uniform<double>(2 * i) - 1, b = 2 * random.uniform<double>(2 * i + 1) - 1;
        x.insert(x.end(), {a, b});
        y.insert(y.end(), {a * b, a - b});
    }
    const auto data = sinter::make_dataset(x, y, 2, 2).value();  // two values in, two targets out

    // In double, at most 50 samples at once; a minibatch of 120 is accumulated in chunks of 50, 50 and 20.
    sinter::model<regressor, double, sinter::rows<50>> net{sinter::seed{3}};
    const auto history = sinter::fit(net, data, huber{}, sign_descent{.learning_rate = 2e-2},
                                     {.epochs = 60, .minibatch = 120, .validation = 100, .progress = nullptr});
    const auto& last = history.epochs.back();
    std::printf("loss %.5f, of the samples held out %.5f\n", last.loss, last.validation_loss.value_or(0));

    // One step by hand: three calls.
    sinter::trainer training{net, huber{}, sign_descent{}, sinter::dense<sinter::shape<2>>{}};
    const double before = training.forward(x.data(), y.data(), 50);
    training.backward();
    for (const auto& gradient : training.gradient_views()) {
        double largest = 0;
        for (const double g : gradient.values()) largest = std::max(largest, std::abs(g));
        std::printf("%s: largest derivative %.1e\n", gradient.name().c_str(), largest);
    }
    training.update();
    std::printf("loss of 50 samples %.5f\n", before);

    sinter::trainer relative{net, huber{}, relative_descent{}, sinter::dense<sinter::shape<2>>{}};
    std::printf("loss of 50 samples %.5f\n", relative.step(x.data(), y.data(), 50));

    // Two threads compute each kernel's tiles together. The bits are those of one thread.
    sinter::team two{2};
    const sinter::dense<sinter::shape<2>> targets;
    sinter::trainer together{net, huber{}, sign_descent{.learning_rate = 2e-3}, targets, two};
    sinter::fit(together, data, {.epochs = 10, .minibatch = 50});

    // Parameters by name, in the shape of files: (outputs, inputs), row major.
    auto weight = net.parameter("0.weight");
    std::printf("0.weight is %zu x %zu, its first element %.3f\n", weight.shape()[0], weight.shape()[1], weight[0]);

    const std::string path = "regressor.safetensors";
    sinter::save_weights(net, path).value();
    sinter::model<regressor, double, sinter::rows<50>> again;
    sinter::load_weights(again, path).value();  // a failure changes nothing and says why

    const auto embedded = sinter::load_inference<regressor, double>(path).value();
    const auto expected = sinter::predict(net, x);
    const auto found = sinter::predict(embedded, x);
    bool same = expected.size() == found.size();
    for (std::size_t i = 0; i < found.size(); ++i) same = same && std::abs(found[i] - expected[i]) <= 1e-12;
    const auto measured = sinter::evaluate(again, data, huber{});
    std::printf("loss of all samples %.5f; embedded as trained: %s\n", measured.loss, same ? "yes" : "no");
    std::remove(path.c_str());
    return same && measured.loss < 0.02 ? 0 : 1;
}
