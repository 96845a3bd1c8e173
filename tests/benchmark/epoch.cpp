// SPDX-License-Identifier: BSL-1.0
// The suite `epoch`: one pass over the 60,000 images of Fashion-MNIST by minibatches of 32, Adam, in the order of the
// file.
//
// The mean loss of the first steps is compared with plain loops in double precision.

#include "network.hpp"
#include "processes.hpp"
#include <sinter/data/mnist.hpp>
#include <sinter/sinter.hpp>

namespace {

using namespace benchmark;

constexpr int size = 32;
constexpr std::size_t checked_samples = 200 * size;

/// The mean loss of steps over the first samples.
double pass_over(training& who, std::size_t samples) {
    minibatches order(samples, size);
    double sum = 0;
    const std::size_t steps = samples / size;
    for (std::size_t i = 0; i < steps; ++i) sum += who.step(order.next());
    return sum / static_cast<double>(steps);
}

}  // namespace

int main(int argc, char** argv) {
    suite s{"epoch", argc, argv};
    const std::string folder = "/usr/share/datasets/fashion-mnist", row = "epoch-fashion-m32";
    auto images = sinter::read_mnist(folder);
    if (!images) {
        s.skip(row, images.error().message);
        return s.exit_code();
    }
    const auto data = images->train.view();
    task job;
    job.bytes = images->train.pixels, job.labels = images->train.labels;
    take_weights(job);
    loops_training<double> exact(job, rule::adam, size);
    const std::vector<double> reference{pass_over(exact, checked_samples)};

    std::vector<contestant> all{peak_limit(flops_per_sample * static_cast<double>(data.size()))};
    const auto net = std::make_shared<sinter::model<clothes>>(sinter::seed{first_weights});
    const auto fit = [net](const auto& some) {
        const sinter::adam by{.learning_rate = static_cast<double>(adam_parameters.rate)};
        return sinter::fit(*net, some, sinter::cross_entropy{}, by, {.epochs = 1, .minibatch = size, .shuffle = false})
            .epochs[0]
            .loss;
    };
    all.push_back({.who = "sinter",
                   .note = "fit, accuracy included",
                   .measure = timed([=] { do_not_optimise(fit(data)); }),
                   .error = [=] { return std::abs(fit(data.subset(0, checked_samples)) - reference[0]); }});
    for (const peer& p : peers()) {
        if (p.train == nullptr) continue;
        const std::shared_ptr<training> one = p.train(job, rule::adam, size);
        all.push_back({.who = p.who,
                       .note = p.version,
                       .measure = timed([=] { do_not_optimise(pass_over(*one, data.size())); }),
                       .error = [=] { return std::abs(pass_over(*one, checked_samples) - reference[0]) / p.slack; }});
    }
    for (contestant& c : processes(s, job, row, reference)) all.push_back(std::move(c));
    s.measure(row, 1e-3, std::move(all));
    return s.exit_code();
}
