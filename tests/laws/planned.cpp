// SPDX-License-Identifier: BSL-1.0
// Over a thousand random graphs: a plan computes what its table says. Loss, values and all gradients as outputs,
// gradients into their arena, accumulated gradients, and one step of an optimizer, for several machines, capacities and
// numbers of rows, in both scalar types, fused and unfused. SINTER_SEED chooses other graphs, SINTER_GRAPHS another
// number of them. The bits are the same for every machine, and the committed ones.
#include "support/bounded.hpp"
#include "support/environment.hpp"
#include "support/random_program.hpp"
#include <sinter/optim/adam.hpp>
#include <sinter/optim/optimizer.hpp>
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace sinter_test;

template <class T>
interpreter<bounded<T>> expected(const random_program& x) {
    interpreter<bounded<T>> run;
    run.run(x.g.graph.view(), x.g.rows,
            [&](const node& q, int, int r, int e) { return bounded<T>(x.leaf<T>(q, r, e), 0); });
    return run;
}

/// The first difference, in words; empty if there is none. Values without a finite bound are not compared.
struct comparison {
    std::string first;
    int compared = 0, unbounded = 0;

    template <class T>
    void operator()(const char* what, int k, int r, int e, T found, bounded<T> wanted) {
        if (!(wanted.error < 1e-2 * (1 + std::abs(wanted.value))) || wanted.size() > 1e30) {  // or out of float's range
            ++unbounded;
            return;
        }
        ++compared;
        const double difference = std::abs(static_cast<double>(found) - wanted.value);
        if (difference <= 2 * wanted.error + 1e-30 || !first.empty()) return;
        first = what + (" " + std::to_string(k)) + " row " + std::to_string(r) + " element " + std::to_string(e) +
                ": found " + std::to_string(found) + ", expected " + std::to_string(wanted.value) + " ± " +
                std::to_string(wanted.error);
    }
};

template <class T>
void compare_outputs(comparison& same, const random_program& x, const std::vector<int>& outputs, planned_run<T>& run,
                     const interpreter<bounded<T>>& wanted) {
    for (std::size_t k = 0; k < outputs.size(); ++k)
        for (int r = 0; r < wanted.sample_count(outputs[k]); ++r)
            for (int e = 0; e < x.g.graph.shape(outputs[k]).size(); ++e)
                same("output", static_cast<int>(k), r, e, run.output(static_cast<int>(k), r, e),
                     wanted.at(outputs[k], r, e));
}

template <class T>
planned_run<T> prepared(const random_program& x, const program_table& program, grouping groups, int states = 0) {
    program_table forward;
    x.write_forward(forward);
    setting s = x.s;
    s.groups = groups;
    planned_run<T> run;
    run.prepare(program.view(), forward.graph.view(), states, s, x.g.rows,
                [&](const node& q, int, int r, int e) { return x.leaf<T>(q, r, e); });
    return run;
}

/// Everything as an output: the loss, other values, gradients.
template <class T>
void check_outputs(comparison& same, const random_program& x, const interpreter<bounded<T>>& wanted, grouping groups) {
    std::vector<int> outputs;
    program_table program;
    x.write_outputs(program, outputs);
    planned_run<T> run = prepared<T>(x, program, groups);
    run.run();
    compare_outputs(same, x, outputs, run, wanted);
}

/// Gradients into their arena, or added to what is there, twice.
template <class T>
void check_gradients(comparison& same, const random_program& x, const interpreter<bounded<T>>& wanted, grouping groups,
                     bool accumulate) {
    program_table program;
    x.write_gradients(program, accumulate);
    planned_run<T> run = prepared<T>(x, program, groups);
    run.run();
    compare_outputs(same, x, x.outputs, run, wanted);
    if (accumulate) run.run();
    for (std::size_t p = 0; p < x.gradients.size(); ++p) {
        const extents& shape = x.g.graph.shape(x.g.parameters[p]);
        const node before{.code = op::gradient, .number = static_cast<int>(p)};
        for (int e = 0; e < shape.size(); ++e) {
            const bounded<T> once = wanted.at(x.gradients[p], 0, e);
            same("gradient", static_cast<int>(p), 0, e, run.at(arena::gradients, static_cast<int>(p), shape, e),
                 accumulate ? bounded<T>(x.leaf<T>(before, 0, e), 0) + once + once : once);
        }
    }
}

/// A rule at its third step.
struct rule_data {
    table_view table;
    int states;
    std::vector<double> scalars;
    template <class Rule>
    explicit rule_data(const Rule& rule)
        : table{rule_table<Rule>.view()}, states{Rule::state_count}, scalars(Rule::scalar_count) {
        rule.scalars(3, scalars.data());
    }
};
/// One step of a rule: parameters and states against the rule's table in the interpreter; loss and outputs are those
/// before.
template <class T>
void check_step(comparison& same, const random_program& x, const interpreter<bounded<T>>& wanted, grouping groups,
                const rule_data& rule) {
    const table_view& update = rule.table;
    const std::vector<double>& numbers = rule.scalars;
    program_table program;
    x.write_step(program, update);
    planned_run<T> run = prepared<T>(x, program, groups, rule.states);
    run.at(arena::scalars, 0) = T(1) / static_cast<T>(x.g.rows);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        run.at(arena::scalars, first_rule_scalar + static_cast<int>(i)) = static_cast<T>(numbers[i]);
    const auto state = [](int p, int e, int s) {
        return static_cast<T>(
            sinter_test::random_stream(static_cast<std::uint64_t>((p * 1000 + e) * 4 + s)).between(0.1, 1));
    };
    for (std::size_t p = 0; p < x.g.parameters.size(); ++p)
        for (int s = 0; s < rule.states; ++s)
            for (int e = 0; e < x.g.graph.shape(x.g.parameters[p]).size(); ++e)
                run.at(arena::state, static_cast<int>(p), x.g.graph.shape(x.g.parameters[p]), e, s) =
                    state(static_cast<int>(p), e, s);
    run.run();

    compare_outputs(same, x, x.outputs, run, wanted);
    for (int p = 0; p < static_cast<int>(x.gradients.size()); ++p) {
        const int parameter = x.g.parameters[static_cast<std::size_t>(p)],
                  gradient = x.gradients[static_cast<std::size_t>(p)];
        const extents& shape = x.g.graph.shape(parameter);
        for (int e = 0; e < shape.size(); ++e) {
            interpreter<bounded<T>> step;
            step.run(update, 1, [&](const node& q, int, int, int) {
                if (q.code == op::scalar)
                    return bounded<T>(static_cast<double>(static_cast<T>(
                                          numbers[static_cast<std::size_t>(q.number - first_rule_scalar)])),
                                      0);
                if (q.number == 0) return wanted.at(parameter, 0, e);
                return q.number == 1 ? wanted.at(gradient, 0, e) : bounded<T>(state(p, e, q.number - 2), 0);
            });
            same("parameter", p, 0, e, run.at(arena::parameters, p, shape, e), step.at(update.outputs[0], 0, 0));
            for (int s = 0; s < rule.states; ++s)
                same("state", p, s, e, run.at(arena::state, p, shape, e, s), step.at(update.outputs[1 + s], 0, 0));
        }
    }
}

template <class T>
void check_programs(comparison& same, const random_program& x, std::uint64_t seed) {
    static const rule_data rules[] = {rule_data{sgd{.learning_rate = 0.1, .weight_decay = 0.01}},
                                      rule_data{sgd_momentum{.learning_rate = 0.1, .momentum = 0.8}},
                                      rule_data{sgd_momentum{.learning_rate = 0.1, .momentum = 0.8, .nesterov = true}},
                                      rule_data{adam{.learning_rate = 0.1, .weight_decay = 0.01}}};
    const interpreter<bounded<T>> wanted = expected<T>(x);
    const bool unfused_too = (seed % 2 == 0) == (sizeof(T) == sizeof(double));
    for (const grouping groups : {grouping::fused, grouping::single}) {
        if (groups == grouping::single && !unfused_too) continue;
        CAPTURE((groups == grouping::fused));
        same.first.clear();
        check_outputs<T>(same, x, wanted, groups);
        check_gradients<T>(same, x, wanted, groups, seed / 4 % 2 == 0);
        check_step<T>(same, x, wanted, groups, rules[seed % 4]);
        CHECK(same.first == "");
    }
}

TEST_CASE("law: the plan of a random graph computes what the interpreter does, for every machine, fused and unfused") {
    const std::uint64_t first = environment_number("SINTER_SEED", 1) * 1'000'000;
    const std::uint64_t graphs = environment_number("SINTER_GRAPHS", 1000);
    comparison all;
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        const random_program x{seed};
        CAPTURE(seed);
        check_programs<double>(all, x, seed);
        check_programs<float>(all, x, seed);
    }
    MESSAGE("SINTER_SEED=" << first / 1'000'000 << ": " << graphs << " graphs, " << all.compared << " values compared, "
                           << all.unbounded << " too uncertain to compare");
    CHECK(all.unbounded * 50 < all.compared);
}

/// FNV-1a over the bits of a random program planned for this machine: of the loss and all gradients, and of some
/// values, too, which are other ones as soon as graphs are numbered in another way.
struct bits {
    std::uint64_t results = 0xCBF29CE484222325U, all = results;
    bool operator==(const bits&) const = default;
};
template <class T>
bits bits_of_outputs(const random_program& x, const std::vector<int>& outputs, planned_run<T>& run) {
    using word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    run.run();
    bits h;
    for (std::size_t k = 0; k < outputs.size(); ++k)
        for (int r = 0; r < (x.g.graph[outputs[k]].rows ? x.g.rows : 1); ++r)
            for (int e = 0; e < x.g.graph.shape(outputs[k]).size(); ++e) {
                const word value = __builtin_bit_cast(word, run.output(static_cast<int>(k), r, e));
                h.all = (h.all ^ value) * 0x100000001B3U;
                if (k == 0 || k >= x.outputs.size()) h.results = (h.results ^ value) * 0x100000001B3U;
            }
    return h;
}
template <class T>
bits bits_of(random_program& x, const machine& target) {
    x.s.target = target;
    std::vector<int> outputs;
    program_table program;
    x.write_outputs(program, outputs);
    planned_run<T> run = prepared<T>(x, program, grouping::fused);
    return bits_of_outputs(x, outputs, run);
}

/// The same with many rows, at once or sixteen by sixteen.
template <class T>
bits bits_by_blocks(std::uint64_t seed, int rows, int block_bytes, int& blocks) {
    random_program x{seed};
    x.s.capacity = 70;
    x.g.rows = rows;
    x.s.block_bytes = block_bytes;
    std::vector<int> outputs;
    program_table program;
    x.write_outputs(program, outputs);
    planned_run<T> run = prepared<T>(x, program, grouping::fused);
    for (const blocked_calls& chain : run.plan.blocks) blocks += (rows - 1) / chain.rows;
    return bits_of_outputs(x, outputs, run);
}
TEST_CASE("law: what runs by blocks of rows has the bits of all rows at once") {
    const std::uint64_t first = environment_number("SINTER_SEED", 1) * 1'000'000;
    int blocks = 0, none = 0;
    for (std::uint64_t seed = first; seed < first + 120; ++seed)
        for (const int rows : {16, 33, 70}) {
            CAPTURE(seed);
            CAPTURE(rows);
            CHECK((bits_by_blocks<float>(seed, rows, 1, blocks) == bits_by_blocks<float>(seed, rows, 1 << 30, none)));
        }
    CHECK(none == 0);
    CHECK(blocks > 200);
}

/// Of the first graphs of a seed, all of which have the same bits on every machine.
template <class T>
std::uint64_t bits_of_graphs(std::uint64_t first) {
    std::uint64_t all = 0;
    for (std::uint64_t seed = first; seed < first + 300; ++seed) {
        CAPTURE(seed);
        random_program x{seed};
        const bits of_one_lane = bits_of<T>(x, {1, 16});
        for (const machine& target : {machine{4, 16}, machine{8, 16}, machine{16, 32}}) {
            CAPTURE(target.lanes);
            CHECK((bits_of<T>(x, target) == of_one_lane));
        }
        all = (all ^ of_one_lane.results) * 0x100000001B3U;
    }
    return all;
}

// Whoever changes what random graphs are writes the new hashes down before he changes anything else. Without fma a
// product and a sum round twice: other bits, but the same ones everywhere.
TEST_CASE("law: the bits of random programs do not depend on the machine, and are those that are written here") {
    const std::uint64_t seed = environment_number("SINTER_SEED", 1);
    const std::uint64_t in_float = bits_of_graphs<float>(seed * 1'000'000),
                        in_double = bits_of_graphs<double>(seed * 1'000'000);
    if (seed != 1) return;
    CHECK(in_float == (simd::has_fma ? 15942375070314501987U : 14905919155297450584U));
    CHECK(in_double == (simd::has_fma ? 7585216418988932088U : 12933303610118744143U));
}

}  // namespace
