// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A number in the fewest digits that are read back as just this number, with a point whatever the locale.
///
/// Not std::to_chars: `<charconv>` costs each file 62 · 10⁶ instructions of g++ (1 %), and xsimd does not bring it.
/// What is written once an epoch may try each number of digits.

#include <sinter/config.hpp>
#include <sinter/meta/finite.hpp>

#include <cstdio>
#include <cstdlib>

namespace sinter::meta {

/// Appends a number: 0.1, 30000, 1e-30, inf; without a sign where it is none.
template <class String>
SINTER_COLD void append_shortest(String& text, double value) {
    if (is_nan(value)) return void(text += "nan");
    char printed[40];  // d, the locale's point, digits, e, the exponent
    for (int behind = 0; behind < 17; ++behind) {
        std::snprintf(printed, sizeof printed, "%.*e", behind, value);
        if (std::strtod(printed, nullptr) == value) break;
    }
    const char* at = printed;
    if (*at == '-') text += *at++;
    if (*at < '0' || *at > '9') return void(text += at);  // inf
    char digits[20];
    int count = 0;
    for (; *at != 'e'; ++at)
        if (*at >= '0' && *at <= '9') digits[count++] = *at;
    const int exponent = std::atoi(at + 1);
    const auto digit = [&](int k) { return k >= 0 && k < count ? digits[k] : '0'; };
    const bool plain = exponent >= -5 && exponent < 17;
    const int before = plain ? exponent : 0;  // digit k stands at 10^(before - k)
    for (int k = before < 0 ? before : 0; k <= before || k < count; ++k) {
        if (k == before + 1) text += '.';
        text += digit(k);
    }
    if (!plain) text += at;
}

}  // namespace sinter::meta
