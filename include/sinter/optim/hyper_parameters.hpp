// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The check of a rule's numbers where training starts: a trainer's constructor, its reset(), and each fit.
///
/// A rule may have `result<void> check() const`. Those of the library refuse what can train nothing: a rate or a decay
/// that is negative or not finite, an average that never ends. What is finite is allowed, however large: the loss
/// tells. Steps check nothing, so a schedule may set what it wants.

#include <sinter/config.hpp>
#include <sinter/meta/finite.hpp>
#include <sinter/meta/result.hpp>

#include <concepts>
#include <cstdio>
#include <initializer_list>

namespace sinter::detail {

enum class allowed : unsigned char {
    not_negative,  ///< 0 or more
    part,          ///< 0 to 1
    average,       ///< 0 to below 1
};

struct hyper_parameter {
    const char* name;
    double value;
    allowed range;
};

/// bad_argument for the first number that is not finite or out of its range.
SINTER_COLD inline result<void> check_hyper_parameters(const char* rule,
                                                       std::initializer_list<hyper_parameter> parameters) {
    for (const hyper_parameter& p : parameters) {
        const bool fits = meta::is_finite(p.value) && p.value >= 0 && (p.range != allowed::part || p.value <= 1) &&
                          (p.range != allowed::average || p.value < 1);
        if (fits) continue;
        const char* const range = p.range == allowed::not_negative ? "to be finite and not negative"
                                  : p.range == allowed::part       ? "to be from 0 to 1"
                                                                   : "to be from 0 to below 1";
        char text[160];
        std::snprintf(text, sizeof text, "%s: expected %s %s, found %g", rule, p.name, range, p.value);
        return error{error_code::bad_argument, text};
    }
    return {};
}

/// Raises what a rule has against its numbers, if it has a check.
template <class Rule>
SINTER_COLD void check_rule(const Rule& rule) {
    if constexpr (requires {
                      { rule.check() } -> std::same_as<result<void>>;
                  })
        rule.check().value();
}

}  // namespace sinter::detail
