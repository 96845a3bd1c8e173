// SPDX-License-Identifier: BSL-1.0
// std::exp knows no tensors; the language lets nobody else say so. docs/errors.md has what is printed.
// expect-error: no matching function for call to 'exp
// expect-lines: 110: g++ lists each exp of the standard library
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
