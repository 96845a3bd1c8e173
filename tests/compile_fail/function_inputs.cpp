// SPDX-License-Identifier: BSL-1.0
// Inputs of a function that are none, that do not agree, and a body with a mistake.
// expect-error: an input of a function is sinter::shape
// expect-error: give them one capacity
// expect-error: inner_extents_differ
// expect-error: stored_function<
// expect-error-count: 3
#include <sinter/program/function.hpp>

constexpr auto f = [](auto x, auto w) { return matmul(x, w); };

#ifdef EXPECT_FAILURE
using first = sinter::function<f, int, sinter::shape<3, 4>>;
using second = sinter::function<f, sinter::samples<sinter::shape<3>, 8>, sinter::samples<sinter::shape<3>, 9>>;
using third = sinter::function<f, sinter::shape<3>, sinter::shape<4, 4>>;
#else
using first = sinter::function<f, sinter::shape<3>, sinter::shape<3, 4>>;
using second = sinter::function<f, sinter::samples<sinter::shape<3>, 8>, sinter::shape<3, 4>>;
using third = sinter::function<f, sinter::shape<4>, sinter::shape<4, 4>>;
#endif

float run(first& a, second& b, third& c, const float (&x)[4], const float (&w)[16], float (&y)[4]) {
    a.into(y, std::span(x).first<3>(), std::span(w).first<12>());
    b.into(y, std::span(x).first<3>(), std::span(w).first<12>());
    c.into(y, x, std::span(w));
    return y[0];
}
