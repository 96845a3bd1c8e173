// SPDX-License-Identifier: BSL-1.0
// && is minimum, as comparisons give zeros and ones.
// expect-error: write minimum\(a, b\)
// expect-error-count: 1
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x) * (x > 0 && x < 1); }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x) * minimum(x > 0, x < 1); }
};
#endif

sinter::model<net> use;
