// SPDX-License-Identifier: BSL-1.0
// Sums and means over samples through the door give what the interpreter gives, beside what each sample has, and their
// gradients are finite differences; of any number of blocks of rows.
#include "support/check_function.hpp"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace {

using namespace sinter_test;

TEST_CASE("samples: sums and means over samples, beside what each sample has, of any number of blocks of rows") {
    static constexpr auto both = [](auto x, auto w) {
        const auto y = matmul(x, w);
        return results{sum_over_samples(sum(y)), sum_over_samples(x), y, sum_over_samples(y) * sum(x)};
    };
    for (const int rows : {1, 2, 15, 16, 17, 33, 40})
        check_function<both, samples<shape<3>, 40>, shape<3, 4>>({.rows = rows, .exact = true});
    static constexpr auto means = [](auto x, auto n) {
        const auto centred = x - mean_over_samples(x);
        return results{mean_over_samples(x * n), centred, mean_over_samples(sum(centred * centred))};
    };
    for (const int rows : {1, 16, 50}) {
        check_function<means, samples<shape<5>, 50>, shape<5>>({.rows = rows});
        check_function<means, samples<shape<3, 2>, 50>, samples<integers<>, 50>>({.rows = rows});
    }
    static constexpr auto of_numbers = [](auto x) { return results{mean_over_samples(x), sum_over_samples(x * x)}; };
    check_function<of_numbers, samples<shape<>, 64>>({.rows = 32, .exact = true});
}

TEST_CASE("samples: a mean over samples is divided by their number") {
    static constexpr auto both = [](auto x) {
        return results{sum_over_samples(x), mean_over_samples(x), mean_over_samples(sum(x * x))};
    };
    sinter::function_of<double, both, samples<shape<2>, 8>> run;
    const auto [sum, mean, squares] = run(std::vector<double>{1, 2, 3, 4, 5, -6, 7, 8});
    CHECK(sum == std::array<double, 2>{16, 8});
    CHECK(mean == std::array<double, 2>{4, 2});
    CHECK(squares == (1 + 4 + 9 + 16 + 25 + 36 + 49 + 64) / 4.0);
}

constexpr auto mean_loss = [](auto x, auto y, auto w, auto b) {
    const auto off = tanh(matmul(x, w) + b) - y;
    return mean_over_samples(sum(off * off));
};

/// Each derivative of a loss by arguments without samples is what a small step of that argument shows, in double.
template <auto Loss, class X, class Y, class W, class B>
void check_slopes(int rows) {
    CAPTURE(rows);
    using values = std::vector<double>;
    const auto numbers = [](int count, int seed) {
        values all(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = std::sin(1.7 * static_cast<double>(i) + seed);
        return all;
    };
    using sinter::detail::input_of;
    const values x = numbers(rows * input_of<X>::shape_type::size, 1),
                 y = numbers(rows * input_of<Y>::shape_type::size, 2);
    values w = numbers(W::size, 3), b = numbers(B::size, 4), dw(w.size()), db(b.size());
    sinter::function_of<double, Loss, X, Y, W, B> run;
    sinter::function_of<double, value_and_gradient<2, 3>(Loss), X, Y, W, B> slopes;
    double value = 0;
    slopes.into(value, dw, db, x, y, w, b);
    CHECK(value == run(x, y, w, b));
    const double h = 1e-6;
    int wrong = 0;
    for (auto [at, slope] : {std::pair{&w, &dw}, std::pair{&b, &db}})
        for (std::size_t i = 0; i < at->size(); ++i) {
            const double was = (*at)[i];
            (*at)[i] = was + h;
            const double above = run(x, y, w, b);
            (*at)[i] = was - h;
            const double below = run(x, y, w, b);
            (*at)[i] = was;
            wrong += !(std::abs((above - below) / (2 * h) - (*slope)[i]) < 1e-7);
        }
    CHECK(wrong == 0);
}

TEST_CASE("samples: the gradient of a mean over samples is that of its finite differences") {
    for (const int rows : {1, 16, 37, 100})
        check_slopes<mean_loss, samples<shape<3>, 100>, samples<shape<4>, 100>, shape<3, 4>, shape<4>>(rows);
    // The mean of a sample is over all of them, of each sample's share in it, too.
    static constexpr auto spread = [](auto x, auto y, auto w, auto b) {
        const auto h = matmul(x, w) * b;
        const auto centred = h - mean_over_samples(h);
        return sum(mean_over_samples(centred * centred * y)) / sum(exp(mean_over_samples(h)));
    };
    for (const int rows : {1, 5, 40})
        check_slopes<spread, samples<shape<3>, 40>, samples<shape<>, 40>, shape<3, 4>, shape<4>>(rows);
    check_function<value_and_gradient(mean_loss), samples<shape<3>, 40>, samples<shape<4>, 40>, shape<3, 4>, shape<4>>(
        {.rows = 35});
    check_function<value_and_gradient<2>(spread), samples<shape<3>, 40>, samples<shape<>, 40>, shape<3, 4>, shape<4>>(
        {.rows = 20});
}

}  // namespace
