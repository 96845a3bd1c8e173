// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/philox.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

namespace {

using sinter::philox;
using sinter::philox_block;
using sinter::philox_key;
using sinter::random_stream;
using sinter::uniform01;

struct known_answer {
    philox_key key;
    philox_block counter;
    philox_block answer;
};

// Random123, tests/kat_vectors, "philox4x32 10".
constexpr known_answer known[] = {
    {{0, 0}, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0xa4093822, 0x299f31d0},
     {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

constexpr bool agrees(const known_answer& vector) {
    const philox_block found = philox(vector.key, vector.counter);
    for (std::size_t i = 0; i < found.size(); ++i)
        if (found[i] != vector.answer[i]) return false;
    return true;
}

static_assert(agrees(known[0]) && agrees(known[1]) && agrees(known[2]), "philox differs from Random123's vectors");
static_assert(uniform01<float>(0) == 0 && uniform01<double>(0) == 0);
static_assert(uniform01<float>(0xffffffff) < 1 && uniform01<double>(0xffffffff) < 1);
static_assert(random_stream{7, 9}.uniform<double>(11) < 1);

}  // namespace

TEST_CASE("philox: equals Random123's known answers at run time as at compile time") {
    for (const known_answer& vector : known) CHECK(agrees(vector));
}

TEST_CASE("philox: a stream's element is a word of the block at its place, with the seed as key") {
    const random_stream stream{0x299f31d0a4093822, 0x0370734413198a2e};
    const std::uint64_t place = 0x85a308d3243f6a88;
    for (std::size_t i = 0; i < 4; ++i) CHECK(stream.block(place)[i] == known[2].answer[i]);
    const random_stream small{1, 2};
    for (std::uint64_t i = 0; i < 16; ++i) CHECK(small.bits(i) == small.block(i / 4)[i % 4]);
}

TEST_CASE("philox: seeds and streams differ from each other") {
    CHECK(random_stream{1, 2}.bits(0) != random_stream{1, 3}.bits(0));
    CHECK(random_stream{1, 2}.bits(0) != random_stream{2, 2}.bits(0));
    CHECK(random_stream{1, 1ULL << 40}.bits(0) != random_stream{1, 0}.bits(0));
}

TEST_CASE("philox: float and double of one element agree to 2^-24, uniform and normal") {
    const random_stream stream{3, 4};
    for (std::uint64_t i = 0; i < 1000; ++i) {
        CHECK(std::abs(static_cast<double>(stream.uniform<float>(i)) - stream.uniform<double>(i)) < 0x1p-24);
        CHECK(stream.normal<float>(i) == static_cast<float>(stream.normal<double>(i)));
    }
}

TEST_CASE("philox: uniform and normal numbers have the moments of their distributions") {
    const random_stream stream{42, 0};
    constexpr int count = 100'000;
    double uniform_sum = 0, uniform_squares = 0, normal_sum = 0, normal_squares = 0, normal_fourth = 0, neighbours = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const double u = stream.uniform<double>(i), z = stream.normal<double>(i);
        uniform_sum += u, uniform_squares += u * u;
        normal_sum += z, normal_squares += z * z, normal_fourth += z * z * z * z;
        if (i % 2 == 0) neighbours += z * stream.normal<double>(i + 1);
    }
    CHECK(uniform_sum / count == doctest::Approx(0.5).epsilon(0.01));
    CHECK(uniform_squares / count == doctest::Approx(1.0 / 3).epsilon(0.01));
    CHECK(std::abs(normal_sum / count) < 0.02);
    CHECK(normal_squares / count == doctest::Approx(1).epsilon(0.02));
    CHECK(normal_fourth / count == doctest::Approx(3).epsilon(0.05));
    CHECK(std::abs(neighbours / (count / 2)) < 0.02);
}

TEST_CASE("philox: the extreme words give finite normal numbers") {
    for (const std::uint32_t word : {0u, 1u, 0xffffffffu})
        for (const double z : sinter::normal_pair(word, word)) CHECK(std::abs(z) < 6.7);
}

TEST_CASE("philox: below stays below its bound and reaches every value about equally often") {
    const random_stream stream{5, 6};
    int counts[7] = {};
    for (std::uint64_t draw = 0; draw < 70'000; ++draw) ++counts[stream.below(draw, 7)];
    for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);
    CHECK(stream.below(0, 1) == 0);
    CHECK(stream.below(0, 1ULL << 32) == stream.bits(0));
}
