// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How weights start, by fan-in (inputs of a unit) and fan-out (units). Given to a layer as an option:
/// `nn::linear<128, nn::he_normal>`.
///
/// Sources: He et al. 2015 (arXiv:1502.01852), Glorot and Bengio 2010; `framework_default` is what torch.nn.Linear
/// does. Biases start at zero but for `framework_default`, where they are uniform in ±1/sqrt(fan_in).

#include <sinter/graph/network_record.hpp>
#include <sinter/meta/math.hpp>

namespace sinter::nn {

struct initializer {
    static constexpr initial_value bias(int) { return {}; }
};
struct framework_default : initializer {  ///< uniform in ±1/sqrt(fan_in), weights and biases
    static constexpr initial_value weight(int fan_in, int) { return {distribution::uniform, 1 / math::sqrt(fan_in)}; }
    static constexpr initial_value bias(int fan_in) { return weight(fan_in, 0); }
};
struct he_uniform : initializer {  ///< for relu: uniform in ±sqrt(6 / fan_in)
    static constexpr initial_value weight(int fan_in, int) { return {distribution::uniform, math::sqrt(6.0 / fan_in)}; }
};
struct he_normal : initializer {  ///< for relu: normal with standard deviation sqrt(2 / fan_in)
    static constexpr initial_value weight(int fan_in, int) { return {distribution::normal, math::sqrt(2.0 / fan_in)}; }
};
struct glorot_uniform : initializer {  ///< for tanh, sigmoid: uniform in ±sqrt(6 / (fan_in + fan_out))
    static constexpr initial_value weight(int fan_in, int fan_out) {
        return {distribution::uniform, math::sqrt(6.0 / (fan_in + fan_out))};
    }
};
struct glorot_normal : initializer {  ///< normal with standard deviation sqrt(2 / (fan_in + fan_out))
    static constexpr initial_value weight(int fan_in, int fan_out) {
        return {distribution::normal, math::sqrt(2.0 / (fan_in + fan_out))};
    }
};
struct zeros : initializer {
    static constexpr initial_value weight(int, int) { return {}; }
};

}  // namespace sinter::nn
