// SPDX-License-Identifier: BSL-1.0
// The peer `loops`: plain loops over static extents, as the compiler vectorises them.

#include "../loops.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace benchmark {
namespace {

template <product_shape S>
void multiply(const float* __restrict a, const float* __restrict b, float* __restrict c) {
    for (int i = 0; i < S.rows; ++i, a += S.depth, c += S.columns) {
        for (int j = 0; j < S.columns; ++j) c[j] = 0;
        for (int k = 0; k < S.depth; ++k)
            for (int j = 0; j < S.columns; ++j) c[j] += a[k] * b[k * S.columns + j];
    }
}

std::function<void()> product(const float* a, const float* b, float* c, product_shape wanted) {
    std::function<void()> found;
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        ((product_shapes[Index] == wanted ? void(found = [=] { multiply<product_shapes[Index]>(a, b, c); }) : void()),
         ...);
    }(std::make_index_sequence<std::size(product_shapes)>{});
    return found;
}

template <class F>
std::function<void()> loop(const float* x, float* y, std::size_t count, F f) {
    return [=] {
        const float* __restrict in = x;
        float* __restrict out = y;
        for (std::size_t i = 0; i < count; ++i) out[i] = f(in[i]);
    };
}

std::function<void()> elementwise(const std::string& name, const float* x, float* y, std::size_t count) {
    if (name == "exp") return loop(x, y, count, [](float v) { return std::exp(v); });
    if (name == "log") return loop(x, y, count, [](float v) { return std::log(v); });
    if (name == "tanh") return loop(x, y, count, [](float v) { return std::tanh(v); });
    if (name == "sigmoid") return loop(x, y, count, [](float v) { return 1 / (1 + std::exp(-v)); });
    return loop(x, y, count, [](float v) {
        const float a = (v * 0.5F + 1.0F) * v - 0.25F;
        return std::min(std::max(std::abs(a) * 2.0F, 0.125F), 8.0F);
    });
}

const registration loops{{.who = "loops",
                          .version = "compiler: " __VERSION__,
                          .train = [](const task& job, rule by, int rows) -> std::unique_ptr<training> {
                              return std::make_unique<loops_training<float>>(job, by, rows);
                          },
                          .infer = [](const task& job, int count) -> std::unique_ptr<classifier> {
                              return std::make_unique<loops_classifier<float>>(job, count);
                          },
                          .product = product,
                          .elementwise = elementwise}};

}  // namespace
}  // namespace benchmark
