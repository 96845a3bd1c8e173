// SPDX-License-Identifier: BSL-1.0
#include "list_maker.hpp"
#include "run_both.hpp"
#include <sinter/kernel/contraction.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sinter;

/// How the operands of a case lie.
struct arrangement {
    bool left_transposed = false, right_transposed = false, panels = false;
    bool padded = false;
};

template <class T, int N, int K, arrangement How, int Width = native_machine<T>().width()>
constexpr auto products = [] {
    list_maker m{machine{Width / 2, native_machine<T>().registers, sizeof(T)}};
    constexpr auto padding = [](int columns) {
        return How.padded ? (columns + Width - 1) / Width * Width - columns : 0;
    };
    const auto operands = [&](int rows, int depth, int most_rows, int most_depth) {
        m.begin_product(rows, N, depth, How.left_transposed, How.right_transposed);
        const int left_columns = How.left_transposed ? most_rows : most_depth,
                  right_columns = How.right_transposed ? most_depth : N;
        if (How.panels)
            m.panels(How.left_transposed ? most_depth : most_rows),
                m.panels(How.right_transposed ? N : most_depth, padding(right_columns));
        else
            m.plain({left_columns + 1}), m.plain({right_columns + padding(right_columns)}, padding(right_columns));
    };
    {  // 0: run-time rows: bias and relu behind the product, column sums, sum of all, a value per row and their sum
        operands(run_time_rows, K, 40, K);
        const int bias = m.plain({0}), out = m.plain({N + padding(N)}, padding(N)), sums = m.plain({0});
        const int all = m.slot({0}, {.inner_stride = 0}), row = m.slot({2}, {.inner_stride = 0}),
                  seen = m.slot({1}, {.inner_stride = 0});
        const int y = m.step(op::relu, m.step(op::add, m.step(op::matmul), m.load(bias)));
        const int r = m.load(row, level::outer);
        m.out(output_kind::element, m.step(op::multiply, y, r), out);
        m.out(output_kind::column, y, sums);
        m.out(output_kind::whole, m.step(op::multiply, y, y), all);
        m.out(output_kind::outer, m.step(op::multiply, r, r), seen);
        m.out(output_kind::whole, r, m.slot({0}, {.inner_stride = 0}));
    }
    {  // 1: K is the rows: a gradient, and the update in place behind it
        operands(13, run_time_rows, 13, 40);
        const int w = m.panels(13), first = m.panels(13), second = m.plain({N}),
                  rate = m.slot({0}, {.inner_stride = 0});
        const int g = m.step(op::matmul), c = m.constant(0.125);
        const int m1 = m.step(op::fma, c, m.step(op::subtract, g, m.load(first)), m.load(first));
        const int v1 = m.step(op::fma, m.step(op::multiply, g, g), c, m.step(op::abs, m.load(second)));
        const int d = m.step(op::add, m.step(op::sqrt, v1), m.step(op::abs, m.load(rate, level::outer)));
        m.out(output_kind::element, m.step(op::subtract, m.load(w), m.step(op::divide, m1, d)), w);
        m.out(output_kind::element, m1, first);
        m.out(output_kind::element, v1, second);
    }
    return m.list;
}();

template <class T>
void check(const kernel_case<T>& forward, const kernel_case<T>& gradient) {
    CAPTURE(forward.list->specs[0].inner);
    for (int rows = 0; rows <= 33; ++rows) {
        CAPTURE(rows);
        CHECK(run_both(forward, rows, 0, filling::integers) == 0);
        CHECK(run_both(gradient, rows) == 0);
    }
    CHECK(run_both(forward, 37, 0, filling::reals, 5) == 0);
}

template <class T, int N, int K, arrangement How, int Width = native_machine<T>().width()>
void check_products() {
    check(case_of<T, products<T, N, K, How, Width>, 0>, case_of<T, products<T, N, K, How, Width>, 1>);
}

constexpr arrangement stored{}, left_transposed{true, false, false, false}, right_transposed{false, true, false, false};

TEST_CASE("contraction: operands as stored or transposed, without padding") {
    check_products<float, 1, 5, stored>();
    check_products<float, 10, 7, right_transposed>();
    check_products<float, 17, 33, stored>();
    check_products<float, 32, 4, left_transposed>();
}

TEST_CASE("contraction: operands in panels, padded") {
    check_products<float, 10, 7, arrangement{false, false, true, true}>();
    check_products<float, 40, 20, arrangement{false, true, true, true}>();
    check_products<double, 9, 20, arrangement{true, true, true, true}>();
}

TEST_CASE("contraction: panels of another machine's width are packed") {
    check_products<float, 13, 9, arrangement{false, false, true, false}, 6>();
}

constexpr int large_columns = native_machine<float>().width() == widest_panel ? 520 : 136;
constexpr auto large = [] {
    list_maker m{native_machine<float>()};
    m.begin_product(108, large_columns, 1400);
    m.plain({1400}), m.plain({1024}, 1024 - large_columns);
    const int out = m.plain({large_columns}), sums = m.plain({0});
    const int product = m.step(op::matmul);
    m.out(output_kind::element, product, out);
    m.out(output_kind::column, product, sums);
    return m.list;
}();

TEST_CASE("contraction: rows in blocks, a right operand whose rows are far apart in groups of packed panels") {
    CHECK(right_is_packed(large, 0, large.target.width()));
    const auto product = case_of<float, large, 0>;
    CHECK(run_both(product, 0) == 0);
    check_products<float, 136, 6, right_transposed>();
}

constexpr auto far_left = [] {  // rows share sets of the second cache
    list_maker m{native_machine<float>()};
    m.begin_product(903, 132, run_time_rows, true);
    m.plain({1024}), m.plain({132});
    const int out = m.plain({132}), sums = m.plain({0});
    const int product = m.step(op::matmul);
    m.out(output_kind::element, product, out);
    m.out(output_kind::column, product, sums);
    return m.list;
}();

TEST_CASE("contraction: a large transposed left operand is packed block by block") {
    const auto product = case_of<float, far_left, 0>;
    int least = 1;
    while (!left_is_packed(far_left, 0, least)) ++least;
    CHECK(least > 40);
    CHECK(least < 300);
    for (int depth : {least - 1, least, least + 10}) {
        CAPTURE(depth);
        CHECK(run_both(product, depth) == 0);
        CHECK(run_both(product, depth, 0, filling::reals, 3) == 0);
    }
}

constexpr auto colliding_rows = [] {
    list_maker m{native_machine<float>()};
    m.begin_product(run_time_rows, 132, 1024);
    m.plain({1024}), m.plain({132});
    m.out(output_kind::element, m.step(op::matmul), m.plain({132}));
    return m.list;
}();

TEST_CASE(
    "contraction: rows of a left operand that fall in one set of the cache are copied first, for tiles of 14 rows") {
    CHECK(left_is_packed(colliding_rows, 0, 1024) == (native_machine<float>().width() == widest_panel));
    const auto product = case_of<float, colliding_rows, 0>;
    for (int rows : {1, 13, 130}) {
        CAPTURE(rows);
        CHECK(run_both(product, rows) == 0);
        CHECK(run_both(product, rows, 0, filling::reals, 3) == 0);
    }
}

constexpr auto by_hand = [] {
    list_maker m{native_machine<float>()};
    m.begin_product(2, 3, 2);
    m.plain({2}), m.plain({3});
    m.out(output_kind::element, m.step(op::matmul), m.plain({3}));
    return m.list;
}();

TEST_CASE("contraction: a product by hand, kernel and twin") {
    float a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8, 9, 10}, c[6] = {}, d[6] = {};
    void* const kernel[] = {a, b, c};
    void* const twin[] = {a, b, d};
    run_kernel<float, by_hand, 0>(kernel, 0, 0, nullptr);
    run_reference<float>(by_hand, 0, twin, 0, 0);
    const float expected[] = {21, 24, 27, 47, 54, 61};
    for (int i = 0; i < 6; ++i) {
        CHECK(c[i] == expected[i]);
        CHECK(d[i] == expected[i]);
    }
}

}  // namespace
