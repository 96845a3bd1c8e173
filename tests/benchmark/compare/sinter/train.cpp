// SPDX-License-Identifier: BSL-1.0
#include "../read.hpp"
#include "net.hpp"
#include <sinter/sinter.hpp>

int main(int, char** argv) {
    const std::string data = argv[1], out = argv[2];
    const auto x = read(data + "/train-images.u8"), y = read(data + "/train-labels.u8");
    const auto test_x = read(data + "/test-images.u8"), test_y = read(data + "/test-labels.u8");
    const auto train = sinter::make_dataset(x, y, 784, 1, 1.0 / 255).value();
    const auto test = sinter::make_dataset(test_x, test_y, 784, 1, 1.0 / 255).value();
    sinter::model<net> trained{sinter::seed{1}};
    sinter::fit(trained, train, sinter::cross_entropy{}, sinter::adam{},
                {.epochs = std::stoi(argv[3]), .minibatch = 32});
    sinter::save_weights(trained, out + "/net.safetensors").value();
    const auto found = sinter::predict_classes(trained, test);
    std::printf("%.4f\n", sinter::confusion_of(test_y, found, 10).accuracy());
}
