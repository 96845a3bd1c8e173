// SPDX-License-Identifier: BSL-1.0
// README.md shows this program whole: it trains a network, saves it, loads it and asks it.

#include <sinter/sinter.hpp>

#include <cstdio>
#include <vector>

namespace nn = sinter::nn;

// A network is a type: the compiler derives its gradient, fuses its loops and plans its memory.
struct classifier : nn::sequential<nn::input<2>, nn::linear<32>, nn::tanh, nn::linear<2>> {};

int main() {
    std::vector<float> points;  // x and y of 64 * 64 points of a square
    std::vector<int> inside;    // the class of each: 1 inside of a circle, 0 outside
    for (int i = 0; i < 64 * 64; ++i) {
        const float x = static_cast<float>(i % 64) / 32 - 1, y = static_cast<float>(i / 64) / 32 - 1;
        points.insert(points.end(), {x, y});
        inside.push_back(x * x + y * y < 0.6F ? 1 : 0);
    }

    const auto data = sinter::make_dataset(points, inside, 2).value();  // two numbers are one sample
    sinter::model<classifier> net{sinter::seed{42}};
    sinter::fit(net, data, sinter::cross_entropy{}, sinter::adam{.learning_rate = 1e-2},
                {.epochs = 10, .progress = stdout});

    sinter::save_weights(net, "circle.safetensors").value();  // under the names that PyTorch uses
    const auto classify = sinter::load_inference<classifier>("circle.safetensors").value();  // weights, no gradients
    auto workspace = classify.workspace();                                                   // one for each thread
    const auto scores = classify(std::vector<float>{0, 0}, workspace);                       // allocates no memory
    std::printf("the centre is %s\n", scores[1] > scores[0] ? "inside" : "outside");
    return scores[1] > scores[0] ? 0 : 1;
}
