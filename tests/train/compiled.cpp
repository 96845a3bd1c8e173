// SPDX-License-Identifier: BSL-1.0
// Networks compiled in another file, seen through the light header alone.
#include "support/compiled_networks.hpp"
#include "support/temporary_folder.hpp"
#include <sinter/meta/result.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace sinter_test;

constexpr int samples = 40;  // two chunks of 16, and 8

template <class Scalar>
std::vector<Scalar> some_inputs() {
    std::vector<Scalar> x;
    for (int i = 0; i < samples * 7; ++i) x.push_back(static_cast<Scalar>(i * 37 % 101 - 50) / 50);
    return x;
}
template <class Scalar, class Network>
std::vector<Scalar> outputs_of(Network& net, int count = samples) {
    std::vector<Scalar> y(static_cast<std::size_t>(count * Network::output_size()));
    net.predict(some_inputs<Scalar>().data(), count, y.data());
    return y;
}
std::vector<std::int32_t> some_labels() {
    std::vector<std::int32_t> y;
    for (int i = 0; i < samples; ++i) y.push_back(i * 3 % 5);
    return y;
}

TEST_CASE("compiled: says how large inputs, outputs and minibatches are") {
    CHECK(compiled_labels::input_size() == 7);
    CHECK(compiled_labels::output_size() == 5);
    CHECK(compiled_labels::capacity() == 16);
    CHECK(compiled_dense::output_size() == 2);
}

TEST_CASE("compiled: any number of samples is predicted, each as if alone, and with the weights of now") {
    compiled_labels net{1};
    const auto all = outputs_of<float>(net);
    const auto x = some_inputs<float>();
    std::vector<float> alone(all.size());
    for (std::size_t i = 0; i < samples; ++i) net.predict(&x[7 * i], 1, &alone[5 * i]);
    CHECK(alone == all);
    net.predict(x.data(), 0, nullptr);
    CHECK_THROWS_WITH_AS(net.predict(x.data(), -1, alone.data()), "predict: expected 0 or more samples, found -1",
                         sinter::failure);

    net.step(x.data(), some_labels().data(), 16);
    CHECK(outputs_of<float>(net) != all);
}

TEST_CASE("compiled: weights go through a file without changing a bit, and training goes on from them") {
    const temporary_folder folder;
    const std::string path = folder / "a.safetensors";
    const auto x = some_inputs<float>();
    const auto y = some_labels();
    compiled_labels trained{1}, other{2};
    for (int i = 0; i < 10; ++i) trained.step(x.data(), y.data(), 16);
    const auto before = outputs_of<float>(trained);
    CHECK(outputs_of<float>(other) != before);
    trained.save(path.c_str()).value();
    other.load(path.c_str()).value();
    CHECK(outputs_of<float>(other) == before);
    CHECK(other.forward(x.data(), y.data(), 16) == trained.forward(x.data(), y.data(), 16));
    other.step(x.data(), y.data(), 16);
    CHECK(other.forward(x.data(), y.data(), 16) < trained.forward(x.data(), y.data(), 16));

    std::vector<double> targets(16 * 2, 0.25);
    compiled_dense dense{3}, copy{4};
    for (int i = 0; i < 10; ++i) dense.step(some_inputs<double>().data(), targets.data(), 16);
    dense.save(path.c_str()).value();  // replaces the file
    copy.load(path.c_str()).value();
    CHECK(outputs_of<double>(copy) == outputs_of<double>(dense));
}

TEST_CASE("compiled: a wrong file is an error that says which, and changes no weight") {
    const temporary_folder folder;
    const std::string good = folder / "good.safetensors", bad = folder / "bad.safetensors";
    compiled_labels net{1}, other{2};
    other.save(good.c_str()).value();
    const std::string bytes = read_bytes(good);
    const auto before = outputs_of<float>(net);
    const auto refused = [&](const std::string& path) {
        const auto loaded = net.load(path.c_str());
        REQUIRE(!loaded);
        CHECK(loaded.error().message.find(path) != std::string::npos);
        CHECK(outputs_of<float>(net) == before);
        return loaded.error().code;
    };
    CHECK(refused(folder / "none.safetensors") == sinter::error_code::file_not_found);
    write_bytes(bad, "weights");
    CHECK(refused(bad) == sinter::error_code::bad_format);
    write_bytes(bad, bytes.substr(0, bytes.size() - 4));
    CHECK(refused(bad) == sinter::error_code::bad_format);
    compiled_dense{3}.save(bad.c_str()).value();
    CHECK(refused(bad) != sinter::error_code::bad_format);

    // The last parameter's shape alone is wrong: those before it are not set either.
    std::string reshaped = bytes;
    const std::size_t at = reshaped.find("[5]");
    REQUIRE(at != std::string::npos);
    reshaped.replace(at, 3, "[6]");
    write_bytes(bad, reshaped);
    refused(bad);
    std::string renamed = bytes;
    renamed.replace(renamed.find("2.bias"), 6, "9.bias");
    write_bytes(bad, renamed);
    CHECK(refused(bad) == sinter::error_code::unknown_name);

    const std::string nowhere = folder / "no_folder/a.safetensors";
    CHECK(!net.save(nowhere.c_str()));
    net.load(good.c_str()).value();
    CHECK(outputs_of<float>(net) != before);
}

TEST_CASE("compiled: counts that no step takes, labels that are no class and null pointers are refused") {
    const auto x = some_inputs<float>();
    auto y = some_labels();
    compiled_labels net{1};
    const auto before = outputs_of<float>(net);
    for (const int wrong : {0, -1, 17}) {
        CHECK_THROWS_AS(net.step(x.data(), y.data(), wrong), sinter::failure);
        CHECK_THROWS_AS(net.forward(x.data(), y.data(), wrong), sinter::failure);
    }
    y[3] = 5;
    CHECK_THROWS_WITH_AS(net.step(x.data(), y.data(), 16), "expected labels 0 to 4, found 5", sinter::failure);
    CHECK_THROWS_WITH_AS(net.step(nullptr, y.data(), 16), "expected samples, found a null pointer", sinter::failure);
    CHECK_THROWS_AS(net.forward(x.data(), nullptr, 16), sinter::failure);
    CHECK_THROWS_AS(net.predict(nullptr, 1, nullptr), sinter::failure);
    CHECK_THROWS_WITH_AS(net.predict(x.data(), 1, nullptr), "expected room for outputs, found a null pointer",
                         sinter::failure);
    CHECK(net.save(nullptr).error().code == sinter::error_code::bad_argument);
    CHECK(net.load(nullptr).error().code == sinter::error_code::bad_argument);
    CHECK(outputs_of<float>(net) == before);
}

}  // namespace
