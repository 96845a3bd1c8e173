// SPDX-License-Identifier: BSL-1.0
// The training step of 784-128-10 with Adam as a fraction of the core's peak: one table row a minibatch size.
//
// A step includes gathering its samples from bytes. Peak and step are measured in turn, minima over many rounds. The
// result is checked: the same steps by the gradient and update programs must give the same loss within rounding.

#include "peak.hpp"
#include <sinter/sinter.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};

// Five products: forward 784x128 and 128x10, their two weight gradients, and the gradient of the hidden layer.
constexpr double flops_per_sample = 2.0 * (2 * 784 * 128 + 3 * 128 * 10);

int main() {
    const sinter::random_stream random{1};
    constexpr std::size_t samples = 4096;
    std::vector<std::uint8_t> pixels(samples * 784), classes(samples);
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<std::uint8_t>(random.uniform(i) < 0.5F ? 0 : random.bits(i) >> 24);
    for (std::size_t i = 0; i < samples; ++i) classes[i] = static_cast<std::uint8_t>(random.below(i, 10));
    const auto data = sinter::make_dataset(pixels, classes, 784, 1, 1.0 / 255).value();

    const int turns = 100'000;
    bool sound = true;
    std::printf("%-30s %10s %10s %12s %8s\n", "step", "min µs", "median µs", "peak GFLOP/s", "of peak");
    for (const int minibatch : {1, 32, 64, 128}) {
        sinter::model<classifier> net{sinter::seed{42}}, twin{sinter::seed{42}};
        sinter::trainer step{net, sinter::cross_entropy{}, sinter::adam{}, sinter::labels{}};
        sinter::trainer parts{twin, sinter::cross_entropy{}, sinter::adam{}, sinter::labels{}};
        const auto count = static_cast<std::size_t>(minibatch);
        const auto buffers = step.step_buffers(), other = parts.forward_buffers();
        const auto gathered = [&](const auto& b, std::size_t round) {
            sinter::gather(data, round * count % (samples - count), count, b.inputs, b.input_stride, b.targets,
                           b.target_stride);
        };
        double peak = 0, kept = 0;
        std::vector<double> times;
        for (std::size_t round = 0; round < 3000; ++round) {
            double loss = 0;
            times.push_back(benchmark::seconds([&] {
                gathered(buffers, round);
                loss = step.step_on_buffers(minibatch);
            }));
            if (round < 20) {
                gathered(other, round);
                const double expected = parts.forward_on_buffers(minibatch, minibatch);
                parts.backward();
                parts.update();
                sound = sound && std::abs(loss - expected) <= 1e-4 * (1 + std::abs(expected));
            }
            if (round % 100 == 0)
                peak = std::max(peak, benchmark::peak_flops<float>(turns) /
                                          benchmark::seconds([&] { kept += benchmark::peak_loop<float>(turns); }));
        }
        std::sort(times.begin(), times.end());
        const double flops = flops_per_sample * minibatch;
        std::printf("train-784-128-10-adam-m%-7d %10.1f %10.1f %12.1f %8.3f\n", minibatch, times.front() * 1e6,
                    times[times.size() / 2] * 1e6, peak * 1e-9, flops / times.front() / peak);
        sound = sound && flops / times.front() <= peak && kept > 0;
    }
    if (!sound) std::printf("the measurement is not sound: a loss differs, or a ratio above 1\n");
    return sound ? 0 : 1;
}
