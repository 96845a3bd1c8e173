// SPDX-License-Identifier: BSL-1.0
// A width is a constant. docs/errors.md has what is printed.
// expect-error: the value of 'width' is not usable in a constant expression|invalid explicitly-specified argument
// expect-lines: 66: reshape is a candidate, and the body does not compile
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const {
        int width = 2;
        return reshape<width, 2>(l(x));
    }
};
#else
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, l));
    constexpr auto operator()(auto x) const {
        constexpr int width = 2;
        return reshape<width, 2>(l(x));
    }
};
#endif

sinter::model<net> use;
