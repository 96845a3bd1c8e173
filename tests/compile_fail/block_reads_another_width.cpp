// SPDX-License-Identifier: BSL-1.0
// The same in each of twenty blocks: one error, with the path of the first and the line of the call.
// expect-error: the network has a mistake
// expect-error: in_network<residual_net>
// expect-error: member<'b', ?'l', ?'o', ?'c', ?'k', ?'s', ?'\.', ?'0', ?'\.', ?'o', ?'u', ?'t'>
// expect-error: inner_extents_differ
// expect-error: expects<32>
// expect-error: found<64>
// expect-error: at_line<25>
// expect-error-count: 1
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#include <array>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
using out_layer = nn::linear<64, nn::inputs<32>>;
#else
using out_layer = nn::linear<64>;
#endif
struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<64>, hidden), (out_layer, out));
    constexpr auto operator()(auto x) const { return out(tanh(hidden(x))); }
};
struct residual_net {
    using input = sinter::shape<32>;
    BOOST_HANA_DEFINE_STRUCT(residual_net, (nn::linear<64>, stem), (std::array<block, 20>, blocks));
    constexpr auto operator()(auto x) const {
        auto h = stem(x);
        for (auto& b : blocks) h = h + b(h);
        return h;
    }
};

static_assert(sinter::parameter_count<residual_net> > 0);
