// SPDX-License-Identifier: BSL-1.0
// Filters that read another number of channels; of values without a graph the shapes are refused at the call.
// expect-error: let the layer take the width it is given
// expect-error: expects<4>
// expect-error: found<3>
// expect-error: convolution\(x, filters\): the operands' shapes do not fit
// expect-error: filters have an axis more
// expect-error-count: 3
#include <sinter/graph/table.hpp>
#include <sinter/nn/conv.hpp>

using sinter::shape;
#ifdef EXPECT_FAILURE
constexpr int channels = 4;
using filters = shape<3, 3, 4>;
#else
constexpr int channels = 3;
using filters = shape<3, 3, 3, 4>;
#endif
struct x : sinter::variable<shape<8, 8, 3>> {};
struct w : sinter::variable<shape<3, 3, channels, 5>> {};
struct v : sinter::variable<filters> {};

constexpr auto traced = [](auto a, auto b) { return sinter::convolution(a, b); };
static_assert(sinter::function_table<traced, shape<8, 8, 3>, shape<3, 3, channels, 5>>.output_count == 1);
constexpr auto product = sinter::convolution(x{}, w{});
constexpr auto other = sinter::convolution(x{}, v{});
