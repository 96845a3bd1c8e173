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
struct heads {
    using input = sinter::inputs<sinter::shape<7>, sinter::integers<sinter::shape<2>>>;
    BOOST_HANA_DEFINE_STRUCT(heads, (nn::linear<8>, trunk), (nn::linear<5>, first), (nn::linear<2>, second));
    constexpr auto operator()(auto x, auto kinds) const {
        const auto h = tanh(trunk(concat(x, 0.5 * kinds)));
        return sinter::results{first(h), second(h)};
    }
};
using heads_losses = sinter::losses<sinter::cross_entropy, sinter::mean_squared_error>;
using heads_targets = sinter::targets<sinter::labels, sinter::dense<sinter::shape<2>>>;

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

template <>
struct sinter::compilation<sinter_test::heads_network>
    : sinter::compile_as<sinter_test::heads, sinter_test::heads_losses, sinter::sgd, sinter_test::heads_targets, float,
                         sinter::rows<16>> {};
template class sinter::compiled<
    sinter_test::heads_network, float,
    sinter::lists_of<sinter::elements<float, std::int32_t>, sinter::elements<std::int32_t, float>>>;

namespace {

using namespace sinter_test;

TEST_CASE("compiled: lists of inputs and targets train and predict as model and trainer do, bit for bit") {
    std::vector<float> x, values;
    std::vector<std::int32_t> kinds, y;
    for (int i = 0; i < 40 * 7; ++i) x.push_back(static_cast<float>(i * 37 % 101 - 50) / 50);
    for (int i = 0; i < 40 * 2; ++i) kinds.push_back(i % 3), values.push_back(static_cast<float>(i % 7) / 7);
    for (int i = 0; i < 40; ++i) y.push_back(i * 3 % 5);

    compiled_heads kept{4};
    sinter::model<heads, float, sinter::rows<16>> net{sinter::seed{4}};
    sinter::trainer t{net, heads_losses{}, sinter::sgd{}, heads_targets{}};
    const auto part = [](const auto& all, std::size_t count) { return std::span(all).first(count); };
    const auto step = [&] { return t.step(part(x, 112), part(kinds, 32), part(y, 16), part(values, 32)); };
    CHECK(kept.forward(x.data(), kinds.data(), y.data(), values.data(), 16) ==
          t.forward(part(x, 112), part(kinds, 32), part(y, 16), part(values, 32)));
    for (int i = 0; i < 3; ++i) CHECK(kept.step(x.data(), kinds.data(), y.data(), values.data(), 16) == step());

    CHECK(compiled_heads::output_count() == 2);
    CHECK(compiled_heads::input_size(1) == 2);
    CHECK(compiled_heads::output_size(1) == 2);
    CHECK(compiled_heads::output_size(2) == 0);
    std::vector<float> first(40 * 5), second(40 * 2);
    float* const outputs[] = {first.data(), second.data()};
    kept.predict(x.data(), kinds.data(), 40, outputs);
    const auto wanted = predict(net, sinter::columns{sinter::column(x, 7), sinter::column(kinds, 2)});
    CHECK(first == wanted[0]);
    CHECK(second == wanted[1]);

    CHECK_THROWS_WITH_AS(kept.step(x.data(), nullptr, y.data(), values.data(), 16),
                         "expected samples, found a null pointer", sinter::failure);
    CHECK_THROWS_WITH_AS(kept.step(x.data(), kinds.data(), y.data(), nullptr, 16),
                         "expected targets, found a null pointer", sinter::failure);
    CHECK_THROWS_AS(kept.step(x.data(), kinds.data(), y.data(), values.data(), 17), sinter::failure);
    float* const missing[] = {first.data(), nullptr};
    CHECK_THROWS_WITH_AS(kept.predict(x.data(), kinds.data(), 1, missing),
                         "expected room for output 1, found a null pointer", sinter::failure);
}

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
