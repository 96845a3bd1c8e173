// SPDX-License-Identifier: BSL-1.0
// What a body computes outside of sinter is no tensor.
// expect-error: a network's body returns a tensor
// expect-error: body_returns_no_tensor
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const {
        l(x);
        return 1.0;
    }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x); }
};
#endif

sinter::model<net> use;
