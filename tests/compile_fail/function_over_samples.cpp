// SPDX-License-Identifier: BSL-1.0
// Sums over samples of what has none, in a function and in a free expression.
// expect-error: the network has a mistake
// expect-error: value_without_samples
// expect-error: at_line<14>
// expect-error: a free expression has no samples
// expect-error-count: 2
#include <sinter/program/function.hpp>

struct w : sinter::variable<sinter::shape<2>> {};

constexpr auto f = [](auto x, auto y) {
#ifdef EXPECT_FAILURE
    return mean_over_samples(sum(x)) + sum(mean_over_samples(y));
#else
    return sum(x) + sum(mean_over_samples(y));
#endif
};
sinter::function<f, sinter::shape<2>, sinter::samples<sinter::shape<2>, 8>> use;

#ifdef EXPECT_FAILURE
constexpr auto all = sum(sum_over_samples(w{}));
#else
constexpr auto all = sum(w{});
#endif
