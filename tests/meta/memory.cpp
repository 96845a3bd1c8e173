// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/memory.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace meta = sinter::meta;

TEST_CASE("memory: room for a size that no vector has is refused without an exception") {
    std::vector<double> values;
    CHECK_FALSE(meta::reserve(values, values.max_size() + 1));
    CHECK_FALSE(meta::reserve(values, ~std::size_t{0}));
    CHECK(values.capacity() == 0);
    CHECK(meta::reserve(values, 1000));
    CHECK(values.capacity() >= 1000);
    CHECK(values.empty());
}

TEST_CASE("memory: what a function returns comes through, and running out of memory is an error that names the file") {
    const std::string path = "some\x1b/file";
    CHECK(meta::within_memory(path, [] { return sinter::result<int>(3); }).value() == 3);
#if SINTER_HAS_EXCEPTIONS
    const auto none = meta::within_memory(path, []() -> sinter::result<int> { throw std::bad_alloc(); });
    REQUIRE_FALSE(none);
    CHECK(none.error().code == sinter::error_code::io_failed);
    CHECK(none.error().message == R"(some\x1b/file: expected more memory than there is)");
#endif
    CHECK(meta::out_of_memory(path, 7).message == R"(some\x1b/file: expected 7 bytes of memory for it, found less)");
}
