// SPDX-License-Identifier: BSL-1.0
// Trains LeNet-5 on a folder of images in MNIST's format, saves it, and embeds what was saved.

#include <sinter/data/mnist.hpp>
#include <sinter/sinter.hpp>

#include <CLI/CLI.hpp>

namespace nn = sinter::nn;

// The 784 numbers of an image are 28 rows of 28 pixels of one channel.
struct lenet : nn::sequential<nn::input<28, 28, 1>,                                              //
                              nn::conv<6, 5, nn::padding<2>>, nn::relu, nn::max_pool<2>,         // (14, 14, 6)
                              nn::conv<16, 5>, nn::relu, nn::max_pool<2>,                        // (5, 5, 16)
                              nn::flatten, nn::linear<120>, nn::relu, nn::linear<84>, nn::relu,  //
                              nn::linear<10>> {};

int main(int argc, char** argv) {
    std::string folder = "/usr/share/datasets/fashion-mnist", out = ".";
    sinter::fit_options options{.epochs = 10, .minibatch = 32, .seed = 42, .progress = stdout};
    CLI::App app{"Trains LeNet-5 on images in MNIST's format"};
    app.add_option("--data", folder, "folder of the four IDX files")->capture_default_str();
    app.add_option("--epochs", options.epochs)->capture_default_str();
    app.add_option("--minibatch", options.minibatch)->capture_default_str();
    app.add_option("--seed", options.seed)->capture_default_str();
    app.add_option("--validation", options.validation, "hold out so many training images")->capture_default_str();
    app.add_option("--out", out, "folder for the weights")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const auto data = sinter::read_mnist(folder).value();
    const auto train = data.train.view(), test = data.test.view();
    const sinter::cross_entropy loss;
    const sinter::adam rule{.learning_rate = 1e-3};

    sinter::model<lenet> net{sinter::seed{options.seed}};
    sinter::print_summary(net, loss, rule, train);
    const auto history = sinter::fit(net, train, loss, rule, options, test);
    std::printf("trained %d epochs in %.1f s\n", options.epochs, history.seconds());

    // Filters are stored as (filters, channels, height, width), as in PyTorch's state_dict.
    sinter::save_weights(net, out + "/lenet.safetensors").value();
    const auto classify = sinter::load_inference<lenet>(out + "/lenet.safetensors").value();
    const auto predictions = sinter::predict_classes(classify, test);
    const auto matrix = sinter::confusion_of(data.test.labels, predictions, data.class_count);
    matrix.print(stdout, data.class_names);
    std::printf("loaded weights predict as the trained model does: %s\n",
                predictions == sinter::predict_classes(net, test) ? "yes" : "no");
    std::printf("test accuracy: %.4f\n", matrix.accuracy());
}
