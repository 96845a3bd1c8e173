// SPDX-License-Identifier: BSL-1.0
// A loop over elements is a sum, or slices.
// expect-error: a loop over the elements of a tensor
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const {
        auto h = l(x);
        for (auto e : h) h += e;
        return h;
    }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x) + sum(x); }
};
#endif

sinter::model<net> use;
