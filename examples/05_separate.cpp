// SPDX-License-Identifier: BSL-1.0
// Trains a network that another file compiled, and keeps its weights in a file: is a point inside the circle?

#include "separate_network.hpp"
#include <sinter/meta/result.hpp>

#include <cstdio>
#include <vector>

int main() {
    std::vector<float> points;
    std::vector<std::int32_t> inside;
    for (int i = 0; i < 32 * 32; ++i) {
        const float x = static_cast<float>(i % 32) / 16 - 1, y = static_cast<float>(i / 32 * 7 % 32) / 16 - 1;
        points.insert(points.end(), {x, y});
        inside.push_back(x * x + y * y < 0.5f ? 1 : 0);
    }

    disc_classifier net{42};
    double loss = 0;
    for (int epoch = 0; epoch < 40; ++epoch)
        for (std::size_t first = 0; first < 32 * 32; first += 64)
            loss = net.step(&points[2 * first], &inside[first], 64);

    const char* const path = "disc.safetensors";
    net.save(path).value();
    disc_classifier again;
    if (const auto loaded = again.load(path); !loaded) std::printf("%s\n", loaded.error().message.c_str());

    std::vector<float> scores(inside.size() * 2);
    again.predict(points.data(), 32 * 32, scores.data());
    int correct = 0;
    for (std::size_t i = 0; i < inside.size(); ++i) correct += (scores[2 * i + 1] > scores[2 * i]) == (inside[i] == 1);
    std::printf("loss %.3f, %d of %d right\n", loss, correct, 32 * 32);
    return correct > 980 ? 0 : 1;
}
