// SPDX-License-Identifier: BSL-1.0
// Random programs whose parameters are updated as wholes, by bodies with sums, views and products: planned, fused and
// unfused, they compute what the interpreter does, which runs a body as a table of its own. A body is one however often
// it is named. SINTER_SEED chooses other programs, SINTER_GRAPHS another number of them.
#include "support/bounded.hpp"
#include "support/environment.hpp"
#include "support/random_body.hpp"
#include "support/well_formed.hpp"
#include <sinter/graph/interpreter.hpp>
#include <sinter/optim/optimizer.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sinter_test;

struct tally {
    long long compared = 0, unknown = 0;
};

template <class T>
void check_program(const random_program& x, const whole_step& program, grouping groups, tally& count) {
    const table_view table = program.view();
    const auto leaf = [&](const node& q, int i, int r, int e) -> T {
        if (q.code == op::scalar) return static_cast<T>(q.number == 0 ? 1.0 / x.g.rows : 0.75);
        if (q.code != op::state) return x.leaf<T>(q, r, e);
        random_stream stream(static_cast<std::uint64_t>((q.number * 1000 + e) * 4 + table.attribute(i)[0]));
        return static_cast<T>(stream.between(-1, 1));
    };
    interpreter<bounded<T>> wanted;
    wanted.run(table, x.g.rows, [&](const node& q, int i, int r, int e) {
        return bounded<T>(static_cast<double>(leaf(q, i, r, e)), 0);
    });
    program_table forward;
    x.write_forward(forward);
    setting s = x.s;
    s.groups = groups;
    planned_run<T> run;
    run.prepare(table, forward.view(), whole_states, s, x.g.rows, leaf);
    run.at(arena::scalars, first_rule_scalar) = static_cast<T>(0.75);  // stands in bodies alone
    run.run();
    int apart = 0;
    for (int i = 0; i < table.node_count; ++i) {
        if (table[i].code != op::update) continue;
        const int buffer = table.operand(i);
        const bool state = table[buffer].code == op::state;
        for (int e = 0; e < table.size(buffer); ++e, ++count.compared) {
            const bounded<T> w = wanted.at(table.operand(i, 1), 0, e);
            const double found =
                static_cast<double>(run.at(state ? arena::state : arena::parameters, table[buffer].number,
                                           table.shape(buffer), e, state ? table.attribute(buffer)[0] : 0));
            if (!(w.error < 1e-2 * (1 + std::abs(w.value))))
                ++count.unknown;
            else
                apart += !(std::abs(found - w.value) <= 2 * w.error + 1e-30);
        }
    }
    CHECK(apart == 0);
}

TEST_CASE("law: rules on whole parameters, planned fused and unfused, compute what their bodies say") {
    const std::uint64_t first = environment_number("SINTER_SEED", 1) * 1'000'000 + 500'000;
    const std::uint64_t graphs = environment_number("SINTER_GRAPHS", 400);
    tally count;
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        const random_program x{seed};
        whole_step program;
        write_whole_step(x, seed, program);
        REQUIRE(program.graph.first_mistake().kind == mistake_kind::none);
        builder inlined;
        inline_bodies(program.view(), inlined);
        CHECK(complaint(inlined.view()) == "");
        CHECK_FALSE(has_bodies(inlined.view()));
        for (const grouping groups : {grouping::fused, grouping::single}) {
            CAPTURE((groups == grouping::fused));
            check_program<double>(x, program, groups, count);
            check_program<float>(x, program, groups, count);
        }
    }
    MESSAGE(count.compared << " values compared, " << count.unknown << " too uncertain to compare");
    CHECK(count.unknown * 20 < count.compared);
}

TEST_CASE("a table owns equal bodies once, and nodes on the same operands are one") {
    program_table a, b, other;
    random_stream random(1), again(1), third(2);
    body_writer(random, list(3), 1).write(a);
    body_writer(again, list(3), 1).write(b);
    body_writer(third, list(3), 1).write(other);
    builder graph;
    const int x[] = {graph.leaf(op::parameter, 0, list(3)), graph.leaf(op::gradient, 0, list(3)),
                     graph.state(0, 0, list(3))};
    CHECK(graph.own(a.view()) == 0);
    CHECK(graph.own(b.view()) == 0);
    CHECK(graph.own(other.view()) == 1);
    CHECK(graph.body(0, x, 3) == graph.body(0, x, 3));
    CHECK(graph.body(0, x, 3) != graph.body(1, x, 3));
    CHECK(graph.state(0, 0, list(3)) != graph.state(0, 1, list(3)));
    CHECK(graph.result(graph.body(0, x, 3), 1) == graph.result(graph.body(0, x, 3), 1));
    CHECK(graph.shape(graph.result(graph.body(0, x, 3), 1)) == list(3));
}

}  // namespace
