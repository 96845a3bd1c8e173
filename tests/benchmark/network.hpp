// SPDX-License-Identifier: BSL-1.0
#pragma once

/// sinter's side of the task, and the task's data: what the suites train, infer and epoch share.

#include "harness.hpp"
#include "loops.hpp"
#include <sinter/meta/philox.hpp>
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/train/model.hpp>

#include <numeric>

namespace benchmark {

struct clothes : sinter::nn::sequential<sinter::nn::input<pixels>, sinter::nn::linear<hidden>, sinter::nn::relu,
                                        sinter::nn::linear<classes>> {};

inline constexpr std::uint64_t first_weights = 42;

/// The weights that a model starts with, as the peers want them.
inline void take_weights(task& job) {
    const sinter::model<clothes> start{sinter::seed{first_weights}};
    std::vector<float>* const to[] = {&job.weight1, &job.bias1, &job.weight2, &job.bias2};
    for (std::size_t p = 0; p < 4; ++p) *to[p] = start.parameters()[p].values();
    const auto transpose = [](std::vector<float>& w, std::size_t inputs, std::size_t outputs) {
        std::vector<float> turned(w.size());
        for (std::size_t i = 0; i < inputs; ++i)
            for (std::size_t o = 0; o < outputs; ++o) turned[i * outputs + o] = w[o * inputs + i];
        w = turned;
    };
    transpose(job.weight1, pixels, hidden);
    transpose(job.weight2, hidden, classes);
}

/// Random bytes, half of them zero, and random labels.
inline task random_task(std::size_t samples) {
    task job;
    const sinter::random_stream random{1};
    job.bytes.resize(samples * pixels);
    job.labels.resize(samples);
    for (std::size_t i = 0; i < job.bytes.size(); ++i)
        job.bytes[i] = static_cast<std::uint8_t>(random.uniform(i) < 0.5F ? 0 : random.bits(i) >> 24);
    for (std::size_t i = 0; i < samples; ++i) job.labels[i] = static_cast<std::uint8_t>(random.below(i, classes));
    take_weights(job);
    return job;
}

/// Minibatches of consecutive samples, over and over.
class minibatches {
public:
    minibatches(std::size_t samples, int size) : order_(samples), size_{static_cast<std::size_t>(size)} {
        std::iota(order_.begin(), order_.end(), 0U);
    }
    minibatch next() {
        if (first_ + size_ > order_.size()) first_ = 0;
        const minibatch some{order_.data() + first_, size_};
        first_ += size_;
        return some;
    }

private:
    std::vector<std::uint32_t> order_;
    std::size_t size_, first_ = 0;
};

}  // namespace benchmark
