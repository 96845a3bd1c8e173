// SPDX-License-Identifier: BSL-1.0
#include "list_maker.hpp"
#include "run_both.hpp"
#include <sinter/kernel/loop.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

using namespace sinter;

constexpr int width = native_machine<float>().width();

/// Flat bodies, of one count given at run time.
constexpr auto flat = [] {
    list_maker m{width};
    {  // 0: every elementwise operation
        m.begin(kernel_kind::loop, run_time_count);
        const int x = m.load(m.plain({})), y = m.load(m.plain({})), z = m.load(m.plain({}));
        const int out = m.plain({});
        int sum = m.step(op::select, m.step(op::less, x, y), x, m.step(op::select, m.step(op::equal, y, z), y, z));
        for (const op code :
             {op::add, op::subtract, op::multiply, op::divide, op::maximum, op::minimum, op::less_equal})
            sum = m.step(op::add, sum, m.step(code, x, y));
        for (const op code :
             {op::negate, op::exp, op::sqrt, op::tanh, op::sigmoid, op::relu, op::abs, op::sign, op::sin, op::cos})
            sum = m.step(op::fma, m.step(code, x), z, sum);
        m.out(output_kind::element, m.step(op::add, sum, m.step(op::log, m.step(op::abs, y))), out);
    }
    {  // 1: an update in place, with numbers known at run time, integers, and a sum
        m.begin(kernel_kind::loop, run_time_count);
        const int w = m.plain({}), g = m.plain({}), rate = m.slot({}, {.inner_stride = 0}),
                  sum = m.slot({}, {.inner_stride = 0});
        const int label = m.slot({}, {.integer = true, .inner_stride = 1, .panel = width});
        const int step = m.step(op::multiply, m.load(rate, level::outer), m.load(g));
        const int w1 = m.step(op::subtract, m.load(w), m.step(op::add, step, m.load(label)));
        m.out(output_kind::element, w1, w);
        m.out(output_kind::whole, m.step(op::multiply, w1, m.step(op::add, m.constant(0.25), m.load(label))), sum);
    }
    return m.list;
}();

/// Rows of `Inner` elements.
template <int Inner, int ListWidth = width>
constexpr auto rows_of = [] {
    list_maker m{ListWidth};
    constexpr int padded = (Inner + 15) / 16 * 16;
    {  // 0: softmax, log-sum-exp and the mean loss against a label: two reductions, one after the other
        m.begin(kernel_kind::loop, Inner, {run_time_rows});
        const int x = m.plain({padded}, padded - Inner), p = m.plain({padded}, padded - Inner),
                  lse = m.slot({1}, {.inner_stride = 0});
        const int label = m.slot({1}, {.integer = true, .inner_stride = 0}), loss = m.slot({0}, {.inner_stride = 0});
        const int position = m.slot({0}, {.integer = true, .inner_stride = 1, .panel = ListWidth});
        const int v = m.load(x), top = m.step(op::max, v), e = m.step(op::exp, m.step(op::subtract, v, top));
        const int sum = m.step(op::sum, e), l = m.step(op::add, m.step(op::log, sum), top);
        const int chosen = m.step(op::equal, m.load(position), m.load(label, level::outer));
        const int picked = m.step(op::sum, m.step(op::multiply, chosen, v));
        m.out(output_kind::element, m.step(op::divide, e, sum), p);
        m.out(output_kind::outer, l, lse);
        m.out(output_kind::whole, m.step(op::subtract, l, picked), loss);
    }
    {  // 1: column sums of a product without padding, and its whole sum
        m.begin(kernel_kind::loop, Inner, {run_time_rows});
        const int a = m.plain({Inner}), b = m.plain({Inner + 3}), sum = m.plain({0}),
                  all = m.slot({0}, {.inner_stride = 0});
        const int product = m.step(op::multiply, m.load(a), m.load(b));
        m.out(output_kind::column, product, sum);
        m.out(output_kind::whole, product, all);
    }
    {  // 2: two outer axes, panels, a transposed read, a column broadcast, no reduction
        m.begin(kernel_kind::loop, Inner, {3, run_time_rows});
        const int panels = (Inner + ListWidth - 1) / ListWidth * ListWidth;
        const int a = m.slot({ListWidth, 3 * ListWidth}, {.inner_stride = 1, .panel = 64 * ListWidth});
        const int t = m.slot({20, 1}, {.inner_stride = 60}), c = m.slot({0, 2}, {.inner_stride = 0});
        const int out = m.plain({40 * panels, panels}, panels - Inner), back = m.slot({1, 3}, {.inner_stride = 60});
        const int sum = m.step(op::fma, m.load(a), m.load(t), m.load(c));
        m.out(output_kind::element, sum, out);
        m.out(output_kind::element, m.step(op::negate, sum), back);
    }
    {  // 3: normalisation: three stages, and what follows, with a column sum
        m.begin(kernel_kind::loop, Inner, {run_time_rows});
        const int x = m.plain({Inner}), y = m.plain({Inner}), gain = m.plain({0}), total = m.plain({0});
        const int v = m.load(x), n = m.constant(1.0 / Inner, level::outer);
        const int mean = m.step(op::multiply, m.step(op::sum, v), n), d = m.step(op::subtract, v, mean);
        const int variance = m.step(op::multiply, m.step(op::sum, m.step(op::multiply, d, d)), n);
        const int scale = m.step(op::sqrt, m.step(op::add, variance, m.constant(1e-3, level::outer)));
        const int z = m.step(op::multiply, m.step(op::divide, d, scale), m.load(gain));
        m.out(output_kind::element, z, y);
        m.out(output_kind::column, z, total);
    }
    return m.list;
}();

/// Maxima over rows so long that they are joined in pairs, with nothing left over that would hide their order.
constexpr auto maxima = [] {
    list_maker m{width};
    m.begin(kernel_kind::loop, 1024, {run_time_rows});
    const int x = m.plain({1024}), y = m.plain({1024});
    const int v = m.load(x), top = m.step(op::max, v), zero = m.constant(0), one = m.constant(1);
    const int zeros = m.step(op::select, m.step(op::less, v, one), zero, m.step(op::negate, zero));
    const int none_above = m.step(op::select, m.step(op::less, v, m.constant(-2)), v, zeros);
    m.out(output_kind::element, m.step(op::subtract, v, top), y);
    for (const int each : {top, m.step(op::max, m.step(op::negate, v)), m.step(op::max, none_above)})
        m.out(output_kind::outer, each, m.slot({1}, {.inner_stride = 0}));
    return m.list;
}();

template <class T>
void check(const kernel_case<T>& c) {
    for (const int rows : {0, 1, 2, 3, 5, 15, 16, 17, 20}) {
        CAPTURE(c.list->specs[c.index].inner);
        CAPTURE(c.index);
        CAPTURE(rows);
        CHECK(run_both(c, rows) == 0);
    }
}

template <class T, int Inner, int ListWidth = width>
void check_rows() {
    check(case_of<T, rows_of<Inner, ListWidth>, 0>);
    check(case_of<T, rows_of<Inner, ListWidth>, 1>);
    check(case_of<T, rows_of<Inner, ListWidth>, 2>);
    check(case_of<T, rows_of<Inner, ListWidth>, 3>);
}

TEST_CASE("loop: a flat body has the twin's bits for every tail length") {
    for (int count = 0; count <= 3 * simd::lanes<float>::size + 1; ++count) {
        CAPTURE(count);
        CHECK(run_both(case_of<float, flat, 0>, 0, count) == 0);
        CHECK(run_both(case_of<float, flat, 1>, 0, count) == 0);
        CHECK(run_both(case_of<double, flat, 0>, 0, count) == 0);
    }
    CHECK(run_both(case_of<float, flat, 1>, 0, 10'000) == 0);
    CHECK(run_both(case_of<double, flat, 0>, 0, 4'099) == 0);
}

TEST_CASE("loop: short rows, held whole, have the twin's bits") {
    check_rows<float, 1>();
    check_rows<float, 10>();
    check_rows<float, 32>();
    check_rows<double, 9>();
}

TEST_CASE("loop: long rows, walked in passes, have the twin's bits") { check_rows<float, 131>(); }

TEST_CASE("loop: maxima of long rows have the twin's bits, whichever of equal zeros is the result, and NaN") {
    for (const filling how : {filling::integers, filling::reals, filling::special})
        for (const int rows : {1, 3, 20}) {
            CHECK(run_both(case_of<float, maxima, 0>, rows, 0, how) == 0);
            CHECK(run_both(case_of<double, maxima, 0>, rows, 0, how) == 0);
        }
}

/// The sixteen accumulators of a row's sum, joined in halves.
float joined(const float (&sums)[16]) {
    float t[16];
    for (int i = 0; i < 16; ++i) t[i] = sums[i];
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; ++i) t[i] = t[i] + t[i + half];
    return t[0];
}
/// Sums of [rows, 10] in blocks of so many rows: of each column, and of all.
void sum_in_blocks(const std::vector<float>& x, int rows, int block, float (&columns)[10], float& all) {
    all = 0;
    for (float& c : columns) c = 0;
    for (int from = 0; from < rows; from += block) {
        float column[10] = {}, whole[16] = {};
        for (int r = from; r < from + block && r < rows; ++r)
            for (int j = 0; j < 10; ++j) {
                const float v = x[static_cast<std::size_t>(10 * r + j)];
                column[j] = column[j] + v;
                whole[j] = whole[j] + v;
            }
        for (int j = 0; j < 10; ++j) columns[j] = columns[j] + column[j];
        all = all + joined(whole);
    }
}
constexpr auto sums = [] {
    list_maker m{width};
    m.begin(kernel_kind::loop, 10, {run_time_rows});  // 0: of columns, and of all
    const int x = m.plain({10}), column = m.plain({0}), all = m.slot({0}, {.inner_stride = 0}), v = m.load(x);
    m.out(output_kind::column, v, column);
    m.out(output_kind::whole, v, all);
    m.begin(kernel_kind::loop, run_time_count);  // 1: of a flat buffer
    m.out(output_kind::whole, m.load(m.plain({})), m.slot({}, {.inner_stride = 0}));
    return m.list;
}();

// The kernel and its twin share the blocks' sizes, so that neither shows when they change: here they are numbers.
TEST_CASE("loop: sums over rows run in blocks of 16 rows, a flat one in blocks of 2,048 elements, for all time") {
    constexpr int rows = 77, count = 9'001;
    std::vector<float> x;
    for (int i = 0; i < count; ++i) x.push_back(1.0F / static_cast<float>(1 + i * 37 % 1009));
    float column[10], all = 0, other_column[10], other = 0;
    sum_in_blocks(x, rows, 16, column, all);
    for (const int block : {8, 32, rows}) {  // what another size would give
        sum_in_blocks(x, rows, block, other_column, other);
        int different = other != all;
        for (int j = 0; j < 10; ++j) different += other_column[j] != column[j];
        CHECK(different > 2);
    }
    float flat_sum = 0;
    for (int from = 0; from < count; from += 2048) {
        float whole[16] = {};
        for (int i = from; i < from + 2048 && i < count; ++i)
            whole[(i - from) % 16] = whole[(i - from) % 16] + x[static_cast<std::size_t>(i)];
        flat_sum = flat_sum + joined(whole);
    }
    for (const bool twin : {false, true}) {
        float found[10], whole = 0, flat_whole = 0, scratch[64];
        void *const rows_of_x[] = {x.data(), found, &whole}, *const flat_x[] = {x.data(), &flat_whole};
        if (twin) {
            run_reference<float>(sums, 0, rows_of_x, rows, 0);
            run_reference<float>(sums, 1, flat_x, 0, count);
        } else {
            run_kernel<float, sums, 0>(rows_of_x, rows, 0, scratch);
            run_kernel<float, sums, 1>(flat_x, 0, count, nullptr);
        }
        for (int j = 0; j < 10; ++j) CHECK(found[j] == column[j]);
        CHECK(whole == all);
        CHECK(flat_whole == flat_sum);
    }
}

TEST_CASE("loop: panels of another machine's width are read and written element by element") {
    check_rows<float, 13, 6>();
}

}  // namespace
