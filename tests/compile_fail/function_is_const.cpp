// SPDX-License-Identifier: BSL-1.0
// Calls of a function's object that is const.
// expect-error: a function is called on an object that is not const
// expect-error-count: 4
#include <sinter/program/function.hpp>

constexpr auto f = [](auto x) { return x + 1.0; };

#ifdef EXPECT_FAILURE
using object = const sinter::function<f, sinter::shape<>>;
#else
using object = sinter::function<f, sinter::shape<>>;
#endif

float run(object& call) {
    float y = call(1.0F);
    call.into(y, 1.0F);
    if (!call.try_into(y, 1.0F)) return 0;
    return y + call.try_call(1.0F).value();
}
