// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/hash_index.hpp>

#include <doctest/doctest.h>

namespace {

/// Interns numbers; `Modulus` makes hashes collide.
template <unsigned Modulus>
struct interned {
    sinter::meta::vector<int> values;
    sinter::meta::hash_index index;
    constexpr int number_of(int value) {
        const int found = index.find_or_claim(
            static_cast<unsigned>(value) % Modulus, values.size(), [&](int i) { return values[i] == value; },
            [&](int i) { return static_cast<unsigned>(values[i]) % Modulus; });
        return found >= 0 ? found : values.push(value);
    }
};

template <unsigned Modulus>
constexpr bool numbers_are_kept(int count) {
    interned<Modulus> set;
    for (int turn = 0; turn < 2; ++turn)
        for (int i = 0; i < count; ++i)
            if (set.number_of(i * 17) != i) return false;
    return set.values.size() == count;
}
/// Elements that are appended without a search are found by the next one, and so are those behind them.
constexpr bool appended_are_found(int count) {
    interned<1u << 30> set;
    set.number_of(0);
    for (int i = 1; i < count; ++i) set.values.push(i * 17);
    for (int i = 0; i < 2 * count; ++i)
        if (set.number_of(i * 17) != i) return false;
    return set.values.size() == 2 * count;
}
static_assert(appended_are_found(5) && appended_are_found(150), "within the first slots, and across growths");

static_assert(numbers_are_kept<1u << 30>(150), "across several growths");
static_assert(numbers_are_kept<1>(40), "though every hash is the same");

TEST_CASE("hash_index: thousands of elements keep the numbers they got") {
    volatile int many = 50'000, fewer = 5'000;  // else g++ spends seconds on computing it while compiling
    CHECK(numbers_are_kept<1u << 30>(many));
    CHECK(numbers_are_kept<64>(fewer));
}

}  // namespace
