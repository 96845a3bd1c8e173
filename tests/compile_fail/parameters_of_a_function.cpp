// SPDX-License-Identifier: BSL-1.0
// A layer with parameters in a function, values of other shapes for them, too few, and too few inputs.
// expect-error: the network has a mistake
// expect-error: parameters_of_a_function
// expect-error: parameter_shape_differs
// expect-error: expects<2, 4>, .*found<4, 2>
// expect-error: with_parameters<Net>\(x, weight, bias\)
// expect-error: a layer or network is called on a tensor for each of its inputs
// expect-error-count: 4
#include <sinter/nn.hpp>
#include <sinter/train/layer_function.hpp>

namespace nn = sinter::nn;
using sinter::shape;

struct pair_net {
    using input = sinter::inputs<shape<2>, shape<2>>;
    BOOST_HANA_DEFINE_STRUCT(pair_net, (nn::linear<4>, last));
    constexpr auto operator()(auto x, auto y) const { return last(x + y); }
};

constexpr auto given = [](auto x, auto w, auto b) { return sinter::with_parameters<nn::linear<4>>(x, w, b); };
#ifdef EXPECT_FAILURE
sinter::function<nn::linear<4>{}, shape<2>> first;
sinter::function<given, shape<2>, shape<4, 2>, shape<4>> second;
constexpr auto too_few = [](auto x, auto w) { return sinter::with_parameters<nn::linear<4>>(x, w); };
sinter::function<too_few, shape<2>, shape<2, 4>> third;
sinter::layer_function<pair_net, shape<2>> fourth;
#else
sinter::layer_function<nn::linear<4>, shape<2>> first;
sinter::function<given, shape<2>, shape<2, 4>, shape<4>> second;
constexpr auto enough = [](auto x, auto w) { return sinter::with_parameters<nn::linear<4, nn::without_bias>>(x, w); };
sinter::function<enough, shape<2>, shape<2, 4>> third;
sinter::layer_function<pair_net, shape<2>, shape<2>> fourth;
#endif
