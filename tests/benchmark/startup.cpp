// SPDX-License-Identifier: BSL-1.0
// A program that loads a trained 784-128-10 and answers once: what commands.py starts for the suite `startup`.
//
// `bench_startup write FOLDER` writes the weights, as a file and as peers.py reads them; `bench_startup FOLDER`
// answers.

#include "network.hpp"
#include "processes.hpp"
#include <sinter/io/safetensors.hpp>
#include <sinter/train/inference.hpp>
#include <sinter/train/weights.hpp>

int main(int argc, char** argv) {
    using namespace benchmark;
    const std::string folder = argc > 1 ? argv[argc - 1] : ".", file = folder + "/weights.safetensors";
    if (argc > 2) {
        const sinter::model<clothes> net{sinter::seed{first_weights}};
        write_task(random_task(64), folder);
        return sinter::save_weights(net, file) ? 0 : 1;
    }
    const auto classify = sinter::load_inference<clothes>(file).value();
    auto workspace = classify.workspace();
    float image[pixels];
    std::FILE* const bytes = std::fopen((folder + "/bytes.u8").c_str(), "rb");
    if (bytes == nullptr) return 1;
    for (float& x : image) x = static_cast<float>(std::fgetc(bytes)) * task::scale;
    std::fclose(bytes);
    for (const float y : classify(image, workspace)) std::printf("%.9g ", static_cast<double>(y));
    std::ifstream status("/proc/self/status");  // what wait4 says includes the parent's memory before the program began
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) std::fprintf(stderr, "%s\n", line.c_str());
    return 0;
}
