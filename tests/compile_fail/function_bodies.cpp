// SPDX-License-Identifier: BSL-1.0
// Functions without `return`, that return what is no tensor, and that do not take their inputs.
// expect-error: a function returns a tensor
// expect-error: a function is called on a tensor for each of its inputs
// expect-error-count: 5
#include <sinter/program/function.hpp>

#include <tuple>

constexpr auto twice = [](auto x) { return 2.0 * x; };

#ifdef EXPECT_FAILURE
constexpr auto nothing = [](auto x) { static_cast<void>(2.0 * x); };
constexpr auto both = [](auto x) { return std::tuple{x, 2.0 * x}; };
constexpr auto inside = [](auto x) { return sinter::results{x, std::tuple{x}}; };
constexpr auto numbers = [](float x) { return 2 * x; };
using fourth = sinter::function<numbers, sinter::shape<>>;
using fifth = sinter::function<twice>;
#else
constexpr auto nothing = [](auto x) { return 2.0 * x; };
constexpr auto both = [](auto x) { return std::pair{x, 2.0 * x}; };
constexpr auto inside = [](auto x) { return sinter::results{x, std::pair{x, 3.0}}; };
using fourth = sinter::function<twice, sinter::shape<>>;
using fifth = sinter::function<twice, sinter::shape<2>>;
#endif

sinter::function<nothing, sinter::shape<2>> first;
sinter::function<both, sinter::shape<2>> second;
sinter::function<inside, sinter::shape<2>> third;
fourth one_number;
fifth none;

// Calls of what was refused say no more.
bool run(float (&y)[2], const float (&x)[2]) {
    first.into(y, x);
    static_cast<void>(first(x));
    return first.try_call(x) && first.try_into(y, x);
}
