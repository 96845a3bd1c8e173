// SPDX-License-Identifier: BSL-1.0
#include <sinter/meta/trimmed.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <type_traits>

namespace {

struct count {
    int numbers = 0;
    constexpr bool holds(const count& other) const { return numbers >= other.numbers; }
};
template <count Room>
struct squares {
    int at[static_cast<std::size_t>(Room.numbers) + 1]{};
    count size{};
};

/// The squares of 1 … Last, in room for four.
template <int Last>
struct some_squares {
    static constexpr count room{4};
    template <count Room>
    static constexpr auto run() {
        squares<Room> kept;
        kept.size = {Last};
        if (!Room.holds(kept.size)) return kept;
        for (int i = 0; i < Last; ++i) kept.at[i] = (i + 1) * (i + 1);
        return kept;
    }
    static constexpr auto unknown() { return squares<count{}>{}; }
    template <count Size>
    static constexpr auto trim(const auto& result) {
        squares<Size> kept;
        kept.size = Size;
        for (int i = 0; i < Size.numbers; ++i) kept.at[i] = result.at[i];
        return kept;
    }
};

template <int Last>
constexpr bool holds_all() {
    const auto right = [](const auto& s) {
        bool all = s.size.numbers == Last;
        for (int i = 0; i < s.size.numbers; ++i) all = all && s.at[i] == (i + 1) * (i + 1);
        return all;
    };
    using trimmed = sinter::meta::trimmed<some_squares<Last>>;
    return trimmed::known && right(trimmed::with_room::value) && right(trimmed::value) &&
           std::size(trimmed::value.at) == Last + 1;
}

TEST_CASE("trimmed: the result has just its size, whether the room held it or not") {
    static_assert(holds_all<0>() && holds_all<3>() && holds_all<4>() && holds_all<5>() && holds_all<100>());
    using one = sinter::meta::with_room<some_squares<3>>;
    static_assert(&one::value == &one::first);  // no copy
    static_assert(std::size(sinter::meta::with_room<some_squares<5>>::value.at) == 6);
    static_assert(sinter::meta::with_room<some_squares<5>>::first.at[0] == 0);  // nothing but its size
}

}  // namespace
