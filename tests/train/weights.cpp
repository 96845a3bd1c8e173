// SPDX-License-Identifier: BSL-1.0
// Weights to and from files; no program is compiled here.
#include "support/temporary_folder.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/initialize.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/train/weights.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace nn = sinter::nn;
using sinter::error_code, sinter::load_weights, sinter::seed, sinter::tensor_record;
using sinter_test::read_bytes, sinter_test::temporary_folder, sinter_test::write_anew;

struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<2>, fc1), (nn::linear<2, nn::without_bias>, fc2));
    constexpr auto operator()(auto x) const { return x + fc2(relu(fc1(x))); }
};
struct residual {
    using input = sinter::shape<2>;
    BOOST_HANA_DEFINE_STRUCT(residual, (std::array<std::array<block, 1>, 2>, blocks), (nn::linear<3>, head));
    constexpr auto operator()(auto x) const {
        for (const auto& pair : blocks)
            for (const auto& b : pair) x = b(x);
        return head(x);
    }
};
using model = sinter::model<residual>;

std::vector<float> values_of(const model& net) {
    std::vector<float> all;
    for (const auto& p : net.parameters())
        for (const float value : p.values()) all.push_back(value);
    return all;
}

/// The network's tensors for write_safetensors, all values alike.
template <class Real>
std::vector<tensor_record<Real>> tensors_of(const model& net, std::vector<Real>& storage, Real value) {
    storage.assign(64, value);
    std::vector<tensor_record<Real>> tensors;
    for (const auto& p : net.parameters())
        tensors.push_back({p.name(), p.shape(), std::span<const Real>(storage).first(p.size())});
    return tensors;
}

/// Loads a file into a model, which must stay as it was; the message.
std::string refusal(const std::string& path, error_code code, const sinter::load_options& options = {}) {
    model net{seed{5}};
    const std::vector<float> before = values_of(net);
    const auto loaded = load_weights(net, path, options);
    CHECK(values_of(net) == before);
    REQUIRE_FALSE(loaded);
    CHECK_MESSAGE(loaded.error().code == code, loaded.error().message);
    CHECK_MESSAGE(loaded.error().message.find(path) != std::string::npos, loaded.error().message);
    return loaded.error().message;
}

void rename_all(std::string& bytes, const std::string& from, const std::string& to) {
    REQUIRE(from.size() == to.size());
    for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from))
        bytes.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("weights: a file has PyTorch's names, elements of arrays too, and is loaded again") {
    const temporary_folder folder;
    const model net{seed{1}};
    REQUIRE(sinter::save_weights(net, folder / "file"));
    std::vector<std::string> names;
    const auto file = sinter::read_safetensors<float>(folder / "file").value();
    for (const auto& tensor : file.tensors) names.push_back(tensor.name);
    CHECK(names == std::vector<std::string>{"blocks.0.0.fc1.weight", "blocks.0.0.fc1.bias", "blocks.0.0.fc2.weight",
                                            "blocks.1.0.fc1.weight", "blocks.1.0.fc1.bias", "blocks.1.0.fc2.weight",
                                            "head.weight", "head.bias"});
    model again{seed{2}};
    REQUIRE(load_weights(again, folder / "file"));
    CHECK(values_of(again) == values_of(net));
    CHECK(sinter::load_inference<residual>(folder / "file"));
}

TEST_CASE("weights: a file that spells elements of arrays in brackets loads, and the other spelling is preferred") {
    const temporary_folder folder;
    model net{seed{1}}, again{seed{2}};
    std::vector<float> storage, ones(2, 1.0f);
    auto tensors = tensors_of<float>(net, storage, 3);
    for (auto& tensor : tensors) {
        const std::size_t at = tensor.name.find(".0.0"), other = tensor.name.find(".1.0");
        if (at != std::string::npos) tensor.name.replace(at, 4, "[0][0]");
        if (other != std::string::npos) tensor.name.replace(other, 4, "[1].0");
    }
    CHECK(tensors[1].name == "blocks[0][0].fc1.bias");
    REQUIRE(sinter::write_safetensors(folder / "file", tensors));
    REQUIRE(load_weights(again, folder / "file"));
    CHECK(values_of(again) == std::vector<float>(values_of(net).size(), 3));
    tensors.push_back({"blocks.0.0.fc1.bias", {2}, ones});
    REQUIRE(sinter::write_safetensors(folder / "file", tensors));
    CHECK(refusal(folder / "file", error_code::unknown_name).find("1 more: blocks[0][0].fc1.bias;") !=
          std::string::npos);
    REQUIRE(load_weights(again, folder / "file", {.allow_extra = true}));
    CHECK(again.parameter("blocks.0.0.fc1.bias")[0] == 1);
    CHECK(again.parameter("blocks.1.0.fc1.bias")[0] == 3);
    using string = std::string;
    for (const auto& [name, shown] : std::vector<std::pair<string, string>>{{"a[12].b[0]", "a.12.b.0"},
                                                                            {"a[]", "a[]"},
                                                                            {"a[1", "a[1"},
                                                                            {"a[x]", "a[x]"},
                                                                            {"a[1[2]", "a[1.2"},
                                                                            {"[0]", ".0"}})
        CHECK(sinter::detail::without_brackets(name) == shown);
}

TEST_CASE("weights: tensors too many are refused by name and number, or left where that is allowed") {
    const temporary_folder folder;
    model net{seed{1}};
    std::vector<float> storage;
    auto tensors = tensors_of<float>(net, storage, 2);
    for (int i = 0; i < 7; ++i) tensors.push_back({"extra." + std::to_string(i), {0}, {}});
    tensors.push_back({"red\x1b[31m", {0}, {}});
    REQUIRE(sinter::write_safetensors(folder / "file", tensors));
    CHECK(refusal(folder / "file", error_code::unknown_name) ==
          (folder / "file") +
              ": expected only the 8 tensors of the network, found 8 more: extra.0, extra.1, extra.2, "
              "extra.3, extra.4 and 3 more; is it another network's file? "
              "load_options{.allow_extra = true} leaves them");
    CHECK_FALSE(sinter::load_inference<residual>(folder / "file"));
    CHECK(sinter::load_inference<residual>(folder / "file", {.allow_extra = true}));
    REQUIRE(load_weights(net, folder / "file", {.allow_extra = true}));
    CHECK(values_of(net) == std::vector<float>(values_of(net).size(), 2));
}

TEST_CASE("weights: missing tensors are named, beside those that nobody wants, also where more are allowed") {
    const temporary_folder folder;
    std::vector<float> storage;
    auto tensors = tensors_of<float>(model{}, storage, 2);
    for (auto& tensor : tensors) tensor.name = "module." + tensor.name;
    tensors[7].name = "head.bias";
    REQUIRE(sinter::write_safetensors(folder / "file", tensors));
    const std::string expected =
        (folder / "file") +
        ": expected 8 tensors of the network, found none named blocks.0.0.fc1.weight, blocks.0.0.fc1.bias, "
        "blocks.0.0.fc2.weight, blocks.1.0.fc1.weight, blocks.1.0.fc1.bias and 2 more, but "
        "module.blocks.0.0.fc1.weight, module.blocks.0.0.fc1.bias, module.blocks.0.0.fc2.weight, "
        "module.blocks.1.0.fc1.weight, module.blocks.1.0.fc1.bias and 2 more; is it another network's file?";
    CHECK(refusal(folder / "file", error_code::unknown_name) == expected);
    CHECK(refusal(folder / "file", error_code::unknown_name, {.allow_extra = true}) == expected);
    REQUIRE(sinter::write_safetensors<float>(folder / "file", {}));
    CHECK(refusal(folder / "file", error_code::unknown_name).find(" and 3 more; is it") != std::string::npos);
}

TEST_CASE("weights: other shapes, integers and numbers beyond float are refused by the tensor's name") {
    const temporary_folder folder;
    std::vector<float> storage;
    auto tensors = tensors_of<float>(model{}, storage, 2);
    std::swap(tensors[6].shape[0], tensors[6].shape[1]);
    REQUIRE(sinter::write_safetensors(folder / "file", tensors));
    CHECK(refusal(folder / "file", error_code::shape_mismatch).find("the shape [3,2] for head.weight, found [2,3]") !=
          std::string::npos);
    std::vector<double> wide;
    auto doubles = tensors_of<double>(model{}, wide, 0.1);
    REQUIRE(sinter::write_safetensors(folder / "file", doubles));
    model net;
    REQUIRE(load_weights(net, folder / "file"));
    CHECK(values_of(net)[0] == 0.1f);
    const double huge[] = {1, 2, 1e39};
    doubles[7].values = huge;
    REQUIRE(sinter::write_safetensors(folder / "file", doubles));
    CHECK(refusal(folder / "file", error_code::bad_format)
              .find("of head.bias that a float can hold, found a larger one at "
                    "element 2") != std::string::npos);
    std::string bytes = read_bytes(folder / "file");
    rename_all(bytes, "F64", "I64");
    write_anew(folder / "file", bytes);
    CHECK(refusal(folder / "file", error_code::bad_format).find("of blocks.0.0.fc1.weight, found I64") !=
          std::string::npos);
    CHECK_FALSE(sinter::load_inference<residual>(folder / "none"));
}

TEST_CASE("weights: a tensor that nobody wants is not read, though it were 4 TB of integers") {
    const temporary_folder folder;
    model net{seed{1}}, again{seed{2}};
    REQUIRE(sinter::save_weights(net, folder / "small"));
    std::string bytes = read_bytes(folder / "small");
    const std::size_t data = 4 * values_of(net).size(), header = bytes.size() - 8 - data;
    const std::string text = R"({"huge":{"dtype":"I64","shape":[549755813888],"data_offsets":[)" +
                             std::to_string(data) + "," + std::to_string(data + 4398046511104) + "]}," +
                             bytes.substr(9, header - 1);
    REQUIRE(text.size() < 65536);
    const std::string length{
        static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8), 0, 0, 0, 0, 0, 0};
    write_anew(folder / "large", length + text + bytes.substr(8 + header));
    std::error_code failed;
    std::filesystem::resize_file(folder / "large", 8 + text.size() + data + 4398046511104, failed);  // sparse: no disk
    if (failed) {
        MESSAGE("skipped: no file of 4 TB here");
        return;
    }
    CHECK(refusal(folder / "large", error_code::unknown_name).find("1 more: huge;") != std::string::npos);
    REQUIRE(load_weights(again, folder / "large", {.allow_extra = true}));
    CHECK(values_of(again) == values_of(net));
}

TEST_CASE("weights: a damaged file loads whole or changes nothing, whatever bytes of it changed") {
    const temporary_folder folder;
    const model net{seed{1}};
    REQUIRE(sinter::save_weights(net, folder / "file"));
    const std::string bytes = read_bytes(folder / "file"), path = folder / "hostile";
    model target{seed{2}};
    const std::vector<float> before = values_of(target);
    std::size_t loads = 0;
    for (unsigned number = 0; number < 4000; ++number) {
        write_anew(path, sinter_test::damaged(bytes, number));
        const auto loaded = load_weights(target, path, {.allow_extra = number % 2 == 0});
        if (!loaded) {
            CHECK(loaded.error().message.find(path) != std::string::npos);
            CHECK(values_of(target) == before);
            continue;
        }
        const auto file = sinter::read_safetensors<float>(path).value();
        std::size_t at = 0;
        for (const auto& p : target.parameters())
            for (std::size_t i = 0; i < p.size(); ++i, ++at)
                CHECK(std::bit_cast<std::uint32_t>(p[i]) ==
                      std::bit_cast<std::uint32_t>(file.find(p.name())->values[i]));
        target.initialise(seed{2});
        ++loads;
    }
    CHECK(loads > 100);  // those whose changes fell on numbers
}
