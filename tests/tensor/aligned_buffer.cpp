// SPDX-License-Identifier: BSL-1.0
// A block of zeros on a boundary of 64 bytes; what was moved from has none, nor has a copy of it.
#include <sinter/tensor/aligned_buffer.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <new>
#include <utility>

namespace {

using buffer = sinter::aligned_buffer<float>;

TEST_CASE("aligned_buffer: begins with zeros, on a boundary, large or small") {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{1} << 21}) {
        const buffer made(size);
        CHECK(made.size() == size);
        CHECK(reinterpret_cast<std::uintptr_t>(made.data()) % buffer::alignment == 0);
        bool zero = true;
        for (std::size_t i = 0; i < size; ++i) zero = zero && made[i] == 0;
        CHECK(zero);
    }
}

TEST_CASE("aligned_buffer: copies hold the same, moves keep the block") {
    buffer first(3);
    first[2] = 5;
    const buffer copy(first);
    const float* const block = first.data();
    const buffer moved(std::move(first));
    CHECK(copy[2] == 5);
    CHECK(copy.data() != block);
    CHECK(moved.data() == block);
}

TEST_CASE("aligned_buffer: what was moved from has no block, nor have copies of it; nothing asked for is a block") {
    buffer first(3);
    const buffer moved(std::move(first));
    const buffer copy(first);
    CHECK(first.data() == nullptr);
    CHECK(copy.data() == nullptr);
    CHECK(copy.size() == 0);
    CHECK(buffer().data() == nullptr);
    CHECK(buffer(0).data() != nullptr);
    first = buffer(2);
    CHECK(first.size() == 2);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if !defined(SANITIZED) && !defined(__SANITIZE_ADDRESS__)
TEST_CASE("aligned_buffer: a size whose bytes no object can have is refused, not wrapped round") {
    for (const std::size_t size : {~std::size_t{0}, ~std::size_t{0} / 4, ~std::size_t{0} / 4 + 1, ~std::size_t{0} / 8})
        CHECK_THROWS_AS(buffer{size}, std::bad_alloc);
}
#else
#undef SANITIZED
#endif

}  // namespace
