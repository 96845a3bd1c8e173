// SPDX-License-Identifier: BSL-1.0
// The same in a free expression: said at the call.
// expect-error: no such axis
#include <sinter/graph/functions.hpp>

struct x : sinter::variable<sinter::shape<2, 3>> {};

#ifdef EXPECT_FAILURE
constexpr auto total = sum<2>(x{});
#else
constexpr auto total = sum<1>(x{});
#endif
