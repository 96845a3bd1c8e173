// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Gradient descent, plain and with momentum: torch.optim.SGD's rules.
///
/// A rule is an expression: `update(p, g, state, scalar)` gives the new parameter and states from the old ones, so that
/// it fuses into the kernel that makes the gradient. Hyper-parameters are scalars known at run time: `scalars(step,
/// out)` gives them for step 1, 2, …; changing one compiles nothing. `check()`, which a rule may have, says whether
/// training can start with them (optim/hyper_parameters.hpp).

#include <sinter/graph/functions.hpp>
#include <sinter/graph/results.hpp>
#include <sinter/optim/hyper_parameters.hpp>

namespace sinter {

/// p ← p - learning_rate · (g + weight_decay · p)
struct sgd {
    double learning_rate = 1e-2;
    double weight_decay = 0;

    static constexpr int state_count = 0;
    static constexpr int scalar_count = 2;
    static constexpr auto update(auto p, auto g, const auto&, const auto& scalar) {
        const auto minus_rate = scalar[0], decay = scalar[1];
        return results{fma(minus_rate, fma(decay, p, g), p)};
    }
    constexpr void scalars(long long, double* out) const {
        out[0] = -learning_rate;
        out[1] = weight_decay;
    }
    /// Both finite and not negative.
    SINTER_COLD result<void> check() const {
        using detail::allowed;
        return detail::check_hyper_parameters("sgd", {{"learning_rate", learning_rate, allowed::not_negative},
                                                      {"weight_decay", weight_decay, allowed::not_negative}});
    }
};

/// b ← momentum · b + (1 - dampening) · (g + weight_decay · p), in the first step without dampening;
/// p ← p - learning_rate · b, with nesterov p ← p - learning_rate · (g + weight_decay · p + momentum · b).
struct sgd_momentum {
    double learning_rate = 1e-2;
    double momentum = 0.9;
    double dampening = 0;
    double weight_decay = 0;
    bool nesterov = false;

    static constexpr int state_count = 1;
    static constexpr int scalar_count = 6;
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        const auto minus_rate = scalar[0], decay = scalar[1], keep = scalar[2], take = scalar[3], direct = scalar[4],
                   buffered = scalar[5];
        const auto slope = fma(decay, p, g);
        const auto buffer = fma(keep, state[0], take * slope);
        return results{fma(minus_rate, fma(buffered, buffer, direct * slope), p), buffer};
    }
    constexpr void scalars(long long step, double* out) const {
        out[0] = -learning_rate;
        out[1] = weight_decay;
        out[2] = momentum;
        out[3] = step == 1 ? 1 : 1 - dampening;
        out[4] = nesterov ? 1 : 0;
        out[5] = nesterov ? momentum : 1;
    }
    /// All finite and not negative, dampening at most 1: more would go uphill.
    SINTER_COLD result<void> check() const {
        using detail::allowed;
        return detail::check_hyper_parameters("sgd_momentum", {{"learning_rate", learning_rate, allowed::not_negative},
                                                               {"momentum", momentum, allowed::not_negative},
                                                               {"dampening", dampening, allowed::part},
                                                               {"weight_decay", weight_decay, allowed::not_negative}});
    }
};

}  // namespace sinter
