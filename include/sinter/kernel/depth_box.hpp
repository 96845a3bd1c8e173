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
    int depth = 1;  ///< of all axes
    struct {
        segments further;
        int depth;
        std::ptrdiff_t left_step, right_step;
    } walk[2];  ///< of the right operand in place, or packed
};

/// Box n: depth axes in front of parts.axis are at one index, that one has a part. Packed lines have `columns` elements.
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
        if (depth_in_panels && axis + 1 == axes.depth_count)
            b.first = begin;
        else
            b.right = begin * axes.right_depth[axis];
        for (int x = axis - 1, rest = n / pieces; x >= 0; rest /= axes.depth[x], --x) {
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
            if (b.extent[x] == 1 && (count > 0 || x > 0)) continue;
            if (count > 0 && to_left == left[count - 1] * extent[count - 1] &&
                to_right == right[count - 1] * extent[count - 1]) {
                extent[count - 1] *= b.extent[x];
            } else {
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

/// Copies a box of the right operand's panel at column j, k behind k, zeros behind the operand's columns.
template <class B, int Columns, class T>
void pack_box(const contraction_axes& axes, const depth_box& b, const T* right, int j, T* to) {
    constexpr bool depth_in_panels = !B::plain(1) && B::at(1).inner_stride != 1;
    const int valid = B::self.inner - j < Columns ? B::self.inner - j : Columns, last = axes.depth_count - 1;
    int index[most_axes] = {};
    right += b.right;
    for (int k = 0; k < b.depth; k += b.extent[last]) {
        for (int kk = 0; kk < b.extent[last]; ++kk, to += Columns) {
            const T* const from =
                right + (depth_in_panels ? B::in_panels(1, b.first + kk) : kk * axes.right_depth[last]);
            for (int jj = 0; jj < valid; ++jj) to[jj] = from[B::offset(1, j + jj)];
            for (int jj = valid; jj < Columns; ++jj) to[jj] = 0;
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
