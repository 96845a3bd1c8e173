// SPDX-License-Identifier: BSL-1.0
// Arguments that cannot be right: a pointer, too few, of another type, of another size, of other extents.
// expect-error: of a pointer make a span
// expect-error: an argument for each input
// expect-error: none is converted
// expect-error: as many elements as the shape
// expect-error: an array of arrays has the extents
// expect-error: input_number<1>
// expect-error-count: 5
#include <sinter/program/function.hpp>

constexpr auto f = [](auto x, auto w) { return sum(matmul(x, w)); };

float run(const float* pointer) {
    sinter::function<f, sinter::shape<3>, sinter::shape<3, 4>> call;
    const float x[3] = {}, w[3][4] = {};
#ifdef EXPECT_FAILURE
    const double in_double[3] = {};
    const float other[11] = {}, turned[4][3] = {};
    float y = call(pointer, w);
    y += call(x);
    y += call(in_double, w);
    y += call(x, other);
    y += call(x, turned);
    return y;
#else
    return call(x, w) + call(std::span<const float, 3>(pointer, 3), w);
#endif
}
