// SPDX-License-Identifier: BSL-1.0
// The suite `train`: steps of 784-128-10 and of two networks of images, gathering the minibatch from bytes included.
//
// The losses of each contestant's first steps are compared with those of plain loops in double precision. Peers of
// peers.py get their minibatches ready in single precision.

#include "images.hpp"
#include "network.hpp"
#include "processes.hpp"
#include <sinter/program/team.hpp>
#include <sinter/sinter.hpp>

namespace {

using namespace benchmark;

/// Threads is no_team, or a reference to a team.
template <class Rule, int Capacity, class Threads = sinter::no_team>
class sinter_training final : public training {
public:
    sinter_training(const task& job, const Rule& by, Threads threads = {})
        : data_{sinter::make_dataset(job.bytes, job.labels, pixels, 1, 1.0 / 255).value()}
        , trainer_{net_, {}, by, {}, threads} {}
    double step(minibatch samples) override {
        const auto to = trainer_.step_buffers();
        sinter::gather(data_, samples, to.inputs, to.input_stride, to.targets, to.target_stride, trainer_.threads());
        return trainer_.step_on_buffers(static_cast<int>(samples.size()));
    }

private:
    using model = sinter::model<clothes, float, sinter::rows<Capacity>>;
    sinter::dataset<std::uint8_t, std::uint8_t> data_;
    model net_{sinter::seed{first_weights}};
    sinter::trainer<clothes, sinter::cross_entropy, Rule, sinter::labels, float, sinter::rows<Capacity>, Threads>
        trainer_;
};

/// The cost model's time of a step, gathering its bytes included.
template <class Rule, int Capacity>
double predicted_step(int size) {
    using plan =
        typename sinter::plans<clothes, float, Capacity>::template step<sinter::cross_entropy, sinter::labels, Rule>;
    constexpr auto touched = static_cast<std::size_t>(weight_count) * (1 + Rule::state_count);
    const sinter::core_rates core = measured_rates(touched + static_cast<std::size_t>(size) * pixels);
    const double n = size * pixels;  // gathered: widened, converted, scaled, stored
    return sinter::predicted_seconds<plan>(size, core) +
           sinter::predicted_seconds({.operations = 3 * n, .copied_bytes = 5 * n}, core);
}

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
    all.back().predicted = predicted_step<Rule, Capacity>(size);
    for (const peer& p : peers())
        if (p.train != nullptr)
            all.push_back(in_process(p.who, p.version, p.train(job, by, size), job, size, reference, p.slack));
    for (contestant& c : processes(s, job, name, reference)) all.push_back(std::move(c));
    s.measure(name, 1e-4, std::move(all));
}

/// A team of two against two copies that train apart, at the same time on the same cores: half their time is the limit.
void row_of_two_threads(suite& s, const task& job) {
    const std::string name = "train-784-128-10-adam-m128-2threads";
    if (!s.wants(name)) return;
    if (std::thread::hardware_concurrency() < 2) return s.skip(name, "one core");
    loops_training<double> exact(job, rule::adam, 128);
    const std::vector<double> reference = first_losses(exact, job, 128, 20);
    const sinter::adam by{.learning_rate = static_cast<double>(adam_parameters.rate)};
    pin_to_one_core(false);
    sinter::team two{2};
    using one = sinter_training<sinter::adam, 128>;
    const std::shared_ptr<one> apart[] = {std::make_shared<one>(job, by), std::make_shared<one>(job, by)};
    std::vector<contestant> all;
    all.push_back({.who = "limit",
                   .note = "two copies at once, half their time",
                   .measure = timed([&, first = minibatches(job.labels.size(), 128),
                                     second = minibatches(job.labels.size(), 128)]() mutable {
                       minibatches* const order[] = {&first, &second};
                       two.run([&](sinter::team::member m) { apart[m.index]->step(order[m.index]->next()); });
                   }),
                   .scale = 0.5});
    all.push_back(in_process("sinter", "a team of two threads",
                             std::make_shared<sinter_training<sinter::adam, 128, sinter::team&>>(job, by, two), job,
                             128, reference));
    s.measure(name, 1e-4, std::move(all));
    pin_to_one_core();
}

}  // namespace

int main(int argc, char** argv) {
    suite s{"train", argc, argv};
    const task job = random_task(4096);
    for (const int size : {64, 1, 32, 128}) row<sinter::adam, 128>(s, job, rule::adam, size);
    row<sinter::adam, 1024>(s, job, rule::adam, 1024);
    row<sinter::sgd, 128>(s, job, rule::sgd, 1);
    row_of_two_threads(s, job);
    rows_of_images(s, job);
    return s.exit_code();
}
