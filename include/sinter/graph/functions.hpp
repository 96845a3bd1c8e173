// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The operators and functions of tensor expressions: elementwise ones (graph/arithmetic.hpp), reductions
/// (graph/reductions.hpp), views (graph/views.hpp), and products.
///
/// Axes count from 0; negative ones from the end. Rows are no axis: `sum(x)` is one number per sample.

#include <sinter/graph/arithmetic.hpp>
#include <sinter/graph/reductions.hpp>
#include <sinter/graph/views.hpp>

namespace sinter {

// ---- products

/// The matrix product. A vector (and each sample) on the left is a row; a vector on the right of a matrix is a column.
template <tensor Left, tensor Right>
constexpr auto matmul(const Left& a, const Right& b, source_line line = source_line{__builtin_LINE()}) {
    if constexpr (detail::rank_of<Left> == 2 && detail::rank_of<Right> == 1)
        return detail::checked<op::matmul, attributes<0, 1>, shape<>>(line, b, a);
    else
        return detail::checked<op::matmul, attributes<0, 0>, shape<>>(line, a, b);
}

}  // namespace sinter
