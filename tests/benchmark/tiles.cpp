// SPDX-License-Identifier: BSL-1.0
// Tiles, panels and packing as sinter chooses them, against the best of an exhaustive search, over 20 shapes of
// products.
//
// The search has every tile of MR rows by NV vectors that the registers hold, with the right operand in its panels
// beforehand; and, from row-major operands, packing it in the call or not, in blocks of rows for the second cache or
// not. All take turns, and all must give sinter's bits. The last line counts the shapes within 5 %. Numbers of shapes,
// from 0, as arguments choose some. As a test of the wide matrix
// (--judge) a choice that stays beyond its limit, however often it is measured, fails; the benchmark fails for wrong
// values alone.

#include "../kernel/list_maker.hpp"
#include "harness.hpp"
#include "task.hpp"
#include <sinter/kernel/kernel.hpp>
#include <sinter/kernel/scratch.hpp>
#include <sinter/plan/layout.hpp>

#include <array>
#include <string_view>

namespace {

using namespace benchmark;
using V = sinter::simd::lanes<float>;
constexpr int L = V::size, registers = sinter::native_machine<float>().registers,
              width = sinter::native_machine<float>().width();
constexpr int most_rows = sinter::most_tile_rows(32, 2), most_vectors = 4;
constexpr int line = 16;  // floats
constexpr int padded(int n) { return (n + line - 1) / line * line; }

constexpr product_shape shapes[] = {
    {1, 128, 784},   {1, 512, 512},  {1, 10, 128},    {4, 256, 256},   {8, 128, 784},    {17, 33, 7},    {32, 128, 784},
    {64, 128, 784},  {64, 10, 128},  {64, 64, 64},    {100, 50, 1},    {33, 100, 50},    {7, 1000, 64},  {1000, 7, 64},
    {128, 128, 784}, {784, 128, 64}, {128, 512, 512}, {256, 512, 512}, {256, 256, 1024}, {512, 512, 512}};

/// What a tile reads and writes; distances from row to row.
struct tile_of {
    const float *a, *b;
    float* c;
    int a_step, b_step, c_step, depth;
};

template <int MR, int NV>
[[gnu::noinline]] void multiply(const tile_of& t) {
    V sum[MR][NV];
    SINTER_UNROLL
    for (int r = 0; r < MR; ++r) {
        SINTER_UNROLL
        for (int q = 0; q < NV; ++q) sum[r][q] = V{0};
    }
    for (int k = 0; k < t.depth; ++k) {
        if constexpr (MR >= 6) {  // as sinter's tiles do
            SINTER_UNROLL
            for (int q = 0; q < NV; q += L < line ? line / L : 1)
                __builtin_prefetch(t.b + std::ptrdiff_t{k + sinter::rows_ahead} * t.b_step + q * L);
        }
        V b[NV];
        SINTER_UNROLL
        for (int q = 0; q < NV; ++q) {
            b[q] = V::load(t.b + std::ptrdiff_t{k} * t.b_step + q * L);
            if constexpr (MR > 1) b[q].pin();
        }
        SINTER_UNROLL
        for (int r = 0; r < MR; ++r) {
            const V a{t.a[std::ptrdiff_t{r} * t.a_step + k]};
            SINTER_UNROLL
            for (int q = 0; q < NV; ++q) sum[r][q] = fma(a, b[q], sum[r][q]);
        }
    }
    SINTER_UNROLL
    for (int r = 0; r < MR; ++r) {
        SINTER_UNROLL
        for (int q = 0; q < NV; ++q) sum[r][q].store(t.c + std::ptrdiff_t{r} * t.c_step + q * L);
    }
}

constexpr bool fits(int rows, int vectors) { return rows * vectors + vectors + 1 <= registers; }
using tile_code = void (*)(const tile_of&);
/// Every tile that the registers hold, by rows - 1 and vectors - 1.
constexpr auto tiles = [] {
    std::array<std::array<tile_code, most_vectors>, most_rows> all{};
    [&]<int... I>(std::integer_sequence<int, I...>) {
        const auto one = [&]<int R, int Q>() {
            if constexpr (fits(R + 1, Q + 1)) all[R][Q] = multiply<R + 1, Q + 1>;
        };
        (one.template operator()<I / most_vectors, I % most_vectors>(), ...);
    }(std::make_integer_sequence<int, most_rows * most_vectors>{});
    return all;
}();

struct candidate {
    int rows, vectors;
    bool packed, blocked;
    double least = 1;
};

/// A product in row-major operands with padded rows; a candidate computes it from `right`, or from panels made
/// beforehand.
struct job {
    product_shape s;
    int a_step = s.depth, b_step = padded(s.columns);
    sinter::aligned_buffer<float> left{static_cast<std::size_t>(s.rows * s.depth + line)},
        right{static_cast<std::size_t>(s.depth * b_step + 64)},
        panels{static_cast<std::size_t>(s.depth * (b_step + 64))},
        result{static_cast<std::size_t>(s.rows * (b_step + 64))};

    void pack(int vectors, int first, float* to) const {
        const int columns = vectors * L;
        for (int k = 0; k < s.depth; ++k)
            for (int q = 0; q < vectors; ++q)
                V::load(right.data() + std::ptrdiff_t{k} * b_step + first + q * L).store(to + k * columns + q * L);
    }
    int vectors_from(int first, int vectors) const { return std::min(vectors, (s.columns - first + L - 1) / L); }

    void run(const candidate& c, bool made_before) {
        const int columns = c.vectors * L;
        const int lines = (1 << 16) / s.depth / c.rows * c.rows;
        const int block = c.blocked ? std::max(lines, 8 * c.rows) : s.rows;
        if (c.packed && !made_before) pack_all(c.vectors);
        for (int from = 0; from < s.rows; from += block) {
            const int to = std::min(s.rows, from + block);
            for (int j = 0; j < s.columns; j += columns) {
                const int vectors = vectors_from(j, c.vectors);
                for (int i = from; i < to; i += c.rows) {
                    const int rows = std::min(c.rows, to - i);
                    tiles[static_cast<std::size_t>(rows - 1)][static_cast<std::size_t>(vectors - 1)](
                        {left.data() + std::ptrdiff_t{i} * a_step,
                         c.packed ? panels.data() + std::ptrdiff_t{j} * s.depth : right.data() + j,
                         result.data() + std::ptrdiff_t{i} * (b_step + 64) + j, a_step, c.packed ? vectors * L : b_step,
                         b_step + 64, s.depth});
                }
            }
        }
    }
    void pack_all(int vectors) {
        for (int j = 0; j < s.columns; j += vectors * L)
            pack(vectors_from(j, vectors), j, panels.data() + std::ptrdiff_t{j} * s.depth);
    }
};

/// sinter's kernel of the product, the right operand in panels or row by row.
template <product_shape S, bool Panels>
struct chosen {
    static constexpr auto list = [] {
        list_maker m{width};
        m.begin_product(S.rows, S.columns, S.depth);
        m.plain({S.depth});
        const int rest = padded(S.columns) - S.columns;
        Panels ? m.panels(S.depth, rest) : m.plain({padded(S.columns)}, rest);
        const int c = m.plain({padded(S.columns)}, rest);
        m.out(sinter::output_kind::element, m.step(sinter::op::matmul), c);
        return m.list;
    }();
    sinter::aligned_buffer<float> right, result{static_cast<std::size_t>(S.rows * padded(S.columns))},
        scratch{sinter::scratch_elements(list, 0, 1, width) + line};
    static constexpr int whole = (S.columns + width - 1) / width * width;
    explicit chosen(const job& from) : right(static_cast<std::size_t>(S.depth * whole + 64)) {
        for (int k = 0; k < S.depth; ++k)
            for (int j = 0; j < S.columns; ++j)
                right[static_cast<std::size_t>(Panels ? sinter::panel_offset(j, width, S.depth * width) + k * width
                                                      : k * padded(S.columns) + j)] =
                    from.right[static_cast<std::size_t>(k * from.b_step + j)];
    }
    void run(job& from) {
        void* const slots[] = {from.left.data(), right.data(), result.data()};
        sinter::run_kernel<float, list, 0>(slots, 1, 0, scratch.data());
    }
};

int within = 0, measured = 0, wrong = 0, beyond = 0;

/// How far from the best a choice may be: 5 %, and more where few rows would have other tiles that are known and left
/// (docs/benchmarks.md).
constexpr double limit_of(const product_shape& s) {
    const auto is = [&](int rows, int columns, int depth) {
        return s.rows == rows && s.columns == columns && s.depth == depth;
    };
    return is(7, 1000, 64) ? 1.35 : is(4, 256, 256) || is(8, 128, 784) || is(33, 100, 50) ? 1.15 : 1.05;
}
/// The call of a kernel, which the search has not, costs up to 80 ns.
constexpr bool is_beyond(const product_shape& s, double chosen, double best) {
    return chosen > limit_of(s) * best + 80e-9;
}

template <product_shape S, bool Panels>
void compare(job& from) {
    chosen<S, Panels> ours(from);
    std::vector<candidate> all;
    const bool large = S.rows * S.depth > 1 << 16;
    for (int rows = 1; rows <= std::min(most_rows, S.rows); ++rows)
        for (int vectors = 1; vectors <= std::min(most_vectors, (S.columns + L - 1) / L); ++vectors)
            if (fits(rows, vectors))
                for (const bool packed : {true, false})
                    for (const bool blocked : {true, false})
                        if ((packed || !Panels) && (!blocked || large)) all.push_back({rows, vectors, packed, blocked});
    ours.run(from);
    for (const candidate& c : all) {
        from.pack_all(c.vectors);
        from.run(c, Panels);
        for (int i = 0; i < S.rows; ++i)
            for (int j = 0; j < S.columns; ++j)
                wrong += from.result[static_cast<std::size_t>(i * (from.b_step + 64) + j)] !=
                         ours.result[static_cast<std::size_t>(i * padded(S.columns) + j)];
    }
    const double flops = 2.0 * S.rows * S.columns * S.depth;
    const int repeats = std::max(1, static_cast<int>(3e6 / (flops + 1e3)));
    double least = 1;
    const auto time = [&](double& of, auto&& run) {
        run();
        of = std::min(of, seconds([&] {
                              for (int r = 0; r < repeats; ++r) run();
                          }) / repeats);
    };
    const auto turn = [&](candidate& c) {
        if (Panels) from.pack_all(c.vectors);
        time(c.least, [&] { from.run(c, Panels); });
        time(least, [&] { ours.run(from); });
    };
    for (int round = 0; round < 3; ++round)
        for (candidate& c : all) turn(c);
    // those that lead, again: the least of many is else luck
    std::sort(all.begin(), all.end(), [](const candidate& x, const candidate& y) { return x.least < y.least; });
    all.resize(std::min<std::size_t>(all.size(), 5));
    candidate best;
    bool bad = true;
    for (int attempt = 0; attempt < 6 && bad; ++attempt) {
        for (int round = 0; round < 20; ++round)
            for (candidate& c : all) turn(c);
        best = *std::min_element(all.begin(), all.end(),
                                 [](const candidate& x, const candidate& y) { return x.least < y.least; });
        bad = is_beyond(S, least, best.least);
    }
    const double ratio = least / best.least;
    beyond += bad;
    ++measured, within += ratio <= 1.05;
    std::printf("%4d %4d %4d  %-12s %10.2f %10.2f   %5.2f   %2d x %d%s%s%s\n", S.rows, S.columns, S.depth,
                Panels ? "in panels" : "row by row", least * 1e6, best.least * 1e6, ratio, best.rows, best.vectors,
                Panels        ? ""
                : best.packed ? ", packed"
                              : ", not packed",
                best.blocked ? ", in blocks" : "", ratio > 1.05 ? "   *" : "");
    std::fflush(stdout);
}

template <product_shape S>
void both() {
    job from{S};
    auto fill = [n = 0](sinter::aligned_buffer<float>& values) mutable {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(++n * 37 % 101 - 50) / 50;
    };
    fill(from.left), fill(from.right);
    compare<S, true>(from);
    compare<S, false>(from);
}

}  // namespace

// With --judge, as a test, it fails for a choice beyond its limit; else for wrong values alone.
int main(int count, char** arguments) {
    const bool judge = count > 1 && std::string_view{arguments[1]} == "--judge";
    bool wanted[std::size(shapes)]{};
    for (int i = judge ? 2 : 1; i < count; ++i)
        wanted[static_cast<std::size_t>(std::atoi(arguments[i])) % std::size(shapes)] = true;
    const bool all = count == (judge ? 2 : 1);
    const sinter::flush_to_zero denormals;
    pin_to_one_core();
    std::printf("rows columns depth, right operand   chosen us    best us   ratio   best: rows x vectors\n");
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        ((all || wanted[Index] ? both<shapes[Index]>() : void()), ...);
    }(std::make_index_sequence<std::size(shapes)>{});
    std::printf("%d of %d within 5 %% of the best, %d beyond what is allowed; %d values differ\n", within, measured,
                beyond, wrong);
    return wrong == 0 && (!judge || beyond == 0) ? 0 : 1;
}
