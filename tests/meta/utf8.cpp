// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/utf8.hpp>

#include <doctest/doctest.h>

#include <string>

using sinter::printable;

static_assert(sinter::is_utf8("") && sinter::is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
static_assert(sinter::utf8_size("ab\xff") == 2 && sinter::utf8_size("\xe2\x82") == 0,
              "the place of the first bad byte");
static_assert(sinter::first_character("\xf0\x9f\x98\x80").point == 0x1F600);

TEST_CASE("utf8: overlong forms, surrogates, characters cut short and too large are none, and their place is told") {
    for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xc3", "\xe2\x28\xa1"}) {
        CHECK(sinter::utf8_size(std::string("\xc3\xa9") + "a" + bad + "tail") == 3);
        CHECK_FALSE(sinter::is_utf8(bad));
    }
}

TEST_CASE("utf8: what is shown is the text itself, in any script, unless a character steers the terminal") {
    CHECK(printable("blocks.0.weight \xd0\xbf\xd1\x80\xd0\xb8 \xf0\x9f\x98\x80 \\x") ==
          "blocks.0.weight \xd0\xbf\xd1\x80\xd0\xb8 \xf0\x9f\x98\x80 \\x");
    CHECK(printable(std::string("a\0b\x1b[31m\r\n\t\x7f", 12)) == R"(a\x00b\x1b[31m\x0d\x0a\x09\x7f)");
    CHECK(printable("\xc2\x9b"
                    "31m") == R"(\xc2\x9b31m)");  // U+009B begins an escape sequence too
    CHECK(printable("\xe2\x80\xaeright to left") == R"(\xe2\x80\xaeright to left)");  // U+202E turns the line round
    CHECK(printable("\xe2\x80\xa8") == R"(\xe2\x80\xa8)");
    CHECK(printable("\xff\xc3") == R"(\xff\xc3)");
}

TEST_CASE("utf8: every byte, alone and before a letter, is shown without a control character") {
    for (int byte = 0; byte < 256; ++byte)
        for (const char* tail : {"", "a", "\xbf", "\xbf\xbf"}) {
            const std::string shown = printable(static_cast<char>(byte) + std::string(tail));
            CHECK(sinter::is_utf8(shown));
            for (std::string_view rest = shown; !rest.empty();) {
                const auto next = sinter::first_character(rest);
                CHECK_FALSE(sinter::is_control(next.point));
                rest.remove_prefix(next.size);
            }
        }
}

TEST_CASE("utf8: a long text is cut between characters, and the rest is counted") {
    CHECK(printable(std::string(200, 'a')) == std::string(200, 'a'));
    CHECK(printable(std::string(1'000'000, 'a')) == std::string(200, 'a') + "... and 999800 more bytes");
    CHECK(printable("ab\xc3\xa9\xc3\xa9", 3) == "ab\xc3\xa9... and 2 more bytes");
}
