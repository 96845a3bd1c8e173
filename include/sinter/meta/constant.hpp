// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Asks whether an expression is a constant one: `requires { typename meta::constant<x.size>; }`.
///
/// Where the initialiser of a constexpr variable is none, the compiler has said so, once; what builds on the variable
/// asks first, and stays silent. The value is read from the variable: an integer, or a struct of some.

#include <sinter/config.hpp>

namespace sinter::meta {

template <auto Value>
struct constant;

}  // namespace sinter::meta
