// SPDX-License-Identifier: BSL-1.0
// Free expressions of shapes that do not match: said at the operator, by the name of the requirement.
// expect-error: shapes_broadcast
// expect-error-count: 1
#include <sinter/graph/functions.hpp>

struct x : sinter::variable<sinter::shape<3>> {};
struct y : sinter::variable<sinter::shape<4>> {};

#ifdef EXPECT_FAILURE
constexpr auto wrong = x{} * y{};
#else
constexpr auto right = x{} * x{};
#endif
