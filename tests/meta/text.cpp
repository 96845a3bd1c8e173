// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/text.hpp>

#include <doctest/doctest.h>

namespace {

using sinter::meta::text;

static_assert(text{}.add_member("blocks").add_element(13).add_member("hidden").add_member("weight") ==
              "blocks[13].hidden.weight");
static_assert(text{}.add_member(0).add_member("weight") == "0.weight", "no dot before the first name");
static_assert(text{"a"}.add(0).add('-').add(120) == "a0-120");
static_assert(text{} == "" && !(text{} == "a") && !(text{"ab"} == "a") && !(text{"a"} == "ab") &&
              text{"ab"}.size() == 2);

constexpr bool copies_are_apart() {
    text a{"net"}, b = a.copy();
    b.add_member("head");
    return a == "net" && b == "net.head" && b[4] == 'h';
}
static_assert(copies_are_apart());

TEST_CASE("text: a copy is a text of its own, at run time too") { CHECK(copies_are_apart()); }

}  // namespace
