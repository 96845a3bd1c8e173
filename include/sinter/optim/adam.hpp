// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Adam and AdamW: torch.optim.Adam's and AdamW's rules (Kingma and Ba 2015, arXiv:1412.6980; Loshchilov and Hutter
/// 2019, arXiv:1711.05101). See optim/sgd.hpp for what a rule is.

#include <sinter/graph/functions.hpp>
#include <sinter/graph/results.hpp>
#include <sinter/meta/math.hpp>
#include <sinter/optim/hyper_parameters.hpp>

namespace sinter {

namespace detail {

/// m ← m + (1 - β1)(g - m), v ← β2 v + (1 - β2) g², p ← p - rate · m / (sqrt(v) · root + ε), where
/// rate = learning_rate / (1 - β1^t) and root = 1 / sqrt(1 - β2^t). Decay is coupled, g ← g + decay · p, or decoupled,
/// p ← decay · p.
template <bool Decoupled>
struct adam_rule {
    static constexpr int state_count = 2;
    static constexpr int scalar_count = 7;
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        const auto take1 = scalar[0], keep2 = scalar[1], take2 = scalar[2], minus_rate = scalar[3], root = scalar[4],
                   epsilon = scalar[5];
        const auto decay = scalar[6];
        const auto slope = Decoupled ? g : fma(decay, p, g), from = Decoupled ? decay * p : p;
        const auto m = fma(take1, slope - state[0], state[0]);
        const auto v = fma(take2 * slope, slope, keep2 * state[1]);
        return results{fma(minus_rate, m / fma(sqrt(v), root, epsilon), from), m, v};
    }
    static constexpr void scalars(long long step, double* out, const auto& rule, double decay) {
        double power1 = 1, power2 = 1, base1 = rule.beta1, base2 = rule.beta2;
        for (long long n = step; n > 0; n /= 2, base1 *= base1, base2 *= base2)
            if (n % 2 != 0) power1 *= base1, power2 *= base2;
        out[0] = 1 - rule.beta1;
        out[1] = rule.beta2;
        out[2] = 1 - rule.beta2;
        out[3] = -rule.learning_rate / (1 - power1);
        out[4] = 1 / math::sqrt(1 - power2);
        out[5] = rule.epsilon;
        out[6] = decay;
    }
    /// Betas from 0 to below 1 (the correction divides by 1 - β^t); the others finite and not negative.
    static result<void> check(const char* name, const auto& rule) {
        using enum allowed;
        return check_hyper_parameters(name, {{"learning_rate", rule.learning_rate, not_negative},
                                             {"beta1", rule.beta1, average},
                                             {"beta2", rule.beta2, average},
                                             {"epsilon", rule.epsilon, not_negative},
                                             {"weight_decay", rule.weight_decay, not_negative}});
    }
};

}  // namespace detail

/// weight_decay is added to the gradient (L2).
struct adam {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;

    using rule = detail::adam_rule<false>;
    static constexpr int state_count = rule::state_count;
    static constexpr int scalar_count = rule::scalar_count;
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        return rule::update(p, g, state, scalar);
    }
    constexpr void scalars(long long step, double* out) const { rule::scalars(step, out, *this, weight_decay); }
    SINTER_COLD result<void> check() const { return rule::check("adam", *this); }
};

/// weight_decay shrinks the parameter by 1 - learning_rate · weight_decay, apart from the gradient.
struct adamw {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 1e-2;

    using rule = detail::adam_rule<true>;
    static constexpr int state_count = rule::state_count;
    static constexpr int scalar_count = rule::scalar_count;
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        return rule::update(p, g, state, scalar);
    }
    constexpr void scalars(long long step, double* out) const {
        rule::scalars(step, out, *this, 1 - learning_rate * weight_decay);
    }
    SINTER_COLD result<void> check() const { return rule::check("adamw", *this); }
};

}  // namespace sinter
