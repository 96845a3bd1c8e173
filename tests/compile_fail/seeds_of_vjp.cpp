// SPDX-License-Identifier: BSL-1.0
// vjp(f) with a seed too few, and with one of another shape, of functions and of free expressions.
// expect-error: number_of_seeds
// expect-error: expects<2>
// expect-error: found<1>
// expect-error: seed_shape_differs
// expect-error: expects<3>
// expect-error: found<4>
// expect-error: one seed for each result of f
// expect-error: a seed has the shape of its result
// expect-error: cannot be called on the first of these
// expect-error-count: 5
#include <sinter/adjoint/vjp.hpp>

using sinter::shape;
struct x : sinter::variable<shape<3>> {};
struct s : sinter::variable<shape<3>> {};
struct wide : sinter::variable<shape<4>> {};

constexpr auto f = [](auto v) { return sinter::results{sin(v), sum(v)}; };
constexpr auto g = [](auto v, auto w) { return v * w; };
constexpr auto of_f = sinter::vjp(f);
#ifdef EXPECT_FAILURE
static_assert(sinter::function_table<of_f, shape<3>, shape<3>>.output_count == 1);
static_assert(sinter::function_table<of_f, shape<3>, shape<4>, shape<>>.output_count == 1);
constexpr auto too_few = sinter::vjp(f)(x{}, s{});
constexpr auto too_wide = sinter::vjp(f)(x{}, wide{}, 1.0);
constexpr auto no_arguments = sinter::vjp(g)(x{});
#else
static_assert(sinter::function_table<of_f, shape<3>, shape<3>, shape<>>.output_count == 1);
constexpr auto right = sinter::vjp(f)(x{}, s{}, 1.0);
#endif
