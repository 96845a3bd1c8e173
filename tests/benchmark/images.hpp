// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Networks of images for the suite `train`: LeNet-5, and two convolutions of 32 and 64 filters, without margins and
/// with, each with Adam.
///
/// They see the bytes of the task as pictures of 28 × 28. Parameters to start from are sinter's, in PyTorch's orders.
/// The losses of everybody's first steps are compared with those of the same network in double precision by sinter, so
/// with each other: there are no plain loops of them.

#include "network.hpp"
#include "processes.hpp"
#include <sinter/sinter.hpp>

namespace benchmark {

namespace nn = sinter::nn;
struct lenet_5 : nn::sequential<nn::input<28, 28, 1>, nn::conv<6, 5, nn::padding<2>>, nn::relu, nn::max_pool<2>,
                                nn::conv<16, 5>, nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<120>, nn::relu,
                                nn::linear<84>, nn::relu, nn::linear<10>> {};
struct two_convolutions : nn::sequential<nn::input<28, 28, 1>, nn::conv<32, 3>, nn::relu, nn::max_pool<2>,
                                         nn::conv<64, 3>, nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<10>> {};
struct two_with_margins
    : nn::sequential<nn::input<28, 28, 1>, nn::conv<32, 3, nn::same>, nn::relu, nn::max_pool<2>,
                     nn::conv<64, 3, nn::same>, nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<10>> {};

template <class Net, class Scalar>
class training_of_images final : public training {
public:
    explicit training_of_images(const task& job)
        : data_{sinter::make_dataset(job.bytes, job.labels, pixels, 1, 1.0 / 255).value()} {}
    double step(minibatch samples) override {
        const auto to = trainer_.step_buffers();
        sinter::gather(data_, samples, to.inputs, to.input_stride, to.targets, to.target_stride);
        return trainer_.step_on_buffers(static_cast<int>(samples.size()));
    }
    const auto& weights() const { return net_; }

private:
    using model = sinter::model<Net, Scalar, sinter::rows<64>>;
    sinter::dataset<std::uint8_t, std::uint8_t> data_;
    model net_{sinter::seed{first_weights}};
    sinter::trainer<Net, sinter::cross_entropy, sinter::adam, sinter::labels, Scalar, sinter::rows<64>> trainer_{
        net_, {}, sinter::adam{.learning_rate = static_cast<double>(adam_parameters.rate)}};
};

/// `flops`: of one sample in a whole step, zeros of margins not counted.
template <class Net>
void row_of_images(suite& s, const task& job, image_network which, const std::string& net, double flops) {
    constexpr int size = 64;
    const std::string name = "train-" + net + "-adam-m64";
    if (!s.wants(name)) return;
    const auto losses = [&job](training& who) {
        minibatches order(job.labels.size(), size);
        std::vector<double> all;
        for (int i = 0; i < 20; ++i) all.push_back(who.step(order.next()));
        return all;
    };
    const auto own = std::make_shared<training_of_images<Net, float>>(job);
    parameters_of_images start;
    for (const auto& p : own->weights().parameters()) start.push_back(p.values());
    training_of_images<Net, double> exact(job);
    const std::vector<double> reference = losses(exact);

    std::vector<contestant> all{peak_limit(flops * size)};
    const auto enter = [&](const std::string& who, const std::string& note, std::shared_ptr<training> one,
                           double slack) {
        all.push_back({.who = who,
                       .note = note,
                       .measure = timed([one, order = minibatches(job.labels.size(), size)]() mutable {
                           do_not_optimise(one->step(order.next()));
                       }),
                       .error = [=] { return largest_difference(losses(*one), reference) / slack; }});
    };
    enter("sinter", "sinter", own, 1);
    for (const peer& p : peers())
        if (p.train_images != nullptr) enter(p.who, p.version, p.train_images(job, which, start), p.slack);
    if (!s.peers_command.empty()) {
        const task_folder folder(job);
        for (std::size_t i = 0; i < start.size(); ++i)
            write_values(folder.path() / ("p" + std::to_string(i) + ".f32"), start[i]);
        for (contestant& c : processes(s, folder.path(), {"torch", "torch-last", "torch-compile", "jax"}, name,
                                       [reference](const auto& found) { return largest_difference(found, reference); }))
            all.push_back(std::move(c));
    }
    s.measure(name, 1e-4, std::move(all));
}

inline void rows_of_images(suite& s, const task& job) {
    // Places of windows in the picture: 5 × 5 with a margin of 2 are (28 · 5 - 6)², 3 × 3 with one of 1 (3 n - 2)².
    constexpr double first = 2.0 * 134 * 134 * 6, second = 2.0 * 100 * 150 * 16,
                     dense = 2.0 * (400 * 120 + 120 * 84 + 84 * 10);
    row_of_images<lenet_5>(s, job, image_network::lenet, "lenet5", 2 * first + 3 * (second + dense));
    const auto two = [](double wide, double deep, double last) { return 2 * wide + 3 * (deep + last); };
    row_of_images<two_convolutions>(s, job, image_network::two_convolutions, "conv32-conv64",
                                    two(2.0 * 26 * 26 * 9 * 32, 2.0 * 11 * 11 * 9 * 32 * 64, 2.0 * 5 * 5 * 64 * 10));
    row_of_images<two_with_margins>(s, job, image_network::two_with_margins, "conv32-conv64-same",
                                    two(2.0 * 82 * 82 * 32, 2.0 * 40 * 40 * 32 * 64, 2.0 * 7 * 7 * 64 * 10));
}

}  // namespace benchmark
