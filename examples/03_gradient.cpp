// SPDX-License-Identifier: BSL-1.0
// Gradients of ordinary functions and of expressions of named variables: what the compiler gets, and how to run it.

#include <sinter/sinter.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

constexpr auto f = [](auto x, auto y) { return sum(sin(x) * exp(-y)); };
constexpr auto df = sinter::gradient(f);  // a function again; by several arguments, several results

struct x : sinter::variable<sinter::shape<3>> {};
constexpr auto g = sum(sin(x{}) * exp(-x{}));  // an expression: a type without data
constexpr auto ddg = sinter::gradient(sum(sinter::gradient(g, x{})), x{});

// Both are tables of nodes while compiling.
static_assert(sinter::function_table<df, sinter::shape<3>, sinter::shape<3>>.output_count == 2);
static_assert(sinter::expression_table<ddg>.output_count == 1);

// A body may use gradients, of a part of itself too. Without members it is a function of a sample to run.
struct slope {
    using input = sinter::shape<3>;
    constexpr auto operator()(auto v) const {
        return sinter::gradient([](auto u) { return sum(sin(u) * exp(-u)); })(v);
    }
};

int main() {
    const sinter::inference<slope> run{sinter::model<slope>{}};
    auto workspace = run.workspace();
    const std::vector<float> at{0.1F, 0.5F, 2};
    double worst = 0;
    const auto values = run(at, workspace);
    for (std::size_t i = 0; i < at.size(); ++i) {
        const double v = at[i], expected = std::exp(-v) * (std::cos(v) - std::sin(v));
        std::printf("slope at %.1f: %.6f, by hand %.6f\n", v, static_cast<double>(values[i]), expected);
        worst = std::max(worst, std::abs(static_cast<double>(values[i]) - expected));
    }
    return worst < 1e-6 ? 0 : 1;
}
