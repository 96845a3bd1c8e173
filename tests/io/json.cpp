// SPDX-License-Identifier: BSL-1.0
#include <sinter/io/json.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using sinter::json_reader;

/// The text of one string, or "mistake: …".
std::string string_of(const std::string& text) {
    json_reader json(text);
    std::string value;
    return json.string(value) && json.finish() ? value : "mistake: " + json.mistake();
}

/// Whether the text is one array of natural numbers; their sum in `sum`.
bool is_numbers(const std::string& text, std::uint64_t& sum) {
    json_reader json(text);
    sum = 0;
    if (!json.open('[')) return false;
    while (json.next_element()) {
        std::uint64_t number = 0;
        if (!json.natural(number)) return false;
        sum += number;
    }
    return json.finish();
}

bool is_numbers(const std::string& text) {
    std::uint64_t ignored = 0;
    return is_numbers(text, ignored);
}

}  // namespace

TEST_CASE("json: objects and arrays are read in order, with any space between") {
    json_reader json(" { \"a\" : [ 1 ,\n\t2 ], \"b\":[],\r\"c\":{} } ");
    std::string key;
    std::uint64_t number = 0;
    REQUIRE(json.open('{'));
    REQUIRE(json.next_key(key));
    CHECK(key == "a");
    REQUIRE(json.open('['));
    REQUIRE(json.next_element());
    REQUIRE(json.natural(number));
    CHECK(number == 1);
    REQUIRE(json.next_element());
    REQUIRE(json.natural(number));
    CHECK(number == 2);
    CHECK_FALSE(json.next_element());
    REQUIRE(json.next_key(key));
    REQUIRE(json.open('['));
    CHECK_FALSE(json.next_element());
    REQUIRE(json.next_key(key));
    CHECK(key == "c");
    REQUIRE(json.open('{'));
    CHECK_FALSE(json.next_key(key));
    CHECK_FALSE(json.next_key(key));
    CHECK_FALSE(json.failed());
    CHECK(json.finish());
}

TEST_CASE("json: natural numbers up to 2^64 - 1, without sign, fraction, exponent or leading zero") {
    std::uint64_t sum = 0;
    CHECK((is_numbers("[0, 18446744073709551615]", sum) && sum == 18446744073709551615u));
    for (const char* text : {"[18446744073709551616]",
                             "[99999999999999999999]",
                             "[01]",
                             "[-1]",
                             "[+1]",
                             "[1.0]",
                             "[1e3]",
                             "[]]",
                             "[1,]",
                             "[,1]",
                             "[1 2]",
                             "[",
                             "[1",
                             "[1,",
                             "",
                             "{}",
                             "[1}",
                             "[true]",
                             "[\"1\"]",
                             "[]x"})
        CHECK_MESSAGE(!is_numbers(text), text);
}

TEST_CASE("json: escapes become UTF-8, surrogate pairs included") {
    CHECK(string_of(R"("a\"\\\/\b\f\n\r\t")") == "a\"\\/\b\f\n\r\t");
    CHECK(string_of(R"("\u0041\u00e9\u20AC\ud83d\ude00")") == "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK(string_of(R"("\u0000")") == std::string(1, '\0'));
}

TEST_CASE("json: damaged strings are refused") {
    for (const char* text : {R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\ude00")", R"("\u12")",
                             R"("\u00g0")", R"("\x")", R"("\)", R"(")", "\"a\nb\"", R"(a)", "\"\xff\"", "\"\xc0\xaf\"",
                             "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\x80\""})
        CHECK_MESSAGE(string_of(text).rfind("mistake: ", 0) == 0, text);
}

TEST_CASE("json: the first mistake stays, with its byte, and nothing succeeds after it") {
    json_reader json("[12, x, 3]");
    std::uint64_t number = 0;
    REQUIRE(json.open('['));
    REQUIRE(json.next_element());
    REQUIRE(json.natural(number));
    REQUIRE(json.next_element());
    CHECK_FALSE(json.natural(number));
    CHECK(json.mistake() == "expected a number without sign at byte 5");
    std::string text;
    CHECK_FALSE(json.natural(number));
    CHECK_FALSE(json.next_element());
    CHECK_FALSE(json.string(text));
    CHECK_FALSE(json.open('['));
    CHECK_FALSE(json.finish());
    CHECK(json.mistake() == "expected a number without sign at byte 5");
}

TEST_CASE("json: bytes that are no UTF-8 are a mistake at their own place") {
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{70'000}}) {
        const json_reader json(std::string(at, ' ') + "\xc3\xa9\xff");
        CHECK(json.mistake() == "text is not UTF-8 at byte " + std::to_string(at + 2));
    }
}

TEST_CASE("json: a mistake shows what was found without its control characters, and cut where it is long") {
    json_reader json("");
    CHECK_FALSE(json.fail("expected nothing", std::string("red \x1b[31m")));
    CHECK(json.mistake() == R"(expected nothing, found "red \x1b[31m" at byte 0)");
    json_reader second("");
    CHECK_FALSE(second.fail("expected less", std::string(10'000'000, 'a')));
    CHECK(second.mistake().size() < 300);
}

TEST_CASE("json: other numbers, marks of byte order, zeros, and depth without end are refused by their name") {
    const auto mistake_in = [](const std::string& text) {
        json_reader json(text);
        std::uint64_t number = 0;
        if (json.open('[') && json.next_element() && json.natural(number)) json.next_element();
        return json.mistake();
    };
    CHECK(mistake_in("[1.5]") == "expected a number without fraction and exponent at byte 2");
    CHECK(mistake_in("[1e9]") == "expected a number without fraction and exponent at byte 2");
    CHECK(mistake_in("[-1]") == "expected a number without sign at byte 1");
    CHECK(mistake_in("[" + std::string(1'000'000, '9') + "]") == "number above 2^64 - 1 at byte 20");
    CHECK(mistake_in("\xef\xbb\xbf[1]") == "expected an array at byte 0");
    CHECK(mistake_in(std::string("[\0]", 3)) == "expected a number without sign at byte 1");
    CHECK(mistake_in(std::string(1'000'000, '[')) == "expected a number without sign at byte 1");
    CHECK(string_of(std::string("\"a\0b\"", 5)) == "mistake: control character in a string at byte 3");
}

TEST_CASE("json: what append_json_string writes is read back") {
    const std::string all = std::string("\0\x01\x1f \"\\/\x7f", 8) + "\xc3\xa9\xf0\x9f\x98\x80\n";
    std::string written;
    sinter::append_json_string(written, all);
    CHECK(string_of(written) == all);
}
