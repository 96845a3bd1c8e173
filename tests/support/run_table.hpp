// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A table of doubles, run by the interpreter and by a plan.

#include "support/golden_check.hpp"
#include "support/run_plan.hpp"

namespace sinter_test {

namespace detail {

/// The elements of a table's inputs: one type, so that the interpreter and the plan are compiled once for all tables.
struct elements_of_inputs {
    const double* const* inputs;
    double operator()(const sinter::node& q, int, int, int e) const { return inputs[q.number][e]; }
};

inline std::vector<double> interpreted(const sinter::table_view& table, const double* const* inputs) {
    sinter::interpreter<double> run;
    run.run(table, 1, elements_of_inputs{inputs});
    return elements(run, table, table.outputs[0]);
}

inline std::vector<double> planned(const sinter::table_view& table, const double* const* inputs) {
    sinter::builder raw, program;
    sinter::meta::vector<int> image, effects;
    canonicalise(table, table.outputs, 1, raw, image);
    const int output = raw.effect(sinter::op::output, 0, {image[0]});
    canonicalise(raw.view(), &output, 1, program, effects);
    planned_run<double> run;
    run.prepare(program.view(effects.begin(), 1), table, 0, {.target = {8, 16}}, 1, elements_of_inputs{inputs});
    run.run();
    std::vector<double> out;
    for (int e = 0; e < raw.shape(output).size(); ++e) out.push_back(run.output(0, 0, e));
    return out;
}

}  // namespace detail

/// The first output of a table of one sample by the interpreter; x are the elements of its inputs.
template <class Table, class... Inputs>
std::vector<double> interpreted(const Table& table, const Inputs&... x) {
    const double* const inputs[] = {x...};
    return detail::interpreted(table.view(), inputs);
}

/// The same by a plan, whose kernels' scalar twin runs.
template <class Table, class... Inputs>
std::vector<double> planned(const Table& table, const Inputs&... x) {
    const double* const inputs[] = {x...};
    return detail::planned(table.view(), inputs);
}

}  // namespace sinter_test
