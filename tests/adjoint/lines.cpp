// SPDX-License-Identifier: BSL-1.0
// Each line of graph/operations.hpp that moves elements, on its own: its value is the formula that is written here, and
// its adjoint is the transpose: for the map A that it is, w·(A x) = (Aᵀ w)·x, exactly, on whole numbers.
#include "support/well_formed.hpp"
#include <sinter/adjoint/reverse.hpp>
#include <sinter/graph/interpreter.hpp>

#include <doctest/doctest.h>

#include <functional>

namespace {

using sinter::builder, sinter::extents, sinter::list, sinter::op;

double element(int leaf, int e) { return (e * 37 + leaf * 11) % 23 - 11; }

/// What the value at an index of the result is, by the index of the operand that it comes from; rank -1 for none.
using source = std::function<extents(const extents&)>;

extents unravel(const extents& shape, int e) {
    extents index{.rank = shape.rank};
    for (int axis = shape.rank - 1; axis >= 0; e /= shape[axis--]) index[axis] = e % shape[axis];
    return index;
}
int ravel(const extents& shape, const extents& index) {
    int e = 0;
    for (int axis = 0; axis < shape.rank; ++axis) e = e * shape[axis] + index[axis];
    return e;
}

/// The values of an operation on input 0 of this shape, and its adjoint.
void check(const extents& shape, op code, const extents& attribute, const extents& wanted, const source& from) {
    CAPTURE(sinter::name_of(code));
    CAPTURE(attribute.at[0]);
    CAPTURE(attribute.at[1]);
    CAPTURE(attribute.at[2]);
    CAPTURE(attribute.at[3]);
    builder g;
    const int x = g.leaf(op::input, 0, shape), y = g.record(code, {x}, attribute, wanted);
    REQUIRE(g.first_mistake().kind == sinter::mistake_kind::none);
    const int w = g.leaf(op::input, 1, g.shape(y));
    extents axes = list(0);
    for (int axis = 0; axis < g.shape(y).rank; ++axis) axes.push(axis);
    int dx = -1;
    sinter::reverse_pass(g, g.sum(g.record(op::multiply, {y, w}), axes)).run(&x, 1, &dx);
    REQUIRE(g.first_mistake().kind == sinter::mistake_kind::none);
    CHECK(sinter_test::complaint(g.view()) == "");
    REQUIRE(g.shape(dx) == shape);
    sinter::interpreter<double> run;
    run.run(g.view(), 1, [](const sinter::node& q, int, int, int e) { return element(q.number, e); });
    double forward = 0, backward = 0;
    for (int e = 0; e < g.shape(y).size(); ++e) {
        const extents at = from(unravel(g.shape(y), e));
        const double expected = at.rank < 0 ? 0 : element(0, ravel(shape, at));
        CHECK(run.at(y, 0, e) == expected);
        forward += expected * element(1, e);
    }
    for (int e = 0; e < shape.size(); ++e) backward += run.at(dx, 0, e) * element(0, e);
    CHECK(backward == forward);
    // One element at a time: the sums above could agree by luck.
    for (int e = 0; e < shape.size(); ++e) {
        double sum = 0;
        for (int k = 0; k < g.shape(y).size(); ++k) {
            const extents at = from(unravel(g.shape(y), k));
            if (at.rank >= 0 && ravel(shape, at) == e) sum += element(1, k);
        }
        CHECK(run.at(dx, 0, e) == sum);
    }
}
/// The index with another number at an axis.
extents with(extents index, int axis, int at) {
    index[axis] = at;
    return index;
}
constexpr extents nowhere{.rank = -1};

TEST_CASE("lines: a transpose puts axis p[k] at axis k") {
    for (const extents& p : {list(0, 1, 2), list(1, 0, 2), list(1, 2, 0), list(2, 0, 1), list(2, 1, 0)})
        check(list(2, 3, 4), op::transpose, p, {}, [&](const extents& i) {
            extents at{.rank = 3};
            for (int k = 0; k < 3; ++k) at[p[k]] = i[k];
            return at;
        });
}

TEST_CASE("lines: a slice begins at its begin, every step-th element is one, a flip goes backwards") {
    for (int axis = 0; axis < 3; ++axis)
        for (int begin : {0, 1, 3}) {
            check(list(5, 5, 5), op::slice, list(axis, begin), with(list(5, 5, 5), axis, 2),
                  [&](const extents& i) { return with(i, axis, begin + i[axis]); });
            check(list(5, 5, 5), op::stride, list(axis, begin + 1), {},
                  [&](const extents& i) { return with(i, axis, (begin + 1) * i[axis]); });
            check(list(3, 4, 5), op::flip, list(axis), {},
                  [&](const extents& i) { return with(i, axis, list(3, 4, 5)[axis] - 1 - i[axis]); });
        }
}

TEST_CASE("lines: windows overlap, leave gaps and are dilated, and each element gets the sum over those it is in") {
    for (int axis : {0, 1})
        for (int extent : {1, 2, 3})
            for (int step : {1, 2, 3, 4})
                for (int dilation : {1, 2})
                    check(list(7, 6), op::windows, list(axis, extent, step, dilation), {}, [&](const extents& i) {
                        extents at{.rank = 2};
                        at[axis] = i[axis] * step + i[axis + 1] * dilation;
                        at[1 - axis] = axis == 0 ? i[2] : i[0];
                        return at;
                    });
}

TEST_CASE("lines: diagonals fall or rise") {
    for (int axis : {0, 1})
        for (int direction : {-1, 1})
            check(list(4, 3, 2), op::skew, list(axis, direction), {}, [&](const extents& i) {
                const int across = list(4, 3, 2)[axis + 1];
                return with(i, axis, i[axis] + (direction < 0 ? across - 1 - i[axis + 1] : i[axis + 1]));
            });
}

TEST_CASE("lines: zeros around an axis and between its elements") {
    for (int axis : {0, 1})
        for (int begin : {0, 1, 2}) {
            check(list(3, 4), op::pad, list(axis, begin), with(list(3, 4), axis, 7), [&](const extents& i) {
                const int at = i[axis] - begin;
                return at < 0 || at >= list(3, 4)[axis] ? nowhere : with(i, axis, at);
            });
            check(list(3, 4), op::dilate, list(axis, begin + 1), {}, [&](const extents& i) {
                return i[axis] % (begin + 1) != 0 ? nowhere : with(i, axis, i[axis] / (begin + 1));
            });
        }
}

TEST_CASE("lines: zeros around several axes are one pad") {
    check(list(3, 4), op::pad, list(0, 1, 1, 2), list(6, 7), [&](const extents& i) {
        const bool inside = i[0] >= 1 && i[0] < 4 && i[1] >= 2 && i[1] < 6;
        return inside ? list(i[0] - 1, i[1] - 2) : nowhere;
    });
    builder g;
    const int x = g.leaf(op::input, 0, list(3, 4)), inner = g.record(op::pad, {x}, list(0, 1), list(6, 4)),
              both = g.record(op::pad, {inner}, list(1, 2), list(6, 7)), one = g.constant(1);
    CHECK((g[both].code == op::pad && g.operand(both) == x && g.attribute(both) == list(0, 1, 1, 2)));
    const int other = g.record(op::pad, {inner, one}, list(1, 2), list(6, 7));
    CHECK(g.operand(other) == inner);  // by another number
    const int again = g.record(op::pad, {inner}, list(0, 1), list(8, 4));
    CHECK(g.operand(again) == inner);  // along the same axis
}

TEST_CASE("lines: values that take turns are what strides take apart") {
    builder g;
    const int x = g.leaf(op::input, 0, list(4, 5, 2)), w = g.leaf(op::input, 1, list(4, 5, 2));
    int parts[6], dx = -1;
    for (int k = 0; k < 6; ++k) {
        const int row = k / 3, column = k % 3;
        parts[k] = g.record(op::slice, {x}, list(0, row), list(4 - row, 5, 2));
        parts[k] = g.record(op::slice, {parts[k]}, list(1, column), list(4 - row, 5 - column, 2));
        parts[k] = g.record(op::stride, {g.record(op::stride, {parts[k]}, list(0, 2))}, list(1, 3));
    }
    const int y = g.adopt(
        {.code = op::interleave, .count = 6, .shape = g.intern(list(4, 5, 2)), .attribute = g.intern(list(0, 2, 1, 3))},
        parts);
    sinter::reverse_pass(g, g.sum(g.record(op::multiply, {y, w}), list(0, 0, 1, 2))).run(&x, 1, &dx);
    REQUIRE(g.first_mistake().kind == sinter::mistake_kind::none);
    sinter::interpreter<double> run;
    run.run(g.view(), 1, [](const sinter::node& q, int, int, int e) { return element(q.number, e); });
    for (int e = 0; e < 40; ++e) {
        CHECK(run.at(y, 0, e) == element(0, e));
        CHECK(run.at(dx, 0, e) == element(1, e));
    }
}

TEST_CASE("lines: a view of a view has the composed map, or none where a third term would be needed") {
    // windows of windows along the same axis need three terms; of a stride, a flip or a slice two.
    using sinter::compose, sinter::index_map;
    const auto map_of = [](const extents& shape, op code, const extents& attribute, const extents& wanted = {}) {
        builder g;
        const int y = g.record(code, {g.leaf(op::input, 0, shape)}, attribute, wanted);
        return sinter::view_map(g.view(), y);
    };
    const auto same_everywhere = [](const index_map& outer, const index_map& inner, const extents& result) {
        const index_map both = compose(outer, inner);
        REQUIRE(!both.rejected());
        int seconds = 0;
        for (int k = 0; k < both.rank; ++k) seconds += both.second_factor[k] != 0;
        CHECK(both.seconds == seconds);
        for (int e = 0; e < result.size(); ++e) {
            const extents i = unravel(result, e);
            extents middle{.rank = outer.rank};
            for (int k = 0; k < outer.rank; ++k) middle[k] = outer.at(k, i);
            for (int k = 0; k < inner.rank; ++k) CHECK(both.at(k, i) == inner.at(k, middle));
        }
    };
    const index_map windows = map_of(list(4, 6), op::windows, list(1, 3, 1, 1));  // (4, 4, 3)
    const index_map steps = map_of(list(4, 12), op::stride, list(1, 2)), back = map_of(list(4, 6), op::flip, list(1)),
                    part = map_of(list(4, 9), op::slice, list(1, 2), list(4, 6)),
                    turned = map_of(list(6, 4), op::transpose, list(1, 0)),
                    falling = map_of(list(6, 3), op::skew, list(0, -1)),  // (4, 3)
        rising = map_of(list(6, 3), op::skew, list(0, 1));
    for (const index_map& inner : {steps, back, part, turned}) same_everywhere(windows, inner, list(4, 4, 3));
    same_everywhere(back, steps, list(4, 6));
    same_everywhere(part, map_of(list(4, 9), op::flip, list(1)), list(4, 6));
    // Terms that meet: rising diagonals of windows, which flip the place in the window, are one term again.
    const index_map square = map_of(list(8), op::windows, list(0, 3, 1, 1));  // (6, 3)
    same_everywhere(falling, square, list(4, 3));
    same_everywhere(rising, square, list(4, 3));
    CHECK(compose(falling, square).seconds == 0);
    CHECK(compose(map_of(list(4, 4, 3), op::windows, list(1, 2, 1, 1)), windows).rejected());
    for (const index_map& m : {windows, steps, back, part, turned, falling}) {
        CHECK(!sinter::is_identity(m, list(4, 6)));
        CHECK(sinter::is_identity(sinter::identity_map(list(4, 6)), list(4, 6)));
        CHECK(compose(m, sinter::index_map{.rank = -1}).rejected());
    }
    CHECK(!sinter::is_identity(part, list(4, 9)));
    CHECK(sinter::is_identity(sinter::identity_map(list(4, 1)), list(4, 1)));
    CHECK(!sinter::is_identity(sinter::identity_map(list(4, 4)), list(4, 1)));
}

TEST_CASE("lines: of equal largest elements each gets its share") {
    builder g;
    const int x = g.leaf(op::input, 0, list(2, 3)), y = g.record(op::max, {x}, list(0, 1)),
              w = g.leaf(op::input, 1, list(2));
    int dx = -1;
    sinter::reverse_pass(g, g.sum(g.record(op::multiply, {y, w}), list(0, 0))).run(&x, 1, &dx);
    const double values[] = {1, 4, 4, 5, -1, 2};
    sinter::interpreter<double> run;
    run.run(g.view(), 1, [&](const sinter::node& q, int, int, int e) { return q.number == 0 ? values[e] : 6.0 + e; });
    const double expected[] = {0, 3, 3, 7, 0, 0};
    for (int e = 0; e < 6; ++e) CHECK(run.at(dx, 0, e) == expected[e]);
}

TEST_CASE("lines: what broadcasts to windows is read at both terms of its axes") {
    builder g;
    const int windows = g.record(op::windows, {g.leaf(op::input, 0, list(4, 6))}, list(1, 3, 1, 1));
    const sinter::index_map m = sinter::view_map(g.view(), windows),
                            row = sinter::broadcast_map(m, list(6)),  // of values (4, 6)
        column = sinter::broadcast_map(m, list(4, 1));
    CHECK(row.seconds == 1);
    CHECK(column.seconds == 0);
    for (int e = 0; e < 48; ++e) {
        const extents i = unravel(list(4, 4, 3), e);
        CHECK(row.at(0, i) == i[1] + i[2]);
        CHECK(column.at(0, i) == i[0]);
        CHECK(column.at(1, i) == 0);
    }
}

TEST_CASE("lines: terms of a map that meet are one, in one order") {
    using sinter::index_map;
    index_map m{.rank = 1}, n{.rank = 1}, second{.rank = 1};
    m.set(0, 1, 2);
    CHECK(m.add(0, 0, 3));
    n.set(0, 0, 3);
    CHECK(n.add(0, 1, 2));
    CHECK(m == n);
    CHECK(!m.add(0, 2, 1));
    CHECK(m.add(0, 0, -3));  // the first term is gone
    second.set(0, 1, 2);
    CHECK(m == second);
    CHECK(n.add(0, 1, -2));  // the second one is gone
    CHECK(n.seconds == 0);
    CHECK(n.add(0, 2, 5));
    CHECK(n.at(0, list(7, 100, 2)) == 31);
}

TEST_CASE("lines: an operand of the same shape is read at the same map, but for axes of one element that move") {
    const extents shape = list(3, 1);
    sinter::index_map m = sinter::identity_map(shape);
    CHECK(sinter::keeps_ones(m, shape));
    CHECK(sinter::broadcast_map(m, shape) == m);
    m.set(1, 0);
    CHECK(!sinter::keeps_ones(m, shape));
    m.set(1, 0, 0, 4);
    CHECK(!sinter::keeps_ones(m, shape));
}

}  // namespace
