// SPDX-License-Identifier: BSL-1.0
// The same in a free expression: said at the call.
// expect-error: Heads divides the width
// expect-error-count: 1
#include <sinter/graph/functions.hpp>

struct x : sinter::variable<sinter::shape<6, 8>> {};

#ifdef EXPECT_FAILURE
constexpr auto all = sum(split_heads<3>(x{}));
#else
constexpr auto all = sum(split_heads<4>(x{}));
#endif
