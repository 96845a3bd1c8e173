// SPDX-License-Identifier: BSL-1.0
// What the reverse pass records, case by case; that it is right is a law over random graphs (tests/laws/gradient.cpp).
#include "support/well_formed.hpp"
#include <sinter/adjoint/reverse.hpp>

#include <doctest/doctest.h>

namespace {

using sinter::builder, sinter::extents, sinter::list, sinter::op;

/// The adjoint of x in Σ y, summed over the samples too.
int adjoint_of(builder& g, int x, int y) {
    extents axes = list(0);
    for (int axis = 0; axis < g.shape(y).rank; ++axis) axes.push(axis);
    const int number = g.sum(y, axes), loss = g[number].rows ? g.sum_over_samples(number) : number;
    int adjoint = -1;
    sinter::reverse_pass(g, loss).run(&x, 1, &adjoint);
    CHECK(g.shape(adjoint) == g.shape(x));
    CHECK(g[adjoint].rows == g[x].rows);
    CHECK(sinter_test::complaint(g.view()) == "");
    return adjoint;
}

struct bench {
    builder g;
    int x = g.leaf(op::input, 0, list(3), true), w = g.leaf(op::parameter, 0, list(3, 4)),
        b = g.leaf(op::parameter, 1, list(4)), weight = g.leaf(op::input, 1, list(4), true);
};

TEST_CASE("matmul: adjoint of the left operand is output adjoint times right transposed") {
    bench t;
    const int d = adjoint_of(t.g, t.x, t.g.record(op::multiply, {t.g.matmul(t.x, t.w), t.weight}));
    CHECK(t.g[d].code == op::matmul);
    CHECK(t.g.operand(d, 0) == t.weight);
    CHECK(t.g.operand(d, 1) == t.g.transposed(t.w));
    CHECK(t.g.attribute(d) == list(0, 1, 0));
}

TEST_CASE("matmul: adjoint of the right operand is left transposed times output adjoint, over the samples") {
    bench t;
    const int d = adjoint_of(t.g, t.w, t.g.record(op::multiply, {t.g.matmul(t.x, t.w), t.weight}));
    CHECK(t.g[d].code == op::matmul);
    CHECK(t.g.operand(d, 0) == t.x);
    CHECK(t.g.operand(d, 1) == t.weight);
    CHECK(t.g.attribute(d) == list(0, 0, 1));  // over the samples
}

TEST_CASE("reverse: what has no samples gets the total over the samples") {
    bench t;
    const int y = t.g.record(op::multiply, {t.g.record(op::add, {t.g.matmul(t.x, t.w), t.b}), t.weight}),
              d = adjoint_of(t.g, t.b, y);
    CHECK(t.g[d].code == op::sum);
    CHECK(t.g.operand(d, 0) == t.weight);
}

TEST_CASE("reverse: what was stretched along an axis gets the sum over it") {
    builder g;
    const int x = g.leaf(op::input, 0, list(2, 3)), column = g.leaf(op::input, 1, list(2, 1)),
              row = g.leaf(op::input, 2, list(3));
    const int c = adjoint_of(g, column, g.record(op::multiply, {x, column})),
              r = adjoint_of(g, row, g.record(op::multiply, {x, row}));
    CHECK(g[c].code == op::sum);
    CHECK(g.attribute(c) == list(1, 1));
    CHECK(g[r].code == op::reshape);
    CHECK(g.attribute(g.operand(r)) == list(1, 0));
}

TEST_CASE("reverse: nothing flows through stop, comparisons, conditions and labels") {
    builder g;
    const int x = g.leaf(op::input, 0, list(3)), y = g.leaf(op::input, 1, list(3));
    for (const int z : {g.record(op::stop, {x}), g.record(op::less, {x, y}), g.record(op::equal, {x, y}),
                        g.record(op::select, {x, y, y}), g.record(op::sign, {x}), g.iota(3)}) {
        const int d = adjoint_of(g, x, z);
        CHECK(g[d].code == op::broadcast);
        CHECK(g.is_constant(g.operand(d), 0));
    }
}

TEST_CASE("reverse: no node is recorded for an operand that nobody asks about") {
    bench t;
    const int y = t.g.matmul(t.x, t.w);
    adjoint_of(t.g, t.w, y);
    int products = 0;
    for (int i = 0; i < t.g.size(); ++i) products += t.g[i].code == op::matmul;
    CHECK(products == 2);
}

TEST_CASE("reverse: a value used twice gets the sum of both adjoints") {
    builder g;
    const int x = g.leaf(op::input, 0, list(3));
    const int d = adjoint_of(g, x, g.record(op::multiply, {x, x}));
    CHECK(g[d].code == op::add);
    CHECK(g.operand(d, 0) == x);
    CHECK(g.operand(d, 1) == x);
}

TEST_CASE("reverse: a contribution that is a constant zero leaves no node, whether it comes first or last") {
    for (const double zero : {0.0, -0.0}) {
        builder g;
        const int x = g.leaf(op::input, 0, list(3)), held = g.record(op::multiply, {x, g.constant(zero)});
        const int last = adjoint_of(g, x, g.record(op::add, {held, g.record(op::exp, {x})}));
        CHECK(g[last].code == op::exp);
        const int first = adjoint_of(g, x, g.record(op::add, {g.record(op::sin, {x}), held}));
        CHECK(g[first].code == op::cos);
    }
}

TEST_CASE("reverse: a product of eight axes sums and spreads over all of them") {
    builder g;
    const int x = g.leaf(op::input, 0, list(1, 2, 1, 2, 1, 2, 1, 2)), n = g.leaf(op::input, 1, extents{});
    adjoint_of(g, x, g.record(op::multiply, {x, n}));
    const int d = adjoint_of(g, n, g.record(op::multiply, {x, n}));
    CHECK(g[d].code == op::reshape);
    CHECK(g.first_mistake().kind == sinter::mistake_kind::none);
}

}  // namespace
