// SPDX-License-Identifier: BSL-1.0

/// Linked with unit.cpp twice: with the flags of x86-64 and with AVX2 and fma. Its program has no other kernel.

#include "unit.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace {

TEST_CASE("instruction sets: two units of one program keep each its own kernels") {
    std::vector<float> a, b, first(7 * 24), second(7 * 24);
    for (int i = 0; i < 7 * 5; ++i) a.push_back(static_cast<float>(i % 7 - 3));
    for (int i = 0; i < 5 * 24; ++i) b.push_back(static_cast<float>(i % 11 - 5));
    void* const slots[] = {a.data(), b.data(), first.data()};
    void* const again[] = {a.data(), b.data(), second.data()};
    baseline::product(slots, 7);
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
    with_avx2::product(again, 7);
    CHECK(first == second);
    CHECK(baseline::gather() != with_avx2::gather());
    for (int i = 0; i < 7; ++i)
        for (int j = 0; j < 24; ++j) {
            float sum = 0;
            for (int k = 0; k < 5; ++k)
                sum += a[static_cast<std::size_t>(i * 5 + k)] * b[static_cast<std::size_t>(k * 24 + j)];
            CHECK(first[static_cast<std::size_t>(i * 24 + j)] == (sum > 0 ? sum : 0));
        }
#ifndef SINTER_SCALAR
    CHECK(baseline::lanes() == 4);
    CHECK(with_avx2::lanes() == 8);
#endif
}

TEST_CASE("instruction sets: two units of one program train the same network, each with code and layouts of its own") {
    std::vector<float> inputs;
    std::vector<int> classes;
    for (int i = 0; i < 50; ++i) {
        for (int k = 0; k < 3; ++k) inputs.push_back(static_cast<float>((i * 7 + k * 3) % 11 - 5) / 5);
        classes.push_back(i % 2);
    }
    const double loss = baseline::train(inputs.data(), classes.data(), 50);
    CHECK(loss > 0);
    CHECK(loss < 1);
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
    CHECK(with_avx2::train(inputs.data(), classes.data(), 50) == doctest::Approx(loss).epsilon(1e-5));
}

}  // namespace
