// SPDX-License-Identifier: BSL-1.0
#include <sinter/config.hpp>

#include <doctest/doctest.h>

namespace {

template <int Rows, int Columns>
SINTER_ALWAYS_INLINE constexpr int multiplication_table_sum() {
    int sum = 0;
    SINTER_UNROLL
    for (int row = 1; row <= Rows; ++row) {
        SINTER_UNROLL
        for (int column = 1; column <= Columns; ++column) sum += row * column;
    }
    return sum;
}

static_assert(SINTER_VERSION == 10000 * sinter::version.major + 100 * sinter::version.minor + sinter::version.patch);
static_assert(multiplication_table_sum<3, 4>() == 60);

TEST_CASE("config: the version's values are the macros'") {
    CHECK(sinter::version == sinter::version_number{SINTER_VERSION_MAJOR, SINTER_VERSION_MINOR, SINTER_VERSION_PATCH});
}

TEST_CASE("config: unrolled nested loops compute what rolled ones do") {
    CHECK(multiplication_table_sum<6, 7>() == 21 * 28);
    CHECK(multiplication_table_sum<0, 7>() == 0);
    CHECK(multiplication_table_sum<64, 1>() == 2080);
}

TEST_CASE("config: exceptions are reported as the compiler has them") {
#if SINTER_HAS_EXCEPTIONS
    CHECK_THROWS(throw 1);
#else
    CHECK(SINTER_HAS_EXCEPTIONS == 0);
#endif
}

}  // namespace
