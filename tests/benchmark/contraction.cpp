// SPDX-License-Identifier: BSL-1.0

/// The products of a training step of 784-128-10 at minibatch 64, each with what is fused behind it, as fractions of
/// the core's peak measured in the same run. Outputs are compared with the scalar twin's first.
/// Usage: bench_contraction [rounds]

#include "../kernel/list_maker.hpp"
#include "peak.hpp"
#include <sinter/kernel/flush_to_zero.hpp>
#include <sinter/kernel/kernel.hpp>
#include <sinter/kernel/reference.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using namespace sinter;

constexpr int rows = 64, pixels = 784, hidden = 128, classes = 10;
constexpr int width = native_machine<float>().width();
constexpr int padded = (classes + width - 1) / width * width;

/// w, m, v of PyTorch's Adam, from gradient g, in panels; appends slots and body.
constexpr void adam(list_maker& m, int g, int k) {
    const int w = m.panels(k, padded - classes), first = m.panels(k, padded - classes),
              second = m.panels(k, padded - classes);
    const auto scalar = [&] { return m.load(m.slot({0}, {.inner_stride = 0}), level::outer); };
    const int step = scalar(), root = scalar();
    const int c1 = m.constant(0.1), b2 = m.constant(0.999), c2 = m.constant(0.001), eps = m.constant(1e-8);
    const int m0 = m.load(first);
    const int m1 = m.step(op::fma, c1, m.step(op::subtract, g, m0), m0);
    const int v1 = m.step(op::fma, m.step(op::multiply, c2, g), g, m.step(op::multiply, b2, m.load(second)));
    const int d = m.step(op::fma, m.step(op::sqrt, v1), root, eps);
    const int w1 = m.step(op::subtract, m.load(w), m.step(op::multiply, step, m.step(op::divide, m1, d)));
    m.out(output_kind::element, m1, first);
    m.out(output_kind::element, v1, second);
    m.out(output_kind::element, w1, w);
}

constexpr auto list = [] {
    list_maker m{width};
    {  // 0: h = relu(x W1 + b1)
        m.begin_product(run_time_rows, hidden, pixels);
        m.plain({pixels}), m.panels(pixels);
        const int b = m.plain({0}), h = m.plain({hidden});
        m.out(output_kind::element, m.step(op::relu, m.step(op::add, m.step(op::matmul), m.load(b))), h);
    }
    {  // 1: y = h W2 + b2
        m.begin_product(run_time_rows, classes, hidden);
        m.plain({hidden}), m.panels(hidden, padded - classes);
        const int b = m.plain({0}, padded - classes), y = m.plain({padded}, padded - classes);
        m.out(output_kind::element, m.step(op::add, m.step(op::matmul), m.load(b)), y);
    }
    {  // 2: dh = dy W2' where h > 0, and its column sums
        m.begin_product(run_time_rows, hidden, classes, false, true);
        m.plain({padded}, padded - classes), m.panels(hidden, padded - classes);
        const int h = m.plain({hidden}), dh = m.panels(rows), db = m.plain({0});
        const int zero = m.constant(0);
        const int d = m.step(op::select, m.step(op::less, zero, m.load(h)), m.step(op::matmul), zero);
        m.out(output_kind::element, d, dh);
        m.out(output_kind::column, d, db);
    }
    {  // 3: W1 -= adam(x' dh)
        m.begin_product(pixels, hidden, run_time_rows, true);
        m.plain({pixels}), m.panels(rows);
        adam(m, m.step(op::matmul), pixels);
    }
    {  // 4: W2 -= adam(h' dy)
        m.begin_product(hidden, classes, run_time_rows, true);
        m.plain({hidden}), m.plain({padded}, padded - classes);
        adam(m, m.step(op::matmul), hidden);
    }
    return m.list;
}();

/// An array of one aligned arena, as a plan lays them out.
struct view {
    float* first;
    int size;
    float* data() const { return first; }
    float* begin() const { return first; }
    float* end() const { return first + size; }
    float operator[](int i) const { return first[i]; }
};

struct memory {
    std::vector<float> storage = std::vector<float>(700'000);
    float* next = reinterpret_cast<float*>((reinterpret_cast<std::uintptr_t>(storage.data()) + 63) / 64 * 64);
    view take(int size) {
        float* const at = next;
        next += (size + 15) / 16 * 16;
        return {at, size};
    }
    view x = take(rows * pixels), w1 = take(pixels * hidden), m1 = take(w1.size), v1 = take(w1.size), b1 = take(hidden);
    view h = take(rows * hidden), w2 = take(hidden * padded), m2 = take(w2.size), v2 = take(w2.size), b2 = take(padded);
    view y = take(rows * padded), dh = take(h.size), db = take(hidden), scratch = take(1 << 15);
    float step = 1e-3f, root = 1.1f;
    memory() {
        for (auto* p : {&x, &w1, &b1, &h, &w2, &b2, &y, &dh})
            for (float& e : *p) e = static_cast<float>(std::rand() % 2001 - 1000) * 1e-3f;
        for (auto* p : {&m1, &v1, &m2, &v2})
            for (float& e : *p) e = static_cast<float>(std::rand() % 1000 + 1) * 1e-3f;
    }
    memory(const memory&) = delete;
    struct call {
        void* slots[8];
    };
    call slots(int spec) {
        switch (spec) {
            case 0: return {{x.data(), w1.data(), b1.data(), h.data()}};
            case 1: return {{h.data(), w2.data(), b2.data(), y.data()}};
            case 2: return {{y.data(), w2.data(), h.data(), dh.data(), db.data()}};
            case 3: return {{x.data(), dh.data(), w1.data(), m1.data(), v1.data(), &step, &root}};
            default: return {{h.data(), y.data(), w2.data(), m2.data(), v2.data(), &step, &root}};
        }
    }
    double difference(const memory& other) const {
        double worst = 0;
        const auto compare = [&](view a, view b, int columns = 1, int stride = 1) {
            for (int i = 0; i < a.size; ++i) {
                if (i % stride >= columns) continue;  // padding
                const double d = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
                if (!(d <= worst)) worst = d;
            }
        };
        compare(h, other.h), compare(dh, other.dh), compare(db, other.db);
        compare(w1, other.w1), compare(m1, other.m1), compare(v1, other.v1);
        compare(y, other.y, classes, padded), compare(w2, other.w2, classes, padded);
        compare(m2, other.m2, classes, padded), compare(v2, other.v2, classes, padded);
        return worst;
    }
};

template <int Spec>
void run(memory& m) {
    const auto c = m.slots(Spec);
    run_kernel<float, list, Spec>(c.slots, rows, 0, m.scratch.data());
}

struct row {
    const char* name;
    void (*run)(memory&);
    double flops;
    double best = 1e9;
};

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 400;
    const flush_to_zero denormals;
    memory m;
    {
        std::srand(7);
        memory simd;
        std::srand(7);
        memory twin;
        run<0>(simd), run<1>(simd), run<2>(simd), run<3>(simd), run<4>(simd);
        for (int s = 0; s < 5; ++s) run_reference<float>(list, s, twin.slots(s).slots, rows, 0);
        const double d = simd.difference(twin);
        std::printf("largest difference from the scalar twin: %g\n", d);
        if (!(d <= 1e-5)) return 1;
    }
    row table[] = {
        {"h = relu(x W1 + b1)        64,128,784", run<0>, 2.0 * rows * hidden * pixels},
        {"y = h W2 + b2              64, 10,128", run<1>, 2.0 * rows * classes * hidden},
        {"dh = dy W2' where h > 0    64,128, 10", run<2>, 2.0 * rows * hidden * classes},
        {"W1 -= adam(x' dh)         784,128, 64", run<3>, 2.0 * rows * hidden * pixels},
        {"W2 -= adam(h' dy)         128, 10, 64", run<4>, 2.0 * rows * classes * hidden},
        {"all five, one after another", [](memory& at) { run<0>(at), run<1>(at), run<2>(at), run<3>(at), run<4>(at); },
         2.0 * rows * hidden * (2 * pixels + 3 * classes)},
    };
    double peak = 1e9, sink = 0;
    constexpr int turns = 4000;
    for (int r = 0; r < rounds; ++r) {
        const double s = benchmark::seconds([&] { sink += static_cast<double>(benchmark::peak_loop<float>(turns)); });
        peak = s < peak ? s : peak;
        for (row& t : table) {
            t.run(m);
            for (int repeat = 0; repeat < 4; ++repeat) {
                const double seconds = benchmark::seconds([&] { t.run(m); });
                t.best = seconds < t.best ? seconds : t.best;
            }
        }
    }
    const double rate = benchmark::peak_flops<float>(turns) / peak;
    std::printf("peak %.1f GFLOP/s (%g)\n", rate * 1e-9, sink);
    for (const row& t : table)
        std::printf("%-40s %8.2f us   %.3f of peak\n", t.name, t.best * 1e6, t.flops / t.best / rate);
    return 0;
}
