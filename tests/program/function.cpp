// SPDX-License-Identifier: BSL-1.0
// A function takes whatever arrays a caller has; a call allocates nothing and leaves the floating-point mode alone;
// what cannot be right is refused with both numbers. That it gives what its table says: tests/laws/functions.cpp.
#include <sinter/nn/activation.hpp>
#include <sinter/program/function.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cfenv>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

std::size_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const p = std::malloc(size == 0 ? 1 : size)) return p;
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    ++allocations;
    const auto unit = static_cast<std::size_t>(alignment);
    if (void* const p = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return p;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

using namespace sinter;

constexpr auto layer = [](auto x, auto w, auto b) { return tanh(matmul(x, w) + b); };
constexpr auto loss = [](auto x, auto w) { return sum(tanh(matmul(x, w))); };
constexpr auto line = [](auto x, auto a, auto b) { return a * x + b; };
constexpr auto product = [](auto a, auto b) { return matmul(a, b); };
constexpr auto exponential = [](auto x) { return exp(x); };

// ---- how it is called

TEST_CASE("function: arrays, arrays of arrays, std::array, spans, vectors and numbers") {
    sinter::function<product, shape<2>, shape<2, 3>> run;
    const float x[2] = {1, 2}, w[2][3] = {{1, 2, 3}, {4, 5, 6}};
    const std::array<float, 3> wanted{9, 12, 15};
    const std::array<float, 2> x_array{1, 2};
    const std::vector<float> x_vector{1, 2}, w_vector{1, 2, 3, 4, 5, 6};
    const std::array<std::array<float, 3>, 2> w_nested{{{1, 2, 3}, {4, 5, 6}}};
    const std::vector<std::array<float, 3>> w_rows{{1, 2, 3}, {4, 5, 6}};
    CHECK(run(x, w) == wanted);
    CHECK(run(x_array, w_nested) == wanted);
    CHECK(run(x_vector, w_vector) == wanted);
    CHECK(run(std::span(x), std::span(w_vector)) == wanted);
    CHECK(run(std::span<const float, 2>(x), w_rows) == wanted);
    CHECK(run(std::array<float, 2>{1, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}) == wanted);

    float y[3] = {};
    run.into(y, x, w);
    CHECK(std::equal(wanted.begin(), wanted.end(), y));
    std::vector<float> y_vector(3);
    run.into(y_vector, x, w);
    CHECK(std::equal(wanted.begin(), wanted.end(), y_vector.begin()));
    std::vector<float> y_span(3);
    run.into(std::span(y_span), x, w);
    CHECK(y_span == y_vector);

    sinter::function_of<double, line, shape<>, shape<>, shape<>> number;
    const double five = number(2.0, 2.0, 1.0);
    CHECK(five == 5);
    double there = 0;
    number.into(there, 2.0, 3.0, 1.0);
    CHECK(there == 7);
}

TEST_CASE("function: one result is itself, several are results, in the order of the body") {
    static constexpr auto several = [](auto x) { return results{sum(x), std::pair{x + 1.0, reshape<1, 2>(x)}, 4.0}; };
    sinter::function<several, shape<2>> run;
    const auto [total, more, again, four] = run(std::array<float, 2>{1, 2});
    static_assert(std::is_same_v<decltype(total), const float>);
    static_assert(std::is_same_v<decltype(more), const std::array<float, 2>>);
    static_assert(std::is_same_v<decltype(again), const std::array<float, 2>>);
    CHECK(total == 3);
    CHECK(more == std::array<float, 2>{2, 3});
    CHECK(again == std::array<float, 2>{1, 2});
    CHECK(four == 4);
    CHECK(decltype(run)::result_count == 4);
}

TEST_CASE("function: functors, layers without parameters and functions that are written in place") {
    sinter::function<sinter::nn::relu{}, shape<2>> positive;
    CHECK(positive(std::array<float, 2>{-1, 2}) == std::array<float, 2>{0, 2});
    sinter::function<[](auto x) { return sum(x * x); }, shape<2>> squares;
    CHECK(squares(std::array<float, 2>{3, 4}) == 25);
}

TEST_CASE("function: a call allocates nothing, in the object or beside it") {
    sinter::function<value_and_gradient(loss), samples<shape<30>, 64>, shape<30, 40>> large;
    sinter::function<loss, shape<3>, shape<3, 4>> small;
    static_assert(sizeof(small) <= 4096 && sizeof(large) <= 4096);
    std::vector<float> x(30 * 64, 0.1F), w(30 * 40, 0.1F), y(64), dx(30 * 64), dw(30 * 40);
    const std::size_t before = allocations;
    large.into(y, dx, dw, x, w);
    large.try_into(y, dx, dw, x, w).value();
    const float total = small(std::span<const float>(x).first(3), std::span<const float>(w).first(12));
    const bool found =
        small.try_call(std::span<const float>(x).first(3), std::span<const float>(w).first(12)).has_value();
    CHECK(allocations == before);
    CHECK(found);
    CHECK(total > 0);
    CHECK(std::is_nothrow_invocable_v<decltype(small)&, std::array<float, 3>, std::array<float, 12>>);
}

TEST_CASE("function: copies have memory of their own, and what was moved from goes on") {
    using kind = sinter::function<value_and_gradient(loss), samples<shape<30>, 64>, shape<30, 40>>;
    std::vector<float> x(30 * 64), w(30 * 40), y(64), dx(30 * 64), dw(30 * 40);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.01F * static_cast<float>(i % 17);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = 0.01F * static_cast<float>(i % 13);
    kind first;
    first.into(y, dx, dw, x, w);
    kind copy = first, moved = std::move(first);
    copy = moved;
    std::vector<kind> many(3, copy);
    many.push_back(std::move(copy));
    for (kind* const k : {&first, &copy, &moved, &many[3]}) {  // NOLINT(bugprone-use-after-move)
        std::vector<float> y2(64), dx2(30 * 64), dw2(30 * 40);
        k->into(y2, dx2, dw2, x, w);
        CHECK(y2 == y);
        CHECK(dx2 == dx);
        CHECK(dw2 == dw);
    }
    // an object a thread
    std::vector<std::vector<float>> outputs(3, std::vector<float>(64));
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 3; ++t)
        threads.emplace_back([&, t] {
            std::vector<float> a(30 * 64), b(30 * 40);
            for (int again = 0; again < 50; ++again) many[t].into(outputs[t], a, b, x, w);
        });
    for (std::thread& t : threads) t.join();
    for (const auto& o : outputs) CHECK(o == y);
}

TEST_CASE("function: a mean over samples is that of each call's own, in copies, too") {
    static constexpr auto both = [](auto x) { return results{mean_over_samples(sum(x)), sum_over_samples(x)}; };
    using kind = sinter::function<both, samples<shape<2>, 100>>;
    kind run;
    const std::vector<float> x(200, 3);
    for (const std::size_t rows : {100u, 1u, 33u, 64u}) {
        kind copy = run;
        for (kind* const k : {&run, &copy}) {
            const auto [mean, total] = (*k)(std::span(x).first(2 * rows));
            CHECK(mean == doctest::Approx(6));
            CHECK(total[1] == 3.0F * static_cast<float>(rows));
        }
    }
    CHECK(run(std::span(x).first(0 + 2 * 64)).get<0>() == 6);
    CHECK(run.try_call(std::vector<float>(3)).error().message ==
          "function: argument 0: expected whole samples of 2 elements, found 3");
}

// ---- the floating-point mode

TEST_CASE("function: subnormal numbers are numbers, and the mode is the caller's, but for functions that need one") {
    static constexpr auto half = [](auto x) { return x * 0.5; };
    static constexpr auto half_and_exp = [](auto x) { return results{x * 0.5, exp(x)}; };
    const std::array<float, 3> tiny{std::numeric_limits<float>::min(), -std::numeric_limits<float>::min(), 1};
    sinter::function<half, shape<3>> plain;
    sinter::function<half_and_exp, shape<3>> with_exp;
    CHECK(plain(tiny)[0] == std::numeric_limits<float>::min() / 2);
    CHECK(with_exp(tiny).get<0>()[1] == -std::numeric_limits<float>::min() / 2);

    static constexpr auto third = [](auto x) { return x / 3.0; };
    sinter::function_of<double, third, shape<1>> divide;
    sinter::function_of<double, exponential, shape<1>> power;
    static constexpr auto added = [](auto x, auto y) { return x + y; };
    sinter::function_of<double, added, shape<1>, shape<1>> add;
    // Behind pointers that no compiler sees through: else it computes before the mode is set.
    const std::array<double, 1> one{1}, small{1e-30};
    const auto apart = [](auto& f, const auto&... x) {
        const auto call = +[](std::remove_cvref_t<decltype(f)>& g, const std::remove_cvref_t<decltype(x)>&... y) {
            return g(y...)[0];
        };
        decltype(call) volatile hidden = call;
        return hidden(f, x...);
    };
    const double nearest = apart(divide, one), e = apart(power, one);
    for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        std::fesetround(mode);
        const double divided = apart(divide, one), e_again = apart(power, one), sum = apart(add, one, small);
        const int after = std::fegetround();
        std::fesetround(FE_TONEAREST);
        CHECK(after == mode);
        CHECK(divided == nearest);
        CHECK(e_again == e);
        CHECK((sum > 1) == (mode == FE_UPWARD));
    }
}

// ---- what is refused in a call

constexpr auto itself_and_twice = [](auto x) { return sinter::results{x, 2.0 * x}; };

TEST_CASE("function: what only a call can tell is refused by name, with what was expected and found") {
    sinter::function<layer, samples<shape<3>, 4>, shape<3, 2>, shape<2>> run;
    std::vector<float> x(12), w(6), b(2), y(8);
    const auto said = [](const auto& r) { return r.has_value() ? std::string() : r.error().message; };
    CHECK(said(run.try_into(y, x, w, b)).empty());
    w.pop_back();
    CHECK(said(run.try_into(y, x, w, b)) == "function: argument 1: expected 6 elements, found 5");
    w.push_back(0);
    x.pop_back();
    CHECK(said(run.try_into(y, x, w, b)) == "function: argument 0: expected whole samples of 3 elements, found 11");
    x.clear();
    CHECK(said(run.try_into(y, x, w, b)) == "function: argument 0: expected a sample at least, found none");
    CHECK(said(run.try_into(y, std::vector<float>(), w, b)) ==
          "function: argument 0: expected a sample at least, found none");
    x.assign(9, 0);
    CHECK(said(run.try_into(y, x, w, b)) == "function: argument 0: expected 4 samples, as result 0 has, found 3");
    x.assign(15, 0), y.assign(10, 0);
    CHECK(
        said(run.try_into(y, x, w, b)) ==
        "function: result 0: expected at most 4 samples, found 5; give its input a larger capacity, or call for parts");
    y.assign(8, 0);
    std::vector<float> memory(40);
    const std::span<float> all = memory;
    CHECK(
        said(run.try_into(all.first(8), all.subspan(7, 12), w, b)) ==
        "function: result 0 and argument 0: expected arrays apart, found that they overlap; give the result memory of "
        "its own");
    CHECK(said(run.try_into(all.first(8), all.subspan(8, 12), w, b)).empty());
    CHECK(said(run.try_into(all.subspan(12, 8), all.first(12), w, b)).empty());
    CHECK(said(run.try_into(std::span<float>(static_cast<float*>(nullptr), 8), x, w, b)) ==
          "function: result 0: expected an array, found a null pointer");

    sinter::function<itself_and_twice, shape<3>> two;
    CHECK(said(two.try_into(all.first(3), all.subspan(2, 3), std::array{1.0F, 2.0F, 3.0F})) ==
          "function: result 0 and result 1: expected arrays apart, found that they overlap; give the result memory of "
          "its own");
    CHECK(
        said(two.try_into(all.first(3), all.subspan(3, 3), all.subspan(5, 3))) ==
        "function: result 1 and argument 0: expected arrays apart, found that they overlap; give the result memory of "
        "its own");
    CHECK(said(two.try_into(all.first(3), all.subspan(3, 3), all.subspan(6, 3))).empty());

    sinter::function<line, shape<3>, shape<3>, shape<>> other;
    const auto r = other.try_call(std::vector<float>{1, 2, 3}, std::vector<float>{1, 2}, 1.0F);
    CHECK(said(r) == "function: argument 1: expected 3 elements, found 2");
    CHECK(r.error().code == sinter::error_code::shape_mismatch);
    CHECK(other.try_call(std::vector<float>{1, 2, 3}, std::vector<float>{1, 2, 3}, 1.0F).value() ==
          std::array<float, 3>{2, 5, 10});
}

}  // namespace
