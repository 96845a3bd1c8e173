// SPDX-License-Identifier: BSL-1.0

/// Convolutions, forward and by filter, and products per sample and head, as contractions over axes written by hand: as
/// fractions of the core's peak measured in the same run. Outputs are compared with the scalar twin's first. Inputs are
/// padded already; filters lie in panels.
/// Usage: bench_convolution [rounds] [samples]

#include "../kernel/list_maker.hpp"
#include "peak.hpp"
#include <sinter/kernel/flush_to_zero.hpp>
#include <sinter/kernel/kernel.hpp>
#include <sinter/kernel/reference.hpp>
#include <sinter/tensor/aligned_buffer.hpp>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

using namespace sinter;

constexpr int width = native_machine<float>().width();

struct image {
    int out, kernel, stride, channels, filters;
    constexpr int in() const { return (out - 1) * stride + kernel; }
    constexpr int line() const { return in() * channels; }
    constexpr int window() const { return kernel * kernel * channels; }
    constexpr int padded() const { return (filters + width - 1) / width * width; }
};

template <image I>
constexpr auto convolution = [] {
    list_maker m{native_machine<float>()};
    constexpr int sample = I.in() * I.line(), pixels = I.out * I.out;
    m.begin_contraction(I.filters, {run_time_rows, I.out, I.out}, {I.kernel, I.kernel * I.channels});
    m.slot({sample, I.stride * I.line(), I.stride * I.channels, I.line(), 1}, {.inner_stride = 0, .panel = width});
    m.slot({0, 0, 0, I.kernel * I.channels * width, width},
           {.inner_stride = 1, .panel = I.window() * width, .padding = I.padded() - I.filters});
    const int bias = m.plain({0}), out = m.plain({pixels * I.filters, I.out * I.filters, I.filters});
    const int y = m.step(op::relu, m.step(op::add, m.step(op::matmul), m.load(bias)));
    m.out(output_kind::element, y, out);
    m.begin_contraction(I.filters, {I.kernel, I.kernel * I.channels}, {run_time_rows, I.out, I.out});
    m.slot({I.line(), 1, sample, I.stride * I.line(), I.stride * I.channels}, {.inner_stride = 0, .panel = width});
    m.slot({0, 0, pixels * I.filters, I.out * I.filters, I.filters}, {.inner_stride = 1, .panel = width});
    m.out(output_kind::element, m.step(op::matmul),
          m.slot({I.kernel * I.channels * width, width, 0, 0, 0},
                 {.inner_stride = 1, .panel = I.window() * width, .padding = I.padded() - I.filters}));
    if (I.stride == 1) {  // by data, of a padded adjoint: the filter from its other end
        constexpr int wide = I.out + 2 * (I.kernel - 1), across = wide * I.filters;
        m.begin_contraction(I.channels, {run_time_rows, I.in(), I.in()}, {I.kernel, I.kernel, I.filters});
        m.slot({(wide + I.kernel) * across, across, I.filters, across, I.filters, 1},
               {.inner_stride = 0, .panel = width});
        m.slot({0, 0, 0, -I.kernel * I.channels * width, -I.channels * width, 1},
               {.inner_stride = width, .panel = I.window() * width});
        m.out(output_kind::element, m.step(op::matmul), m.plain({sample, I.line(), I.channels}));
    }
    return m.list;
}();

template <int Heads, int Length, int Each>
constexpr auto attention = [] {
    list_maker m{native_machine<float>()};
    constexpr int row = Heads * Each, sample = Length * row, square = Length * Length;
    m.begin_contraction(Length, {run_time_rows, Heads, Length}, {Each});
    m.slot({sample, Each, row, 1}, {.inner_stride = 0, .panel = width});
    m.slot({sample, Each, 0, 1}, {.inner_stride = row, .panel = width});
    m.out(output_kind::element, m.step(op::matmul), m.plain({Heads * square, square, Length}));
    m.begin_contraction(Each, {run_time_rows, Heads, Length}, {Length});
    m.slot({Heads * square, square, Length, 1}, {.inner_stride = 0, .panel = width});
    m.slot({sample, Each, 0, row}, {.inner_stride = 1, .panel = width});
    m.out(output_kind::element, m.step(op::matmul), m.plain({sample, Each, row}));
    return m.list;
}();

/// Of this thread alone: a run of 32 samples is long enough for others to come between.
template <class F>
double processor_seconds(F&& f) {
    const auto now = [] {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    };
    const double before = now();
    f();
    return now() - before;
}

/// Elements of a slot.
template <class List>
std::size_t room(const List& list, int index, int slot_index, int rows, std::size_t* before = nullptr) {
    const spec& s = list.specs[index];
    const slot& at = list.slots[s.slot_first + slot_index];
    const bool panels_of_depth = at.inner_stride == width && slot_index == 1;
    const bool panels = at.inner_stride == 1 && at.panel != 0 && at.panel != width;
    std::size_t last = 0;
    for (int x = 0; x < s.axes(); ++x) {
        const int e = list.extents[s.outer_first + x];
        const int stride = list.strides[s.stride_of(slot_index, x)], many = (e == run_time_rows ? rows : e) - 1;
        const bool in_panels = panels_of_depth && x == s.axes() - 1;
        const int far = in_panels ? many / width * at.panel + many % width : many * stride;
        if (far < 0 && before != nullptr) *before += static_cast<std::size_t>(-far);
        last += static_cast<std::size_t>(far < 0 ? -far : far);
    }
    const int j = s.inner - 1;
    return last + static_cast<std::size_t>(panels ? j / width * at.panel + j % width : j * at.inner_stride) + 1 +
           static_cast<std::size_t>(at.padding);
}

template <const auto& List, int Index>
void measure(const char* name, int rows, int rounds) {
    const spec& s = List.specs[Index];
    std::vector<aligned_buffer<float>> memory;
    std::vector<void*> slots;
    for (int k = 0; k < s.slot_count; ++k) {
        std::size_t before = 0;
        const std::size_t n = room(List, Index, k, rows, &before);
        memory.emplace_back(n);
        for (std::size_t i = 0; i < n; ++i)
            memory.back().data()[i] = static_cast<float>(static_cast<int>(i * 7919 % 17) - 8) / 8;
        slots.push_back(memory.back().data() + before);
    }
    const std::size_t out = static_cast<std::size_t>(s.slot_count) - 1, n = room(List, Index, s.slot_count - 1, rows);
    aligned_buffer<float> twin{n};
    std::memcpy(twin.data(), slots[out], n * sizeof(float));
    std::vector<float> scratch(scratch_elements(List, Index, rows, width));
    std::vector<void*> of_twin = slots;
    of_twin[out] = twin.data();
    run_kernel<float, List, Index>(slots.data(), rows, 0, scratch.data());
    run_reference<float>(List, Index, of_twin.data(), rows, 0);
    int wrong = 0;
    const int line = List.strides[s.stride_of(static_cast<int>(out), s.outer_count - 1)];
    for (std::size_t i = 0; i < n; ++i)  // but for padding
        if (line < width || static_cast<int>(i) % line < s.inner)
            wrong += static_cast<float*>(slots[out])[i] != twin.data()[i];
    double flops = 2.0 * s.inner * depth_of(List, s, rows);
    for (int x = 0; x < s.outer_count; ++x) {
        const int e = List.extents[s.outer_first + x];
        flops *= e == run_time_rows ? rows : e;
    }
    double least = 1e9, peak = 1e9;
    int calls = 1;
    constexpr int turns = 20000;
    volatile float keep = 0;
    for (int r = 0; r < rounds; ++r) {
        peak = (std::min)(peak, processor_seconds([&] { keep = benchmark::peak_loop<float>(turns); }));
        for (int again = 0; again < 3; ++again) {
            const double all = processor_seconds([&] {
                for (int c = 0; c < calls; ++c) run_kernel<float, List, Index>(slots.data(), rows, 0, scratch.data());
            });
            least = (std::min)(least, all / calls);
        }
        if (r == 0) calls = 1 + static_cast<int>(2e-4 / least);  // reading the clock takes half a microsecond
    }
    (void)keep;
    const double rate = benchmark::peak_flops<float>(turns) / peak;
    std::printf("%-28s %4d samples %10.1f us  %6.1f GFLOP/s  %.3f of the peak%s\n", name, rows, least * 1e6,
                flops / least / 1e9, flops / least / rate, wrong > 0 ? "  WRONG" : "");
}

template <image I>
void measure_image(const char* name, int samples, int rounds) {
    char line[80];
    std::snprintf(line, sizeof line, "%s forward", name);
    measure<convolution<I>, 0>(line, samples, rounds);
    std::snprintf(line, sizeof line, "%s by filter", name);
    measure<convolution<I>, 1>(line, samples, rounds);
    std::snprintf(line, sizeof line, "%s by data", name);
    if constexpr (I.stride == 1) measure<convolution<I>, 2>(line, samples, rounds);
}

}  // namespace

int main(int count, char** arguments) {
    const int rounds = count > 1 ? std::atoi(arguments[1]) : 30, samples = count > 2 ? std::atoi(arguments[2]) : 1;
    const flush_to_zero no_denormals;
    measure_image<image{56, 3, 1, 64, 64}>("3x3 64-64 56", samples, rounds);
    measure_image<image{28, 3, 1, 128, 128}>("3x3 128-128 28", samples, rounds);
    measure_image<image{14, 3, 1, 256, 256}>("3x3 256-256 14", samples, rounds);
    measure_image<image{56, 1, 1, 64, 256}>("1x1 64-256 56", samples, rounds);
    measure_image<image{112, 7, 2, 3, 64}>("7x7/2 3-64 224", samples, rounds);
    measure_image<image{28, 5, 1, 1, 6}>("5x5 1-6 28", samples, rounds);
    measure<attention<8, 64, 32>, 0>("8 heads 64x64x32 scores", samples, rounds);
    measure<attention<8, 64, 32>, 1>("8 heads 64x64x32 values", samples, rounds);
}
