// SPDX-License-Identifier: BSL-1.0
// Products over several axes as compiled functions: per head, along the last axis, convolutions and their gradients,
// against loops; how many calls they take, and that no buffer holds windows.
#include <sinter/program/cost.hpp>
#include <sinter/program/function.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace {

using sinter::samples, sinter::shape;

/// Small integers, so that sums are exact in any order.
std::vector<float> numbers(int count, int from) {
    std::vector<float> all(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        all[static_cast<std::size_t>(i)] = static_cast<float>((i * 7 + from * 5 + i / 11) % 9 - 4);
    return all;
}
float at(const std::vector<float>& x, int i) { return x[static_cast<std::size_t>(i)]; }

constexpr auto scores = [](auto q, auto k) { return matmul(q, transpose<0, 2, 1>(k)); };

TEST_CASE("products: scores of heads are a product for each sample and head, read where they lie") {
    constexpr int heads = 2, queries = 5, keys = 7, width = 3, count = 4;
    using function =
        sinter::function<scores, samples<shape<heads, queries, width>, 8>, samples<shape<heads, keys, width>, 8>>;
    function run;
    const auto q = numbers(count * heads * queries * width, 1), k = numbers(count * heads * keys * width, 2);
    std::vector<float> y(count * heads * queries * keys);
    run.into(y, q, k);
    int wrong = 0;
    for (int h = 0; h < count * heads; ++h)
        for (int i = 0; i < queries; ++i)
            for (int j = 0; j < keys; ++j) {
                float sum = 0;
                for (int d = 0; d < width; ++d)
                    sum += at(q, (h * queries + i) * width + d) * at(k, (h * keys + j) * width + d);
                wrong += sum != at(y, (h * queries + i) * keys + j);
            }
    CHECK(wrong == 0);
    CHECK(function::plan::size.calls == 1);
}

constexpr auto along_the_last = [](auto x, auto w, auto b) { return relu(matmul(x, w) + b); };

TEST_CASE("products: a matrix multiplies along the last axis of values of any rank") {
    constexpr int places = 6, inputs = 5, outputs = 19, count = 3;
    using function = sinter::function<along_the_last, samples<shape<2, places / 2, inputs>, 8>, shape<inputs, outputs>,
                                      shape<outputs>>;
    function run;
    const auto x = numbers(count * places * inputs, 1), w = numbers(inputs * outputs, 2), b = numbers(outputs, 3);
    std::vector<float> y(count * places * outputs);
    run.into(y, x, w, b);
    int wrong = 0;
    for (int i = 0; i < count * places; ++i)
        for (int j = 0; j < outputs; ++j) {
            float sum = at(b, j);
            for (int k = 0; k < inputs; ++k) sum += at(x, i * inputs + k) * at(w, k * outputs + j);
            wrong += (sum > 0 ? sum : 0) != at(y, i * outputs + j);
        }
    CHECK(wrong == 0);
    CHECK(function::plan::size.calls == 1);
}

template <int Window, int Step>
constexpr auto convolution = [](auto x, auto w) {
    const auto windows = sinter::windows<0, Window, Step>(sinter::windows<1, Window, Step>(x));
    return sinter::tensordot<3>(transpose<0, 2, 1, 3, 4>(windows), w);
};
template <int Window, int Step>
constexpr auto weighted = [](auto x, auto w, auto t) { return sum(convolution<Window, Step>(x, w) * t); };
template <int Window, int Step>
constexpr auto by_data = [](auto x, auto w, auto t) { return sinter::gradient<0>(weighted<Window, Step>)(x, w, t); };
template <int Window, int Step>
constexpr auto by_filter = [](auto x, auto w, auto t) {
    return sinter::gradient<0>([=](auto v) { return sinter::sum_over_samples(weighted<Window, Step>(x, v, t)); })(w);
};

template <int Height, int Width, int Channels, int Filters, int Window, int Step>
void check_convolution() {
    constexpr int rows = (Height - Window) / Step + 1, columns = (Width - Window) / Step + 1, count = 3;
    constexpr int filter_size = Window * Window * Channels * Filters;
    using image = samples<shape<Height, Width, Channels>, 4>;
    using filter = shape<Window, Window, Channels, Filters>;
    using result = samples<shape<rows, columns, Filters>, 4>;
    const auto x = numbers(count * Height * Width * Channels, 1), w = numbers(filter_size, 2),
               t = numbers(count * rows * columns * Filters, 3);
    std::vector<float> y(t.size()), wanted(t.size()), dx(x.size()), wanted_dx(x.size()), dw(w.size()),
        wanted_dw(w.size());
    for (int n = 0; n < count; ++n)
        for (int i = 0; i < rows; ++i)
            for (int j = 0; j < columns; ++j)
                for (int k = 0; k < Window * Window * Channels; ++k) {
                    const int line = i * Step + k / (Window * Channels), place = j * Step + k / Channels % Window;
                    const int of_x = ((n * Height + line) * Width + place) * Channels + k % Channels;
                    for (int f = 0; f < Filters; ++f) {
                        const int of_y = ((n * rows + i) * columns + j) * Filters + f, of_w = k * Filters + f;
                        wanted[static_cast<std::size_t>(of_y)] += at(x, of_x) * at(w, of_w);
                        wanted_dx[static_cast<std::size_t>(of_x)] += at(t, of_y) * at(w, of_w);
                        wanted_dw[static_cast<std::size_t>(of_w)] += at(t, of_y) * at(x, of_x);
                    }
                }
    using forward = sinter::function<convolution<Window, Step>, image, filter>;
    using backward = sinter::function<by_data<Window, Step>, image, filter, result>;
    using of_filter = sinter::function<by_filter<Window, Step>, image, filter, result>;
    forward{}.into(y, x, w);
    backward{}.into(dx, x, w, t);
    of_filter{}.into(dw, x, w, t);
    CHECK(y == wanted);
    CHECK(dx == wanted_dx);
    CHECK(dw == wanted_dw);
    CHECK(forward::plan::size.calls == 1);
    CHECK(forward::plan::value.workspace == 0);
    CHECK(of_filter::plan::size.calls == 1);
    // by data: t with margins, and nothing as large as windows
    if (Step == 1) CHECK(backward::plan::size.calls <= 3);
    constexpr int margins = 4 * (rows + 2 * Window) * (columns + 2 * Window) * (Filters + 16);
    if (Step == 1) CHECK(backward::plan::value.workspace <= margins);
}

TEST_CASE("products: a convolution is a product over windows, and so are its gradients") {
    check_convolution<9, 8, 5, 18, 3, 1>();
    check_convolution<9, 8, 3, 4, 3, 2>();
    check_convolution<14, 14, 6, 16, 5, 1>();  // by data both borders of the result are left out
}

constexpr auto same_image = [](auto x, auto w) {
    return convolution<3, 1>(sinter::pad<0, 1, 1>(sinter::pad<1, 1, 1>(x)), w);
};
constexpr auto by_same_data = [](auto x, auto w, auto t) {
    return sinter::gradient<0>([=](auto v) { return sum_over_samples(sum(same_image(v, w) * t)); })(x);
};
constexpr auto by_same_filter = [](auto x, auto w, auto t) {
    return sinter::gradient<0>([=](auto v) { return sum_over_samples(sum(same_image(x, v) * t)); })(w);
};

TEST_CASE("products: lines of the margins around an image are not multiplied") {
    constexpr int size = 14, channels = 16, filters = 20;
    using image = samples<shape<size, size, channels>, 4>;
    using filter = shape<3, 3, channels, filters>;
    using result = samples<shape<size, size, filters>, 4>;
    using forward = sinter::function<same_image, image, filter>;
    // of three lines of a filter two meet the image at its first and last line; by data, the same the other way round
    constexpr double flops = 2.0 * size * (3 * size - 2) * 3 * channels * filters;
    CHECK(sinter::work_of_program<forward::plan>(1).product_flops == doctest::Approx(flops));
    CHECK(sinter::work_of_program<sinter::function<by_same_data, image, filter, result>::plan>(1).product_flops ==
          doctest::Approx(flops));
    CHECK(sinter::work_of_program<sinter::function<by_same_filter, image, filter, result>::plan>(1).product_flops ==
          doctest::Approx(flops));

    // so what is no number in the filter's first line is none of the image's
    const auto x = numbers(size * size * channels, 1);
    auto w = numbers(3 * 3 * channels * filters, 2);
    w[static_cast<std::size_t>(3 * channels * filters - 1)] = std::numeric_limits<float>::infinity();
    std::vector<float> y(size * size * filters);
    forward{}.into(y, x, w);
    for (int line : {0, 1}) {
        CAPTURE(line);
        bool finite = true;
        for (int i = 0; i < size * filters; ++i) finite = finite && std::isfinite(at(y, line * size * filters + i));
        CHECK(finite == (line == 0));
    }
}

constexpr auto with_channel = [](auto x, auto w) { return convolution<3, 1>(sinter::pad<2, 1, 0>(x), w); };
constexpr auto by_padded_data = [](auto x, auto w, auto t) {
    return sinter::gradient<0>([=](auto v) { return sum_over_samples(sum(with_channel(v, w) * t)); })(x);
};
constexpr auto by_plain_data = [](auto x, auto w, auto t) {
    const auto of_channels = sinter::slice<2, 1, 6>(w);
    return sinter::gradient<0>([=](auto v) { return sum_over_samples(sum(convolution<3, 1>(v, of_channels) * t)); })(x);
};

TEST_CASE("products: what comes back to channels beside others is cut where columns are") {
    using image = samples<shape<6, 7, 5>, 2>;
    using filter = shape<3, 3, 6, 4>;
    using result = samples<shape<4, 5, 4>, 2>;
    const auto x = numbers(6 * 7 * 5, 1), w = numbers(3 * 3 * 6 * 4, 2), t = numbers(4 * 5 * 4, 3);
    std::vector<float> dx(x.size()), wanted(x.size());
    sinter::function<by_padded_data, image, filter, result>{}.into(dx, x, w, t);
    sinter::function<by_plain_data, image, filter, result>{}.into(wanted, x, w, t);
    CHECK(dx == wanted);
}

}  // namespace
