// SPDX-License-Identifier: BSL-1.0
// The suite `infer`: outputs of 784-128-10, one sample or 64, for samples in single precision in a buffer of the
// caller's.
//
// sinter copies them into its own buffer, as its callers do. Outputs are compared with plain loops in double precision.

#include "network.hpp"
#include "processes.hpp"
#include <sinter/train/inference.hpp>

namespace {

using namespace benchmark;

template <int Count>
class sinter_classifier final : public classifier {
public:
    const float* outputs(const float* inputs) override {
        if constexpr (Count == 1) {
            return network_(std::span<const float>(inputs, pixels), workspace_).data();
        } else {
            network_.run(workspace_, inputs, Count);
            for (int r = 0; r < Count; ++r)
                std::copy_n(network_.output(workspace_, r), classes, outputs_ + r * classes);
            return outputs_;
        }
    }

private:
    using inference = sinter::inference<clothes, float, sinter::rows<Count>>;
    const inference network_{sinter::model<clothes>{sinter::seed{first_weights}}};
    typename inference::workspace_type workspace_ = network_.workspace();
    float outputs_[Count * classes] = {};
};

template <int Count>
void row(suite& s, const task& job) {
    const std::string name = "infer-784-128-10-m" + std::to_string(Count);
    if (!s.wants(name)) return;
    std::vector<float> x(Count * pixels);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(job.bytes[i]) * task::scale;
    loops_classifier<double> exact(job, Count);
    const float* const outputs = exact.outputs(x.data());
    const std::vector<double> reference(outputs, outputs + Count * classes);

    std::vector<contestant> all;
    all.push_back(Count == 1 ? pass_limit(weight_count, 0, "a pass that reads the weights")
                             : peak_limit(inference_flops_per_sample * Count));
    const auto enter = [&](std::string who, std::string note, std::shared_ptr<classifier> one) {
        all.push_back({.who = std::move(who),
                       .note = std::move(note),
                       .measure = timed([one, &x] { do_not_optimise(*one->outputs(x.data())); }),
                       .error = [one, &x, &reference] {
                           return largest_difference(std::span(one->outputs(x.data()), Count * classes), reference);
                       }});
    };
    enter("sinter", "sinter", std::make_shared<sinter_classifier<Count>>());
    using plan = typename sinter::plans<clothes, float, Count>::inference;
    const sinter::core_rates core = measured_rates(weight_count + static_cast<std::size_t>(Count) * pixels);
    all.back().predicted = sinter::predicted_seconds<plan>(Count, core);
    for (const peer& p : peers())
        if (p.infer != nullptr) enter(p.who, p.version, p.infer(job, Count));
    for (contestant& c : processes(s, job, name, reference)) all.push_back(std::move(c));
    s.measure(name, 1e-5, std::move(all));
}

}  // namespace

int main(int argc, char** argv) {
    suite s{"infer", argc, argv};
    const task job = random_task(64);
    row<1>(s, job);
    row<64>(s, job);
    return s.exit_code();
}
