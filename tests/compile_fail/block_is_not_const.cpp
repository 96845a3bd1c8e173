// SPDX-License-Identifier: BSL-1.0
// A network is const while its body runs, and so are its members.
// expect-error: no match for call to '\(const block\)|no matching function for call to object of type
// expect-lines: 60: the error in the body, and that the body cannot be called
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
#define CONST
#else
#define CONST const
#endif

struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<4>, l));
    constexpr auto operator()(auto x) CONST { return l(x); }
};
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (block, b));
    constexpr auto operator()(auto x) const { return b(x); }
};
sinter::model<net> use;
