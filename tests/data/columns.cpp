// SPDX-License-Identifier: BSL-1.0
#include <sinter/data/columns.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

using sinter::column, sinter::columns, sinter::make_dataset;

template <class Range>
concept makes_column = requires(Range&& range) { column(static_cast<Range&&>(range), 2); };
static_assert(makes_column<std::vector<float>&> && makes_column<const std::array<int, 4>&> &&
              makes_column<std::span<const double>>);
static_assert(!makes_column<std::vector<float>>, "a temporary vector would dangle");
enum class animal : signed char { cat, dog };
static_assert(column<animal>::has_integers && column<bool>::has_integers && !column<float>::has_integers);

const std::vector<std::uint8_t> pixels{0, 1, 2, 3, 4, 5, 6, 7};
const std::vector<float> sizes{0.5F, 1, 1.5F, 2};
const std::vector<animal> animals{animal::cat, animal::dog, animal::cat, animal::dog};
const std::vector<double> angles{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
auto all() {
    return make_dataset(columns{column(pixels, 2, 0.25), column(sizes)}, columns{column(animals), column(angles, 3)});
}

TEST_CASE("columns: a set has as many samples as each of its columns") {
    const auto set = all().value();
    CHECK(set.size() == 4);
    CHECK(set.inputs.get<0>().values.data() == pixels.data());
    CHECK(set.inputs.get<0>().scale == 0.25);
    CHECK(set.targets.get<1>().size == 3);
    CHECK(set.check());
}

TEST_CASE("columns: one target that is a value a sample may be a range") {
    const auto set = make_dataset(columns{column(pixels, 2), column(sizes)}, animals).value();
    static_assert(set.targets.count == 1);
    CHECK(set.targets.get<0>().values.data() == animals.data());
    CHECK_FALSE(make_dataset(columns{column(pixels, 2)}, angles));
}

TEST_CASE("columns: a subset holds the same samples of every column and keeps the scale") {
    const auto part = all().value().subset(1, 2);
    CHECK(part.size() == 2);
    CHECK(part.inputs.get<0>().values[0] == 2);
    CHECK(part.inputs.get<0>().scale == 0.25);
    CHECK(part.inputs.get<1>().values[1] == 1.5F);
    CHECK(part.targets.get<0>().values[0] == animal::dog);
    CHECK(part.targets.get<1>().values.size() == 6);
    CHECK(part.targets.get<1>().values[0] == 3);
    CHECK(all().value().subset(4, 0).size() == 0);
    CHECK_THROWS_WITH_AS(all().value().subset(3, 2),
                         "expected a subset of 4 samples, found samples 3 and the 2 from there; ask for fewer",
                         sinter::failure);
    CHECK_THROWS_AS(all().value().subset(1, std::numeric_limits<std::size_t>::max()), sinter::failure);
}

TEST_CASE("columns: what does not fit is refused with the column's number") {
    const auto refuses = [](const auto& made, sinter::error_code code, const std::string& message) {
        REQUIRE_FALSE(made);
        CHECK(made.error().code == code);
        CHECK(made.error().message == message);
    };
    const columns inputs{column(pixels, 2), column(sizes)};
    const columns targets{column(animals)};
    using enum sinter::error_code;
    refuses(make_dataset(columns{column(pixels, 2), column(sizes, 3)}, targets), shape_mismatch,
            "input 1: expected whole samples of 3 values each, found 4 values; correct the size or the values");
    refuses(
        make_dataset(columns{column(pixels, 2), column(sizes, 2)}, targets), shape_mismatch,
        "input 1: expected 4 samples, as many as input 0 has, found 2, of 2 values each; give each sample its values, "
        "or correct the size");
    refuses(make_dataset(inputs, columns{column(animals), column(angles)}), shape_mismatch,
            "target 1: expected 4 samples, as many as input 0 has, found 12, of 1 values each; give each sample its "
            "values, or correct the size");
    refuses(make_dataset(columns{column(pixels, 2), column(sizes, 0)}, targets), bad_argument,
            "input 1: expected a size of at least 1, found 0; give the number of values of a sample");
    refuses(make_dataset(columns{column(pixels, 0)}, targets), bad_argument,
            "input 0: expected a size of at least 1, found 0; give the number of values of a sample");
    refuses(
        make_dataset(inputs, columns{column(pixels, 2)}), shape_mismatch,
        "target 0: expected one class label a sample where targets are integers, found a size of 2; give labels from "
        "0, or one-hot rows in floating point");
    refuses(make_dataset(columns{column(pixels, 2, 1 / 255)}, targets), bad_argument,
            "input 0: expected a scale that is finite and not 0, found 0; in C++ 1 / 255 is 0, so write 1.0 / 255");
    refuses(make_dataset(columns{column(pixels, 2, std::numeric_limits<double>::infinity())}, targets), bad_argument,
            "input 0: expected a scale that is finite and not 0, found one that is infinite or NaN; give 1 for none");
    refuses(make_dataset(inputs, columns{column(angles, 3, 2.0)}), bad_argument,
            "target 0: expected no scale, since targets are taken as they are; found one");
}

TEST_CASE("columns: a set that was changed since is checked again where a subset is taken") {
    auto set = all().value();
    set.inputs = columns{column(pixels, 2), column(sizes, 2)};
    CHECK_FALSE(set.check());
    CHECK_THROWS_AS(set.subset(0, 1), sinter::failure);
}

}  // namespace
