// SPDX-License-Identifier: BSL-1.0
#include "../read.hpp"
#include "net.hpp"

int main(int, char** argv) {
    parameters p;
    std::ifstream file(argv[1] + std::string("/net.raw"), std::ios::binary);
    p.each([&](matrix& w) {
        file.read(reinterpret_cast<char*>(w.data()), w.size() * static_cast<Eigen::Index>(sizeof(float)));
    });
    const matrix scores = outputs_of(p, hidden_of(p, scaled(read(argv[2]).data(), 1)));
    for (int i = 0; i < 10; ++i) std::printf("%.6g ", static_cast<double>(scores(0, i)));
}
