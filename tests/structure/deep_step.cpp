// SPDX-License-Identifier: BSL-1.0
// The training step of DEPTH equal layers, each linear and relu: what depth_size.py compiles.
#include <sinter/sinter.hpp>

#include <utility>

namespace nn = sinter::nn;

template <std::size_t Index>
using layer = std::conditional_t<Index % 2 == 0, nn::linear<32>, nn::relu>;
template <class Indices>
struct chain_of;
template <std::size_t... Index>
struct chain_of<std::index_sequence<Index...>> {
    using type = nn::sequential<nn::input<32>, layer<Index>...>;
};
struct deep : chain_of<std::make_index_sequence<2 * DEPTH>>::type {};

double step(sinter::model<deep>& net, const float* inputs, const std::int32_t* labels) {
    sinter::trainer training{net, sinter::cross_entropy{}, sinter::sgd{}, sinter::labels{}};
    return training.step(inputs, labels, 32);
}
