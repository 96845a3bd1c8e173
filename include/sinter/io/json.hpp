// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Just enough strict JSON for file headers: objects, arrays, strings and natural numbers, pulled in reading order.
///
/// In: UTF-8 text from anywhere. Out: what the caller asks for next, or the first mistake with its byte. The caller's
/// code is the grammar, so nesting is as deep as it asks and no deeper, and nothing recurses. Law: accepts what RFC
/// 8259 accepts of this subset; a number is without sign, fraction, exponent or leading zero. Cost: one pass, no tree.
/// Templates over the string, so that a file that includes this and reads no JSON does not pay for it.

#include <sinter/meta/result.hpp>
#include <sinter/meta/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace sinter {

/// Appends text as a JSON string. *Requires* is_utf8(text).
template <class String>
void append_json_string(String& out, std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    out += '"';
    for (const char letter : text) {
        if (letter == '"' || letter == '\\')
            (out += '\\') += letter;
        else if (static_cast<unsigned char>(letter) < 0x20)
            ((out += "\\u00") += digits[letter >> 4]) += digits[letter & 15];
        else
            out += letter;
    }
    out += '"';
}

/// Reads `{"a": [1, 2]}` by open('{'), next_key(key), open('['), next_element(), natural(number), and so on.
///
/// Every function returns false at a mistake, and from then on; next_* also at the end of their object or array, which
/// failed() tells apart.
template <class String>
class basic_json_reader {
public:
    using view = std::basic_string_view<typename String::value_type>;

    explicit basic_json_reader(view text) : text_(text) {
        const std::size_t size = utf8_size(text);
        if (size == text.size()) return;
        at_ = size;
        fail("text is not UTF-8");
    }

    bool failed() const noexcept { return mistake_ != nullptr; }

    /// The first mistake, with the byte where it was seen.
    String mistake() const { return failed() ? words(mistake_, found_, " at byte ", at_) : String(); }

    /// Enters an object ('{') or an array ('[').
    bool open(char bracket) {
        if (!take(bracket)) return fail(bracket == '{' ? "expected an object" : "expected an array");
        first_ = true;
        return true;
    }

    /// The next key of the open object, or its end.
    bool next_key(String& key) {
        if (!next('}')) return false;
        if (!string(key)) return false;
        return take(':') || fail("expected a colon after a key");
    }

    /// Whether the open array has another element, or its end.
    bool next_element() { return next(']'); }

    bool string(String& value) {
        value.clear();
        if (!take('"')) return fail("expected a string");
        while (at_ < text_.size()) {
            const char letter = text_[at_++];
            if (letter == '"') return true;
            if (static_cast<unsigned char>(letter) < 0x20) return fail("control character in a string");
            if (letter != '\\')
                value += letter;
            else if (!escape(value))
                return false;
        }
        return fail("string without end");
    }

    bool natural(std::uint64_t& value) {
        skip_space();
        const std::size_t start = at_;
        if (failed()) return false;
        for (value = 0; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
            const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
            if (value > ((std::numeric_limits<std::uint64_t>::max)() - digit) / 10)
                return fail("number above 2^64 - 1");
            value = 10 * value + digit;
        }
        if (at_ == start) return fail("expected a number without sign");
        if (at_ < text_.size() && (text_[at_] == '.' || (text_[at_] | 0x20) == 'e'))
            return fail("expected a number without fraction and exponent");
        if (text_[start] == '0' && at_ - start > 1) return fail("number with leading zero");
        return true;
    }

    /// Nothing but space is left.
    bool finish() {
        skip_space();
        return !failed() && (at_ == text_.size() || fail("more text after the end"));
    }

    /// Records a mistake of the caller's own grammar here; a `const char*` that outlives the reader. *Returns* false.
    bool fail(const char* mistake) noexcept {
        if (!failed()) mistake_ = mistake, stop_ = at_;
        at_ = stop_;
        return false;
    }
    /// The same with the text that was found instead, as a message shows it.
    bool fail(const char* mistake, const String& found) {
        if (!failed()) found_ = words(", found \"", printable(found), '"');
        return fail(mistake);
    }

private:
    static constexpr bool is_digit(char letter) noexcept { return letter >= '0' && letter <= '9'; }

    void skip_space() noexcept {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
            ++at_;
    }

    bool take(char letter) noexcept {
        skip_space();
        if (failed() || at_ == text_.size() || text_[at_] != letter) return false;
        ++at_;
        return true;
    }

    bool next(char end) {
        if (take(end)) return first_ = false;
        if (!first_ && !take(',')) return fail("expected a comma or the end of an object or array");
        first_ = false;
        return !failed();
    }

    bool hexadecimal(std::uint32_t& unit) {
        unit = 0;
        for (int digit = 0; digit < 4; ++digit) {
            const char letter = at_ < text_.size() ? text_[at_++] : '\0';
            if (is_digit(letter))
                unit = unit << 4 | static_cast<std::uint32_t>(letter - '0');
            else if ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'f')
                unit = unit << 4 | static_cast<std::uint32_t>((letter | 0x20) - 'a' + 10);
            else
                return fail("expected four hexadecimal digits");
        }
        return true;
    }

    bool escape(String& value) {
        constexpr view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
        const char letter = at_ < text_.size() ? text_[at_++] : '\0';
        if (const std::size_t found = letters.find(letter); found != view::npos) {
            value += meanings[found];
            return true;
        }
        std::uint32_t point = 0;
        if (letter != 'u') return fail("unknown escape");
        if (!hexadecimal(point)) return false;
        if (point >= 0xDC00 && point < 0xE000) return fail("second half of a surrogate pair alone");
        if (point >= 0xD800 && point < 0xDC00) {
            std::uint32_t low = 0;
            if (text_.substr(at_, 2) != "\\u") return fail("first half of a surrogate pair alone");
            at_ += 2;
            if (!hexadecimal(low)) return false;
            if (low < 0xDC00 || low >= 0xE000) return fail("first half of a surrogate pair alone");
            point = 0x10000 + ((point - 0xD800) << 10 | (low - 0xDC00));
        }
        append_utf8(value, point);
        return true;
    }

    static void append_utf8(String& value, std::uint32_t point) {
        const auto tail = [&](int shift) { value += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
        if (point < 0x80) {
            value += static_cast<char>(point);
        } else if (point < 0x800) {
            value += static_cast<char>(0xC0 | point >> 6), tail(0);
        } else if (point < 0x10000) {
            value += static_cast<char>(0xE0 | point >> 12), tail(6), tail(0);
        } else {
            value += static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0);
        }
    }

    view text_;
    std::size_t at_ = 0;
    std::size_t stop_ = 0;
    const char* mistake_ = nullptr;
    String found_;
    bool first_ = false;
};
using json_reader = basic_json_reader<std::string>;

}  // namespace sinter
