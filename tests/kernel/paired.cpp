// SPDX-License-Identifier: BSL-1.0
// Products whose operands both move along the columns, as depthwise convolutions do, against the twin, bit by bit,
// whole and in parts: with margins that are left out, whatever lies in them, and with sums over rows behind them.
#include "run_both.hpp"
#include <sinter/kernel/kernel.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sinter;

template <class T>
constexpr int width = native_machine<T>().width();

struct shape_of_convolution {
    int channels, out, kernel, stride, dilation, before, after;
};

/// Of samples (height, width, channels), read with their margins, of which the data know nothing: they hold numbers.
template <class T, shape_of_convolution S>
constexpr auto depthwise = [] {
    list_maker m{native_machine<T>()};
    constexpr int C = S.channels, reach = (S.out - 1) * S.stride + (S.kernel - 1) * S.dilation + 1, line = reach * C;
    constexpr int low = S.before, high = reach - S.after, out_line = S.out * C, filter_line = S.kernel * C;
    const auto plain = [&](std::initializer_list<int> strides) { return m.plain(strides); };
    const auto forward = [&] {
        m.begin_paired(C, {run_time_rows, S.out, S.out}, {S.kernel, S.kernel},
                       {{1, 0, S.stride, S.dilation, low, high}, {2, 1, S.stride, S.dilation, low, high}});
        plain({reach * line, S.stride * line, S.stride * C, S.dilation * line, S.dilation * C});
        plain({0, 0, 0, filter_line, C});
    };
    {  // 0: forward
        forward();
        m.out(output_kind::element, m.step(op::matmul), plain({S.out * out_line, out_line, C}));
    }
    {  // 1: bias and relu behind it, and sums over rows
        forward();
        const int y = m.step(op::relu, m.step(op::add, m.step(op::matmul), m.load(plain({0}))));
        m.out(output_kind::element, y, plain({S.out * out_line, out_line, C}));
        m.out(output_kind::column, y, plain({0}));
    }
    {  // 2: the same with the sum of all
        forward();
        const int y = m.step(op::matmul);
        m.out(output_kind::whole, m.step(op::multiply, y, y), m.slot({0}, {.inner_stride = 0}));
        m.out(output_kind::element, y, plain({S.out * out_line, out_line, C}));
    }
    {  // 3: by filter
        m.begin_paired(C, {S.kernel, S.kernel}, {run_time_rows, S.out, S.out},
                       {{0, 1, S.dilation, S.stride, low, high}, {1, 2, S.dilation, S.stride, low, high}});
        plain({S.dilation * line, S.dilation * C, reach * line, S.stride * line, S.stride * C});
        plain({0, 0, S.out * out_line, out_line, C});
        m.out(output_kind::element, m.step(op::matmul), plain({filter_line, C}));
    }
    {  // 4: along one axis, with a filter for each sample
        m.begin_paired(C, {run_time_rows, S.out}, {S.kernel}, {{1, 0, S.stride, S.dilation, low, high}});
        plain({line, S.stride * C, S.dilation * C});
        plain({filter_line, 0, C});
        m.out(output_kind::element, m.step(op::matmul), plain({out_line, C}));
    }
    {  // 5: by filter along one axis, the filter the other way round
        m.begin_paired(C, {S.kernel}, {run_time_rows, S.out}, {{0, 1, S.dilation, S.stride, low, high}});
        plain({S.dilation * C, line, S.stride * C});
        plain({0, out_line, C});
        m.out(output_kind::element, m.step(op::negate, m.step(op::matmul)), m.plain({C}));
    }
    {  // 6: rows are samples alone; both operands move along them
        m.begin_paired(C, {run_time_rows}, {S.out});
        plain({out_line, C});
        plain({out_line, -C});
        m.out(output_kind::element, m.step(op::matmul), plain({C}));
    }
    return m.list;
}();

template <class T, shape_of_convolution S, int... Index>
void check() {
    constexpr const auto& list = depthwise<T, S>;
    CAPTURE(S.channels);
    CAPTURE(S.out);
    for (const kernel_case<T>& of : {case_of<T, list, Index>...}) {
        CAPTURE(of.index);
        for (const int rows : {0, 1, 2, 5}) {
            CAPTURE(rows);
            CHECK(run_both(of, rows) == 0);
            CHECK(run_both(of, rows, 0, filling::special, 2) == 0);
        }
    }
}

constexpr int w = width<float>;
constexpr shape_of_convolution long_lines{w, 29, 3, 1, 1, 1, 1}, two_panels{2 * w + 3, 5, 3, 2, 1, 1, 0},
    spaced{3, 7, 5, 1, 2, 4, 4}, short_lines{w / 2 + 1, 2, 7, 3, 1, 6, 3}, of_double{width<double>, 13, 3, 1, 1, 1, 1};

TEST_CASE("paired products are the twin's, with margins, sums behind them and in parts") {
    check<float, long_lines, 0, 1, 3, 4, 5, 6>();
    check<float, two_panels, 0, 2, 3, 4>();
    check<float, spaced, 0, 1, 2, 3, 5>();
    check<float, short_lines, 0, 3, 4, 5>();
    check<double, of_double, 0, 3>();
}

}  // namespace
