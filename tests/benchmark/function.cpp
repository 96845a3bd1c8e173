// SPDX-License-Identifier: BSL-1.0

/// Small functions through the door, beside the same loop by hand: nanoseconds a call. Outputs are compared first.
/// Fails if one is wrong, or takes more than 10 ns longer than its loop. Usage: bench_function

#include "harness.hpp"
#include <sinter/program/function.hpp>

#include <array>
#include <cmath>
#include <cstdio>

namespace {

using namespace benchmark;
using sinter::shape;

constexpr auto line = [](auto x, auto a, auto b) { return a * x + b; };
constexpr auto wave = [](auto x, auto a, auto b) { return tanh(a * x + b); };
constexpr auto dot = [](auto x, auto y) { return sum(x * y); };
constexpr auto soft = [](auto x) { return softmax(x); };
constexpr auto product = [](auto x, auto w) { return matmul(x, w); };
constexpr auto slopes = sinter::value_and_gradient(dot);

bool right = true;

/// The least of many turns of some thousand calls each, by hand and through the door in turn.
template <class Hand, class Door>
void row(const char* name, const char* type, double difference, Hand by_hand, Door door) {
    constexpr int calls = 4000;
    const auto time_of = [](auto& f) {
        return seconds([&] {
                   for (int i = 0; i < calls; ++i) f();
               }) /
               calls * 1e9;
    };
    double hand = 1e9, ours = 1e9;
    for (int turn = 0; turn < 100; ++turn) {
        hand = std::min(hand, time_of(by_hand));
        ours = std::min(ours, time_of(door));
    }
    const bool same = difference < 1e-5, fast = ours <= hand + 10;
    std::printf("%-24s %-7s %10.1f %10.1f %10.1f%s%s\n", name, type, hand, ours, ours - hand,
                same ? "" : "   wrong output", fast ? "" : "   more than 10 ns");
    right = right && same && fast;
}

template <class T, std::size_t N>
double distance(const std::array<T, N>& a, const std::array<T, N>& b) {
    double most = 0;
    for (std::size_t i = 0; i < N; ++i) most = std::max(most, std::abs(static_cast<double>(a[i] - b[i])));
    return most;
}

template <class T>
void rows(const char* type) {
    std::array<T, 10> x, a, b, by_hand{}, y{};
    std::array<T, 12> w;
    std::array<T, 3> v{1, 2, 3};
    std::array<T, 4> u_by_hand{}, u{};
    for (std::size_t i = 0; i < 10; ++i)
        x[i] = T(0.1) * T(i), a[i] = T(1) + T(0.5) * T(i), b[i] = T(0.3) - T(0.1) * T(i);
    for (std::size_t i = 0; i < 12; ++i) w[i] = T(0.5) * T(i) - 2;
    const auto read = [](auto&... each) { (do_not_optimise(each), ...); };

    sinter::function_of<T, line, shape<10>, shape<10>, shape<10>> lines;
    const auto line_by_hand = [&] {
        for (std::size_t i = 0; i < 10; ++i) by_hand[i] = a[i] * x[i] + b[i];
        read(x, a, b, by_hand);
    };
    const auto line_here = [&] { lines.into(y, x, a, b), read(x, a, b, y); };
    line_by_hand(), line_here();
    row("a x + b, 10", type, distance(by_hand, y), line_by_hand, line_here);

    sinter::function_of<T, wave, shape<10>, shape<10>, shape<10>> waves;
    const auto wave_by_hand = [&] {
        for (std::size_t i = 0; i < 10; ++i) by_hand[i] = std::tanh(a[i] * x[i] + b[i]);
        read(x, a, b, by_hand);
    };
    const auto wave_here = [&] { waves.into(y, x, a, b), read(x, a, b, y); };
    wave_by_hand(), wave_here();
    row("tanh(a x + b), 10", type, distance(by_hand, y), wave_by_hand, wave_here);
    const auto wave_returned = [&] {
        const auto r = waves(x, a, b);
        read(x, a, b, r);
    };
    row("the same, returned", type, distance(by_hand, waves(x, a, b)), wave_by_hand, wave_returned);

    sinter::function_of<T, dot, shape<10>, shape<10>> dots;
    T sum_by_hand = 0, sum = 0;
    const auto dot_by_hand = [&] {
        T s = 0;
        for (std::size_t i = 0; i < 10; ++i) s += x[i] * a[i];
        sum_by_hand = s, read(x, a, sum_by_hand);
    };
    const auto dot_here = [&] { sum = dots(x, a), read(x, a, sum); };
    dot_by_hand(), dot_here();
    row("sum(x y), 10", type, std::abs(static_cast<double>(sum - sum_by_hand)), dot_by_hand, dot_here);

    sinter::function_of<T, slopes, shape<10>, shape<10>> both;
    std::array<T, 10> dx{}, dy{};
    const auto slopes_by_hand = [&] {
        T s = 0;
        for (std::size_t i = 0; i < 10; ++i) s += x[i] * a[i], by_hand[i] = a[i], y[i] = x[i];
        sum_by_hand = s, read(x, a, sum_by_hand, by_hand, y);
    };
    const auto slopes_here = [&] { both.into(sum, dx, dy, x, a), read(x, a, sum, dx, dy); };
    slopes_by_hand(), slopes_here();
    row("its value and gradient", type, distance(by_hand, dx) + distance(y, dy), slopes_by_hand, slopes_here);

    sinter::function_of<T, soft, shape<10>> softs;
    const auto soft_by_hand = [&] {
        T most = x[0], s = 0;
        for (std::size_t i = 1; i < 10; ++i) most = std::max(most, x[i]);
        for (std::size_t i = 0; i < 10; ++i) s += by_hand[i] = std::exp(x[i] - most);
        for (std::size_t i = 0; i < 10; ++i) by_hand[i] /= s;
        read(x, by_hand);
    };
    const auto soft_here = [&] { softs.into(y, x), read(x, y); };
    soft_by_hand(), soft_here();
    row("softmax(x), 10", type, distance(by_hand, y), soft_by_hand, soft_here);

    sinter::function_of<T, product, shape<3>, shape<3, 4>> products;
    const auto product_by_hand = [&] {
        for (std::size_t j = 0; j < 4; ++j) {
            T s = 0;
            for (std::size_t i = 0; i < 3; ++i) s += v[i] * w[i * 4 + j];
            u_by_hand[j] = s;
        }
        read(v, w, u_by_hand);
    };
    const auto product_here = [&] { products.into(u, v, w), read(v, w, u); };
    product_by_hand(), product_here();
    row("x W, 3 by 4", type, distance(u_by_hand, u), product_by_hand, product_here);
}

}  // namespace

int main() {
    pin_to_one_core();
    std::printf("%-24s %-7s %10s %10s %10s   ns a call\n", "", "", "by hand", "function", "longer");
    rows<float>("float");
    rows<double>("double");
    return right ? 0 : 1;
}
