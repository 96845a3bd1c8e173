// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A type's name as the compiler writes it, without the namespace, for summaries.

#include <sinter/config.hpp>

#include <string_view>

namespace sinter::meta {

template <class T>
constexpr std::string_view type_name() {
    constexpr std::string_view whole = __PRETTY_FUNCTION__;  // … [with T = name; …] or … [T = name]
    constexpr std::size_t first = whole.find("T = ") + 4;
    constexpr std::size_t last = whole.find_first_of(";]", first);
    constexpr std::string_view name = whole.substr(first, last - first);
    constexpr std::size_t scope = name.find('<') == std::string_view::npos ? name.rfind("::") : std::string_view::npos;
    return scope == std::string_view::npos ? name : name.substr(scope + 2);
}

}  // namespace sinter::meta
