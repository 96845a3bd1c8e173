// SPDX-License-Identifier: BSL-1.0
#include "../read.hpp"
#include "net.hpp"

int main(int, char** argv) {
    const std::string data = argv[1], out = argv[2];
    const auto images = [&](const std::string& name) {
        const auto bytes = read(data + name);
        std::vector<image> all;
        for (std::size_t i = 0; i < bytes.size(); i += 784) all.push_back(image_of(&bytes[i]));
        return all;
    };
    const auto labels = [&](const std::string& name) {
        const auto bytes = read(data + name);
        return std::vector<unsigned long>(bytes.begin(), bytes.end());
    };
    net trained;
    dlib::dnn_trainer<net, dlib::adam> trainer(trained, dlib::adam(0, 0.9F, 0.999F));
    trainer.set_learning_rate(1e-3);
    trainer.set_learning_rate_shrink_factor(1);
    trainer.set_mini_batch_size(32);
    trainer.set_max_num_epochs(std::stoul(argv[3]));
    trainer.train(images("/train-images.u8"), labels("/train-labels.u8"));
    trained.clean();
    dlib::serialize(out + "/net.dat") << trained;
    const auto found = trained(images("/test-images.u8")), wanted = labels("/test-labels.u8");
    double right = 0;
    for (std::size_t i = 0; i < found.size(); ++i) right += found[i] == wanted[i];
    std::printf("%.4f\n", right / static_cast<double>(found.size()));
}
