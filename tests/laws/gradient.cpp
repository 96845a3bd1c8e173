// SPDX-License-Identifier: BSL-1.0
// Over a thousand random graphs: the reverse pass gives the derivative, by dual numbers (tight) and by central finite
// differences; canonical tables compute the same values; no table holds a node twice or a shape its rule does not give.
// SINTER_SEED chooses other graphs, SINTER_GRAPHS another number of them.
#include "support/dual.hpp"
#include "support/environment.hpp"
#include "support/random_graph.hpp"
#include "support/same_table.hpp"
#include "support/well_formed.hpp"
#include <sinter/adjoint/reverse.hpp>
#include <sinter/graph/canonical.hpp>
#include <sinter/graph/interpreter.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace sinter;
using sinter_test::dual, sinter_test::random_graph;

constexpr double step = 1e-6, absolute = 1e-5, relative = 1e-3, kink_margin = 1e-4, tight = 1e-10;

double magnitude(double x) { return math::abs(x); }

/// A fixed direction in the space of all parameters; `only` restricts it to one of them.
double direction(int parameter, int element, int only = -1) {
    if (only >= 0 && only != parameter) return 0;
    sinter_test::random_stream stream(static_cast<std::uint64_t>(parameter) << 32 |
                                      static_cast<std::uint64_t>(element));
    return stream.between(-1, 1);
}
double moved_leaf(const random_graph& g, const node& q, int r, int e, double by, int only) {
    return g.leaf(q, r, e) + (q.code == op::parameter ? by * direction(q.number, e, only) : 0);
}

/// y with its value, its derivative along the direction by dual numbers, and by finite differences.
struct slopes {
    dual tangent;
    double difference;
};
slopes slopes_of(const random_graph& g, int y, int only) {
    table_view table = g.graph.view();
    table.node_count = y + 1;  // what comes later does not change y
    interpreter<dual> along;
    along.run(table, g.rows, [&](const node& q, int, int r, int e) {
        return dual(g.leaf(q, r, e), q.code == op::parameter ? direction(q.number, e, only) : 0);
    });
    const auto at = [&](double by) {
        interpreter<double> run;
        run.run(table, g.rows, [&](const node& q, int, int r, int e) { return moved_leaf(g, q, r, e, by, only); });
        return run.at(y, 0, 0);
    };
    const double above = at(step), below = at(-step);
    return {along.at(y, 0, 0), (above - below) / (2 * step)};
}

/// Σ gradient · direction, over one parameter or over all, and the sum of the terms' sizes.
struct product {
    double sum = 0, size = 0;
};
product along_direction(const random_graph& g, const interpreter<double>& run, const std::vector<int>& gradients,
                        int only) {
    product out;
    for (int p = 0; p < static_cast<int>(gradients.size()); ++p)
        for (int e = 0; e < g.graph.shape(gradients[static_cast<std::size_t>(p)]).size(); ++e) {
            const double term = run.at(gradients[static_cast<std::size_t>(p)], 0, e) * direction(p, e, only);
            out.sum += term;
            out.size += magnitude(term);
        }
    return out;
}

std::vector<int> gradients_of(random_graph& g, int y) {
    std::vector<int> gradients(g.parameters.size());
    reverse_pass(g.graph, y).run(g.parameters.data(), static_cast<int>(gradients.size()), gradients.data());
    return gradients;
}

interpreter<double> values_of(const random_graph& g) {
    interpreter<double> run;
    run.run(g.graph.view(), g.rows, g.leaves());
    return run;
}

struct tally {
    int graphs = 0, nodes = 0, near_kinks = 0, second_orders = 0;
};

/// y's gradients against the two oracles, for each parameter alone and for all at once.
void check_slopes(const random_graph& g, int y, const std::vector<int>& gradients, bool differences) {
    const interpreter<double> run = values_of(g);
    for (int only = -1; only < static_cast<int>(gradients.size()); ++only) {
        const slopes wanted = slopes_of(g, y, only);
        const product found = along_direction(g, run, gradients, only);
        CAPTURE(only);
        CHECK(magnitude(found.sum - wanted.tangent.tangent) <=
              tight * (1 + found.size + magnitude(wanted.tangent.value)));
        if (differences) CHECK(magnitude(found.sum - wanted.difference) <= absolute + relative * magnitude(found.sum));
    }
}

/// The canonical table of the outputs computes the same numbers, is well formed, and is its own canonical table.
void check_canonical(const random_graph& g, const std::vector<int>& outputs) {
    builder once, twice;
    meta::vector<int> image, again;
    canonicalise(g.graph.view(), outputs.data(), static_cast<int>(outputs.size()), once, image);
    const table_view table = once.view(image.begin(), image.size());
    CHECK(sinter_test::complaint(table) == "");
    canonicalise(table, image.begin(), image.size(), twice, again);
    CHECK(sinter_test::same_table(table, twice.view(again.begin(), again.size())));

    const interpreter<double> before = values_of(g);
    interpreter<double> after;
    after.run(table, g.rows, g.leaves());
    bool same = true;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        const int x = outputs[k], y = image[static_cast<int>(k)];
        same = same && g.graph.shape(x) == once.shape(y) && g.graph[x].rows == once[y].rows;
        for (int r = 0; same && r < before.sample_count(x); ++r)
            for (int e = 0; e < g.graph.shape(x).size(); ++e) same = same && before.at(x, r, e) == after.at(y, r, e);
    }
    CHECK(same);
}

void check_graph(std::uint64_t seed, tally& count) {
    CAPTURE(seed);
    random_graph g = sinter_test::make_random_graph(seed);
    REQUIRE(g.graph.first_mistake().kind == mistake_kind::none);
    REQUIRE(g.graph.shape(g.loss).rank == 0);
    const bool near_kink = g.near_kink(values_of(g), kink_margin);

    const std::vector<int> gradients = gradients_of(g, g.loss);
    for (std::size_t p = 0; p < gradients.size(); ++p) {
        CHECK(g.graph.shape(gradients[p]) == g.graph.shape(g.parameters[p]));
        CHECK_FALSE(g.graph[gradients[p]].rows);
    }
    check_slopes(g, g.loss, gradients, !near_kink);
    CHECK(sinter_test::complaint(g.graph.view()) == "");

    std::vector<int> outputs{g.loss};
    outputs.insert(outputs.end(), gradients.begin(), gradients.end());
    check_canonical(g, outputs);

    ++count.graphs;
    count.nodes += g.graph.size();
    count.near_kinks += near_kink;
    if (seed % 4 != 0) return;

    // Second order: the gradient of the sum of all gradients' elements.
    int sum = g.graph.constant(0);
    for (const int dp : gradients) {
        extents axes = list(0);
        for (int axis = 0; axis < g.graph.shape(dp).rank; ++axis) axes.push(axis);
        sum = g.graph.record(op::add, {sum, g.graph.sum(dp, axes)});
    }
    check_slopes(g, sum, gradients_of(g, sum), !near_kink);
    CHECK(sinter_test::complaint(g.graph.view()) == "");
    ++count.second_orders;
}

TEST_CASE("law: the gradient of a random graph is its tangent and its finite difference") {
    const std::uint64_t seed = sinter_test::environment_number("SINTER_SEED", 1);
    const std::uint64_t graphs = sinter_test::environment_number("SINTER_GRAPHS", 1000);
    tally count;
    for (std::uint64_t i = 0; i < graphs; ++i) check_graph(seed * 1'000'000 + i, count);
    MESSAGE("SINTER_SEED=" << seed << ": " << count.graphs << " graphs of " << count.nodes / count.graphs
                           << " nodes on average, " << count.near_kinks << " of them too near a kink for differences, "
                           << count.second_orders << " differentiated twice");
    CHECK(count.near_kinks * 10 < count.graphs);
}

TEST_CASE("law: each node's adjoint has the shape and the rows of its node") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        CAPTURE(seed);
        random_graph g = sinter_test::make_random_graph(seed);
        std::vector<int> all, adjoints;
        for (int i = 0; i < g.graph.size(); ++i) all.push_back(i);
        adjoints.resize(all.size());
        reverse_pass(g.graph, g.loss).run(all.data(), static_cast<int>(all.size()), adjoints.data());
        bool same = true;
        for (std::size_t i = 0; i < all.size(); ++i)
            same = same && g.graph.shape(adjoints[i]) == g.graph.shape(all[i]) &&
                   g.graph[adjoints[i]].rows == g.graph[all[i]].rows;
        CHECK(same);
        CHECK(sinter_test::complaint(g.graph.view()) == "");
    }
}

TEST_CASE("law: where an alias hid an equal node or an identity, the canonical table is canonical all the same") {
    random_graph twice, moved;
    builder& g = twice.graph;  // exp(x) and exp of its alias are one node
    const int x = g.leaf(op::input, 0, list(3));
    check_canonical(twice, {g.record(op::add, {g.record(op::exp, {x}), g.record(op::exp, {g.alias(x)})})});
    builder& h = moved.graph;  // x * 1 is x, so that the first node that reads 1 is another one
    const int y = h.leaf(op::input, 0, list(3)), one = h.constant(1), same = h.record(op::multiply, {y, h.alias(one)});
    const int left = h.record(op::exp, {same}), right = h.record(op::subtract, {one, y});
    check_canonical(moved, {h.record(op::multiply, {left, right})});
}

}  // namespace
