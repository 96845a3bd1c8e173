// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A box of a contraction's depth, as tiles walk it: made of numbers of the call (kernel/axes.hpp), read by
/// kernel/over_axes.hpp.

#include <sinter/kernel/axes.hpp>
#include <sinter/kernel/left_lines.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

/// A box of depth, as tiles walk it: where it begins in the operands, and its segments.
struct depth_box {
    std::ptrdiff_t left = 0, right = 0;
    int first = 0;  ///< of the last axis, where that runs in panels
    int extent[most_axes] = {};
    int depth = 1;       ///< of all axes
    int edge_begin = 0;  ///< where the axis with the border begins
    int along_begin = 0;
    struct {
        segments further;
        int depth;
        std::ptrdiff_t left_step, right_step;
        int edge = -1;   ///< which segments those of that axis are: 0 the innermost, `depth` long; -1: there are none
        int along = -1;  ///< the same of the border along lines: 1 or more
        std::ptrdiff_t edge_step;  ///< along it, in the right operand
    } walk[2];                     ///< of the right operand in place, or packed
};

/// The part of a box that counts at one index of the outer axis with the border.
struct inner_box {
    segments further;
    int depth;
    std::ptrdiff_t left, right;  ///< where it begins
};
[[gnu::noinline]] inline inner_box inside_border(const contraction_axes& axes, const depth_box& b, bool packed, int o) {
    const border& edge = axes.edge;
    const auto& w = b.walk[packed];
    inner_box in{w.further, w.depth, 0, 0};
    const int all = axes.depth[edge.depth], end = b.edge_begin + b.extent[edge.depth];
    int first = edge.first(o, all), last = edge.last(o, all);
    first = first < b.edge_begin ? b.edge_begin : first, last = last > end ? end : last;
    const int n = last > first ? last - first : 0, left_out = b.extent[edge.depth] - n;
    const std::ptrdiff_t along = axes.left_depth[edge.depth];
    if (n == 0 || in.depth == 0) {
        in.depth = in.further.count = 0;
        return in;
    }
    in.left = (first - b.edge_begin) * along;
    in.right = (first - b.edge_begin) * w.edge_step;
    (w.edge == 0 ? in.depth : in.further.extent[w.edge - 1]) = n;
    if (w.edge < in.further.count) {  // whoever steps on from its end
        in.further.left[w.edge] += left_out * along;
        in.further.right[w.edge] += left_out * w.edge_step;
    }
    return in;
}

/// Box n: depth axes in front of parts.axis are at one index, that one has a part. Packed lines have `columns`
/// elements.
/// Not a template: kernels share it.
[[gnu::noinline]] inline depth_box box_of(const contraction_axes& axes, const depth_parts& parts, int n, int columns,
                                          bool depth_in_panels) {
    depth_box b;
    const int axis = parts.axis, pieces = (axes.depth[axis] + parts.length - 1) / (parts.length > 0 ? parts.length : 1);
    for (int x = 0; x < axes.depth_count; ++x) b.extent[x] = x < axis ? 1 : axes.depth[x];
    if (parts.boxes > 1) {
        const int begin = n % pieces * parts.length;
        const int left = axes.depth[axis] - begin;
        b.extent[axis] = left < parts.length ? left : parts.length;
        b.left = begin * axes.left_depth[axis];
        if (axis == axes.edge.depth) b.edge_begin = begin;
        if (axis == axes.along.depth) b.along_begin = begin;
        if (depth_in_panels && axis + 1 == axes.depth_count)
            b.first = begin;
        else
            b.right = begin * axes.right_depth[axis];
        for (int x = axis - 1, rest = n / pieces; x >= 0; rest /= axes.depth[x], --x) {
            if (x == axes.edge.depth) b.edge_begin = rest % axes.depth[x];
            if (x == axes.along.depth) b.along_begin = rest % axes.depth[x];
            b.left += rest % axes.depth[x] * axes.left_depth[x];
            b.right += rest % axes.depth[x] * axes.right_depth[x];
        }
    }
    b.depth = contraction_axes::product(b.extent, 0, axes.depth_count);
    for (const bool from_scratch : {false, true}) {  // axes that both operands walk with one stride are one
        auto& w = b.walk[from_scratch];
        int extent[most_axes] = {}, count = 0, behind_it = 1;
        std::ptrdiff_t left[most_axes] = {}, right[most_axes] = {};
        for (int x = axes.depth_count - 1; x >= 0; behind_it *= b.extent[x], --x) {
            const std::ptrdiff_t to_left = axes.left_depth[x],
                                 to_right = from_scratch ? std::ptrdiff_t{behind_it} * columns : axes.right_depth[x];
            const bool edge = x == axes.edge.depth, along = x == axes.along.depth;
            if (b.extent[x] == 1 && (count > 0 || x > 0) && !edge && !along) continue;
            if (along && count == 0) extent[count++] = 1;
            if (count > 0 && !edge && !along && w.edge != count - 1 && w.along != count - 1 &&
                to_left == left[count - 1] * extent[count - 1] && to_right == right[count - 1] * extent[count - 1]) {
                extent[count - 1] *= b.extent[x];
            } else {
                if (edge) w.edge = count, w.edge_step = to_right;
                if (along) w.along = count;
                extent[count] = b.extent[x], left[count] = to_left, right[count++] = to_right;
            }
        }
        w.depth = extent[0], w.left_step = left[0], w.right_step = right[0];
        for (int x = 1; x < count; ++x) {
            w.further.extent[x - 1] = extent[x];
            w.further.left[x - 1] = left[x] - left[x - 1] * extent[x - 1];
            w.further.right[x - 1] = right[x] - right[x - 1] * extent[x - 1];
        }
        w.further.count = count > 0 ? count - 1 : 0;
        if (b.depth == 0) w.depth = 0, w.further.count = 0;
    }
    return b;
}

/// Walks the lines of a batch in the left operand.
struct line_walk {
    const contraction_axes* axes;
    std::ptrdiff_t at = 0;
    int index[most_axes] = {};
    line_walk(const contraction_axes& a, int n) : axes{&a} {
        for (int x = a.outer_count - 2; x >= a.batch_count && n > 0; n /= a.outer[x], --x) {
            index[x] = n % a.outer[x];
            at += index[x] * a.left_outer[x];
        }
    }
    void next() {
        for (int x = axes->outer_count - 2; x >= axes->batch_count; --x) {
            at += axes->left_outer[x];
            if (++index[x] < axes->outer[x]) return;
            at -= axes->outer[x] * axes->left_outer[x];
            index[x] = 0;
        }
    }
};

template <class T>
struct four_of;
template <>
struct four_of<float> {
    using type [[gnu::vector_size(16)]] = float;
};
template <>
struct four_of<double> {
    using type [[gnu::vector_size(32)]] = double;
};
/// Four by four elements, `line` elements from line to line, as columns.
template <class T>
SINTER_ALWAYS_INLINE void transpose_four(const T* from, std::ptrdiff_t line, T* to, std::ptrdiff_t to_line) {
    using four = typename four_of<T>::type;
    four a[4];
    SINTER_UNROLL
    for (int i = 0; i < 4; ++i) __builtin_memcpy(&a[i], from + i * line, sizeof(four));
    const four low = __builtin_shufflevector(a[0], a[1], 0, 4, 1, 5),
               high = __builtin_shufflevector(a[0], a[1], 2, 6, 3, 7),
               low2 = __builtin_shufflevector(a[2], a[3], 0, 4, 1, 5),
               high2 = __builtin_shufflevector(a[2], a[3], 2, 6, 3, 7);
    a[0] = __builtin_shufflevector(low, low2, 0, 1, 4, 5);
    a[1] = __builtin_shufflevector(low, low2, 2, 3, 6, 7);
    a[2] = __builtin_shufflevector(high, high2, 0, 1, 4, 5);
    a[3] = __builtin_shufflevector(high, high2, 2, 3, 6, 7);
    SINTER_UNROLL
    for (int i = 0; i < 4; ++i) __builtin_memcpy(to + i * to_line, &a[i], sizeof(four));
}

/// How columns of the right operand lie, as numbers: the address rule of kernel/spec.hpp, panels in shifts.
struct right_columns {
    int inner, stride, panel;
    int shift;  ///< panels have 1 << shift elements; -1: there are none
    /// Whether the last depth axis runs in panels.
    bool depth_in_panels() const { return shift >= 0 && stride != 1; }
    std::ptrdiff_t in_panels(int j) const {
        return shift < 0 ? j : std::ptrdiff_t{j >> shift} * panel + (j & ((1 << shift) - 1));
    }
    std::ptrdiff_t offset(int j) const { return stride != 1 ? std::ptrdiff_t{j} * stride : in_panels(j); }
};

/// Copies a box of the right operand's panel of so many columns at column j, k behind k, zeros behind the operand's
/// columns. Four k and four columns at once, where the k of a column lie side by side.
template <class T>
[[gnu::noinline]] void pack_box(const contraction_axes& axes, const depth_box& b, const right_columns& columns,
                                const T* right, int j, int count_columns, T* to) {
    const bool in_panels = columns.depth_in_panels();
    const int valid = columns.inner - j < count_columns ? columns.inner - j : count_columns,
              last = axes.depth_count - 1;
    const bool side_by_side =
        in_panels ? columns.shift >= 2 && b.first % 4 == 0 : columns.stride != 1 && axes.right_depth[last] == 1;
    int index[most_axes] = {};
    right += b.right;
    for (int k = 0; k < b.depth; k += b.extent[last]) {
        for (int kk = 0, count = 1; kk < b.extent[last]; kk += count, to += count * count_columns) {
            const T* const from = right + (in_panels ? columns.in_panels(b.first + kk) : kk * axes.right_depth[last]);
            count = side_by_side && kk + 4 <= b.extent[last] ? 4 : 1;
            int jj = 0;
            if (count == 4)
                for (; jj + 4 <= valid; jj += 4)
                    transpose_four(from + std::ptrdiff_t{j + jj} * columns.stride, columns.stride, to + jj,
                                   count_columns);
            for (int column = jj; column < count_columns; ++column)
                for (int c = 0; c < count; ++c)
                    to[c * count_columns + column] = column < valid ? from[columns.offset(j + column) + c] : T{0};
        }
        for (int x = last - 1; x >= 0; --x) {
            right += axes.right_depth[x];
            if (++index[x] < b.extent[x]) break;
            right -= b.extent[x] * axes.right_depth[x];
            index[x] = 0;
        }
    }
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
