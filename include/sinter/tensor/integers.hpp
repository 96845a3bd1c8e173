// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What says that an input holds whole numbers: `integers<shape<3>>` for a network's input or a function's argument.

#include <sinter/tensor/extents.hpp>

namespace sinter {

/// An input of whole numbers, std::int32_t each: token numbers, categories, class labels. In a body it is a tensor of
/// their values, as exact as the program's scalars: those of float hold whole numbers up to 2^24.
template <class Shape = shape<>>
struct integers {
    using shape_type = Shape;
};

}  // namespace sinter
