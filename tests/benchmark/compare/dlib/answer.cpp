// SPDX-License-Identifier: BSL-1.0
#include "../read.hpp"
#include "net.hpp"

int main(int, char** argv) {
    net loaded;
    dlib::deserialize(argv[1] + std::string("/net.dat")) >> loaded;
    dlib::resizable_tensor x;
    const image one = image_of(read(argv[2]).data());
    loaded.to_tensor(&one, &one + 1, x);
    const float* const scores = loaded.subnet().forward(x).host();
    for (int i = 0; i < 10; ++i) std::printf("%.6g ", static_cast<double>(scores[i]));
}
