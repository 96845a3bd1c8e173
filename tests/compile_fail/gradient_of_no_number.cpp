// SPDX-License-Identifier: BSL-1.0
// gradient(f) where f returns two numbers, or is given one; the derivative of a vector, asked for by the table's door.
// expect-error: f returns one number
// expect-error: each argument is a tensor, by which f is differentiated
// expect-error: gradient_of_non_scalar
// expect-error: function_recipe<
// expect-error-count: 3
#include <sinter/adjoint/gradient.hpp>
#include <sinter/graph/table.hpp>

struct x : sinter::variable<sinter::shape<3>> {};

#ifdef EXPECT_FAILURE
constexpr auto two = sinter::gradient([](auto v) { return std::pair{sum(v), sum(v * v)}; });
constexpr auto by_number = sinter::gradient([](auto v, auto w) { return sum(v * w); })(x{}, 2.0);
constexpr auto of_vector = sinter::gradient([](auto v) { return sin(v); });
#else
constexpr auto two = sinter::gradient([](auto v) { return sum(v) + sum(v * v); });
constexpr auto by_number = sinter::gradient([](auto v) { return sum(v * 2.0); })(x{});
constexpr auto of_vector = sinter::gradient([](auto v) { return sum(sin(v)); });
#endif
static_assert(sinter::function_table<two, sinter::shape<3>>.output_count == 1);
static_assert(sinter::function_table<of_vector, sinter::shape<3>>.output_count == 1);
