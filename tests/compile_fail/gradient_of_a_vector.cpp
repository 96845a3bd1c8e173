// SPDX-License-Identifier: BSL-1.0
// The derivative of an expression that is not one number.
// expect-error: e must be one number
// expect-error: scalar_expression
// expect-error-count: 1
#include <sinter/adjoint/gradient.hpp>

struct x : sinter::variable<sinter::shape<3>> {};

#ifdef EXPECT_FAILURE
constexpr auto slope = sinter::gradient(sin(x{}), x{});
#else
constexpr auto slope = sinter::gradient(sum(sin(x{})), x{});
#endif
