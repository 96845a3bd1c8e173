// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The gradient of sum(f(x) * w) by x, as golden arrays have it: w are the first elements of a longer vector.

#include <sinter/adjoint/gradient.hpp>

namespace sinter_test {

template <const auto& Function>
constexpr auto slope = [](auto x, auto w) {
    return sinter::gradient([=](auto v) {
        const auto y = Function(v);
        return sum(flatten(y) * slice<0, 0, decltype(y)::size>(w));
    })(x);
};

}  // namespace sinter_test
