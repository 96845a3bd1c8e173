// SPDX-License-Identifier: BSL-1.0
#include <sinter/tensor/extents.hpp>
#include <sinter/tensor/op.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <type_traits>

namespace {

using sinter::extents, sinter::list, sinter::op, sinter::shape;

static_assert(list(2, 3) == shape<2, 3>::value && !(list(2, 3) == list(3, 2)) && !(list(2) == list(2, 1)));
static_assert(list().size() == 1 && list(2, 3, 4).size() == 24 && list(2, 3, 4).size_from(1) == 12);
static_assert(list().last() == 1 && list(2, 5).last() == 5);
static_assert(shape<>::rank == 0 && shape<>::size == 1 && shape<2, 3>::size == 6);
static_assert(shape<2, 3>::extent(0) == 2 && shape<2, 3>::extent(-1) == 3);

constexpr extents six = list(2, 3);
static_assert(std::is_same_v<sinter::shape_of_value<six>, shape<2, 3>>);
constexpr extents number{};
static_assert(std::is_same_v<sinter::shape_of_value<number>, shape<>>);

constexpr bool full_list_holds_a_flag_and_all_axes() {
    extents e = list(1);
    for (int axis = 0; axis < sinter::max_rank; ++axis) e.push(axis);
    return e.rank == sinter::max_rank + 1 && e[sinter::max_rank] == sinter::max_rank - 1;
}
static_assert(full_list_holds_a_flag_and_all_axes());

constexpr bool too_many_are_counted_not_written() {
    extents e;
    for (int i = 0; i < 20; ++i) e.push(7);
    return e.rank == 20;
}
static_assert(too_many_are_counted_not_written());

static_assert(list(40000, 50000).size() == sinter::max_elements);
static_assert(list(50000, 50000).size() > sinter::max_elements);
static_assert(list(2147483647, 2147483647, 2147483647, 2).size() == 2147483647);
static_assert(sinter::shape<2, 50000, 50000>::size == 2147483647);

TEST_CASE("op: each operation has one name and one kind") {
    std::set<std::string> names;
    for (int i = 0; i <= static_cast<int>(op::load); ++i) {
        const op code = static_cast<op>(i);
        names.insert(sinter::name_of(code));
        CHECK(is_leaf(code) + is_elementwise(code) + is_reduction(code) + is_view(code) + is_effect(code) <= 1);
    }
    CHECK(names.size() == static_cast<std::size_t>(op::load) + 1);
    CHECK(std::string(sinter::name_of(op::less_equal)) == "less_equal");
    CHECK(std::string(sinter::name_of(op::matmul)) == "matmul");
    CHECK(std::string(sinter::name_of(op::load)) == "load");
}

}  // namespace
