// SPDX-License-Identifier: BSL-1.0
// A network that subtracts the mean of the samples that it happens to get.
// expect-error: the network has a mistake
// expect-error: samples_of_a_network
// expect-error: at_line<18>
// expect-error-count: 1
#include <sinter/graph/samples.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<2>, last));
    constexpr auto operator()(auto x) const {
#ifdef EXPECT_FAILURE
        return last(x - mean_over_samples(x));
#else
        return last(x - mean(x));
#endif
    }
};

static_assert(sinter::parameter_count<net> == 10);
