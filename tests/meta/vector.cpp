// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/vector.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace {

using sinter::meta::vector;

constexpr bool grows_and_keeps_order() {
    vector<int> v;
    for (int i = 0; i < 100; ++i)
        if (v.push(i * i) != i) return false;
    int sum = 0;
    for (int x : v) sum += x;
    return v.size() == 100 && v[7] == 49 && v.back() == 99 * 99 && sum == 328350;
}
static_assert(grows_and_keeps_order());

constexpr bool pushes_its_own_element_while_growing() {
    vector<int> v(16, 3);
    v[0] = 7;
    v.push(v[0]);
    return v.size() == 17 && v[16] == 7 && v[0] == 7;
}
static_assert(pushes_its_own_element_while_growing());

constexpr bool resizes_to_its_own_element() {
    vector<int> v(4, 3);
    v[2] = 9;
    v.resize(50, v[2]);
    for (int x : v)
        if (x != 9) return false;
    v.resize(3, 1);
    return v.size() == 3 && v[0] == 1 && v[2] == 1;
}
static_assert(resizes_to_its_own_element());

constexpr bool moves_swaps_and_assigns() {
    vector<int> a(3, 1), b;
    b = static_cast<vector<int>&&>(a);
    vector<int> c(static_cast<vector<int>&&>(b));
    if (c.size() != 3 || !b.empty()) return false;
    a.push(5);
    a.swap(c);
    c.assign(a);
    c.push(2);
    return a.size() == 3 && c.size() == 4 && c[2] == 1 && c.pop() == 2 && c.size() == 3;
}
static_assert(moves_swaps_and_assigns());

static_assert(!std::is_copy_constructible_v<vector<int>> && !std::is_copy_assignable_v<vector<int>>);

TEST_CASE("vector: the same at run time as while compiling") {
    CHECK(grows_and_keeps_order());
    CHECK(pushes_its_own_element_while_growing());
    CHECK(resizes_to_its_own_element());
    CHECK(moves_swaps_and_assigns());
}

TEST_CASE("vector: truncating keeps the storage and the first elements") {
    vector<int> v(20, 4);
    const int* const storage = v.begin();
    v.truncate(2);
    v.push(1);
    CHECK(v.begin() == storage);
    CHECK(v.size() == 3);
    CHECK(v[1] == 4);
}

}  // namespace
