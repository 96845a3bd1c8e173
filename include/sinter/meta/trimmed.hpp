// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A constant whose size is computed with it, mostly for the price of one evaluation.
///
/// A constant's arrays need their sizes beforehand. So a stage is evaluated into arrays with room to spare; only where
/// they do not hold the result, once more, into arrays of the sizes that it has named. A Stage has
///     room          sizes that most results need: a struct with `holds(other)`, {} for nothing
///     run<Room>()   the result in arrays of these sizes; where they do not hold it, nothing but its `size`
///     unknown()     what stands for a result that is no constant expression; the compiler has said why
/// `with_room<Stage>::value` is the result, in arrays as large as they are. `trimmed<Stage>::value` is what the stage's
/// trim<Size>(result) makes of it: a copy in arrays of just its size.

#include <sinter/meta/constant.hpp>

namespace sinter::meta {

/// The rare cases, apart, so that they are evaluated where they are needed.
template <class Stage, auto Size>
struct once_more {
    static constexpr auto value = Stage::template run<Size>();
};
template <class Stage>
struct unknown_result {
    static constexpr auto value = Stage::unknown();
};

template <class Stage>
struct with_room {
    static constexpr decltype(auto) first = Stage::template run<Stage::room>();
    /// Not so where it is no constant expression: what builds on it then stays silent, and makes do with `unknown`.
    static constexpr bool known = requires { typename constant<first.size>; };
    static constexpr auto size = known ? first.size : decltype(first.size){};

    static constexpr const auto& result() {
        if constexpr (!known)
            return unknown_result<Stage>::value;
        else if constexpr (Stage::room.holds(size))
            return first;
        else
            return once_more<Stage, size>::value;
    }
    static constexpr const auto& value = result();
};

template <class Stage>
struct trimmed : with_room<Stage> {
    static constexpr auto value = Stage::template trim<with_room<Stage>::size>(with_room<Stage>::value);
};

}  // namespace sinter::meta
