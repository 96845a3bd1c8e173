// SPDX-License-Identifier: BSL-1.0
// Parts of a concat differ along another axis than the one they are joined along.
// expect-error: the network has a mistake
// expect-error: in_network<net>
// expect-error: concat_extents_differ
// expect-error: expects<2, ?8>
// expect-error: found<3, ?8>
// expect-error-count: 1
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#ifdef EXPECT_FAILURE
constexpr int axis = 1;
#else
constexpr int axis = 0;
#endif
struct net {
    using input = sinter::shape<48>;
    BOOST_HANA_DEFINE_STRUCT(net);
    constexpr auto operator()(auto x) const {
        auto whole = sinter::reshape<6, 8>(x);
        return concat<axis>(slice<0, 0, 2>(whole), slice<0, 2, 5>(whole));
    }
};

static_assert(sinter::is_sound<net, sinter::network<net>::report>);
