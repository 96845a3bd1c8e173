// SPDX-License-Identifier: BSL-1.0
// Adjoints with seeds are the gradient of Σ result · seed, whatever results there are, and slopes of that sum.
// SINTER_SEED chooses other graphs, SINTER_GRAPHS another number of them.
#include "support/check_function.hpp"
#include "support/environment.hpp"
#include "support/random_graph.hpp"
#include "support/well_formed.hpp"
#include <sinter/adjoint.hpp>

namespace {

using namespace sinter_test;

/// Σ y · seed over everything.
int total(builder& g, const std::vector<reverse_pass::output>& outputs) {
    int all = -1;
    for (const auto& o : outputs) {
        extents axes = list(0);
        for (int axis = 0; axis < g.shape(o.y).rank; ++axis) axes.push(axis);
        const int number = g.sum(g.record(op::multiply, {o.y, o.seed}), axes),
                  one = g[number].rows ? g.sum_over_samples(number) : number;
        all = all < 0 ? one : g.record(op::add, {all, one});
    }
    return all;
}

struct tally {
    int outputs = 0, with_rows = 0, parameters_reached = 0, differences = 0;
};

void check_graph(std::uint64_t seed, tally& count) {
    CAPTURE(seed);
    random_graph g = make_random_graph(seed);
    random_stream random(seed ^ 0x5eed5);
    std::vector<int> candidates;
    for (int i = 0; i < g.graph.size(); ++i)
        if (!is_leaf(g.graph[i].code) && g.graph[i].kind == value_kind::real) candidates.push_back(i);
    std::vector<reverse_pass::output> outputs;
    for (int k = 1 + random.below(3); k > 0; --k) {  // two may be one node, or one stands below another
        const int y = candidates[static_cast<std::size_t>(random.below(static_cast<int>(candidates.size())))];
        const bool rows = random.chance(50);
        outputs.push_back({y, g.graph.leaf(op::input, 1000 + k, extents{g.graph.shape(y)}, rows)});
        ++count.outputs;
        count.with_rows += rows != g.graph[y].rows;
    }
    const int number = total(g.graph, outputs), parameters = static_cast<int>(g.parameters.size());
    std::vector<int> by_seeds(g.parameters.size()), by_number(g.parameters.size());
    reverse_pass(g.graph, outputs.data(), static_cast<int>(outputs.size()))
        .run(g.parameters.data(), parameters, by_seeds.data());
    reverse_pass(g.graph, number).run(g.parameters.data(), parameters, by_number.data());
    CHECK(complaint(g.graph.view()) == "");

    interpreter<double> run;
    run.run(g.graph.view(), g.rows, g.leaves());
    // Behind a stop, as that of a softmax's maximum, a value in the middle has another slope than its adjoint says.
    meta::vector<int> below;
    depth_first(g.graph.view(), &number, 1, below);
    bool smooth = !g.near_kink(run, 1e-4);
    for (const int i : below) smooth = smooth && g.graph[i].code != op::stop;
    for (std::size_t p = 0; p < by_seeds.size(); ++p) {
        const int x = g.parameters[p];
        CHECK(g.graph.shape(by_seeds[p]) == g.graph.shape(x));
        CHECK_FALSE(g.graph[by_seeds[p]].rows);
        double along = 0, size = 0;
        for (int e = 0; e < g.graph.shape(x).size(); ++e) {
            const double found = run.at(by_seeds[p], 0, e), wanted = run.at(by_number[p], 0, e);
            CHECK(math::abs(found - wanted) <= 1e-10 * (1 + math::abs(wanted)));
            along += found * (e % 3 - 0.5);
            size += math::abs(found);
        }
        count.parameters_reached += size > 0;
        if (!smooth) continue;
        const auto at = [&](double by) {
            interpreter<double> moved;
            moved.run(g.graph.view(), g.rows, [&](const node& q, int, int r, int e) {
                const bool own = q.code == op::parameter && q.number == g.graph[x].number;
                return g.leaf(q, r, e) + (own ? by * (e % 3 - 0.5) : 0.0);
            });
            return moved.at(number, 0, 0);
        };
        constexpr double step = 1e-6;
        const double slope = (at(step) - at(-step)) / (2 * step);
        CHECK(math::abs(slope - along) <= 1e-4 * (1 + size + math::abs(run.at(number, 0, 0))));
        ++count.differences;
    }
}

TEST_CASE("seeds: adjoints are the gradient of the sum of results times seeds, and its slopes") {
    const std::uint64_t first = environment_number("SINTER_SEED", 1);
    const int graphs = static_cast<int>(environment_number("SINTER_GRAPHS", 300));
    tally count;
    for (int k = 0; k < graphs; ++k) check_graph(first + static_cast<std::uint64_t>(k), count);
    MESSAGE(count.outputs << " outputs, " << count.with_rows << " with seeds of other rows, " << count.differences
                          << " slopes");
    if (graphs < 300) return;
    CHECK(count.with_rows > graphs / 4);
    CHECK(count.parameters_reached > graphs);
    CHECK(count.differences > graphs);
}

TEST_CASE("seeds: a seed is a constant, also where it is what is differentiated by") {
    builder g;
    const int x = g.leaf(op::input, 0, list(3));
    const reverse_pass::output square[] = {{g.record(op::multiply, {x, x}), x}};
    int dx = -1;
    reverse_pass(g, square, 1).run(&x, 1, &dx);
    interpreter<double> run;
    run.run(g.view(), 1, [](const node&, int, int, int e) { return e + 1.0; });
    for (int e = 0; e < 3; ++e) CHECK(run.at(dx, 0, e) == 2 * (e + 1.0) * (e + 1.0));
}

constexpr auto both = [](auto x, auto w) { return results{matmul(x, w), sin(x) * x}; };
constexpr auto by_seeds = vjp(both);
constexpr auto pair_of_one = [](auto x) { return std::pair{sum(x), results{x * x, 2.0}}; };

TEST_CASE("vjp: runs through the door, with its values, with and without samples") {
    check_function<by_seeds, shape<3>, shape<3, 4>, shape<4>, shape<3>>();
    check_function<value_and_vjp(both), shape<3>, shape<3, 4>, shape<4>, shape<3>>();
    check_function<vjp(both), samples<shape<3>, 7>, shape<3, 4>, samples<shape<4>, 7>, shape<3>>({.rows = 6});
    check_function<vjp(both), samples<shape<3>, 7>, shape<3, 4>, shape<4>, samples<shape<3>, 7>>({.rows = 5});
    check_function<vjp(pair_of_one), shape<5>, shape<>, shape<5>, shape<>>({.exact = true});
}
}  // namespace
