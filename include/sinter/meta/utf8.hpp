// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Text from elsewhere: whether it is UTF-8, and how a message shows it.
///
/// In: any bytes. Out: where they stop being UTF-8; or text that does nothing to a terminal. Law: printable(text) is
/// UTF-8 without control characters, and is text itself where text is that already and not too long.

#include <sinter/meta/late.hpp>
#include <sinter/meta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sinter {

/// The character that text begins with; its size is 0 where text is empty or begins with something else.
struct utf8_character {
    std::uint32_t point = 0;
    std::size_t size = 0;
};

/// Well-formed UTF-8 only: shortest forms, no surrogates, nothing above U+10FFFF.
constexpr utf8_character first_character(std::string_view text) noexcept {
    if (text.empty()) return {};
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return {lead, 1};
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() <= more) return {};
    std::uint32_t point = lead & (0x3Fu >> more);
    for (std::size_t k = 1; k <= more; ++k) {
        const auto next = static_cast<unsigned char>(text[k]);
        if ((next & 0xC0) != 0x80) return {};
        point = point << 6 | (next & 0x3Fu);
    }
    const std::uint32_t smallest = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return {};
    return {point, more + 1};
}

/// How many bytes at the beginning of text are UTF-8: all, or up to the first character that is none.
constexpr std::size_t utf8_size(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t size = first_character(text.substr(at)).size;
        if (size == 0) break;
        at += size;
    }
    return at;
}

constexpr bool is_utf8(std::string_view text) noexcept { return utf8_size(text) == text.size(); }

/// Whether a terminal obeys this character, or turns round the line it stands in, rather than shows it.
constexpr bool is_control(std::uint32_t point) noexcept {
    const bool directs = point == 0x061C || point == 0x200E || point == 0x200F ||
                         (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 || directs;
}

/// Text as a message shows it: each byte of a control character, or of what is no UTF-8, as `\x1b`; at most about
/// `longest` bytes of it, then how many more there are.
template <class Text>
SINTER_COLD std::string printable(const Text& text, std::size_t longest = 200) {
    constexpr char digits[] = "0123456789abcdef";
    std::string_view rest = text;
    meta::late_t<std::string, Text> out;
    while (!rest.empty() && out.size() < longest) {
        const utf8_character next = first_character(rest);
        const std::size_t size = next.size == 0 ? 1 : next.size;
        if (next.size != 0 && !is_control(next.point))
            out += rest.substr(0, size);
        else
            for (const char byte : rest.substr(0, size))
                ((out += "\\x") += digits[static_cast<unsigned char>(byte) >> 4]) += digits[byte & 15];
        rest.remove_prefix(size);
    }
    return rest.empty() ? out : words(out, "... and ", rest.size(), " more bytes");
}

}  // namespace sinter
