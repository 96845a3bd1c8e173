// SPDX-License-Identifier: BSL-1.0
#include <sinter/data/dataset.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace {

template <class Inputs>
concept makes_dataset = requires(Inputs&& inputs, const std::vector<int>& labels) {
    sinter::make_dataset(static_cast<Inputs&&>(inputs), labels, 2);
};

static_assert(makes_dataset<std::vector<float>&> && makes_dataset<const std::array<float, 4>&>);
static_assert(makes_dataset<std::span<float>>, "a temporary view is no dangling one");
static_assert(!makes_dataset<std::vector<float>>, "a temporary vector would dangle");
static_assert(sinter::dataset<float, int>::has_labels && !sinter::dataset<float, float>::has_labels);

}  // namespace

TEST_CASE("dataset: its size is the number of whole samples") {
    const std::vector<float> inputs(12);
    const std::vector<std::uint8_t> labels(4);
    const auto set = sinter::make_dataset(inputs, labels, 3).value();
    CHECK(set.size() == 4);
    CHECK(set.inputs.data() == inputs.data());
    CHECK(set.scale == 1);
}

TEST_CASE("dataset: inputs that are not whole samples are refused, with the numbers") {
    const std::vector<float> inputs(11);
    const std::vector<int> labels(3);
    const auto set = sinter::make_dataset(inputs, labels, 3);
    REQUIRE_FALSE(set);
    CHECK(set.error().code == sinter::error_code::shape_mismatch);
    CHECK(set.error().message.find("samples of 3 values each, found 11") != std::string::npos);
}

TEST_CASE("dataset: a missing target is refused") {
    const std::vector<float> inputs(12), targets(7);
    const std::vector<int> labels(3);
    CHECK(sinter::make_dataset(inputs, labels, 3).error().code == sinter::error_code::shape_mismatch);
    CHECK_FALSE(sinter::make_dataset(inputs, targets, 3, 2));
    CHECK_FALSE(sinter::make_dataset(inputs, labels, 0));
    CHECK_FALSE(sinter::make_dataset(inputs, labels, 4, 0));
    CHECK(sinter::make_dataset(inputs, targets, 12, 7));
}

TEST_CASE("dataset: a subset holds its samples with their targets and keeps the scale") {
    const std::vector<int> inputs{0, 1, 2, 3, 4, 5, 6, 7};
    const std::vector<double> targets{0.0, 0.5, 1.0, 1.5};
    const auto part = sinter::make_dataset(inputs, targets, 2, 1, 0.25).value().subset(1, 2);
    CHECK(part.size() == 2);
    CHECK(part.inputs.front() == 2);
    CHECK(part.inputs.back() == 5);
    CHECK(part.targets.front() == 0.5);
    CHECK(part.scale == 0.25);
    CHECK(part.check());
    CHECK(part.subset(2, 0).size() == 0);
}

#if SINTER_HAS_EXCEPTIONS
TEST_CASE("dataset: a subset beyond the end is refused, also where the sum overflows") {
    const std::vector<float> inputs(8);
    const std::vector<int> labels(4);
    const auto set = sinter::make_dataset(inputs, labels, 2).value();
    CHECK_THROWS_AS(set.subset(3, 2), sinter::failure);
    CHECK_THROWS_AS(set.subset(5, 0), sinter::failure);
    CHECK_THROWS_AS(set.subset(2, ~std::size_t{0}), sinter::failure);
}
#endif
