// SPDX-License-Identifier: BSL-1.0
// x[0] is a slice.
// expect-error: write slice<Axis, i, i \+ 1>\(x\)
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x)[0]; }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return slice<0, 0, 1>(l(x)); }
};
#endif

sinter::model<net> use;
