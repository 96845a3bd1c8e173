// SPDX-License-Identifier: BSL-1.0
// The suite `reduce`: sums, maxima, softmax, statistics and pools through `sinter::function`, on a caller's arrays.
//
// The limit of a row reads and writes the bytes of the same arrays by ordinary loads and stores; or it is what the
// row's exponentials and divisions take in the first cache, one loop after the other, if that is longer. Of several
// ways through the arrays the fastest counts.

#include "harness.hpp"
#include "processes.hpp"
#include "task.hpp"
#include <sinter/kernel/math.hpp>
#include <sinter/nn/pool.hpp>
#include <sinter/program/function.hpp>

#include <memory>
#include <span>
#include <sstream>

namespace {

using namespace benchmark;
namespace nn = sinter::nn;
using lanes = sinter::simd::lanes<float>;
using sinter::shape;

// What is measured.
template <int Axis>
constexpr auto sums = [](auto x) { return sum<Axis>(x); };
template <int Axis>
constexpr auto maxima = [](auto x) { return (sinter::max<Axis>)(x); };
template <int Axis>
constexpr auto soft = [](auto x) { return softmax<Axis>(x); };
constexpr auto moments = [](auto x) { return std::pair{mean<0>(x), variance<0>(x)}; };
constexpr auto channels = [](auto x) { return std::pair{mean<0, 1, 2>(x), variance<0, 1, 2>(x)}; };
constexpr auto channels_each = [](auto x) { return std::pair{mean<0, 1>(x), variance<0, 1>(x)}; };
constexpr auto max_pool_2 = [](auto x) { return max_pool<2>(x); };
constexpr auto max_pool_3 = [](auto x) { return max_pool<3, nn::stride<2>>(x); };
constexpr auto mean_pool_2 = [](auto x) { return average_pool<2>(x); };
constexpr auto max_pool_slope = [](auto x, auto d) {
    return sinter::gradient([=](auto v) { return sum(flatten(max_pool<2>(v)) * flatten(d)); })(x);
};

/// What a row computes, by plain loops in double precision. Axes that are kept: `outer` before, `inner` behind.
struct plain {
    const float* x;
    int outer, count, inner;
    double at(int o, int k, int i) const { return static_cast<double>(x[(o * count + k) * inner + i]); }
    template <class F>
    std::vector<double> each(F f) const {
        std::vector<double> all;
        for (int o = 0; o < outer; ++o)
            for (int i = 0; i < inner; ++i) all.push_back(f(o, i));
        return all;
    }
    std::vector<double> sum() const {
        return each([&](int o, int i) {
            double s = 0;
            for (int k = 0; k < count; ++k) s += at(o, k, i);
            return s;
        });
    }
    std::vector<double> max() const {
        return each([&](int o, int i) {
            double most = at(o, 0, i);
            for (int k = 1; k < count; ++k) most = std::max(most, at(o, k, i));
            return most;
        });
    }
    std::vector<double> softmax() const {
        std::vector<double> all(static_cast<std::size_t>(outer) * count * inner);
        each([&](int o, int i) {
            double s = 0;
            for (int k = 0; k < count; ++k) s += std::exp(at(o, k, i));
            for (int k = 0; k < count; ++k)
                all[static_cast<std::size_t>((o * count + k) * inner + i)] = std::exp(at(o, k, i)) / s;
            return s;
        });
        return all;
    }
    /// Means, then variances.
    std::vector<double> moments() const {
        std::vector<double> all = sum();
        for (double& m : all) m /= count;
        const auto spread = each([&](int o, int i) {
            double s = 0;
            for (int k = 0; k < count; ++k)
                s += std::pow(at(o, k, i) - all[static_cast<std::size_t>(o * inner + i)], 2);
            return s / count;
        });
        all.insert(all.end(), spread.begin(), spread.end());
        return all;
    }
};

/// Pools of x (extent 1, extent 2, extent 3), or the slope of maxima: d where the first largest element stands.
std::vector<double> pooled(const reduction& r, const float* x, const float* d) {
    const int h = r.extent[1], w = r.extent[2], c = r.extent[3], n = r.window();
    const int rows = r.positions(1), columns = r.positions(2);
    std::vector<double> y(static_cast<std::size_t>(rows * columns * c)), slope(static_cast<std::size_t>(h * w * c));
    for (int o = 0; o < rows * columns * c; ++o) {
        const int top = o / c / columns * 2, left = o / c % columns * 2, channel = o % c;
        double sum = 0;
        std::size_t first = 0;
        for (int k = 0; k < n * n; ++k) {
            const auto here = static_cast<std::size_t>(((top + k / n) * w + left + k % n) * c + channel);
            sum += static_cast<double>(x[here]);
            if (k == 0 || x[here] > x[first]) first = here;
        }
        y[static_cast<std::size_t>(o)] = r.name == "meanpool2" ? sum / (n * n) : static_cast<double>(x[first]);
        if (r.name == "maxpool2slope") slope[first] += static_cast<double>(d[o]);
    }
    return r.name == "maxpool2slope" ? slope : y;
}

std::vector<double> right_results(const reduction& r, const float* x, const float* d) {
    const auto [a, b, h, c] = r.extent;
    if (r.is_pool()) return pooled(r, x, d);
    if (r.name == "channels") return plain{x, 1, a * b * h, c}.moments();
    if (r.name == "channels_each") return plain{x, a, b * h, c}.moments();
    const plain over = r.axis() == 0 ? plain{x, 1, h, c} : plain{x, h, c, 1};
    return r.name.starts_with("sum")       ? over.sum()
           : r.name.starts_with("max")     ? over.max()
           : r.name.starts_with("softmax") ? over.softmax()
                                           : over.moments();
}

/// Arrays of a row, which sinter, the limit and the peers in C++ share. Vectors of the limit fit behind the end.
struct arrays {
    explicit arrays(std::size_t in, std::size_t in_d, std::size_t out)
        : x(in + spare), d(in_d + spare), y(out + spare), x_size{in}, d_size{in_d}, y_size{out} {
        std::uint32_t state = 1;
        for (auto* of : {&x, &d})
            for (std::size_t i = 0; i < of->size(); ++i) {
                state = state * 1664525 + 1013904223;
                (*of)[i] = static_cast<float>(state >> 8) / (1 << 23) - 0.75F;
            }
    }
    static constexpr std::size_t spare = 8 * lanes::size;
    sinter::aligned_buffer<float> x, d, y;
    std::size_t x_size, d_size, y_size;
};

/// Reads `in` floats and writes `out`, interleaved: Reads vectors for each Writes of them.
template <int Reads, int Writes>
[[gnu::noinline]] float pass_over(const float* in, std::size_t in_count, float* out, std::size_t out_count) {
    lanes sum[8];
    SINTER_UNROLL
    for (lanes& s : sum) s = lanes{0.0F};
    const float *const in_end = in + in_count, *const out_end = out + out_count;
    while (in < in_end || out < out_end) {
        if (in < in_end) {
            SINTER_UNROLL
            for (std::size_t k = 0; k < Reads; ++k) sum[k] = sum[k] + lanes::load(in + k * lanes::size);
            in += Reads * lanes::size;
        }
        if (out < out_end) {
            SINTER_UNROLL
            for (std::size_t k = 0; k < Writes; ++k) sum[k].store(out + k * lanes::size);
            out += Writes * lanes::size;
        }
    }
    SINTER_UNROLL
    for (std::size_t k = 1; k < 8; ++k) sum[0] = sum[0] + sum[k];
    return sum[0].first();
}

/// The same, but every sixteenth KiB first: less of what just fits into a cache is driven out before it is read again.
[[gnu::noinline]] inline float pass_by_sixteenths(const float* in, std::size_t in_count, float* out,
                                                  std::size_t out_count) {
    constexpr std::size_t block = 256;
    float sum = pass_over<8, 1>(in, 0, out, out_count);
    for (std::size_t m = 0; m < 16; ++m)
        for (std::size_t at = m * block; at < in_count; at += 16 * block)
            sum += pass_over<8, 1>(in + at, std::min(block, in_count - at), nullptr, 0);
    return sum;
}

/// `count` exponentials, or divisions, of 2048 floats again and again.
template <bool Divide>
void compute(float* x, std::size_t count) {
    for (std::size_t done = 0; done < count; done += 2048)
        for (std::size_t i = 0; i < 2048; i += lanes::size) {
            const lanes v = lanes::load(x + i);
            (Divide ? v / lanes{1.25F} : exp(v)).store(x + 2048 + i);
        }
    do_not_optimise(*x);
}

double least_of(const auto& f) {
    double least = 1;
    for (int turn = 0; turn < 100; ++turn) least = std::min(least, seconds(f));
    return least;
}

/// `costly`: of how many elements an exponential and a quotient are needed.
contestant limit_of(const std::shared_ptr<arrays>& of, std::size_t costly) {
    const auto by = [of](auto walk) {
        return [of, walk] {
            do_not_optimise(walk(of->x.data(), of->x_size, of->y.data(), of->y_size));
            if (of->d_size > 0) do_not_optimise(pass_over<8, 1>(of->d.data(), of->d_size, nullptr, 0));
            do_not_optimise(of->y);
        };
    };
    auto best = &pass_over<8, 1>;
    double least = least_of(by(best));
    for (const auto walk :
         {&pass_over<4, 1>, &pass_over<8, 2>, &pass_over<4, 4>, &pass_over<8, 8>, &pass_by_sixteenths})
        if (const double s = least_of(by(walk)); s < least) least = s, best = walk;
    const auto pass = by(best);
    if (costly == 0) return {.who = "limit", .note = "loads and stores of the same bytes", .measure = timed(pass)};
    const auto numbers = std::make_shared<sinter::aligned_buffer<float>>(4096);
    const auto both = [=] { compute<false>(numbers->data(), costly), compute<true>(numbers->data(), costly); };
    if (least_of(pass) > least_of(both))
        return {.who = "limit", .note = "loads and stores of the same bytes", .measure = timed(pass)};
    return {.who = "limit", .note = "exponentials, then divisions, in the first cache", .measure = timed(both)};
}

/// Results one behind the other.
template <std::size_t Inputs, class Function>
void run(Function& f, const arrays& of) {
    const std::span<const float> x(of.x.data(), of.x_size), d(of.d.data(), of.d_size);
    float* const y = const_cast<float*>(of.y.data());
    const std::size_t n = of.y_size / static_cast<std::size_t>(Function::result_count);
    if constexpr (Function::result_count == 2)
        f.into(std::span(y, n), std::span(y + n, n), x);
    else if constexpr (Inputs == 2)
        f.into(std::span(y, n), x, d);
    else
        f.into(std::span(y, n), x);
}

/// Measures a row; `costly` as in limit_of.
template <auto Function, class... Input>
void row(suite& s, const reduction& r, std::string extents, std::size_t costly = 0) {
    const std::string name = "reduce-" + r.name + "-" + extents;
    if (!s.wants(name)) return;
    const auto size = static_cast<std::size_t>(r.extent[0] * r.extent[1] * r.extent[2] * r.extent[3]);
    const auto d_size = r.name == "maxpool2slope" ? size / 4 : 0;
    std::vector<double> right;
    {
        const arrays first(size, d_size, 0);
        right = right_results(r, first.x.data(), first.d.data());
    }
    const auto of = std::make_shared<arrays>(size, d_size, right.size());
    const double largest = std::abs(
        *std::max_element(right.begin(), right.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
    const auto error_of = [largest, right](const auto& values) { return largest_difference(values, right) / largest; };

    std::vector<contestant> all{limit_of(of, costly)};
    const auto enter = [&](const std::string& who, const std::string& note, const auto& once) {
        all.push_back({.who = who, .note = note, .measure = timed(once), .error = [of, once, error_of] {
                           for (std::size_t i = 0; i < of->y_size; ++i)
                               of->y[i] = std::numeric_limits<float>::quiet_NaN();
                           once();
                           return error_of(std::span<const float>(of->y.data(), of->y_size));
                       }});
    };
    const auto f = std::make_shared<sinter::function<Function, Input...>>();
    enter("sinter", "sinter", [of, f] { run<sizeof...(Input)>(*f, *of); });
    for (const peer& p : peers())
        if (p.reduce != nullptr)
            if (const auto once = p.reduce(r, of->x.data(), of->d.data(), of->y.data()); once != nullptr)
                enter(p.who, p.version, once);
    if (!s.peers_command.empty()) {
        const temporary_folder folder("reduce");
        write_values(folder.path() / "x.f32", std::span<const float>(of->x.data(), size));
        write_values(folder.path() / "d.f32", std::span<const float>(of->d.data(), d_size));
        for (contestant& c : processes(s, folder.path(), {"torch", "torch-compile", "jax"}, name, error_of))
            all.push_back(std::move(c));
    }
    s.measure(name, 2e-5, std::move(all));
}

template <int Rows, int Columns>
void rows_of_matrix(suite& s) {
    const std::string extents = std::to_string(Rows) + "x" + std::to_string(Columns);
    const auto named = [](const char* name) { return reduction{name, {1, 1, Rows, Columns}}; };
    using matrix = shape<Rows, Columns>;
    row<sums<0>, matrix>(s, named("sum0"), extents);
    row<sums<1>, matrix>(s, named("sum1"), extents);
    row<maxima<0>, matrix>(s, named("max0"), extents);
    row<maxima<1>, matrix>(s, named("max1"), extents);
    row<soft<0>, matrix>(s, named("softmax0"), extents, matrix::size);
    row<soft<1>, matrix>(s, named("softmax1"), extents, matrix::size);
    row<moments, matrix>(s, named("moments0"), extents);
}

}  // namespace

int main(int argc, char** argv) {
    suite s{"reduce", argc, argv};
    rows_of_matrix<784, 334>(s);
    rows_of_matrix<1024, 256>(s);
    rows_of_matrix<64, 4096>(s);
    row<sums<1>, shape<32, 784>>(s, {"sum1", {1, 1, 32, 784}}, "32x784");
    row<sums<0>, shape<784, 32>>(s, {"sum0", {1, 1, 784, 32}}, "784x32");
    const auto samples = [](const char* name) { return reduction{name, {32, 8, 8, 128}}; };
    row<channels, shape<32, 8, 8, 128>>(s, samples("channels"), "32x8x8x128");
    row<channels_each, sinter::samples<shape<8, 8, 128>, 32>>(s, samples("channels_each"), "32x8x8x128");
    using image = shape<28, 28, 32>;
    const auto pool = [](const char* name) { return reduction{name, {1, 28, 28, 32}}; };
    row<max_pool_2, image>(s, pool("maxpool2"), "28x28x32");
    row<max_pool_slope, image, shape<14, 14, 32>>(s, pool("maxpool2slope"), "28x28x32");
    row<mean_pool_2, image>(s, pool("meanpool2"), "28x28x32");
    row<max_pool_3, image>(s, pool("maxpool3"), "28x28x32");
    return s.exit_code();
}
