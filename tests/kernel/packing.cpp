// SPDX-License-Identifier: BSL-1.0
#include "list_maker.hpp"
#include <sinter/kernel/packing.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sinter;

/// A product whose operands lie in rows, the right one `apart` elements from row to row.
constexpr list_maker product(const auto& machine_or_width, int rows, int columns, int depth, int apart,
                             bool transposed_left = false) {
    list_maker m{machine_or_width};
    m.begin_product(rows, columns, depth, transposed_left);
    m.plain({transposed_left ? rows : depth}), m.plain({apart});
    m.out(output_kind::element, m.step(op::matmul), m.plain({columns}));
    return m;
}
constexpr bool packs_right(const auto& machine_or_width, int rows, int columns, int depth, int apart) {
    const list_maker m = product(machine_or_width, rows, columns, depth, apart);
    return right_is_packed(m.list, 0, m.list.target.width());
}
constexpr bool packs_left(int width, int rows, int columns, int depth, bool transposed) {
    return left_is_packed(product(width, rows, columns, depth, columns, transposed).list, 0, depth);
}

TEST_CASE("packing: a right operand is copied where its rows cost more than that, as measured") {
    constexpr int wide = 32, narrow = 16;
    for (const int width : {wide, narrow}) {
        CAPTURE(width);
        CHECK(packs_right(width, 256, 512, 512, 512));  // rows share sets of both caches
        CHECK(packs_right(width, 64, 128, 784, 1024));  // a part of a larger array
        CHECK(!packs_right(width, 64, 528, 512, 528));  // no sets, and pages are fetched ahead
        CHECK(!packs_right(width, 128, 128, 784, 128));
        CHECK(!packs_right(width, 64, 64, 64, 64));  // the first cache holds it
        CHECK(!packs_right(width, 33, 112, 50, 112));
        CHECK(!packs_right(width, 1, 512, 512, 512));  // read once
        CHECK(!packs_right(width, run_time_rows, 512, 512, 512));
        CHECK(!packs_right(width, 32, 128, 784, 128));
    }
    CHECK(!packs_right(wide, 64, 512, 512, 512));  // few tiles, which hide much of the second cache
    CHECK(packs_right(narrow, 64, 512, 512, 512));
}

TEST_CASE("packing: a left operand is copied for its pages, or for rows that share a set") {
    CHECK(!packs_left(32, 784, 128, 64, true));
    CHECK(!packs_left(32, 784, 128, 1024, true));
    CHECK(packs_left(32, 784, 128, 2048, true));  // more pages than are translated at all
    CHECK(packs_left(32, 1024, 128, 512, true));  // rows share sets of the second cache
    CHECK(packs_left(16, 784, 128, 256, true));
    CHECK(!packs_left(16, 784, 128, 64, true));
    CHECK(!packs_left(32, 784, 10, 1024, true));  // read once
    CHECK(packs_left(32, 256, 512, 1024, false));
    CHECK(!packs_left(32, 256, 512, 1040, false));
    CHECK(!packs_left(32, 256, 512, 512, false));   // seven in each of two sets
    CHECK(!packs_left(16, 256, 512, 1024, false));  // six in one
}

// What a row misses follows from its bytes, what copying costs from those of an element, the rest from the machine.
TEST_CASE("packing: double is weighed with the constants of its machine and by its bytes") {
    for (const machine& of_float : {machine{16, 32, 4}, machine{8, 16, 4}}) {
        const machine of_double{of_float.lanes / 2, of_float.registers, 8};
        CAPTURE(of_double.lanes);
        for (const int rows : {6, 14, 64, 256})
            for (const int columns : {64, 256, 512})
                for (const int depth : {64, 256, 1024})
                    for (const bool transposed : {false, true}) {
                        const list_maker wide = product(of_double, rows, columns, depth, columns, transposed);
                        const list_maker narrow = product(of_float, rows, 2 * columns, depth, 2 * columns, transposed);
                        const packing_choice a = right_packing(wide.list, 0, rows, depth),
                                             b = right_packing(narrow.list, 0, rows, depth);
                        CHECK(a.plain == b.plain);
                        CHECK(a.packed == b.packed);
                    }
        const list_maker rows_of_double = product(of_double, 256, 512, 512, 512);
        const list_maker rows_of_float = product(of_float, 256, 1024, 1024, 1024);
        const packing_choice a = left_packing(rows_of_double.list, 0, 256, 512, 1),
                             b = left_packing(rows_of_float.list, 0, 256, 1024, 1);
        CHECK(a.plain == b.plain);
        CHECK(a.packed == 2 * b.packed);
    }
    constexpr machine avx512{8, 32, 8};
    CHECK(packs_right(avx512, 256, 512, 512, 512));
    CHECK(!packs_right(avx512, 64, 512, 512, 512));
    CHECK(left_is_packed(product(avx512, 14, 512, 512, 512).list, 0, 512));  // fourteen in one set
}

TEST_CASE("packing: the choice is the cheaper one, and changes once as the depth grows") {
    for (const int width : {32, 16})
        for (const int columns : {48, 128, 416, 512, 1024})
            for (const int rows : {3, 12, 64, 784}) {
                CAPTURE(width);
                CAPTURE(columns);
                CAPTURE(rows);
                bool before = false;
                for (int depth = 1; depth < 2600; depth += depth < 70 ? 1 : 50) {
                    const list_maker m = product(width, rows, columns, depth, columns, true);
                    const packing_choice right = right_packing(m.list, 0, rows, depth);
                    CHECK(right_is_packed(m.list, 0, width) == (right.packed < right.plain));
                    const list_maker of_left = product(width, rows, columns, run_time_rows, columns, true);
                    const bool now = left_is_packed(of_left.list, 0, depth);
                    CHECK(now >= before);
                    CHECK((!now || left_may_be_packed(of_left.list, 0)));
                    before = now;
                }
            }
}

}  // namespace
