// SPDX-License-Identifier: BSL-1.0
// The suite `conv`: convolutions, forward, by data and by filter, and products per head, through `sinter::function` on
// a caller's arrays. Samples are (height, width, channels); margins and the packing of filters are part of the call.
//
// The limit of a row is the larger of its FLOPs at the core's peak, products with zeros of the margin not counted, and
// of its arrays' bytes, each once, at the rate of a copy. Some hundred elements of each contestant's output are
// compared with sums in double precision.

#include "harness.hpp"
#include "processes.hpp"
#include "task.hpp"
#include <sinter/nn/convolution.hpp>
#include <sinter/program/function.hpp>

#include <memory>
#include <span>

namespace {

using namespace benchmark;
namespace nn = sinter::nn;
using sinter::samples, sinter::shape;

constexpr int most_samples = 32;

// ---- what is right

/// Offsets into arrays of the task that a sum runs over.
class exact {
public:
    explicit exact(const convolution_task& t) : t_{t}, c_{t.of} {}

    double operator()(std::size_t index) const {
        int at = static_cast<int>(index);
        const auto next = [&](int extent) {
            const int i = at % extent;
            at /= extent;
            return i;
        };
        double sum = 0;
        if (t_.to == direction::filter) {
            const int f = next(c_.filters), c = next(c_.read()), kx = next(c_.kernel), ky = at;
            for (int n = 0; n < t_.samples; ++n)
                for (int y = 0; y < c_.out_rows(); ++y)
                    for (int x = 0; x < c_.out(); ++x) sum += sample(n, y, x, ky, kx, c, f) * given(n, y, x, f);
            return sum;
        }
        if (t_.to == direction::forward) {
            const int f = next(c_.filters), x = next(c_.out()), y = next(c_.out_rows()), n = at;
            for (int ky = 0; ky < c_.kernel_rows(); ++ky)
                for (int kx = 0; kx < c_.kernel; ++kx)
                    for (int c = 0; c < c_.read(); ++c) sum += sample(n, y, x, ky, kx, c, f) * filter(ky, kx, c, f);
            return sum;
        }
        const int channel = next(c_.channels), column = next(c_.extent), row = next(c_.rows()), n = at;
        const int each = c_.filters / c_.groups, group = channel / c_.read();
        for (int ky = 0; ky < c_.kernel_rows(); ++ky)
            for (int kx = 0; kx < c_.kernel; ++kx) {
                const int y = c_.axes == 2 ? row + c_.padding - ky * c_.dilation : 0;
                const int x = column + c_.padding - kx * c_.dilation;
                if (y < 0 || x < 0 || (c_.axes == 2 && y % c_.stride != 0) || x % c_.stride != 0) continue;
                const int top = c_.axes == 2 ? y / c_.stride : 0, left = x / c_.stride;
                if (top >= c_.out_rows() || left >= c_.out()) continue;
                for (int f = group * each; f < (group + 1) * each; ++f)
                    sum += given(n, top, left, f) * filter(ky, kx, channel % c_.read(), f);
            }
        return sum;
    }

private:
    /// The element of x that filter f sees at its place (ky, kx, c) where it stands at (y, x); 0 in the margin.
    double sample(int n, int y, int x, int ky, int kx, int c, int f) const {
        const int row = c_.axes == 2 ? y * c_.stride - c_.padding + ky * c_.dilation : 0;
        const int column = x * c_.stride - c_.padding + kx * c_.dilation;
        if (row < 0 || column < 0 || row >= c_.rows() || column >= c_.extent) return 0;
        const int channel = f / (c_.filters / c_.groups) * c_.read() + c;
        return at(t_.x, ((n * c_.rows() + row) * c_.extent + column) * c_.channels + channel);
    }
    double filter(int ky, int kx, int c, int f) const {
        return at(t_.w, ((ky * c_.kernel + kx) * c_.read() + c) * c_.filters + f);
    }
    double given(int n, int y, int x, int f) const {
        return at(t_.d, ((n * c_.out_rows() + y) * c_.out() + x) * c_.filters + f);
    }
    static double at(const float* of, int i) { return static_cast<double>(of[i]); }

    convolution_task t_;
    const convolution_case& c_ = t_.of;
};

// ---- memory and limits

void fill(sinter::aligned_buffer<float>& of, std::uint32_t state) {
    for (std::size_t i = 0; i < of.size(); ++i) {
        state = state * 1664525 + 1013904223;
        of[i] = static_cast<float>(state >> 8) / (1 << 23) - 1;
    }
}

/// The longer of the two.
contestant limit_of(double flops, std::size_t floats) {
    contestant peak = peak_limit(flops);
    const auto copied = std::make_shared<sinter::aligned_buffer<float>>((floats + 255) / 256 * 256);
    fill(*copied, 1);
    contestant copy{.who = "limit",
                    .note = "bytes at a copy's rate",
                    .measure = timed([copied] { do_not_optimise(walk<pass::copy>(copied->data(), copied->size())); })};
    std::vector<double> of_peak, of_copy;
    for (int turn = 0; turn < 5; ++turn) peak.measure(1, of_peak), copy.measure(3, of_copy);
    const auto least = [](const std::vector<double>& of) { return *std::min_element(of.begin(), of.end()); };
    return least(of_peak) * peak.scale > least(of_copy) ? std::move(peak) : std::move(copy);
}

/// Numbers of some elements, the first and the last among them.
std::vector<std::size_t> some_of(std::size_t size, std::size_t count) {
    std::vector<std::size_t> all;
    const std::size_t wanted = std::min(size, count);
    for (std::size_t i = 0; i < wanted; ++i) all.push_back(i * (size - 1) / std::max<std::size_t>(wanted - 1, 1));
    return all;
}

// ---- rows

/// A row's contestants as they are collected: what each writes to y is checked.
class contest {
public:
    contest(std::span<float> y, std::vector<std::size_t> at, std::vector<double> right)
        : y_{y}, at_{std::move(at)}, right_{std::move(right)} {
        for (const double v : right_) largest_ = std::max(largest_, std::abs(v));
    }
    void enter(const std::string& who, const std::string& note, const job_with_result& one) {
        all.push_back({.who = who, .note = note, .measure = timed(one.run), .error = [this, one] {
                           std::fill(y_.begin(), y_.end(), std::numeric_limits<float>::quiet_NaN());
                           one.run(), one.fetch();
                           std::vector<float> found;
                           for (const std::size_t i : at_) found.push_back(y_[i]);
                           return error_of(found);
                       }});
    }
    /// The one of several ways that is faster in a trial.
    void enter(const std::string& who, const std::string& note, const std::vector<job_with_result>& ways) {
        if (ways.empty()) return;
        std::size_t best = 0;
        double least = 1e9;
        for (std::size_t i = 0; i < ways.size(); ++i) {
            ways[i].run();
            for (int turn = 0; turn < 5; ++turn)
                if (const double s = seconds(ways[i].run); s < least) least = s, best = i;
        }
        enter(who, note, ways[best]);
    }
    /// Peers in Python, which find the arrays in a folder and answer the elements `at`.
    void enter_processes(suite& s, const std::string& row, std::span<const float> x, std::span<const float> w,
                         std::span<const float> d) {
        if (s.peers_command.empty()) return;
        const temporary_folder folder("conv");
        write_values(folder.path() / "x.f32", x), write_values(folder.path() / "w.f32", w);
        write_values(folder.path() / "d.f32", d);
        write_values(folder.path() / "at.u64", at_);
        for (contestant& c : processes(s, folder.path(), {"torch", "torch-last", "torch-compile", "jax"}, row,
                                       [this](const auto& found) { return error_of(found); }))
            all.push_back(std::move(c));
    }
    std::vector<contestant> all;

private:
    template <class Values>
    double error_of(const Values& found) const {
        return largest_difference(found, right_) / largest_;
    }
    std::span<float> y_;
    std::vector<std::size_t> at_;
    std::vector<double> right_;
    double largest_ = 0;
};

template <convolution_case C>
constexpr auto forward = [](auto x, auto w) {
    return sinter::convolution<nn::stride<C.stride>, nn::padding<C.padding>, nn::dilation<C.dilation>,
                               nn::groups<C.groups>>(x, w);
};
template <convolution_case C>
constexpr auto weighted = [](auto x, auto w, auto d) { return sum_over_samples(sum(forward<C>(x, w) * d)); };

template <convolution_case C>
struct shapes {
    using x = samples<shape<C.extent, C.extent, C.channels>, most_samples>;
    using w = shape<C.kernel, C.kernel, C.read(), C.filters>;
    using y = samples<shape<C.out(), C.out(), C.filters>, most_samples>;
};
template <convolution_case C>
    requires(C.axes == 1)
struct shapes<C> {
    using x = samples<shape<C.extent, C.channels>, most_samples>;
    using w = shape<C.kernel, C.read(), C.filters>;
    using y = samples<shape<C.out(), C.filters>, most_samples>;
};

/// The call of sinter's function.
template <convolution_case C, direction To>
std::function<void()> call(const convolution_task& t, std::size_t size) {
    using in = shapes<C>;
    const auto n = static_cast<std::size_t>(t.samples);
    const std::span<const float> x(t.x, n * C.sample_size()), w(t.w, C.filter_size()), d(t.d, n * C.result_size());
    const std::span<float> y(t.y, size);
    if constexpr (To == direction::forward) {
        return [f = std::make_shared<sinter::function<forward<C>, typename in::x, typename in::w>>(), x, w, y] {
            f->into(y, x, w);
        };
    } else {
        constexpr auto slope = sinter::gradient < To == direction::data ? 0 : 1 > (weighted<C>);
        return [f = std::make_shared<sinter::function<slope, typename in::x, typename in::w, typename in::y>>(), x, w,
                y, d] { f->into(y, x, w, d); };
    }
}

template <convolution_case C, direction To>
void row(suite& s, const std::string& shape_name, int count) {
    constexpr const char* names[] = {"forward", "data", "filter"};
    const std::string name = "conv-" + shape_name + "-m" + std::to_string(count) + "-" + names[static_cast<int>(To)];
    if (!s.wants(name)) return;
    const auto n = static_cast<std::size_t>(count);
    sinter::aligned_buffer<float> x(n * C.sample_size()), w(C.filter_size()), d(n * C.result_size());
    fill(x, 1), fill(w, 2), fill(d, 3);
    const std::size_t size = To == direction::forward ? d.size() : To == direction::data ? x.size() : w.size();
    sinter::aligned_buffer<float> y(size);
    const convolution_task t{C, To, count, x.data(), w.data(), d.data(), y.data()};
    const auto at = some_of(size, 200);
    std::vector<double> right;
    for (const std::size_t i : at) right.push_back(exact(t)(i));
    contest all({y.data(), size}, at, right);
    all.all.push_back(limit_of(count * C.flops(), x.size() + w.size() + d.size()));
    all.enter("sinter", "sinter", job_with_result{.run = call<C, To>(t, size)});
    for (const peer& p : peers())
        if (p.convolve != nullptr) all.enter(p.who, p.version, p.convolve(t));
    std::string told = name;  // to a process: the numbers of the case, too
    for (const int number :
         {C.axes, C.extent, C.kernel, C.stride, C.padding, C.dilation, C.groups, C.channels, C.filters})
        (told += '-') += std::to_string(number);  // g++ 12 warns of the usual sum
    all.enter_processes(s, told, {x.data(), x.size()}, {w.data(), w.size()}, {d.data(), d.size()});
    s.measure(name, 1e-4, std::move(all.all));
}

template <convolution_case C>
void rows(suite& s, const std::string& name) {
    for (const int count : {1, most_samples}) {
        if (s.quick && count > 1 && !s.named()) break;
        row<C, direction::forward>(s, name, count);
        row<C, direction::data>(s, name, count);
        row<C, direction::filter>(s, name, count);
    }
}

// ---- products per head

constexpr auto scores = [](auto q, auto k) { return matmul(q, transpose<0, 2, 1>(k)); };
constexpr auto values = [](auto weights, auto v) { return matmul(weights, v); };

template <auto Function, class Left, class Right>
void row_of_heads(suite& s, const char* what, const batch_case& c, int count) {
    const std::string name = std::string("conv-") + what + "-8x64x64x32-m" + std::to_string(count);
    if (!s.wants(name)) return;
    const auto of = [&](int a, int b) { return static_cast<std::size_t>(c.count * count * a * b); };
    sinter::aligned_buffer<float> a(of(c.rows, c.depth)), b(of(c.depth, c.columns)), y(of(c.rows, c.columns));
    fill(a, 1), fill(b, 2);
    const auto at = some_of(y.size(), 1000);
    std::vector<double> right;
    for (const std::size_t i : at) {
        const int j = static_cast<int>(i) % c.columns, row = static_cast<int>(i) / c.columns;  // of all pairs
        const int pair = row / c.rows;
        double sum = 0;
        for (int k = 0; k < c.depth; ++k) {
            const int other = (pair * c.columns + j) * c.depth + k, plain = (pair * c.depth + k) * c.columns + j;
            sum += static_cast<double>(a[static_cast<std::size_t>(row * c.depth + k)]) *
                   static_cast<double>(b[static_cast<std::size_t>(c.transposed ? other : plain)]);
        }
        right.push_back(sum);
    }
    contest all({y.data(), y.size()}, at, right);
    all.all.push_back(limit_of(2.0 * c.depth * static_cast<double>(y.size()), a.size() + b.size() + y.size()));
    const auto f =
        std::make_shared<sinter::function<Function, samples<Left, most_samples>, samples<Right, most_samples>>>();
    const std::span<const float> left(a.data(), a.size()), other(b.data(), b.size());
    all.enter("sinter", "sinter",
              job_with_result{.run = [=, to = std::span<float>(y.data(), y.size())] { f->into(to, left, other); }});
    batch_case whole = c;
    whole.count *= count;
    for (const peer& p : peers())
        if (p.batch != nullptr)
            all.enter(p.who, p.version, job_with_result{.run = p.batch(whole, a.data(), b.data(), y.data())});
    all.enter_processes(s, name, left, other, {});
    s.measure(name, 1e-4, std::move(all.all));
}

}  // namespace

int main(int argc, char** argv) {
    suite s{"conv", argc, argv};
    // axes, extent, kernel, stride, padding, dilation, groups, channels, filters
    rows<convolution_case{2, 56, 3, 1, 1, 1, 1, 64, 64}>(s, "3x3-64-64-56");
    rows<convolution_case{2, 28, 3, 1, 1, 1, 1, 128, 128}>(s, "3x3-128-128-28");
    rows<convolution_case{2, 14, 3, 1, 1, 1, 1, 256, 256}>(s, "3x3-256-256-14");
    rows<convolution_case{2, 56, 1, 1, 0, 1, 1, 64, 256}>(s, "1x1-64-256-56");
    rows<convolution_case{2, 56, 1, 1, 0, 1, 1, 256, 64}>(s, "1x1-256-64-56");
    rows<convolution_case{2, 224, 7, 2, 3, 1, 1, 3, 64}>(s, "7x7s2-3-64-224");
    rows<convolution_case{2, 28, 5, 1, 2, 1, 1, 1, 6}>(s, "5x5-1-6-28");
    rows<convolution_case{2, 112, 3, 1, 1, 1, 32, 32, 32}>(s, "depthwise3x3-32-112");
    rows<convolution_case{1, 16000, 3, 1, 8, 8, 1, 16, 16}>(s, "1d3d8-16-16-16000");
    using heads = shape<8, 64, 32>;
    for (const int count : {1, most_samples}) {
        row_of_heads<scores, heads, heads>(s, "scores", {8, 64, 64, 32, true}, count);
        row_of_heads<values, shape<8, 64, 64>, heads>(s, "values", {8, 64, 32, 64, false}, count);
    }
    return s.exit_code();
}
