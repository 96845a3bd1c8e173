// SPDX-License-Identifier: BSL-1.0
// The suite `matmul`: products (rows, depth) (depth, columns) as programs, the right operand as a parameter in the
// planner's layout, and as an input, where packing it is part of the time. Outputs are compared with sums in double
// precision.

#include "function_program.hpp"
#include "harness.hpp"
#include "task.hpp"
#include <sinter/graph/functions.hpp>

namespace {

using namespace benchmark;

constexpr auto product = [](auto a, auto b) { return matmul(a, b); };

/// Error of c, in parts of what rounding each of its terms once may bring.
double error_of(const auto& at, const std::vector<double>& reference, double depth) {
    double worst = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double d = std::abs(static_cast<double>(at(i)) - reference[i]) / depth;
        worst = d <= worst ? worst : d;
    }
    return worst;
}

template <product_shape S>
void row(suite& s) {
    const std::string name =
        "matmul-" + std::to_string(S.rows) + "-" + std::to_string(S.columns) + "-" + std::to_string(S.depth);
    if (!s.wants(name)) return;
    std::vector<float> a(S.rows * S.depth), b(S.depth * S.columns), c(S.rows * S.columns);
    auto fill = [n = 0](std::vector<float>& values) mutable {
        for (float& v : values) v = static_cast<float>(++n * 37 % 101 - 50) / 50;
    };
    fill(a), fill(b);
    std::vector<double> reference(c.size());
    for (std::size_t i = 0; i < S.rows; ++i)
        for (std::size_t k = 0; k < S.depth; ++k)
            for (std::size_t j = 0; j < S.columns; ++j)
                reference[i * S.columns + j] +=
                    static_cast<double>(a[i * S.depth + k]) * static_cast<double>(b[k * S.columns + j]);

    std::vector<contestant> all{peak_limit(2.0 * S.rows * S.columns * S.depth)};
    using left = sinter::shape<S.rows, S.depth>;
    using right = sinter::shape<S.depth, S.columns>;
    const auto enter = [&]<class Program>(std::shared_ptr<Program> one, const char* note) {
        one->set(0, a.data()), one->set(1, b.data());
        all.push_back(
            {.who = "sinter", .note = note, .measure = timed([one] { one->run(); }), .error = [one, &reference] {
                 one->run();
                 return error_of([&](std::size_t i) { return one->result(static_cast<int>(i)); }, reference, S.depth);
             }});
        all.back().predicted = sinter::predicted_seconds<typename Program::plan>(1, measured_rates(Program::floats));
    };
    using packed = function_program<product, 1, left, right>;
    enter(std::make_shared<packed>(), packed::in_panels(0) ? "right operand in panels" : "right operand row by row");
    enter(std::make_shared<function_program<product, 0, left, right>>(), "packing included");
    for (const peer& p : peers())
        if (p.product != nullptr) {
            const std::function<void()> run = p.product(a.data(), b.data(), c.data(), S);
            all.push_back({.who = p.who, .note = p.version, .measure = timed(run), .error = [&, run] {
                               run();
                               return error_of([&](std::size_t i) { return c[i]; }, reference, S.depth);
                           }});
        }
    s.measure(name, 1e-7, std::move(all));
}

}  // namespace

int main(int argc, char** argv) {
    suite s{"matmul", argc, argv};
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        (row<product_shapes[Index]>(s), ...);
    }(std::make_index_sequence<std::size(product_shapes)>{});
    return s.exit_code();
}
