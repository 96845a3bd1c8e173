// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The operators and functions of tensor expressions: elementwise ones (graph/arithmetic.hpp), reductions
/// (graph/reductions.hpp), views (graph/views.hpp), heads (graph/heads.hpp), and products.
///
/// Axes count from 0; negative ones from the end. Rows are no axis: `sum(x)` is one number per sample.

#include <sinter/graph/arithmetic.hpp>
#include <sinter/graph/heads.hpp>
#include <sinter/graph/reductions.hpp>
#include <sinter/graph/views.hpp>

namespace sinter {

// ---- products

/// The matrix product along the last axis of a and the last but one of b. What stands before these axes is, for a
/// matrix b, more rows of a: [.., T, K] times [K, N] is [.., T, N]. Otherwise it is the same in both, and each of its
/// indices has a product of its own: [.., T, K] times [.., K, N] is [.., T, N]; so have samples, where both have them.
/// A vector (a sample of one axis, too) on the left is a row; on the right it is a column.
template <tensor Left, tensor Right>
constexpr auto matmul(const Left& a, const Right& b, source_line line = source_line{__builtin_LINE()}) {
    constexpr int left = detail::rank_of<Left>, right = detail::rank_of<Right>;
    if constexpr (left == 2 && right == 1)
        return matmul(b, transpose(a, line), line);
    else if constexpr (left == 1 && right == 1)
        return matmul(a, reshape<shape_of<Right>::size, 1>(b, line), line);
    else
        return detail::checked<op::matmul, attributes<(right > 2 ? right - 2 : 0), 1, 0>, shape<>>(line, a, b);
}

/// Products summed over the last `Axes` axes of a and the first of b, as numpy.tensordot: [.., K…] times [K…, ..] has
/// the other axes of a, then those of b. tensordot<0>(a, b) has all products of an element of a and one of b.
template <int Axes, tensor Left, tensor Right>
constexpr auto tensordot(const Left& a, const Right& b, source_line line = source_line{__builtin_LINE()}) {
    static_assert(Axes >= 0, "tensordot<Axes>(a, b): a number of axes, 0 or more (docs/errors.md#shapes_do_not_fit)");
    return detail::checked<op::matmul, attributes<0, Axes, 0>, shape<>>(line, a, b);
}

}  // namespace sinter
