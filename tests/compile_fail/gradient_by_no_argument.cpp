// SPDX-License-Identifier: BSL-1.0
// The derivative by an argument that a function does not have.
// expect-error: f has no argument K
// expect-error-count: 1
#include <sinter/adjoint/gradient.hpp>
#include <sinter/graph/table.hpp>

constexpr auto f = [](auto v, auto w) { return sum(v * w); };
#ifdef EXPECT_FAILURE
constexpr auto by = sinter::gradient<2>(f);
#else
constexpr auto by = sinter::gradient<1>(f);
#endif
static_assert(sinter::function_table<by, sinter::shape<3>, sinter::shape<3>>.output_count == 1);
