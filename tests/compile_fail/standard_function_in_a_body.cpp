// SPDX-License-Identifier: BSL-1.0
// std::exp knows no tensors, and a body that returns its number returns no tensor.
// expect-error: a tensor is no number
// expect-error: write exp\(x\)
// expect-error-count: 2
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

#include <cmath>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return std::exp(l(x)); }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return exp(l(x)); }
};
#endif

sinter::model<net> use;
