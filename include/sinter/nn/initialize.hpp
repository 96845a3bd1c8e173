// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How weights start, by fan-in (inputs of a unit) and fan-out (units). Given to a layer as an option:
/// `nn::linear<128, nn::he_normal>`. `without_bias` is an option, too, of layers that have one.
///
/// Sources: He et al. 2015 (arXiv:1502.01852), Glorot and Bengio 2010; `framework_default` is what torch.nn.Linear
/// and torch.nn.Conv2d do. Biases start at zero but for `framework_default`, where they are uniform in ±1/sqrt(fan_in).

#include <sinter/graph/network_record.hpp>
#include <sinter/meta/math.hpp>

#include <type_traits>

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

struct without_bias {};

namespace detail {
template <class Option>
concept an_initializer = std::is_base_of_v<initializer, Option> && requires(initial_value start) {
    start = Option::weight(1, 1);
    start = Option::bias(1);
};

/// The first of the options that is an initializer.
template <class... Option>
struct first_initializer {
    using type = framework_default;
};
template <class First, class... Rest>
struct first_initializer<First, Rest...> : first_initializer<Rest...> {};
template <an_initializer First, class... Rest>
struct first_initializer<First, Rest...> {
    using type = First;
};
}  // namespace detail

}  // namespace sinter::nn
