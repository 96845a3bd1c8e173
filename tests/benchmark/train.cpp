// SPDX-License-Identifier: BSL-1.0
// The suite `train`: steps of 784-128-10, gathering the minibatch from bytes included.
//
// The losses of each contestant's first steps are compared with those of plain loops in double precision. Peers of
// peers.py get their minibatches ready in single precision.

#include "network.hpp"
#include "processes.hpp"
#include <sinter/sinter.hpp>

namespace {

using namespace benchmark;

template <class Rule, int Capacity>
class sinter_training final : public training {
public:
    sinter_training(const task& job, const Rule& by)
        : data_{sinter::make_dataset(job.bytes, job.labels, pixels, 1, 1.0 / 255).value()}, trainer_{net_, {}, by} {}
    double step(minibatch samples) override {
        const auto to = trainer_.step_buffers();
        sinter::gather(data_, samples, to.inputs, to.input_stride, to.targets, to.target_stride);
        return trainer_.step_on_buffers(static_cast<int>(samples.size()));
    }

private:
    using model = sinter::model<clothes, float, sinter::rows<Capacity>>;
    sinter::dataset<std::uint8_t, std::uint8_t> data_;
    model net_{sinter::seed{first_weights}};
    sinter::trainer<clothes, sinter::cross_entropy, Rule, sinter::labels, float, sinter::rows<Capacity>> trainer_;
};

std::vector<double> first_losses(training& who, const task& job, int size, std::size_t steps) {
    minibatches order(job.labels.size(), size);
    std::vector<double> losses;
    for (std::size_t i = 0; i < steps; ++i) losses.push_back(who.step(order.next()));
    return losses;
}

contestant in_process(std::string who, std::string note, std::shared_ptr<training> one, const task& job, int size,
                      const std::vector<double>& reference, double slack = 1) {
    return {.who = std::move(who),
            .note = std::move(note),
            .measure = timed([one, order = minibatches(job.labels.size(), size)]() mutable {
                do_not_optimise(one->step(order.next()));
            }),
            .error = [&job, one, size, reference, slack] {
                return largest_difference(first_losses(*one, job, size, reference.size()), reference) / slack;
            }};
}

template <class Rule, int Capacity>
void row(suite& s, const task& job, rule by, int size) {
    const std::string name =
        std::string("train-784-128-10-") + (by == rule::adam ? "adam" : "sgd") + "-m" + std::to_string(size);
    if (!s.wants(name)) return;
    loops_training<double> exact(job, by, size);
    const std::vector<double> reference = first_losses(exact, job, size, size > 128 ? 3 : 20);
    const Rule sinters{.learning_rate =
                           static_cast<double>(by == rule::adam ? adam_parameters.rate : sgd_parameters.rate)};
    std::vector<contestant> all;
    const auto flops = peak_limit(flops_per_sample * size);
    if (size > 1)
        all.push_back(flops);
    else if (by == rule::adam)
        all.push_back(
            pass_limit(weight_count, 3 * weight_count, "a pass over weights, one that updates them and the moments"));
    else
        all.push_back(pass_limit(weight_count, weight_count, "a pass over weights, one that updates them"));
    all.push_back(in_process("sinter", "sinter", std::make_shared<sinter_training<Rule, Capacity>>(job, sinters), job,
                             size, reference));
    for (const peer& p : peers())
        if (p.train != nullptr)
            all.push_back(in_process(p.who, p.version, p.train(job, by, size), job, size, reference, p.slack));
    for (contestant& c : processes(s, job, name, reference)) all.push_back(std::move(c));
    s.measure(name, 1e-4, std::move(all));
}

}  // namespace

int main(int argc, char** argv) {
    suite s{"train", argc, argv};
    const task job = random_task(4096);
    for (const int size : {64, 1, 32, 128}) row<sinter::adam, 128>(s, job, rule::adam, size);
    row<sinter::adam, 1024>(s, job, rule::adam, 1024);
    row<sinter::sgd, 128>(s, job, rule::sgd, 1);
    s.skip("train-784-128-10-adam-m128-2threads", "there is no thread team yet");
    return s.exit_code();
}
