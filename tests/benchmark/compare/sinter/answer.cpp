// SPDX-License-Identifier: BSL-1.0
#include "../read.hpp"
#include "net.hpp"
#include <sinter/train/weights.hpp>

int main(int, char** argv) {
    const auto classify = sinter::load_inference<net>(argv[1] + std::string("/net.safetensors")).value();
    auto workspace = classify.workspace();
    for (const float score : classify(read(argv[2]), workspace, 1.0F / 255))
        std::printf("%.6g ", static_cast<double>(score));
}
