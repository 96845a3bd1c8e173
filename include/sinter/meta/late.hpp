// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A type that the compiler looks into only where the template around it is used.
///
/// `late_t<std::string, Real> text;` in a template over Real is std::string, but dependent: a file that includes the
/// template and never calls it does not pay for the string's functions, their overloads and classes.

#include <sinter/config.hpp>

namespace sinter::meta {

template <class Type, class...>
struct late {
    using type = Type;
};
template <class Type, class... Used>
using late_t = typename late<Type, Used...>::type;

}  // namespace sinter::meta
