// SPDX-License-Identifier: BSL-1.0
// The file that compiles the networks of tests/train/compiled.cpp; here they are what a model and a trainer are.
#include "support/compiled_networks.hpp"
#include "support/temporary_folder.hpp"
#include <sinter/nn.hpp>
#include <sinter/optim.hpp>
#include <sinter/train/compile.hpp>

#include <doctest/doctest.h>

#include <span>
#include <vector>

namespace sinter_test {

namespace nn = sinter::nn;

struct labelled : nn::sequential<nn::input<7>, nn::linear<8>, nn::relu, nn::linear<5>> {};
struct measured : nn::sequential<nn::input<7>, nn::linear<9>, nn::tanh, nn::linear<2>> {};

}  // namespace sinter_test

template <>
struct sinter::compilation<sinter_test::labels_network>
    : sinter::compile_as<sinter_test::labelled, sinter::cross_entropy, sinter::adam, sinter::labels, float,
                         sinter::rows<16>> {
    static constexpr sinter::adam rule{.learning_rate = 1e-2};
};
template class sinter::compiled<sinter_test::labels_network>;

template <>
struct sinter::compilation<sinter_test::dense_network>
    : sinter::compile_as<sinter_test::measured, sinter::mean_squared_error, sinter::sgd,
                         sinter::dense<sinter::shape<2>>, double, sinter::rows<16>> {};
template class sinter::compiled<sinter_test::dense_network, double, double>;

namespace {

using namespace sinter_test;

TEST_CASE("compiled: trains, predicts and is saved as model and trainer do, bit for bit") {
    std::vector<float> x;
    std::vector<std::int32_t> y;
    for (int i = 0; i < 16 * 7; ++i) x.push_back(static_cast<float>(i * 37 % 101 - 50) / 50);
    for (int i = 0; i < 16; ++i) y.push_back(i * 3 % 5);

    compiled_labels kept{4};
    sinter::model<labelled, float, sinter::rows<16>> net{sinter::seed{4}};
    sinter::trainer t{net, sinter::cross_entropy{}, sinter::adam{.learning_rate = 1e-2}, sinter::labels{}};
    CHECK(kept.forward(x.data(), y.data(), 16) == t.forward(x.data(), y.data(), 16));
    for (int i = 0; i < 5; ++i) CHECK(kept.step(x.data(), y.data(), 16) == t.step(x.data(), y.data(), 16));

    std::vector<float> scores(16 * 5);
    kept.predict(x.data(), 16, scores.data());
    CHECK(scores == sinter::predict(net, std::span<const float>(x)));

    const temporary_folder folder;
    const std::string path = folder / "kept.safetensors", beside = folder / "net.safetensors";
    kept.save(path.c_str()).value();
    sinter::save_weights(net, beside).value();
    CHECK(read_bytes(path) == read_bytes(beside));
    const auto embedded = sinter::load_inference<labelled>(path).value();
    CHECK(sinter::predict(embedded, std::span<const float>(x)) == scores);
}

}  // namespace
