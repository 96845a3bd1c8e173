// SPDX-License-Identifier: BSL-1.0
// Twenty residual blocks, their gradient, and an expression that is 2^30 nodes as a tree: object_size.py compiles this
// with debug information. A graph must leave next to nothing in an object: no table, and no name that doubles with each
// level.
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#include <array>

namespace nn = sinter::nn;

struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<64>, hidden), (nn::linear<64>, out));
    constexpr auto operator()(auto x) const { return out(relu(hidden(x))); }
};
struct residual_net {
    using input = sinter::shape<32>;
    BOOST_HANA_DEFINE_STRUCT(residual_net, (nn::linear<64>, stem), (std::array<block, 20>, blocks),
                             (nn::linear<10>, head));
    constexpr auto operator()(auto x) const {
        auto h = relu(stem(x));
        for (auto& b : blocks) h = h + b(h);
        return head(h);
    }
};

struct x : sinter::variable<sinter::shape<3>> {};
template <int Level>
struct level;
template <>
struct level<0> : x {};
template <int Level>
struct level : decltype(sin(level<Level - 1>{}) * level<Level - 1>{}){};
constexpr level<30> deep{};
constexpr auto slope = sinter::gradient([](auto v) {
    for (int i = 0; i < 30; ++i) v = sin(v) * v;
    return sum(v);
});

int main() {
    return sinter::network<residual_net>::table.node_count + sinter::expression_table<deep>.node_count +
           sinter::function_table<slope, sinter::shape<3>>.node_count - 270;
}
