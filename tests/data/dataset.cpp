// SPDX-License-Identifier: BSL-1.0
#include <sinter/data/dataset.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

template <class Inputs>
concept makes_dataset = requires(Inputs&& inputs, const std::vector<int>& labels) {
    sinter::make_dataset(static_cast<Inputs&&>(inputs), labels, 2);
};

static_assert(makes_dataset<std::vector<float>&> && makes_dataset<const std::array<float, 4>&>);
static_assert(makes_dataset<std::span<float>>, "a temporary view is no dangling one");
static_assert(!makes_dataset<std::vector<float>>, "a temporary vector would dangle");
enum class animal : signed char { cat, dog };
static_assert(sinter::dataset<float, int>::has_labels && !sinter::dataset<float, float>::has_labels);
static_assert(sinter::dataset<float, bool>::has_labels && sinter::dataset<float, animal>::has_labels);

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
    const std::vector<float> three(9);
    CHECK_FALSE(sinter::make_dataset(three, targets, 3, 2));  // a target and a half too many
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

TEST_CASE("dataset: integers are one label a sample, not one-hot rows") {
    const std::vector<float> inputs(8);
    const std::vector<int> one_hot(12);
    const auto set = sinter::make_dataset(inputs, one_hot, 2, 3);
    REQUIRE_FALSE(set);
    CHECK(set.error().code == sinter::error_code::shape_mismatch);
    CHECK(set.error().message ==
          "expected one class label a sample where targets are integers, found a target_size of 3; give labels from 0, "
          "or one-hot rows in floating point");
    CHECK(sinter::make_dataset(inputs, std::span<const int>(one_hot).first(4), 2));
    const std::vector<double> rows(12);
    CHECK(sinter::make_dataset(inputs, rows, 2, 3));
}

TEST_CASE("dataset: a scale of 0, infinity or NaN is refused") {
    const std::vector<std::uint8_t> inputs(8);
    const std::vector<int> labels(4);
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double scale : {0.0, -0.0, infinity, -infinity, std::numeric_limits<double>::quiet_NaN()})
        CHECK(sinter::make_dataset(inputs, labels, 2, 1, scale).error().code == sinter::error_code::bad_argument);
    CHECK(sinter::make_dataset(inputs, labels, 2, 1, 1 / 255).error().message ==
          "expected a scale that is finite and not 0, found 0; in C++ 1 / 255 is 0, so write 1.0 / 255");
    CHECK(sinter::make_dataset(inputs, labels, 2, 1, -1e-300));
}

TEST_CASE("dataset: sizes that were taken for another argument are refused, with what they became") {
    const std::vector<float> inputs(8);
    const std::vector<int> labels(4);
    const double scale = 0.5;  // in the place of target_size
    CHECK(
        sinter::make_dataset(inputs, labels, 2, static_cast<std::size_t>(scale)).error().message ==
        "expected a sample_size and a target_size of at least 1, found 2 and 0; give the number of values of a sample, "
        "then that of a target, then the scale");
    CHECK_FALSE(sinter::make_dataset(inputs, labels, static_cast<std::size_t>(-1)));
    CHECK_FALSE(sinter::make_dataset(inputs, labels, 2, static_cast<std::size_t>(-1)));
}

TEST_CASE("dataset: a label of any integral type is a class or none, before it becomes another number") {
    using sinter::detail::is_class, sinter::detail::label_text;
    CHECK((is_class(0, 1) && is_class(true, 2) && is_class(animal::dog, 2) && is_class(std::uint8_t{255}, 256)));
    CHECK_FALSE((is_class(-1, 3) || is_class(3, 3) || is_class(true, 1) || is_class(animal::dog, 1)));
    CHECK_FALSE((is_class(static_cast<std::size_t>(-1), 3) || is_class(std::uint64_t{1} << 63, 3)));
    CHECK_FALSE((is_class((std::uint64_t{1} << 32) + 1, 3) || is_class(std::numeric_limits<std::int64_t>::min(), 3)));
    CHECK_FALSE((is_class(static_cast<signed char>(-1), 1000) || is_class(static_cast<animal>(-1), 1000)));
    CHECK(label_text(std::uint64_t{1} << 63) == "9223372036854775808");
    CHECK(label_text('1') == "49");
    CHECK(label_text(static_cast<animal>(-1)) == "-1");
}

#if SINTER_HAS_EXCEPTIONS
TEST_CASE("dataset: a subset of a set that does not fit together is refused") {
    const std::vector<float> inputs(8);
    const std::vector<int> labels(3);
    const sinter::dataset<float, int> set{.inputs = inputs, .targets = labels, .sample_size = 2};
    CHECK_THROWS_AS(set.subset(0, 4), sinter::failure);
}

TEST_CASE("dataset: a subset beyond the end is refused, also where the sum overflows") {
    const std::vector<float> inputs(8);
    const std::vector<int> labels(4);
    const auto set = sinter::make_dataset(inputs, labels, 2).value();
    CHECK_THROWS_AS(set.subset(3, 2), sinter::failure);
    CHECK_THROWS_AS(set.subset(5, 0), sinter::failure);
    CHECK_THROWS_AS(set.subset(2, ~std::size_t{0}), sinter::failure);
}
#endif
