// SPDX-License-Identifier: BSL-1.0
// Results that are not returned, that cannot be written, or that are gone after the call.
// expect-error: results with samples, or of more than 4096 elements
// expect-error: give an array that is not const
// expect-error: give it a name
// expect-error: result_number<0>
// expect-error-count: 3
#include <sinter/program/function.hpp>

#include <vector>

constexpr auto f = [](auto x) { return x + 1.0; };

void run(const std::vector<float>& x) {
    sinter::function<f, sinter::samples<sinter::shape<3>, 8>> call;
    std::vector<float> y(x.size());
#ifdef EXPECT_FAILURE
    static_cast<void>(call(x));
    call.into(x, x);
    call.into(std::vector<float>(x.size()), x);
#else
    call.into(y, x);
    call.into(std::span(y), x);
#endif
}
