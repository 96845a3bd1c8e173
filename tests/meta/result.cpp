// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/result.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace {

using sinter::error;
using sinter::error_code;
using sinter::result;

result<int> half(int number) {
    if (number % 2 != 0)
        return error{error_code::bad_argument, sinter::words("expected an even number, found ", number)};
    return number / 2;
}

result<void> positive(int number) {
    if (number <= 0) return error{error_code::bad_argument, "expected a positive number"};
    return {};
}

}  // namespace

TEST_CASE("result: a value is there, and only a value") {
    const result<int> four = half(8);
    CHECK(four.has_value());
    CHECK(bool(four));
    CHECK(four.value() == 4);
    CHECK(*four == 4);
}

TEST_CASE("result: an error carries its code and a message that names what was found") {
    const result<int> none = half(7);
    CHECK_FALSE(none);
    CHECK(none.error().code == error_code::bad_argument);
    CHECK(none.error().message == "expected an even number, found 7");
}

TEST_CASE("result: a value that cannot be copied moves out") {
    result<std::unique_ptr<int>> owner = std::make_unique<int>(3);
    CHECK(*owner.value() == 3);
    const std::unique_ptr<int> taken = std::move(owner).value();
    CHECK(*taken == 3);
}

TEST_CASE("result: the arrow reaches members, and the value can be changed in place") {
    result<std::string> word = std::string("fuse");
    CHECK(word->size() == 4);
    *word += "d";
    word->push_back('!');
    CHECK(word.value() == "fused!");
}

TEST_CASE("result: a value that looks like an error stays a value") {
    const result<std::string> text = std::string("error");
    CHECK(text.has_value());
}

TEST_CASE("result: void says success or why not") {
    CHECK(positive(1));
    CHECK_NOTHROW(positive(1).value());
    CHECK(positive(-1).error().message == "expected a positive number");
}

TEST_CASE("words: joins texts, letters and numbers") {
    const std::string name = "axis";
    CHECK(sinter::words(name, ' ', std::uint8_t{3}, std::string_view(" of "), -4, '!') == "axis 3 of -4!");
    CHECK(sinter::words() == "");
}

TEST_CASE("result: every code has a name of its own") {
    CHECK(std::string(name_of(error_code::file_not_found)) == "file not found");
    CHECK(std::string(name_of(error_code::shape_mismatch)) == "shape mismatch");
    CHECK(std::string(name_of(error_code::not_finite)) == "not finite");
    CHECK(std::string(name_of(static_cast<error_code>(250))) == "unknown error");
}

#if SINTER_HAS_EXCEPTIONS
TEST_CASE("result: asking an error for its value throws failure with code and message") {
    CHECK_THROWS_WITH_AS(half(3).value(), "expected an even number, found 3", sinter::failure);
    CHECK_THROWS_AS(positive(0).value(), sinter::failure);
    try {
        half(5).value();
    } catch (const sinter::failure& caught) {
        CHECK(caught.code() == error_code::bad_argument);
    }
}
#endif
