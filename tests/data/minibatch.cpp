// SPDX-License-Identifier: BSL-1.0
#include <sinter/data/minibatch.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace {

std::vector<std::uint32_t> order_of(std::size_t count, std::uint64_t seed, std::uint64_t epoch) {
    sinter::epoch_order order(count, seed);
    const auto indices = order(epoch);
    return {indices.begin(), indices.end()};
}

}  // namespace

TEST_CASE("epoch_order: every sample appears once") {
    for (const std::size_t count : {0u, 1u, 2u, 17u, 1000u}) {
        std::vector<std::uint32_t> sorted = order_of(count, 42, 3);
        std::sort(sorted.begin(), sorted.end());
        REQUIRE(sorted.size() == count);
        for (std::size_t i = 0; i < count; ++i) CHECK(sorted[i] == i);
    }
}

TEST_CASE("epoch_order: the same seed and epoch give the same order, whatever was asked before") {
    sinter::epoch_order order(100, 7);
    order(0);
    order(1);
    const auto again = order(5);
    CHECK(std::vector<std::uint32_t>(again.begin(), again.end()) == order_of(100, 7, 5));
    CHECK(order_of(100, 7, 5) != order_of(100, 7, 6));
    CHECK(order_of(100, 7, 5) != order_of(100, 8, 5));
}

TEST_CASE("epoch_order: is the same on every platform") {
    CHECK(order_of(10, 42, 0) == std::vector<std::uint32_t>{0, 9, 1, 6, 8, 2, 3, 7, 4, 5});
}

TEST_CASE("epoch_order: each of the six orders of three samples comes about equally often") {
    int counts[27] = {};
    sinter::epoch_order order(3, 1);
    for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) {
        const auto indices = order(epoch);
        ++counts[indices[0] * 9 + indices[1] * 3 + indices[2]];
    }
    for (const int count : counts) CHECK((count == 0 || (count > 850 && count < 1150)));
}

TEST_CASE_TEMPLATE("gather: rows hold the asked samples, converted and scaled, padding untouched", Real, float,
                   double) {
    // 70 values a sample: two whole blocks of the conversion and a tail
    constexpr std::size_t size = 70, stride = 80, count = 5;
    std::vector<std::uint8_t> inputs(count * size);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<std::uint8_t>(i * 37);
    const std::vector<std::uint8_t> labels{9, 8, 7, 6, 255};
    const auto set = sinter::make_dataset(inputs, labels, size, 1, 1.0 / 255).value();
    const std::vector<std::uint32_t> indices{4, 0, 4, 2};
    std::vector<Real> rows(indices.size() * stride, Real{-1});
    std::vector<std::int32_t> targets(indices.size());
    sinter::gather(set, indices, rows.data(), stride, targets.data(), 1);
    CHECK(targets == std::vector<std::int32_t>{255, 9, 255, 7});
    for (std::size_t row = 0; row < indices.size(); ++row)
        for (std::size_t i = 0; i < stride; ++i) {
            const Real expected =
                i < size ? static_cast<Real>(inputs[indices[row] * size + i]) * static_cast<Real>(1.0 / 255) : Real{-1};
            CHECK(rows[row * stride + i] == expected);
        }
}

TEST_CASE("gather: dense targets are copied in their own stride and not scaled") {
    const std::vector<float> inputs{1, 2, 3, 4, 5, 6};
    const std::vector<float> targets{10, 11, 20, 21, 30, 31};
    const auto set = sinter::make_dataset(inputs, targets, 2, 2, 0.5).value();
    std::vector<double> rows(4), dense(6, -1);
    sinter::gather(set, std::vector<std::uint32_t>{2, 1}, rows.data(), 2, dense.data(), 3);
    CHECK(rows == std::vector<double>{2.5, 3, 1.5, 2});
    CHECK(dense == std::vector<double>{30, 31, -1, 20, 21, -1});
}

TEST_CASE("gather: consecutive samples equal the same samples by index") {
    const std::vector<float> inputs{1, 2, 3, 4, 5, 6, 7, 8};
    const std::vector<int> labels{3, 2, 1, 0};
    const auto set = sinter::make_dataset(inputs, labels, 2).value();
    std::vector<float> by_range(4), by_index(4);
    std::vector<std::int32_t> range_labels(2), index_labels(2);
    sinter::gather(set, 1, 2, by_range.data(), 2, range_labels.data(), 1);
    sinter::gather(set, std::vector<std::uint32_t>{1, 2}, by_index.data(), 2, index_labels.data(), 1);
    CHECK(by_range == by_index);
    CHECK(range_labels == index_labels);
}

namespace {
/// Three members, one after another.
struct crew {
    struct member {
        int index, count;
    };
    static void run(auto&& f) {
        for (int i : {2, 0, 1}) f(member{i, 3});
    }
};
}  // namespace

TEST_CASE("gather: the members of a team write the rows that one thread does") {
    std::vector<float> inputs(14);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(i);
    const std::vector<int> labels{6, 5, 4, 3, 2, 1, 0};
    const auto set = sinter::make_dataset(inputs, labels, 2).value();
    for (std::size_t count = 0; count <= 7; ++count) {
        std::vector<float> rows(14, -1.0F), by_crew = rows;
        std::vector<std::int32_t> targets(7, -1), crew_targets = targets;
        sinter::gather(set, 0, count, rows.data(), 2, targets.data(), 1);
        sinter::gather(set, 0, count, by_crew.data(), 2, crew_targets.data(), 1, crew{});
        CHECK(rows == by_crew);
        CHECK(targets == crew_targets);
    }
}

#if SINTER_HAS_EXCEPTIONS
TEST_CASE("gather: an index beyond the dataset is refused before it is read") {
    const std::vector<float> inputs(4);
    const std::vector<int> labels(2);
    const auto set = sinter::make_dataset(inputs, labels, 2).value();
    std::vector<float> rows(16);
    std::vector<std::int32_t> targets(8, -1);
    CHECK_THROWS_AS(
        sinter::gather(set, std::vector<std::uint32_t>{0, 0, 0, 0, 4'000'000'000}, rows.data(), 2, targets.data(), 1),
        sinter::failure);
    CHECK_THROWS_AS(sinter::gather(set, 1, 2, rows.data(), 2, targets.data(), 1), sinter::failure);
    CHECK(targets == std::vector<std::int32_t>(8, -1));  // nothing was written
}

TEST_CASE("gather: rows that do not fit between two strides are refused, and labels that another type would change") {
    const std::vector<float> inputs(8), rows(12);
    const std::vector<std::size_t> labels{0, static_cast<std::size_t>(-1), std::size_t{1} << 32, 1};
    const auto set = sinter::make_dataset(inputs, labels, 2).value();
    const auto dense = sinter::make_dataset(inputs, rows, 2, 3).value();
    std::vector<float> to(8, -1), to_dense(12, -1);
    std::vector<std::int32_t> targets(4, -1);
    const auto refused = [](auto gather) { CHECK_THROWS_AS(gather(), sinter::failure); };
    refused([&] { sinter::gather(set, 0, 1, to.data(), 1, targets.data(), 1); });
    refused([&] { sinter::gather(set, 0, 1, to.data(), 2, targets.data(), 0); });
    refused([&] { sinter::gather(dense, 0, 4, to.data(), 2, to_dense.data(), 1); });
    refused([&] { sinter::gather(set, 0, 2, to.data(), 2, targets.data(), 1); });
    refused([&] { sinter::gather(set, 2, 1, to.data(), 2, targets.data(), 1); });
    CHECK(to == std::vector<float>(8, -1));  // nothing was written
    CHECK(targets == std::vector<std::int32_t>(4, -1));
    sinter::gather(set, 3, 1, to.data(), 2, targets.data(), 1);
    CHECK(targets[0] == 1);
}
#endif
