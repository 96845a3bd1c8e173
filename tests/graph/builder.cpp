// SPDX-License-Identifier: BSL-1.0
// Interning, the identities, mistakes as data, canonical numbering; and the shapes that the rules give.
#include "support/random_stream.hpp"
#include "support/same_table.hpp"
#include "support/well_formed.hpp"
#include <sinter/graph/builder.hpp>
#include <sinter/graph/canonical.hpp>

#include <doctest/doctest.h>

namespace {

using sinter::builder, sinter::extents, sinter::list, sinter::mistake_kind, sinter::op, sinter::shaped;

/// A builder with values of the shapes that tests need.
struct bench {
    builder graph;
    int x = graph.leaf(op::input, 0, list(2, 3)), y = graph.leaf(op::input, 1, list(3)),
        n = graph.leaf(op::input, 2, extents{}), samples = graph.leaf(op::input, 3, list(3), true),
        image = graph.leaf(op::input, 4, list(4, 5), true), w = graph.leaf(op::parameter, 0, list(3, 4)),
        zero = graph.constant(0), one = graph.constant(1);

    constexpr bool gives(int id, const extents& shape, bool rows = false) const {
        return graph.shape(id) == shape && graph[id].rows == rows && graph.first_mistake().kind == mistake_kind::none;
    }
    constexpr bool fails(int, mistake_kind kind, const extents& expected, const extents& found) const {
        const sinter::mistake& m = graph.first_mistake();
        return m.kind == kind && m.expected == expected && m.found == found;
    }
};

// ---- equal nodes are one node

static_assert([] {
    bench b;
    const int first = b.graph.record(op::add, {b.x, b.y}), size = b.graph.size();
    return b.graph.record(op::add, {b.x, b.y}) == first && b.graph.size() == size &&
           b.graph.record(op::add, {b.y, b.x}) != first;
}());
static_assert([] {
    bench b;
    return b.graph.constant(0.5) == b.graph.constant(0.5) && b.graph.constant(0.5) != b.graph.constant(0.25) &&
           b.graph.constant(-0.0) != b.zero && b.graph.constant(-0.0) == b.graph.constant(-0.0) &&
           b.graph.constant(__builtin_nan("")) == b.graph.constant(__builtin_nan("")) &&
           b.graph.iota(3) == b.graph.iota(3) && b.graph.iota(3) != b.graph.iota(4) &&
           b.graph.leaf(op::input, 0, list(2, 3)) == b.x && b.graph.leaf(op::input, 0, list(2, 3), true) != b.x;
}());
static_assert(
    [] {
        bench b;
        const int a = b.graph.alias(b.x), c = b.graph.alias(b.x);
        return a != c && a != b.x && b.gives(a, list(2, 3)) && b.gives(b.graph.alias(b.samples), list(3), true);
    }(),
    "an alias equals no other node");

// ---- identities

static_assert([] {
    bench b;
    builder& g = b.graph;
    const int minus_zero = g.constant(-0.0), size = g.size();
    return g.record(op::add, {b.x, minus_zero}) == b.x && g.record(op::add, {minus_zero, b.x}) == b.x &&
           g.record(op::subtract, {b.x, b.zero}) == b.x && g.record(op::multiply, {b.x, b.one}) == b.x &&
           g.record(op::multiply, {b.one, b.x}) == b.x && g.record(op::divide, {b.x, b.one}) == b.x && g.size() == size;
}());
static_assert(
    [] {
        bench b;
        builder& g = b.graph;
        const int minus_zero = g.constant(-0.0), two = g.constant(2), minus_two = g.constant(-2);
        return g.record(op::add, {b.x, b.zero}) != b.x && g.record(op::add, {b.zero, b.x}) != b.x &&
               g.record(op::subtract, {b.x, minus_zero}) != b.x && g.record(op::negate, {b.zero}) == minus_zero &&
               g.record(op::negate, {minus_zero}) == b.zero &&
               g.record(op::multiply, {minus_two, b.zero}) == minus_zero &&
               g.record(op::multiply, {minus_two, minus_zero}) == b.zero &&
               g.record(op::multiply, {two, minus_zero}) == minus_zero &&
               g.record(op::multiply, {minus_zero, b.one}) == minus_zero && g.is_constant(b.zero, 0.0) &&
               !g.is_constant(b.zero, -0.0);
    }(),
    "-0.0 + 0.0 is 0.0 and -0.0 - -0.0 is 0.0: neither is left out; what folds keeps the sign of zero");
static_assert([] {
    bench b;
    builder& g = b.graph;
    return g.record(op::subtract, {b.zero, b.x}) != b.x && g.record(op::divide, {b.one, b.x}) != b.x &&
           g.record(op::negate, {g.record(op::negate, {b.x})}) == b.x &&
           g.record(op::negate, {b.one}) == g.constant(-1) &&
           g.record(op::multiply, {g.constant(2), g.constant(3)}) == g.constant(6);
}());
static_assert(
    [] {
        bench b;
        builder& g = b.graph;
        return g.record(op::transpose, {b.x}, list(0, 1)) == b.x && g.record(op::transpose, {b.x}, list(1, 0)) != b.x &&
               g.record(op::slice, {b.x}, list(1, 0), list(2, 3)) == b.x &&
               g.record(op::pad, {b.x}, list(0, 0), list(2, 3)) == b.x && g.reshape(b.x, list(2, 3)) == b.x &&
               g.reshape(g.reshape(b.x, list(6)), list(2, 3)) == b.x && g.sum(b.x, list(0)) == b.x &&
               g.broadcast(b.x, list(2, 3), false) == b.x;
    }(),
    "what moves nothing is nothing");
static_assert(
    [] {
        bench b;
        builder& g = b.graph;
        const int wide = g.broadcast(b.y, list(2, 3), false), sum = g.record(op::add, {b.x, wide});
        return sum == g.record(op::add, {b.x, b.y}) && g.record(op::add, {wide, wide}) != g.record(op::add, {b.y, b.y});
    }(),
    "a broadcast is read through only where another operand has the result's shape");
static_assert(
    [] {
        bench b;
        builder& g = b.graph;
        const int t = g.transposed(b.w), p = g.matmul(g.leaf(op::input, 9, list(2, 4)), t);
        return g.operand(p, 1) == t && b.gives(p, list(2, 3)) && g.transposed(t) == b.w &&
               g.transposed_product(p) == g.matmul(b.w, g.transposed(g.operand(p)));
    }(),
    "a transpose of a transpose is none, and a transposed product has its operands exchanged");

// ---- shapes

static_assert([] {
    bench b;
    builder& g = b.graph;
    return b.gives(g.record(op::add, {b.x, b.n}), list(2, 3)) &&
           b.gives(g.record(op::add, {b.samples, b.x}), list(2, 3), true) &&
           b.gives(g.record(op::multiply, {g.leaf(op::input, 8, list(2, 1)), b.y}), list(2, 3)) &&
           b.gives(g.record(op::sum, {b.image}, list(0, 1)), list(4), true) &&
           b.gives(g.record(op::sum, {b.image}, list(1, 0)), list(1, 5), true) &&
           b.gives(g.sum_over_samples(b.image), list(4, 5)) &&
           b.gives(g.record(op::concat, {b.x, b.x}, list(1)), list(2, 6)) &&
           b.gives(g.record(op::transpose, {b.image}, list(1, 0)), list(5, 4), true);
}());
static_assert(
    [] {
        bench b;
        builder& g = b.graph;
        return b.gives(g.matmul(b.x, b.w), list(2, 4)) && b.gives(g.matmul(b.y, b.w), list(4)) &&
               b.gives(g.matmul(b.samples, b.w), list(4), true) &&
               b.gives(g.matmul(b.samples, b.samples, true, false), list(3, 3)) &&
               b.gives(g.matmul(b.y, b.y, true, false), list(3, 3)) &&
               b.gives(g.matmul(b.samples, b.x, false, true), list(2), true) &&
               b.gives(g.matmul(b.w, b.x, true, true), list(4, 2));
    }(),
    "products: of matrices, of a row, of samples, over samples");
static_assert(
    [] {
        bench b;
        builder& g = b.graph;
        const auto leaf = [&](const extents& shape, bool rows) { return g.leaf(op::input, 9, shape, rows); };
        const int heads = leaf(list(2, 5, 3), true), others = leaf(list(2, 3, 7), true),
                  last = leaf(list(6, 5, 3), true);
        const int places = leaf(list(5, 4, 2, 3), true), filter = leaf(list(2, 3, 8), false);
        return b.gives(g.product(heads, others, {1, 1}), list(2, 5, 7), true) &&
               b.gives(g.product(last, b.w, {0, 1}), list(6, 5, 4), true) &&
               b.gives(g.product(places, filter, {0, 2}), list(5, 4, 8), true) &&
               b.gives(g.product(b.w, b.image, {0, 0, false}), list(3, 4, 4, 5), true) &&
               b.gives(g.product(b.image, b.image, {1, 1, true}), list(4), false);
    }(),
    "products with axes of the batch, with several rows, over several axes, over none");

// ---- mistakes: kind, expected, found

static_assert([] {
    bench b;
    return b.fails(b.graph.record(op::add, {b.x, b.w}), mistake_kind::shapes_do_not_broadcast, list(2, 3), list(3, 4));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.record(op::sum, {b.x}, list(0, 2)), mistake_kind::axis_out_of_range, list(2), list(2));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.record(op::max, {b.x}, list(0, 1, 1)), mistake_kind::axis_named_twice, list(), list(1));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.matmul(b.w, b.x), mistake_kind::inner_extents_differ, list(2), list(4));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.matmul(b.n, b.w), mistake_kind::flatten_is_missing, list(1), list(0));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.product(b.image, b.w, {1, 1}), mistake_kind::shapes_do_not_broadcast, list(4, 5),
                   list(3, 4));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.matmul(b.samples, b.w, true), mistake_kind::value_without_samples, list(3), list(12));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.record(op::reshape, {b.x}, {}, list(5)), mistake_kind::reshape_changes_size, list(2, 3),
                   list(5));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.record(op::slice, {b.x}, list(1, 2), list(2, 2)), mistake_kind::slice_out_of_range, list(3),
                   list(2, 4));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.record(op::concat, {b.x, b.w}, list(0)), mistake_kind::concat_extents_differ, list(2, 3),
                   list(3, 4));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.record(op::concat, {b.y, b.samples}, list(0)), mistake_kind::concat_extents_differ, list(3),
                   list(3));
}());
static_assert([] {
    bench b;
    return b.fails(b.graph.record(op::transpose, {b.x}, list(1, 1)), mistake_kind::axis_out_of_range, list(2),
                   list(1, 1));
}());

static_assert(
    [] {
        bench b;
        b.graph.line = 7;
        b.graph.layer = 2;
        const int wrong = b.graph.record(op::add, {b.x, b.w});
        b.graph.line = 8;
        b.graph.record(op::sum, {b.x}, list(0, 2));
        const sinter::mistake& m = b.graph.first_mistake();
        return m.kind == mistake_kind::shapes_do_not_broadcast && m.line == 7 && m.layer == 2 &&
               b.graph[wrong].code == op::mistake && b.graph.shape(wrong) == list(2, 3);
    }(),
    "the first mistake stays, and its value keeps a plausible shape");

// ---- canonical numbering

static_assert(
    [] {
        bench b;
        builder& g = b.graph;
        const int dead = g.record(op::exp, {b.x}), a = g.alias(b.x),
                  roots[] = {g.record(op::multiply, {a, g.record(op::sin, {b.x})}), b.x};
        builder canonical;
        sinter::meta::vector<int> image;
        sinter::canonicalise(g.view(), roots, 2, canonical, image);
        return dead >= 0 && canonical.size() == 3 && image[1] == 0 && image[0] == 2 && canonical.operand(2) == 0 &&
               canonical[1].code == op::sin;
    }(),
    "the dead and the aliases vanish, operands come first");
static_assert(
    [] {
        builder g;
        const int late = g.leaf(op::variable, 17, list(2)), early = g.leaf(op::variable, 4, list(2)),
                  root = g.record(op::subtract, {late, early});
        builder canonical;
        sinter::meta::vector<int> image;
        sinter::canonicalise(g.view(), &root, 1, canonical, image, true);
        return canonical[0].number == 0 && canonical[1].number == 1 && canonical.operand(2) == 0;
    }(),
    "variables are numbered as they appear");
static_assert(
    [] {
        bench b;
        builder& g = b.graph;
        const int hidden_zero = g.alias(b.zero), root = g.record(op::subtract, {g.record(op::exp, {b.y}), hidden_zero});
        builder canonical;
        sinter::meta::vector<int> image;
        sinter::canonicalise(g.view(), &root, 1, canonical, image);
        return canonical.size() == 2 && canonical[image[0]].code == op::exp;
    }(),
    "an identity that an alias had hidden leaves nothing behind");

TEST_CASE("builder: twenty thousand nodes of a random chain are interned once each") {
    builder g;
    sinter_test::random_stream random(5);
    int x = g.leaf(op::input, 0, list(4));
    for (int i = 0; i < 20'000; ++i) {
        const int other = random.below(g.size());
        x = g.record(random.chance(50) ? op::multiply : op::maximum, {g.shape(other) == list(4) ? other : x, x});
        if (random.chance(30)) x = g.record(op::tanh, {x});
    }
    CHECK(g.first_mistake().kind == mistake_kind::none);
    CHECK(sinter_test::complaint(g.view()) == "");
    builder canonical;
    sinter::meta::vector<int> image;
    sinter::canonicalise(g.view(), &x, 1, canonical, image);
    CHECK(canonical.size() <= g.size());
}

}  // namespace
