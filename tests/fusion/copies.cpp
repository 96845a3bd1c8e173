// SPDX-License-Identifier: BSL-1.0
// Who reads a parameter that lies in panels as it lies, who reads a copy, and which loops it keeps along its last axis.
#include "support/random_program.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sinter_test;

constexpr extents shape = list(24, 32);  // panels of 16 columns

/// A program with parameter 0 in panels, because a product of the forward table reads it.
struct planned {
    grouped_table g;
    int copies = 0;
    template <class Write>
    explicit planned(Write write) {
        builder forward, raw;
        const int w = forward.leaf(op::parameter, 0, extents{shape});
        const int y = forward.matmul(forward.leaf(op::input, 0, list(24), true), w);
        const int outputs[] = {forward.effect(op::output, 0, {y})};
        meta::vector<parameter_place> places;
        int elements = 0;
        plan_parameters(forward.view(outputs, 1), 1, {8, 16}, places, elements);
        REQUIRE(places[0].where.panel > 0);
        const int p = raw.leaf(op::parameter, 0, extents{shape});
        const int effects[] = {write(raw, p)};
        program_table canonical;
        canonicalise(raw.view(), effects, 1, canonical.graph, canonical.roots);
        group_table({canonical.view(), {8, 16}, 8, places.begin(), elements}, g);
        for (int i = 0; i < g.nodes.size(); ++i)
            copies += is_copy(g.nodes.view(), i) && is_of_parameter(g.nodes[g.nodes.operand(i)].code);
    }
    const group& group_of(op code) const {
        for (int i = 0; i < g.nodes.size(); ++i)
            if (g.nodes[i].code == code) return g.groups.groups[g.groups.group_of[i]];
        FAIL("no such node");
        return g.groups.groups[0];
    }
};
template <class Write>
int copies(Write write) {
    return planned([&](builder& g, int p) { return g.effect(op::output, 0, {write(g, p)}); }).copies;
}
int sum(builder& g, int x, int axis) { return g.record(op::sum, {x}, list(1, axis)); }
int flipped(builder& g, int x) { return g.record(op::flip, {x}, list(1)); }

TEST_CASE("copies: loops along its last axis and plain products read a parameter in panels in place") {
    CHECK(copies([](builder& g, int p) { return g.record(op::exp, {p}); }) == 0);
    CHECK(copies([](builder& g, int p) { return sum(g, p, 1); }) == 0);
    CHECK(copies([](builder& g, int p) { return sum(g, g.record(op::multiply, {p, p}), 1); }) == 0);
    CHECK(copies([](builder& g, int p) { return g.matmul(g.leaf(op::input, 0, list(5, 24)), p); }) == 0);
    CHECK(copies([](builder& g, int p) { return g.matmul(g.leaf(op::input, 0, list(5, 32)), g.transposed(p)); }) == 0);
    CHECK(copies([](builder& g, int p) { return g.matmul(p, g.leaf(op::input, 0, list(32, 5))); }) == 0);
}

TEST_CASE("copies: views, other axes, products over several axes and outputs read a copy, one for all") {
    CHECK(copies([](builder& g, int p) { return g.product(p, g.leaf(op::input, 0, list(24, 32, 5)), {0, 2}); }) == 1);
    CHECK(copies([](builder&, int p) { return p; }) == 1);
    CHECK(copies([](builder& g, int p) { return flipped(g, p); }) == 1);
    CHECK(copies([](builder& g, int p) { return g.record(op::exp, {g.transposed(p)}); }) == 1);
    CHECK(copies([](builder& g, int p) { return g.reshape(p, list(32, 24)); }) == 1);
    CHECK(copies([](builder& g, int p) { return sum(g, p, 0); }) == 1);
    CHECK(copies([](builder& g, int p) { return sum(g, g.record(op::multiply, {p, p}), 0); }) == 1);
    CHECK(copies([](builder& g, int p) { return flipped(g, g.record(op::relu, {p})); }) == 1);
    CHECK(copies([](builder& g, int p) { return g.record(op::add, {flipped(g, p), sum(g, p, 0)}); }) == 1);
}

TEST_CASE("copies: what is read at another index and stands in a loop is stored, and nothing is copied") {
    const auto in_a_loop = [](builder& g, int p) {
        const int x = g.record(op::sin, {g.record(op::exp, {g.leaf(op::input, 0, extents{shape})})});
        return g.record(op::multiply, {g.record(op::exp, {x}), p});
    };
    CHECK(copies([&](builder& g, int p) { return flipped(g, in_a_loop(g, p)); }) == 0);
    CHECK(copies([&](builder& g, int p) { return sum(g, in_a_loop(g, p), 0); }) == 0);
}

TEST_CASE("copies: a reduction over another axis does not join a loop that reads panels") {
    for (const bool panels : {false, true}) {
        CAPTURE(panels);
        const planned x([&](builder& g, int p) {
            const int other = g.leaf(op::input, 1, extents{shape});
            const int y = g.record(op::tanh, {g.record(op::exp, {g.leaf(op::input, 0, extents{shape})})});
            const int z = g.record(op::multiply, {y, panels ? p : other});
            return g.effect(op::output, 0, {g.record(op::add, {z, sum(g, y, 0)})});
        });
        CHECK(x.copies == 0);
        CHECK(x.group_of(op::tanh).across() != panels);
    }
}

TEST_CASE("copies: a gradient that is computed in a loop across is exported by a loop of its own") {
    const planned x([&](builder& g, int) {
        const int y = g.record(op::tanh, {g.record(op::exp, {g.leaf(op::input, 0, extents{shape})})});
        return g.effect(op::export_gradient, 0, {g.record(op::multiply, {y, sum(g, y, 0)})});
    });
    CHECK(x.group_of(op::tanh).across());
    for (int i = 0; i < x.g.nodes.size(); ++i)
        if (const int s = x.g.groups.stored_as[i]; s >= 0 && x.g.nodes[s].code == op::export_gradient)
            CHECK_FALSE(x.g.groups.groups[x.g.groups.group_of[i]].across());
}

TEST_CASE("copies: the gradient and the states of a parameter lie as it does") {
    for (const op code : {op::gradient, op::state}) {
        const planned x([&](builder& g, int) {
            const int leaf = code == op::state ? g.state(0, 0, shape) : g.leaf(op::gradient, 0, shape);
            return g.effect(op::output, 0, {sum(g, leaf, 0)});
        });
        CHECK(x.copies == 1);
    }
}

}  // namespace
