// SPDX-License-Identifier: BSL-1.0
// A sum in a rule that is computed element by element; a rule on whole parameters that gives another shape.
// expect-error: rule_needs_whole_parameters
// expect-error: rule_recipe<by_norm>
// expect-error: rule_returns_other_results
// expect-error: expects<4, 3>
// expect-error: found<3, 4>
// expect-error-count: 2
// expect-lines: 96 two rules, each named with its recipe by every frame
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/train/plans.hpp>

namespace nn = sinter::nn;

struct net : nn::sequential<nn::input<4>, nn::linear<3>> {};

struct by_norm {
    static constexpr int state_count = 0, scalar_count = 0;
#ifndef EXPECT_FAILURE
    static constexpr bool whole_parameters = true;
#endif
    static constexpr auto update(auto p, auto g, const auto&, const auto&) {
        return sinter::results{p - 0.1 * g / sqrt(sum(g * g))};
    }
    void scalars(long long, double*) const {}
};
struct turned {
    static constexpr int state_count = 0, scalar_count = 0;
    static constexpr bool whole_parameters = true;
    static constexpr auto update(auto p, auto g, const auto&, const auto&) {
#ifdef EXPECT_FAILURE
        if constexpr (p.rank == 2)
            return sinter::results{sinter::transpose<1, 0>(g)};
        else
#endif
            return sinter::results{p - 0.1 * g};
    }
    void scalars(long long, double*) const {}
};

template <class Rule>
using step = sinter::program_recipe<net, sinter::cross_entropy, sinter::labels, Rule, sinter::program_kind::step>;
static_assert(sinter::frozen_table<step<by_norm>>::value.node_count >= 0);
static_assert(sinter::frozen_table<step<turned>>::value.node_count >= 0);
