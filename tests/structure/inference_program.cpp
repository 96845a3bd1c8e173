// SPDX-License-Identifier: BSL-1.0
// A program that classifies one image by weights that it gets from elsewhere; with -DEMPTY, a program that does
// nothing.

#if defined(EMPTY)
int main() {}
#else
#include <sinter/nn.hpp>
#include <sinter/train/inference.hpp>

namespace nn = sinter::nn;

struct images : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};

int main(int count, char**) {
    const sinter::inference<images> classify;
    auto workspace = classify.workspace();
    for (int i = 0; i < 784; ++i) classify.input(workspace, 0)[i] = static_cast<float>(count);
    classify.run(workspace, 1);
    return classify.output(workspace, 0)[0] < 1 ? 0 : 1;
}
#endif
