// SPDX-License-Identifier: BSL-1.0
// A network as a type, trained twice: by fit and by a loop of one's own, which give the same bits; then embedded.

#include <sinter/sinter.hpp>

#include <cstdio>
#include <vector>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<2>, nn::linear<32>, nn::tanh, nn::linear<2>> {};

static_assert(sinter::parameter_count<classifier> == (2 + 1) * 32 + (32 + 1) * 2);

int main() {
    // Points of the square, and whether they lie in the circle of half its area.
    const sinter::random_stream random{7};
    std::vector<float> points;
    std::vector<int> inside;
    for (std::size_t i = 0; i < 2000; ++i) {
        const float x = 2 * random.uniform<float>(2 * i) - 1, y = 2 * random.uniform<float>(2 * i + 1) - 1;
        points.insert(points.end(), {x, y});
        inside.push_back(x * x + y * y < 0.6366F ? 1 : 0);
    }

    const auto data = sinter::make_dataset(points, inside, 2).value();  // two values a sample

    sinter::model<classifier> net{sinter::seed{42}};
    const auto history = sinter::fit(net, data, sinter::cross_entropy{}, sinter::adam{.learning_rate = 1e-2},
                                     {.epochs = 20, .minibatch = 32, .shuffle = false});
    std::printf("loss %.4f, accuracy %.3f\n", history.epochs.back().loss, history.epochs.back().accuracy.value_or(0));

    sinter::model<classifier> twin{sinter::seed{42}};
    sinter::trainer training{twin, sinter::cross_entropy{}, sinter::adam{.learning_rate = 1e-2}, sinter::labels{}};
    for (int epoch = 0; epoch < 20; ++epoch)
        for (std::size_t first = 0; first < data.size(); first += 32) {
            const int count = static_cast<int>(std::min<std::size_t>(32, data.size() - first));
            training.step(&points[2 * first], &inside[first], count);  // gives the mean loss before the step
        }
    bool same = true;
    for (std::size_t p = 0; p < net.parameters().size(); ++p)
        same = same && net.parameters()[p].values() == twin.parameters()[p].values();
    std::printf("fit and the loop give the same bits: %s\n", same ? "yes" : "no");

    const sinter::inference<classifier> classify{net};  // weights only; many threads may share it
    auto workspace = classify.workspace();              // one for each thread
    const std::vector<float> centre{0, 0};
    const auto scores = classify(centre, workspace);  // a std::span over the workspace: no allocation
    std::printf("scores of the centre: %.2f %.2f\n", static_cast<double>(scores[0]), static_cast<double>(scores[1]));
    return same && scores[1] > scores[0] ? 0 : 1;
}
