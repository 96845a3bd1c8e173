// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The programs of a network type as run-time data: grouped, planned, and run by the kernels' twin; no kernel is
/// compiled.

#include "support/run_plan.hpp"
#include <sinter/train/plans.hpp>

#include <vector>

namespace sinter_test {

template <class Net, class Loss, class Target, class Rule, program_kind Kind>
struct network_program {
    static constexpr bool updates = Kind == program_kind::step || Kind == program_kind::update;
    using recipe = program_recipe<Net, Loss, Target, std::conditional_t<updates, Rule, no_rule>, Kind>;
    static constexpr int states = updates ? Rule::state_count : 0;

    static table_view table() { return frozen_table<recipe>::value.view(); }
    /// Its groups on a machine of eight lanes.
    static void group(grouped_table& out, grouping how = grouping::fused) {
        meta::vector<parameter_place> parameters;
        int elements = 0;
        plan_parameters(network<Net>::table.view(), network<Net>::report.parameter_count, {8, 16}, parameters,
                        elements);
        group_table({table(), {8, 16}, 128, parameters.begin(), elements, how}, out);
    }
    template <class T, class Leaf>
    static void prepare(planned_run<T>& run, const setting& s, int rows, Leaf leaf) {
        run.prepare(table(), network<Net>::table.view(), states, s, rows, leaf);
    }
};

}  // namespace sinter_test
