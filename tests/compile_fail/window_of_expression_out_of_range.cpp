// SPDX-License-Identifier: BSL-1.0
// The same in a free expression: said at the call.
// expect-error: at most as long as its axis
#include <sinter/graph/functions.hpp>

struct x : sinter::variable<sinter::shape<3, 5>> {};

#ifdef EXPECT_FAILURE
constexpr auto all = sum(windows<0, 4>(x{}));
#else
constexpr auto all = sum(windows<0, 3>(x{}));
#endif
