// SPDX-License-Identifier: BSL-1.0
// A function through the door gives what its table says: lanes, twins, groups of one operation and the interpreter
// agree, and results are written where they belong and nowhere else. Every operation is tested here, too.
#include "support/check_function.hpp"

#include <utility>

namespace {

using namespace sinter_test;

constexpr auto layer = [](auto x, auto w, auto b) { return tanh(matmul(x, w) + b); };
constexpr auto loss = [](auto x, auto w) { return sum(tanh(matmul(x, w))); };
constexpr auto line = [](auto x, auto a, auto b) { return a * x + b; };
constexpr auto dot = [](auto x, auto y) { return sum(x * y); };
constexpr auto product = [](auto a, auto b) { return matmul(a, b); };
constexpr auto same = [](auto x) { return x; };
constexpr auto twice = [](auto x) { return std::pair{x, x}; };
constexpr auto doubled_twice = [](auto x) { return std::pair{x + x, x + x}; };
constexpr auto nothing_read = [](auto x, auto) { return std::pair{x * 0.0 + 3.0, 2.0}; };
constexpr auto exponential = [](auto x) { return exp(x); };

TEST_CASE("function: elementwise functions, of every length up to some registers") {
    [&]<int... N>(std::integer_sequence<int, N...>) {
        (check_function<line, shape<N>, shape<N>, shape<N>>({.exact = true, .seed = N}), ...);
    }(std::integer_sequence<int, 1, 2, 7, 8, 9, 10, 16, 17, 33>{});
    check_function<line, shape<40>, shape<>, shape<40>>();
    check_function<line, shape<3, 5>, shape<5>, shape<3, 1>>();
    check_function<line, shape<2, 3, 5>, shape<2, 3, 5>, shape<>>();
    check_function<exponential, shape<70>>();
    check_function<exponential, shape<>>();
}

TEST_CASE("function: sums, maxima and softmax over axes") {
    static constexpr auto sums = [](auto x) { return results{sum(x), sum<0>(x), sum<1>(x), max<-1>(x), mean(x)}; };
    check_function<sums, shape<7, 9>>({.exact = false});
    check_function<sums, shape<1, 5>>();
    check_function<sums, shape<16, 3, 2>>();
    check_function<dot, shape<10>, shape<10>>({.exact = true});
    check_function<dot, shape<1000>, shape<1000>>({.exact = true});
    check_function<dot, samples<shape<10>, 7>, shape<10>>({.rows = 6, .exact = true});
    static constexpr auto soft = [](auto x) { return softmax(x); };
    check_function<soft, shape<10>>();
    check_function<soft, samples<shape<10>, 7>>({.rows = 5});
}

TEST_CASE("function: products, small enough for registers or not, and what is fused behind them") {
    check_function<product, shape<3>, shape<3, 4>>({.exact = true});
    check_function<product, shape<1, 1>, shape<1, 1>>({.exact = true});
    check_function<product, shape<2, 3>, shape<3, 17>>({.exact = true});
    check_function<product, shape<5, 9>, shape<9, 20>>({.exact = true});
    check_function<product, shape<33, 20>, shape<20, 70>>({.exact = true});
    check_function<product, samples<shape<6>, 19>, shape<6, 5>>({.rows = 18, .exact = true});
    check_function<layer, samples<shape<6>, 9>, shape<6, 40>, shape<40>>({.rows = 9});
    check_function<layer, shape<4>, shape<4, 8>, shape<8>>();
    static constexpr auto transposed = [](auto a, auto b) {
        return results{matmul(transpose<1, 0>(a), b), matmul(transpose<1, 0>(b), a),
                       sum(matmul(transpose<1, 0>(a), b))};
    };
    check_function<transposed, shape<5, 3>, shape<5, 4>>({.exact = true});
    check_function<transposed, shape<21, 18>, shape<21, 33>>({.exact = true});
}

TEST_CASE("function: views, copies, and values that are stored as they come") {
    check_function<same, shape<3, 5>>({.exact = true});
    check_function<twice, shape<5>>({.exact = true});
    check_function<doubled_twice, samples<shape<2, 3>, 4>>({.rows = 3, .exact = true});
    check_function<nothing_read, shape<3>, shape<2>>({.exact = true});
    static constexpr auto moved = [](auto x) {
        return results{transpose<1, 0>(x), slice<1, 1, 3>(x), reshape<10>(x), concat<0>(x, x), reshape<5, 2>(x) + 1.0};
    };
    check_function<moved, shape<2, 5>>({.exact = true});
    check_function<moved, samples<shape<2, 5>, 3>>({.rows = 2, .exact = true});
}

TEST_CASE("function: numbers for each sample, all numbers of rows") {
    static constexpr auto per_sample = [](auto x, auto s, auto w) { return results{sum(x * w) + s, x * s, s * 2.0}; };
    for (int rows = 1; rows <= 9; ++rows)
        check_function<per_sample, samples<shape<5>, 9>, samples<shape<>, 9>, shape<5>>({.rows = rows, .exact = true});
}

TEST_CASE("function: integers are inputs of a kind of their own, in parts of them, too") {
    static constexpr auto of_labels = [](auto x, auto n) {
        return results{x * n, slice<0, 2, 5>(n) * 2.0, select(equal(n, 1.0), x, -x), sum(n)};
    };
    check_function<of_labels, shape<7>, integers<shape<7>>>({.exact = true});
    check_function<of_labels, samples<shape<7>, 5>, samples<integers<shape<7>>, 5>>({.rows = 4, .exact = true});
}

TEST_CASE("function: gradients, with their value, of gradients, by some of the arguments") {
    check_function<gradient(loss), shape<3>, shape<3, 4>>();
    check_function<value_and_gradient(loss), shape<3>, shape<3, 4>>();
    check_function<gradient<1>(loss), shape<3>, shape<3, 4>>();
    check_function<value_and_gradient<1, 0>(loss), samples<shape<3>, 8>, shape<3, 4>>({.rows = 7});
    static constexpr auto slope = [](auto x, auto w) {
        const auto [y, dx] = value_and_gradient<0>(loss)(x, w);
        return y + sum(dx * dx);
    };
    check_function<slope, shape<3>, shape<3, 4>>();
    check_function<value_and_gradient(slope), shape<3>, shape<3, 4>>();
}

TEST_CASE("function: a chain of more calls than are written out") {
    static constexpr auto deep = [](auto x, auto w) {
        for (int k = 0; k < 30; ++k) x = matmul(x, w) - x;
        return x;
    };
    check_function<deep, shape<4>, shape<4, 4>>({.seed = 1, .scale = 0.05});
    check_function<deep, samples<shape<4>, 20>, shape<4, 4>>({.rows = 17, .seed = 1, .scale = 0.05});
}

}  // namespace
