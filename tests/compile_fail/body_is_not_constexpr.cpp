// SPDX-License-Identifier: BSL-1.0
// A body runs while the compiler does. The language allows no sentence of ours; docs/errors.md has what is printed.
// expect-error: call to non-'constexpr' function|non-constexpr function 'operator\(\)<.* cannot be used
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    auto operator()(auto x) const { return l(x); }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const { return l(x); }
};
#endif

sinter::model<net> use;
