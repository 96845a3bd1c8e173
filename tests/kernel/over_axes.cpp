// SPDX-License-Identifier: BSL-1.0
#include "list_maker.hpp"
#include "run_both.hpp"
#include <sinter/kernel/over_axes.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sinter;

constexpr int width = native_machine<float>().width();

/// Numbers from a seed, also in constant evaluation.
struct lottery {
    unsigned state;
    constexpr int below(int n) {
        state = state * 1664525 + 1013904223;
        return static_cast<int>((state >> 8) % static_cast<unsigned>(n));
    }
    constexpr bool one_in(int n) { return below(n) == 0; }
};

struct operand_strides {
    int outer[4] = {}, depth[4] = {};
};

/// The same contraction with other depth axes and other strides of its operands, as data of a run.
auto with_axes(const auto& from, int outer_count, const int (&depth)[4], int depth_count, const operand_strides& left,
               const operand_strides& right) {
    auto list = from;
    spec& s = list.specs[0];
    s.depth_count = depth_count;
    for (int k = 0; k < depth_count; ++k) list.extents[outer_count + k] = depth[k];
    for (int slot = 0; slot < s.slot_count; ++slot)
        for (int x = 0; x < s.axes(); ++x) {
            const operand_strides& o = slot == 0 ? left : right;
            list.strides[s.stride_of(slot, x)] =
                slot >= 2         ? (x < outer_count ? from.strides[from.specs[0].stride_of(slot, x)] : 0)
                : x < outer_count ? o.outer[x]
                                  : o.depth[x - outer_count];
        }
    return list;
}

// What a contraction over axes is: for each outer index a product of one row, of copies of its operands.
template <class List>
int differs_from_copies(const List& list, int rows, std::mt19937& random) {
    const spec& s = list.specs[0];
    slot_memory<float> m = make_memory<float>(list, 0, rows, 0, filling::reals, random), twin = m;
    run_reference<float>(list, 0, twin.pointers().data(), rows, 0);
    const auto extent = [&](int x) {
        const int e = list.extents[s.outer_first + x];
        return e == run_time_rows ? rows : e;
    };
    int outer = 1, n = 0;
    for (int x = 0; x < s.outer_count; ++x) outer *= extent(x);
    const int depth = depth_of(list, s, rows);
    const slot& of_right = list.slots[1];
    for (int o = 0; o < outer; ++o) {
        std::ptrdiff_t at[3] = {};
        for (int x = s.outer_count - 1, rest = o; x >= 0; rest /= extent(x), --x)
            for (int k = 0; k < 3; ++k) at[k] += rest % extent(x) * list.strides[s.stride_of(k, x)];
        for (int j = 0; j < s.inner; ++j) {
            float sum = 0;
            for (int k = 0; k < depth; ++k) {
                std::ptrdiff_t left = at[0], right = at[1];
                const border& edge = s.edge;
                int at_edge = 0;
                for (int x = s.outer_count - 1, rest = o; x >= 0 && !edge.none(); rest /= extent(x), --x)
                    if (x == edge.outer) at_edge += rest % extent(x) * edge.step;
                for (int x = s.axes() - 1, rest = k; x >= s.outer_count; rest /= extent(x), --x) {
                    if (x == s.outer_count + edge.depth) at_edge += rest % extent(x) * edge.depth_step;
                    left += rest % extent(x) * list.strides[s.stride_of(0, x)];
                    right += rest % extent(x) * list.strides[s.stride_of(1, x)];
                }
                if (!edge.none() && (at_edge < edge.low || at_edge >= edge.high)) continue;
                const auto lane = [](float v) { return simd::one_lane<float>{v}; };
                sum = fma(lane(m.reals[0][static_cast<std::size_t>(m.before[0] + left)]),
                          lane(m.reals[1][static_cast<std::size_t>(m.before[1] + right + j * of_right.inner_stride)]),
                          lane(sum))
                          .v;
            }
            n += sum != twin.reals[2][static_cast<std::size_t>(m.before[2] + at[2] + j)];
        }
    }
    return n;
}

constexpr auto plain_product(int inner, int rows, int columns) {
    list_maker m{width};
    m.begin_contraction(inner, {2, rows, columns}, {1});
    m.slot({0, 0, 1, 0}, {.inner_stride = 0, .panel = width});
    m.slot({0, 0, 0, 1}, {.inner_stride = 1, .panel = width});
    const int pitch = inner + 3;
    m.out(output_kind::element, m.step(op::matmul), m.plain({rows * columns * pitch, columns * pitch, pitch}));
    return m.list;
}
/// Bias and relu behind the product, columns, a sum of all, in lines of `columns` rows.
template <int Inner, bool Columns, bool Packed, bool Whole = false>
constexpr auto fused_product = [] {
    list_maker m{width};
    m.begin_contraction(Inner, {2, 3, 17}, {1});
    m.slot({0, 0, Columns ? 1 : 2, 0}, {.inner_stride = 0, .panel = width});
    m.slot({0, 0, 0, 1}, {.inner_stride = Packed ? 5 : 1, .panel = width});
    const int bias = m.plain({0}), out = m.plain({(Inner + 1) * 51, (Inner + 1) * 17, Inner + 1}), sums = m.plain({0}),
              row = m.slot({34, 17, 1}, {.inner_stride = 0, .panel = width});
    const int y = m.step(op::relu, m.step(op::add, m.step(op::matmul), m.load(bias)));
    m.out(output_kind::element, m.step(op::multiply, y, m.load(row, level::outer)), out);
    m.out(output_kind::column, y, sums);
    if (Whole) m.out(output_kind::whole, y, m.slot({0}, {.inner_stride = 0, .panel = width}));
    return m.list;
}();

/// Any axes, of small extents and now and then of depths that need boxes.
template <class List>
List random_axes(const List& from, lottery& random, bool columns) {
    int depth[4] = {1, 1, 1, 1};
    const int count = 1 + random.below(4);
    const bool long_depth = random.one_in(16);
    for (int k = 0; k < count; ++k) depth[k] = 1 + random.below(k == count - 1 && long_depth ? 5000 : 5);
    if (random.one_in(50)) depth[random.below(count)] = 0;
    operand_strides o[2];
    constexpr int strides[] = {0, 1, 1, 2, 3, 5, -1, -4, 7, 40, 64};
    for (int operand = 0; operand < 2; ++operand) {
        for (int& x : o[operand].outer) x = strides[random.below(11)];
        for (int& x : o[operand].depth) x = strides[random.below(11)];
        if (random.one_in(2))  // as of an array
            for (int k = count - 1, stride = random.one_in(2) ? 1 : from.specs[0].inner; k >= 0;
                 stride *= depth[k], --k)
                o[operand].depth[k] = stride;
    }
    // rows; whole tiles are of lines of them
    const int most = from.extents[2] < 9                                                           ? 2
                     : from.extents[2] % most_tile_rows(native_machine<float>().registers, 1) == 0 ? 3
                                                                                                   : 4;
    for (int x = random.below(most); x < 3; ++x) o[1].outer[x] = 0;
    if (columns) o[0].outer[2] = 1;
    auto list = with_axes(from, 3, depth, count, o[0], o[1]);
    if (border& edge = list.specs[0].edge; !edge.none()) {  // across lines, behind what is a batch
        edge = {random.below(2), random.below(count), random.below(4) - 1, 1 + random.below(3), random.below(5) - 1, 0};
        edge.high = edge.low + random.below(9);
        if (depth[edge.depth] > 100) edge.high += depth[edge.depth] * edge.depth_step - random.below(100);
        for (int x = edge.outer; x < 3; ++x) list.strides[list.specs[0].stride_of(1, x)] = 0;
    }
    return list;
}
/// The same spec with a border, whose numbers are the run's.
template <const auto& List>
constexpr auto edged = [] {
    auto list = List;
    list.specs[0].edge = {0, 0, 1, 1, 0, 1};
    return list;
}();

TEST_CASE("contraction over axes: the twin is a product of copies, one for each outer index") {
    lottery random{7};
    std::mt19937 numbers{7};
    for (int i = 0; i < 3000; ++i) {
        CAPTURE(i);
        const auto list =
            random_axes(plain_product(1 + random.below(9), 1 + random.below(3), 1 + random.below(4)), random, false);
        if (depth_of(list, list.specs[0], 0) < 100) CHECK(differs_from_copies(list, 0, numbers) == 0);
    }
    for (int i = 0; i < 1000; ++i) {
        CAPTURE(i);
        auto list = plain_product(1 + random.below(9), 1 + random.below(3), 1 + random.below(4));
        list.specs[0].edge = {0, 0, 1, 1, 0, 1};
        list = random_axes(list, random, false);
        if (depth_of(list, list.specs[0], 0) < 100) CHECK(differs_from_copies(list, 0, numbers) == 0);
    }
}

template <const auto& List>
void check_random_axes(int count, unsigned seed) {
    using kernel = simd::contraction_over_axes<float, List, 0>;
    lottery random{seed};
    std::mt19937 numbers{seed};
    for (int i = 0; i < count; ++i) {
        CAPTURE(i);
        const auto list = random_axes(List, random, kernel::left_in_columns);
        if (depth_of(list, list.specs[0], 0) > 12000) continue;
        slot_memory<float> a = make_memory<float>(list, 0, 0, 0, filling::reals, numbers), b = a, c = a;
        std::vector<float> scratch(scratch_over_axes(list, 0, 0, 0));
        run_reference<float>(list, 0, b.pointers().data(), 0, 0);
        const contraction_axes axes = axes_of(list, 0, 0);
        kernel::run_over(axes, a.pointers().data(), 0, scratch.data(), {});
        CHECK(differences(a, b) == 0);
        for (int p = 0; p < 3; ++p) kernel::run_over(axes, c.pointers().data(), 0, scratch.data(), {p, 3});
        CHECK(differences(c, b) == 0);
    }
}

/// Lines of a few rows, of which a tile has several.
template <int Inner, int Line, bool Columns>
constexpr auto short_lines = [] {
    list_maker m{width};
    m.begin_contraction(Inner, {3, 7, Line}, {1});
    m.slot({0, 0, Columns ? 1 : 2, 0}, {.inner_stride = 0, .panel = width});
    m.slot({0, 0, 0, 1}, {.inner_stride = 1, .panel = width});
    const int y = m.step(op::matmul);
    m.out(output_kind::element, y, m.plain({Line * Inner * 8, Line * Inner, Inner}));
    m.out(output_kind::column, y, m.plain({0}));
    return m.list;
}();

/// Lines of whole tiles, two a line; a line alone is cut where there are more parts.
template <int Inner, int Lines, bool Columns>
constexpr auto whole_tiles = [] {
    constexpr int line = 2 * most_tile_rows(native_machine<float>().registers, 1);
    list_maker m{width};
    m.begin_contraction(Inner, {1, Lines, line}, {1});
    m.slot({0, 0, Columns ? 1 : 2, 0}, {.inner_stride = 0, .panel = width});
    m.slot({0, 0, 0, 1}, {.inner_stride = 1, .panel = width});
    const int y = m.step(op::matmul);
    m.out(output_kind::element, m.step(op::relu, y), m.plain({Lines * line * Inner, line * Inner, Inner}));
    return m.list;
}();

TEST_CASE("contraction over axes: kernels with any depth and any strides are the twin, whole and in parts") {
    check_random_axes<fused_product<width + 3, false, false>>(60, 1);
    check_random_axes<fused_product<width, true, false>>(60, 2);
    check_random_axes<fused_product<5, false, true>>(60, 3);
    check_random_axes<fused_product<2 * width, false, true, true>>(60, 4);
    check_random_axes<fused_product<width + width / 2, true, false, true>>(60, 5);
    check_random_axes<short_lines<6, 5, true>>(60, 6);
    check_random_axes<short_lines<width / 2, 5, false>>(60, 7);
    check_random_axes<short_lines<width + 1, 3, true>>(60, 8);
    check_random_axes<short_lines<width, 2, false>>(60, 9);
    check_random_axes<whole_tiles<6, 1, true>>(60, 10);
    check_random_axes<whole_tiles<width + 1, 2, false>>(60, 11);
}

TEST_CASE("contraction over axes: kernels leave out what a border does, as the twin") {
    check_random_axes<edged<fused_product<width + 3, false, false>>>(25, 1);
    check_random_axes<edged<fused_product<width, true, false>>>(25, 2);
    check_random_axes<edged<fused_product<5, false, true>>>(25, 3);
    check_random_axes<edged<fused_product<2 * width, false, true, true>>>(25, 4);
    check_random_axes<edged<short_lines<6, 5, true>>>(25, 6);
    check_random_axes<edged<short_lines<width / 2, 5, false>>>(25, 7);
    check_random_axes<edged<whole_tiles<6, 1, true>>>(15, 10);
    check_random_axes<edged<whole_tiles<width + 1, 2, false>>>(15, 11);
}

/// Windows of 4 by `Places` on an image with margins, in lines of `Rows` rows, each a tile. Without channels the places
/// are the last depth axis.
template <int Inner, int Rows, int Places, int Channels, bool Packed, border Along, bool Edge>
constexpr auto lines_with_ends = [] {
    list_maker m{native_machine<float>()};
    constexpr int line = (2 * Rows + Places + 3) * Channels, sample = 10 * line, apart = Packed ? 1 : Inner;
    Channels > 1 ? m.begin_contraction(Inner, {3, 6, Rows}, {4, Places, Channels})
                 : m.begin_contraction(Inner, {3, 6, Rows}, {4, Places});
    const int each = Along.step * Channels, place = Along.depth_step * Channels;
    const slot left{.inner_stride = 0, .panel = width},
        right{.inner_stride = Packed ? 4 * Places * Channels : 1, .panel = width};
    if (Channels > 1) {
        m.slot({sample, line, each, line, place, 1}, left);
        m.slot({0, 0, 0, Places * Channels * apart, Channels * apart, apart}, right);
    } else {
        m.slot({sample, line, each, line, place}, left);
        m.slot({0, 0, 0, Places * apart, apart}, right);
    }
    m.current().along = Along;
    if (Edge) m.current().edge = {1, 0, 1, 1, 2, 7};
    const int y = m.step(op::matmul);
    m.out(output_kind::element, y, m.plain({Rows * Inner * 6, Rows * Inner, Inner}));
    m.out(output_kind::column, y, m.plain({0}));
    return m.list;
}();
template <int Inner, int Rows, int Places, int Channels, bool Packed, int Step, int DepthStep, bool Edge>
void check_ends() {
    constexpr border along{2, 1, Step, DepthStep, 2, Step * Rows + DepthStep * (Places - 1) - 1};
    constexpr const auto& list = lines_with_ends<Inner, Rows, Places, Channels, Packed, along, Edge>;
    constexpr int inner = Inner, places = Places, channels = Channels;
    CAPTURE(inner);
    CAPTURE(places);
    CAPTURE(channels);
    CHECK(run_both(case_of<float, list, 0>, 0) == 0);
}

TEST_CASE("contraction over axes: each place of a window meets its part of a line") {
    constexpr int most = most_tile_rows(native_machine<float>().registers, 2), half = (most + 1) / 2;
    check_ends<6, most, 5, 16, true, 1, 1, true>();
    check_ends<6, most, 5, 16, false, 1, 1, false>();
    check_ends<width + 3, most, 3, 9, false, 1, 1, true>();
    check_ends<width + 3, half, 7, 9, true, 1, 2, false>();
    check_ends<width / 2, half, 3, 1, false, 2, 1, true>();
    check_ends<2 * width, most, 2, 1, true, 1, 1, false>();
    check_ends<6, most, 3, 2000, true, 1, 1, true>();  // in boxes
}

/// Convolutions of samples (height, width, channels), the input padded already: forward, by filter, by data.
template <int Channels, int Filters, int Out, int Kernel, int Stride, bool Panels>
constexpr auto convolution = [] {
    list_maker m{native_machine<float>()};
    constexpr int in = (Out - 1) * Stride + Kernel, line = in * Channels;
    constexpr int padded = (Filters + width - 1) / width * width, rows = Kernel * Kernel * Channels;
    // 0: forward, bias behind it
    m.begin_contraction(Filters, {run_time_rows, Out, Out}, {Kernel, Kernel * Channels});
    m.slot({in * line, Stride * line, Stride * Channels, line, 1}, {.inner_stride = 0, .panel = width});
    if (Panels)
        m.slot({0, 0, 0, Kernel * Channels * width, width},
               {.inner_stride = 1, .panel = rows * width, .padding = padded - Filters});
    else
        m.slot({0, 0, 0, Kernel * Channels * Filters, Filters}, {.inner_stride = 1, .panel = width});
    const int bias = m.plain({0}), out = m.plain({Out * Out * Filters, Out * Filters, Filters});
    m.out(output_kind::element, m.step(op::add, m.step(op::matmul), m.load(bias)), out);
    // 1: by filter
    m.begin_contraction(Filters, {Kernel, Kernel * Channels}, {run_time_rows, Out, Out});
    m.slot({line, 1, in * line, Stride * line, Stride * Channels}, {.inner_stride = 0, .panel = width});
    m.slot({0, 0, Out * Out * Filters, Out * Filters, Filters}, {.inner_stride = 1, .panel = width});
    m.out(output_kind::element, m.step(op::matmul), m.plain({Kernel * Channels * Filters, Filters}));
    // 2: by data, of a padded adjoint: the filter the other way round
    constexpr int wide = Out + 2 * (Kernel - 1), across = wide * Filters;
    m.begin_contraction(Channels, {run_time_rows, Out, Out}, {Kernel, Kernel, Filters});
    m.slot({wide * across, across, Filters, across, Filters, 1}, {.inner_stride = 0, .panel = width});
    if (Panels)
        m.slot({0, 0, 0, -Kernel * Channels * width, -Channels * width, 1},
               {.inner_stride = width, .panel = rows * width});
    else
        m.slot({0, 0, 0, -Kernel * Channels * Filters, -Channels * Filters, 1},
               {.inner_stride = Filters, .panel = width});
    m.out(output_kind::element, m.step(op::matmul), m.plain({Out * Out * Channels, Out * Channels, Channels}));
    return m.list;
}();

template <int Channels, int Filters, int Out, int Kernel, int Stride, bool Panels>
void check_convolution() {
    constexpr const auto& list = convolution<Channels, Filters, Out, Kernel, Stride, Panels>;
    for (int rows : {1, 3}) {
        CAPTURE(rows);
        CHECK(run_both(case_of<float, list, 0>, rows) == 0);
        CHECK(run_both(case_of<float, list, 1>, rows) == 0);
        CHECK(run_both(case_of<float, list, 2>, rows, 0, filling::integers, 2) == 0);
    }
    CHECK(run_both(case_of<float, list, 0>, 0) == 0);
    CHECK(run_both(case_of<float, list, 1>, 0) == 0);
}

TEST_CASE("contraction over axes: convolutions forward, by filter and by data") {
    check_convolution<1, 6, 28, 5, 1, false>();
    check_convolution<3, 2 * width, 14, 7, 2, true>();
    check_convolution<8, width + 4, 9, 3, 1, true>();
    check_convolution<16, 16, 28, 3, 1, false>();
}

constexpr auto heads = [] {
    list_maker m{native_machine<float>()};
    constexpr int H = 3, N = 19, D = 12, row = H * D, sample = N * row;
    m.begin_contraction(N, {run_time_rows, H, N}, {D});  // scores: q of a head times its keys
    m.slot({sample, D, row, 1}, {.inner_stride = 0, .panel = width});
    m.slot({sample, D, 0, 1}, {.inner_stride = row, .panel = width});
    m.out(output_kind::element, m.step(op::matmul), m.plain({H * N * N, N * N, N}));
    m.begin_contraction(D, {run_time_rows, H, N}, {N});  // weights times values
    m.slot({H * N * N, N * N, N, 1}, {.inner_stride = 0, .panel = width});
    m.slot({sample, D, 0, row}, {.inner_stride = 1, .panel = width});
    m.out(output_kind::element, m.step(op::matmul), m.plain({sample, D, row}));
    m.begin_contraction(7, {run_time_rows, 5}, {N});  // a linear layer along the last axis, a batch inside the rows
    m.slot({5 * N, N, 1}, {.inner_stride = 0, .panel = width});
    m.slot({0, 7 * N, 7}, {.inner_stride = 1, .panel = width});
    const int p = m.step(op::matmul);
    m.out(output_kind::element, p, m.plain({5 * 7, 7}));
    m.out(output_kind::column, p, m.plain({0, 0}));
    constexpr int places = 2 * most_tile_rows(native_machine<float>().registers, 1);
    m.begin_contraction(width, {run_time_rows, places}, {N});  // a matrix for each place, as many as whole tiles have
    m.slot({places * N, N, 1}, {.inner_stride = 0, .panel = width});
    m.slot({0, width * N, width}, {.inner_stride = 1, .panel = width});
    m.out(output_kind::element, m.step(op::matmul), m.plain({places * width, width}));
    return m.list;
}();

TEST_CASE("contraction over axes: a product for each sample and head, or for each place of the last axis") {
    for (int rows : {0, 1, 4}) {
        CAPTURE(rows);
        CHECK(run_both(case_of<float, heads, 0>, rows) == 0);
        CHECK(run_both(case_of<float, heads, 1>, rows) == 0);
        CHECK(run_both(case_of<float, heads, 2>, rows) == 0);
        CHECK(run_both(case_of<float, heads, 3>, rows) == 0);
    }
}

}  // namespace
