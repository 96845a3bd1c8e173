// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The network of golden.hpp with two inputs and two outputs, and its minibatch.

#include "support/golden_network.hpp"

#include <ratio>

namespace sinter_test {

struct two_headed {
    using input = sinter::inputs<sinter::shape<2, 3>, sinter::shape<3>>;
    BOOST_HANA_DEFINE_STRUCT(two_headed, (nn::linear<8>, trunk), (nn::linear<5>, first), (nn::linear<2>, second));
    constexpr auto operator()(auto image, auto extra) const {
        const auto h = relu(trunk(concat(flatten(image), extra)));
        return sinter::results{first(h), second(h)};
    }
};
using half = std::ratio<1, 2>;
using two_losses = sinter::losses<sinter::cross_entropy, sinter::weighted<sinter::mean_squared_error, half>>;
using two_targets = sinter::targets<sinter::labels, sinter::dense<sinter::shape<2>>>;
using two_model = sinter::model<two_headed, double, sinter::rows<6>>;

inline two_model golden_two() {
    two_model net;
    set_parameters(net, golden::two_trunk_weight, golden::two_trunk_bias, golden::two_first_weight,
                   golden::two_first_bias, golden::two_second_weight, golden::two_second_bias);
    return net;
}
inline const std::vector<std::int32_t> two_labels(std::begin(golden::two_labels), std::end(golden::two_labels));

/// Calls use(image, extra, labels, values) with spans of samples first to first + count - 1.
template <class Use>
auto with_golden_samples(std::size_t first, std::size_t count, Use use) {
    const auto part = [&](const auto& all, std::size_t size) {
        return std::span(all).subspan(first * size, count * size);
    };
    return use(part(golden::two_image, 6), part(golden::two_extra, 3), part(two_labels, 1),
               part(golden::two_values, 2));
}

}  // namespace sinter_test
