// SPDX-License-Identifier: BSL-1.0
// Thousands of random programs out of windows, strides, flips, diagonals, pads and reductions over any axes: a plan
// computes exactly what the interpreter does, fused and unfused, for every machine, with its gradients; gradients are
// the derivative; canonical tables are canonical. SINTER_SEED chooses other programs, SINTER_GRAPHS another number.
#include "support/dual.hpp"
#include "support/environment.hpp"
#include "support/random_products.hpp"
#include "support/random_views.hpp"
#include "support/run_plan.hpp"
#include "support/same_table.hpp"
#include "support/well_formed.hpp"
#include <sinter/adjoint/reverse.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

namespace {

using namespace sinter;
using sinter_test::random_views, sinter_test::make_random_views, sinter_test::random_stream;

/// A canonical table whose outputs are effects, and where the parameters of the graph lie.
struct tables {
    builder program, forward;
    meta::vector<int> effects, kept;
    tables(const random_views& g, const std::vector<int>& outputs) {
        builder raw;
        meta::vector<int> image, stores;
        canonicalise(g.graph.view(), outputs.data(), static_cast<int>(outputs.size()), raw, image);
        for (int k = 0; k < image.size(); ++k) stores.push(raw.effect(op::output, k, {image[k]}));
        canonicalise(raw.view(), stores.begin(), stores.size(), program, effects);
        std::vector<int> wanted{g.loss};
        wanted.insert(wanted.end(), g.parameters.begin(), g.parameters.end());
        canonicalise(g.graph.view(), wanted.data(), static_cast<int>(wanted.size()), forward, kept);
    }
    table_view view() const { return program.view(effects.begin(), effects.size()); }
};

/// The first element of an output that a plan gives another value than the interpreter; empty if there is none.
template <class T>
std::string difference(const random_views& g, const std::vector<int>& outputs, const interpreter<double>& wanted,
                       const sinter_test::setting& s) {
    const tables t(g, outputs);
    sinter_test::planned_run<T> run;
    run.prepare(t.view(), t.forward.view(), 0, s, g.rows,
                [&](const node& q, int, int r, int e) { return static_cast<T>(g.leaf(q, r, e)); });
    run.run();
    for (std::size_t k = 0; k < outputs.size(); ++k)
        for (int r = 0; r < wanted.sample_count(outputs[k]); ++r)
            for (int e = 0; e < g.graph.shape(outputs[k]).size(); ++e) {
                const double found = static_cast<double>(run.output(static_cast<int>(k), r, e)),
                             right = wanted.at(outputs[k], r, e);
                if (!(found == right))
                    return "output " + std::to_string(k) + " row " + std::to_string(r) + " element " +
                           std::to_string(e) + ": found " + std::to_string(found) + ", expected " +
                           std::to_string(right);
            }
    return {};
}

sinter_test::setting random_setting(random_stream& random, const random_views& g, grouping groups) {
    const int lanes[] = {1, 4, 8, 16};
    return {{lanes[random.below(4)], random.chance(50) ? 16 : 32}, g.rows + random.below(3), groups};
}

interpreter<double> values_of(const random_views& g) {
    interpreter<double> run;
    run.run(g.graph.view(), g.rows, g.leaves());
    return run;
}

std::vector<int> gradients_of(random_views& g) {
    std::vector<int> gradients(g.parameters.size());
    reverse_pass(g.graph, g.loss).run(g.parameters.data(), static_cast<int>(gradients.size()), gradients.data());
    return gradients;
}

void check_canonical(const random_views& g, const std::vector<int>& outputs) {
    builder once, twice;
    meta::vector<int> image, again;
    canonicalise(g.graph.view(), outputs.data(), static_cast<int>(outputs.size()), once, image);
    const table_view table = once.view(image.begin(), image.size());
    CHECK(sinter_test::complaint(table) == "");
    canonicalise(table, image.begin(), image.size(), twice, again);
    CHECK(sinter_test::same_table(table, twice.view(again.begin(), again.size())));
}

TEST_CASE("law: the plan of random views computes exactly what the interpreter does, for every machine") {
    const std::uint64_t first = sinter_test::environment_number("SINTER_SEED", 1) * 1'000'000,
                        graphs = sinter_test::environment_number("SINTER_GRAPHS", 2000);
    long long nodes = 0;
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        const random_views g = make_random_views(seed, false, seed % 3 == 0);
        REQUIRE(g.graph.first_mistake().kind == mistake_kind::none);
        random_stream random(seed ^ 0xC0FFEE);
        std::vector<int> outputs{g.terms.back()};
        for (int extra = random.below(4); extra > 0; --extra)
            outputs.push_back(g.terms[static_cast<std::size_t>(random.below(static_cast<int>(g.terms.size())))]);
        const interpreter<double> wanted = values_of(g);
        CHECK(difference<float>(g, outputs, wanted, random_setting(random, g, grouping::fused)) == "");
        if (seed % 2 == 0)
            CHECK(difference<float>(g, outputs, wanted, random_setting(random, g, grouping::single)) == "");
        if (seed % 4 == 0) check_canonical(g, outputs);
        nodes += g.graph.size();
    }
    MESSAGE(graphs << " programs of " << nodes / static_cast<long long>(graphs) << " nodes on average");
}

/// Outputs of a program by plans, fused and for some seeds unfused, exactly as by the interpreter.
void check_exact(const random_views& g, const std::vector<int>& outputs, std::uint64_t seed) {
    CHECK(sinter_test::complaint(g.graph.view()) == "");
    random_stream random(seed ^ 0xC0FFEE);
    const interpreter<double> wanted = values_of(g);
    CHECK(difference<double>(g, outputs, wanted, random_setting(random, g, grouping::fused)) == "");
    if (seed % 2 == 0) CHECK(difference<double>(g, outputs, wanted, random_setting(random, g, grouping::single)) == "");
    if (seed % 4 == 0) check_canonical(g, outputs);
}

TEST_CASE("law: the plan of the gradients of random views is exact, too") {
    const std::uint64_t first = sinter_test::environment_number("SINTER_SEED", 1) * 1'000'000,
                        graphs = sinter_test::environment_number("SINTER_GRAPHS", 1000);
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        random_views g = make_random_views(seed, true);
        REQUIRE(g.graph.first_mistake().kind == mistake_kind::none);
        std::vector<int> outputs = gradients_of(g);
        outputs.push_back(g.loss);
        check_exact(g, outputs, seed);
    }
}

TEST_CASE("law: the plan of random products over axes of each kind is exact, with its gradients") {
    const std::uint64_t first = sinter_test::environment_number("SINTER_SEED", 1) * 1'000'000,
                        graphs = sinter_test::environment_number("SINTER_GRAPHS", 2000);
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        random_views g = sinter_test::make_random_products(seed);
        REQUIRE(g.graph.first_mistake().kind == mistake_kind::none);
        std::vector<int> outputs = gradients_of(g);
        outputs.push_back(g.loss);
        outputs.push_back(g.terms.back());
        check_exact(g, outputs, seed);
    }
}

/// A fixed direction in the space of all parameters.
double direction(int parameter, int element) {
    random_stream stream(static_cast<std::uint64_t>(parameter) << 32 | static_cast<std::uint64_t>(element));
    return stream.between(-1, 1);
}

TEST_CASE("law: the gradient of random views is their tangent and their finite difference") {
    const std::uint64_t first = sinter_test::environment_number("SINTER_SEED", 1) * 1'000'000,
                        graphs = sinter_test::environment_number("SINTER_GRAPHS", 1000);
    constexpr double step = 1e-6;
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        random_views g = make_random_views(seed, seed % 2 == 0);
        g.whole = false;
        const std::vector<int> gradients = gradients_of(g);
        const interpreter<double> run = values_of(g);
        double found = 0, size = 0;
        for (std::size_t p = 0; p < gradients.size(); ++p)
            for (int e = 0; e < g.graph.shape(gradients[p]).size(); ++e) {
                const double term = run.at(gradients[p], 0, e) * direction(static_cast<int>(p), e);
                found += term;
                size += math::abs(term);
            }
        table_view table = g.graph.view();
        table.node_count = g.loss + 1;
        interpreter<sinter_test::dual> along;
        along.run(table, g.rows, [&](const node& q, int, int r, int e) {
            return sinter_test::dual(g.leaf(q, r, e), q.code == op::parameter ? direction(q.number, e) : 0);
        });
        const sinter_test::dual wanted = along.at(g.loss, 0, 0);
        CHECK(math::abs(found - wanted.tangent) <= 1e-10 * (1 + size + math::abs(wanted.value)));
        if (!g.smooth) continue;
        const auto at = [&](double by) {
            interpreter<double> moved;
            moved.run(table, g.rows, [&](const node& q, int, int r, int e) {
                return g.leaf(q, r, e) + (q.code == op::parameter ? by * direction(q.number, e) : 0);
            });
            return moved.at(g.loss, 0, 0);
        };
        CHECK(math::abs(found - (at(step) - at(-step)) / (2 * step)) <= 1e-4 * (1 + size + math::abs(wanted.value)));
    }
}

/// Sums over windows along one or two axes of what stands at the largest of their elements, and its gradient: as pools
/// have it, of any extent, stride and dilation, with margins and parts cut off.
random_views make_random_pool(std::uint64_t seed) {
    random_stream random(seed ^ 0x9001);
    random_views g;
    g.seed = seed;
    g.rows = 1 + random.below(3);
    const int axes = 1 + random.below(2);
    extents shape, places = list(random.chance(50));
    for (int k = 0; k < axes; ++k) shape.push(4 + random.below(8));
    shape.push(1 + random.below(3));
    int x = g.graph.leaf(op::parameter, 0, shape);
    g.parameters.push_back(x);
    x = g.graph.record(op::add, {x, g.graph.leaf(op::input, 0, shape, random.chance(70))});
    for (int k = axes - 1; k >= 0; --k) {
        extents to = g.graph.shape(x);
        const int begin = random.below(3), behind = random.below(3);
        to[k] += begin + behind;
        if (random.chance(60)) x = g.graph.record(op::pad, {x, g.graph.constant(-9)}, list(k, begin), to);
    }
    const bool alike = random.chance(50);
    int extent = 0, step = 0, dilation = 1;
    for (int k = axes - 1; k >= 0; --k) {
        if (extent == 0 || !alike) {
            extent = 1 + random.below(4), step = 1 + random.below(4);
            dilation = extent < 3 && random.chance(30) ? 2 : 1;
        }
        x = g.graph.record(op::windows, {x}, list(k, extent, step, dilation));
    }
    extents kept = list(1);
    for (int k = 0; k < axes; ++k) kept.push(2 * k + 1), places.push(2 * k + 1);
    const int largest = g.graph.record(op::max, {x}, kept),
              chosen = g.graph.record(op::select, {g.graph.record(op::equal, {x, largest}), x, g.graph.constant(0)}),
              y = g.graph.record(op::sum, {random.chance(80) ? chosen : x}, places);
    const int weighted = g.graph.record(op::multiply, {y, g.graph.leaf(op::input, 1, g.graph.shape(y))});
    extents all = list(0);
    for (int k = 0; k < g.graph.shape(y).rank; ++k) all.push(k);
    g.loss = g.graph.sum(weighted, all);
    if (g.graph[g.loss].rows) g.loss = g.graph.sum_over_samples(g.loss);
    g.terms.push_back(y);
    return g;
}

TEST_CASE("law: the plan of the gradients of random pools is exact") {
    const std::uint64_t first = sinter_test::environment_number("SINTER_SEED", 1) * 1'000'000,
                        graphs = sinter_test::environment_number("SINTER_GRAPHS", 1000);
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        random_views g = make_random_pool(seed);
        REQUIRE(g.graph.first_mistake().kind == mistake_kind::none);
        std::vector<int> outputs = gradients_of(g);
        outputs.push_back(g.terms.back());
        random_stream random(seed ^ 0xC0FFEE);
        const interpreter<double> wanted = values_of(g);
        CHECK(difference<double>(g, outputs, wanted, random_setting(random, g, grouping::fused)) == "");
        if (seed % 4 == 0)
            CHECK(difference<double>(g, outputs, wanted, random_setting(random, g, grouping::single)) == "");
    }
}

/// Values of windows, (position, place, …), out of all that a box of a value goes down through, laid side by side.
class places_writer {
public:
    places_writer(std::uint64_t seed, random_views& into) : random_{seed ^ 0x51DE}, g_{into} {
        g_.seed = seed;
        g_.rows = 1 + random_.below(2);
        extents shape, merged;
        for (int axes = 1 + random_.below(2); axes > 0; --axes) {
            const int positions = 3 + random_.below(4), places = 2 + random_.below(3);
            shape.push(positions), shape.push(places), merged.push(positions * places);
        }
        shape.push(1 + random_.below(3)), merged.push(shape.last());
        const int all = g_.graph.record(op::add, {value(shape, 4), value(shape, 3)});
        int y = g_.graph.reshape(all, merged);
        g_.terms.push_back(y);
        if (random_.chance(40)) {
            extents part = merged;
            const int axis = random_.below(merged.rank), begin = random_.below(merged[axis]);
            part[axis] = 1 + random_.below(merged[axis] - begin);
            y = g_.graph.record(op::slice, {y}, list(axis, begin), part);
            g_.terms.push_back(y);
        }
        g_.loss = g_.graph.leaf(op::input, inputs_, list(7));
        g_.terms.push_back(g_.graph.record(op::windows, {g_.loss}, list(0, 3, 2, 1)));  // lowering looks for some
    }

private:
    int leaf(extents shape) {
        for (int k = 0; k < shape.rank; ++k)
            if (random_.chance(15)) shape[k] = 1;
        return g_.graph.leaf(op::input, inputs_++, shape, random_.chance(30));
    }
    int number() { return g_.graph.constant(random_.below(5) - 2); }
    /// A value that broadcasts to the shape; at depth 0 a leaf, or windows of one.
    int value(const extents& shape, int depth) {
        builder& graph = g_.graph;
        const int axis = random_.below(shape.rank), extent = shape[axis];
        extents other = shape;
        if (depth == 0) {
            if (axis + 1 >= shape.rank || random_.chance(40)) return in_full(leaf(shape), shape);
            const int step = 1 + random_.below(3), places = shape[axis + 1];
            extents from = shape;
            from[axis] = (extent - 1) * step + places;
            --from.rank;
            for (int k = axis + 1; k < from.rank; ++k) from[k] = shape[k + 1];
            return graph.record(op::windows, {in_full(leaf(from), from)}, list(axis, places, step, 1));
        }
        switch (random_.below(14)) {
            case 0:
            case 1:
            case 2: {  // a pad, of single elements, too
                if (extent < 2) break;
                const int before = random_.below(extent);
                other[axis] = 1 + random_.below(extent - before);
                const int x = in_full(value(other, depth - 1), other);
                if (random_.chance(50)) return graph.record(op::pad, {x}, list(axis, before), shape);
                return graph.record(op::pad, {x, number()}, list(axis, before), shape);
            }
            case 3: {
                if (extent < 2) break;
                other[axis] = 1 + random_.below(extent - 1);
                const int x = value(other, depth - 1);
                const extents rest = with(shape, axis, extent - other[axis]);
                const int y = value(rest, depth - 1);
                const bool rows = graph[x].rows || graph[y].rows;
                return graph.record(op::concat, {graph.broadcast(x, other, rows), graph.broadcast(y, rest, rows)},
                                    list(axis));
            }
            case 4: {
                const int begin = random_.below(3);
                other[axis] += begin + random_.below(2);
                return graph.record(op::slice, {in_full(value(other, depth - 1), other)}, list(axis, begin), shape);
            }
            case 5: {
                const int step = 2 + random_.below(2);
                other[axis] = (extent - 1) * step + 1;
                return graph.record(op::stride, {in_full(value(other, depth - 1), other)}, list(axis, step));
            }
            case 6: other[axis] = 1; return in_full(value(other, depth - 1), shape);
            case 7: return in_full(graph.reshape(graph.iota(extent), column(axis, shape)), shape);
            case 8: return graph.record(op::flip, {in_full(value(shape, depth - 1), shape)}, list(axis));
            case 9: {
                const int x = value(shape, depth - 1), y = random_.chance(30) ? number() : value(shape, depth - 1);
                const int asked = random_.chance(40) ? x : value(shape, depth - 1);
                return graph.record(op::select, {graph.record(op::less, {asked, number()}), x, y});
            }
            case 10: return graph.record(op::maximum, {value(shape, depth - 1), number()});
            case 11: {  // an axis out of two, or two out of one
                const bool split = axis + 1 < shape.rank && random_.chance(40);
                if (!split && extent % 2 != 0) break;
                extents from;
                for (int k = 0; k < shape.rank; ++k) {
                    from.push(k != axis ? shape[k] : split ? extent * shape[k + 1] : extent / 2);
                    if (k == axis && !split) from.push(2);
                    k += k == axis && split;
                }
                return graph.reshape(in_full(value(from, depth - 1), from), shape);
            }
            default: break;
        }
        const int x = value(shape, depth - 1), y = random_.chance(30) ? number() : value(shape, depth - 1);
        return graph.record(random_.chance(70) ? op::add : op::subtract, {x, y});
    }
    int in_full(int x, const extents& shape) {
        return g_.graph.shape(x) == shape ? x : g_.graph.broadcast(x, shape, g_.graph[x].rows);
    }
    static extents with(extents shape, int axis, int extent) {
        shape[axis] = extent;
        return shape;
    }
    static extents column(int axis, const extents& shape) {
        extents one{.rank = shape.rank};
        for (int k = 0; k < shape.rank; ++k) one[k] = k == axis ? shape[k] : 1;
        return one;
    }

    random_stream random_;
    random_views& g_;
    int inputs_ = 0;
};

TEST_CASE("law: the plan of places that are laid side by side is exact, whatever they are computed from") {
    const std::uint64_t first = sinter_test::environment_number("SINTER_SEED", 1) * 1'000'000,
                        graphs = sinter_test::environment_number("SINTER_GRAPHS", 1500);
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        random_views g;
        places_writer(seed, g);
        REQUIRE(g.graph.first_mistake().kind == mistake_kind::none);
        random_stream random(seed ^ 0xC0FFEE);
        CHECK(difference<double>(g, g.terms, values_of(g), random_setting(random, g, grouping::fused)) == "");
    }
}

TEST_CASE("places between margins along more axes than one pad has are laid side by side") {
    random_views g;
    g.loss = g.graph.leaf(op::input, 0, list(8, 2, 2, 2, 2));
    int x = g.graph.record(op::windows, {g.loss}, list(0, 2, 2, 1));  // (4, 2, 2, 2, 2, 2)
    x = g.graph.record(op::maximum, {x, g.graph.constant(-1)});
    extents shape = g.graph.shape(x);
    for (const int axis : {0, 2, 3, 4, 5}) {
        ++shape[axis];
        x = g.graph.record(op::pad, {x}, list(axis, axis % 2), shape);
    }
    x = g.graph.record(op::add, {x, g.graph.leaf(op::input, 1, shape)});
    g.terms = {g.graph.reshape(x, list(10, 3, 3, 3, 3))};
    CHECK(difference<double>(g, g.terms, values_of(g), {{8, 16}, 1, grouping::fused}) == "");
}

TEST_CASE("places: what a condition reads with anything around it is read again with zeros") {
    random_views g;
    g.loss = g.graph.leaf(op::input, 0, list(8, 3));
    const int x = g.graph.record(
        op::maximum, {g.graph.record(op::windows, {g.loss}, list(0, 2, 2, 1)), g.graph.constant(2)});  // (4, 2, 3)
    const int few = g.graph.record(op::select,
                                   {g.graph.record(op::less, {x, g.graph.constant(3)}), x, g.graph.constant(0)}),
              padded = g.graph.record(op::pad, {few}, list(0, 1), list(6, 2, 3)),
              y = g.graph.record(op::add, {padded, g.graph.leaf(op::input, 1, list(6, 2, 3))});
    g.terms = {g.graph.reshape(y, list(12, 3))};
    CHECK(difference<double>(g, g.terms, values_of(g), {{8, 16}, 1, grouping::fused}) == "");
}

TEST_CASE("places: a zero that is added takes the sign of a zero") {
    random_views g;
    g.loss = g.graph.leaf(op::input, 0, list(7));
    const int zeros = g.graph.record(op::multiply, {g.graph.leaf(op::input, 1, list(6, 1, 2)), g.graph.constant(-0.0)}),
              x = g.graph.record(op::pad, {zeros, g.graph.constant(1)}, list(1, 1), list(6, 2, 2)),
              none = g.graph.record(op::pad, {g.graph.leaf(op::input, 2, list(6, 1, 2))}, list(1, 0), list(6, 2, 2)),
              y = g.graph.reshape(g.graph.record(op::add, {none, x}), list(12, 2));
    g.terms = {g.graph.record(op::divide, {g.graph.constant(1), y}),
               g.graph.record(op::windows, {g.loss}, list(0, 3, 2, 1))};
    CHECK(difference<double>(g, g.terms, values_of(g), {{8, 16}, 1, grouping::fused}) == "");
}

TEST_CASE("windows of a sum of windows of what is stored are read through memory: three terms are one too many") {
    random_views g;
    g.loss = g.graph.leaf(op::input, 0, list(8), true);
    const int stored = g.graph.record(op::pad, {g.loss}, list(0, 1), list(10)),
              once = g.graph.record(op::windows, {stored}, list(0, 5, 1, 1)),
              twice = g.graph.record(op::windows, {g.graph.record(op::add, {once, once})}, list(0, 2, 2, 3));
    const int other = g.graph.record(op::windows, {once}, list(0, 2, 1, 1));  // stores `once`, behind its first reader
    g.terms = {g.graph.record(op::sum, {twice}, list(0, 0, 1, 2)), g.graph.record(op::sum, {other}, list(0, 0, 1, 2))};
    g.rows = 3;
    const interpreter<double> wanted = values_of(g);
    for (const int lanes : {1, 4, 8, 16})
        CHECK(difference<float>(g, g.terms, wanted, {{lanes, 16}, 4, grouping::fused}) == "");
}

/// Sums or maxima over windows of `places` elements of 5 rows of `positions` windows, 2 channels: written out, and by
/// the loops that sum an axis which came from nowhere.
template <class T>
bool same_bits_as_a_loop(op code, int places, int positions, bool sideways, const sinter_test::setting& s,
                         random_stream& random) {
    std::vector<T> values;
    for (int e = 0; e < 5 * positions * places * 2; ++e) {
        const int kind = random.below(40);
        values.push_back(kind == 0   ? std::numeric_limits<T>::infinity()
                         : kind == 1 ? std::numeric_limits<T>::quiet_NaN()
                         : kind < 8  ? T(-0.0)
                                     : static_cast<T>(random.between(-3, 3)));
    }
    const auto run = [&](bool windows) {
        builder raw, graph, forward;
        meta::vector<int> stores, image, none;
        int x = raw.leaf(op::input, 0, windows ? list(positions * places, 2) : list(positions, places, 2), true);
        if (windows) x = raw.record(op::windows, {x}, list(0, places, places, 1));
        if (sideways) x = raw.record(op::transpose, {x}, list(2, 0, 1));
        x = raw.record(code, {x}, list(0, sideways ? 2 : 1));
        stores.push(raw.effect(op::output, 0, {x}));
        canonicalise(raw.view(), stores.begin(), 1, graph, image);
        sinter_test::planned_run<T> planned;
        planned.prepare(graph.view(image.begin(), 1), forward.view(), 0, s, 5, [&](const node&, int, int r, int e) {
            return values[static_cast<std::size_t>(r * positions * places * 2 + e)];
        });
        planned.run();
        bool loop = false;
        for (int k = 0; k < planned.plan.specs.instructions.size(); ++k)
            loop = loop || planned.plan.specs.instructions[k].code == code;
        CHECK(loop == (!windows || places > 4));
        std::vector<T> all;
        for (int r = 0; r < 5; ++r)
            for (int e = 0; e < positions * 2; ++e) all.push_back(planned.output(0, r, e));
        return all;
    };
    const std::vector<T> written = run(true), looped = run(false);
    bool same = true;
    for (std::size_t e = 0; e < written.size(); ++e)
        same = same && ((written[e] != written[e] && looped[e] != looped[e]) ||
                        (written[e] == looped[e] && std::signbit(written[e]) == std::signbit(looped[e])));
    return same;
}

TEST_CASE("law: a reduction over a small window that is written out has the bits of the loop") {
    random_stream random(17);
    for (const op code : {op::sum, op::max})
        for (const int places : {2, 3, 4, 5})
            for (const int lanes : {1, 4, 8, 16})
                for (const bool sideways : {false, true}) {
                    CAPTURE(places);
                    CAPTURE(lanes);
                    const sinter_test::setting s{{lanes, 16}, 6, grouping::fused};
                    CHECK(same_bits_as_a_loop<float>(code, places, 3, sideways, s, random));
                    CHECK(same_bits_as_a_loop<double>(code, places, 40, sideways, s, random));
                }
}

}  // namespace
