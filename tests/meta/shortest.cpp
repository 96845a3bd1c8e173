// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/shortest.hpp>

#include <doctest/doctest.h>

#include <clocale>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace {

std::string written(double value) {
    std::string text;
    sinter::meta::append_shortest(text, value);
    return text;
}

TEST_CASE("shortest: numbers as one writes them") {
    CHECK(written(0) == "0");
    CHECK(written(-0.0) == "-0");
    CHECK(written(1) == "1");
    CHECK(written(-10) == "-10");
    CHECK(written(30000) == "30000");
    CHECK(written(123.25) == "123.25");
    CHECK(written(0.1) == "0.1");
    CHECK(written(-0.0625) == "-0.0625");
    CHECK(written(0.00001) == "0.00001");
    CHECK(written(0.00000125) == "1.25e-06");
    CHECK(written(1.0 / 3) == "0.3333333333333333");
    CHECK(written(1e-30) == "1e-30");
    CHECK(written(1e16) == "10000000000000000");
    CHECK(written(-1.5e17) == "-1.5e+17");
    CHECK(written(std::numeric_limits<double>::infinity()) == "inf");
    CHECK(written(-std::numeric_limits<double>::infinity()) == "-inf");
    CHECK(written(-std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("shortest: law: read back it is the number, and with a digit less it is another") {
    std::mt19937_64 random;
    for (int k = 0; k < 20'000; ++k) {
        const std::uint64_t bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (k % 2 == 0) value = static_cast<double>(bits >> 40) / 1000;
        if (value != value) continue;
        const std::string text = written(value);
        REQUIRE(std::strtod(text.c_str(), nullptr) == value);
        CHECK(text.find(',') == std::string::npos);
    }
}

TEST_CASE("shortest: a locale with another point changes nothing") {
    const std::string before = std::setlocale(LC_NUMERIC, nullptr);
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ps_AF.UTF-8"})
        if (std::setlocale(LC_NUMERIC, name) != nullptr) CHECK(written(-123.25) == "-123.25");
    std::setlocale(LC_NUMERIC, before.c_str());
}

}  // namespace
