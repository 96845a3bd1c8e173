// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Writes lists of specs by hand, in constant evaluation or at run time, for tests and benchmarks of kernels.
///
/// list_maker<> m{width}; m.begin(kind, inner, {extents…}); then slots, instructions and outputs of that spec, each
/// call returning the number that later calls and the kernel's caller use. `m.list` is a spec_list.

#include <sinter/kernel/spec.hpp>

#include <initializer_list>

struct list_maker {
    sinter::spec_list<8, 96, 160, 32, 64, 128> list{};
    int specs = 0, extents = 0, instructions = 0, outputs = 0, slots = 0, strides = 0;
    bool transposed[2] = {};
    int matrices = 0;  ///< of a product, that are still to come

    constexpr explicit list_maker(const sinter::machine& target) { list.target = target; }
    /// Of float on some machine with panels of this width.
    constexpr explicit list_maker(int width) : list_maker{sinter::machine{width / 2, width == 32 ? 32 : 16}} {}

    constexpr sinter::spec& current() { return list.specs[specs - 1]; }

    constexpr int begin(sinter::kernel_kind kind, int inner, std::initializer_list<int> outer = {}) {
        sinter::spec& s = list.specs[specs++];
        s.kind = kind;
        s.inner = inner;
        s.outer_first = extents;
        s.outer_count = static_cast<int>(outer.size());
        for (const int e : outer) list.extents[extents++] = e;
        s.instruction_first = instructions;
        s.output_first = outputs;
        s.slot_first = slots;
        s.stride_first = strides;
        return specs - 1;
    }
    /// A loop that walks `walked` elements, with lanes along `lanes` others.
    constexpr int begin_walk(int walked, int lanes, std::initializer_list<int> outer = {}) {
        begin(sinter::kernel_kind::loop, walked, outer);
        current().lanes = lanes;
        return specs - 1;
    }
    /// A contraction; its left and right slots come next, with strides along outer axes and depth.
    constexpr int begin_contraction(int inner, std::initializer_list<int> outer, std::initializer_list<int> depth) {
        begin(sinter::kernel_kind::contraction, inner, outer);
        for (const int e : depth) list.extents[extents++] = e;
        current().depth_count = static_cast<int>(depth.size());
        return specs - 1;
    }
    /// One whose operands both move along the columns, without what lies in the left one's margins.
    constexpr int begin_paired(int inner, std::initializer_list<int> outer, std::initializer_list<int> depth,
                               std::initializer_list<sinter::border> margins = {}) {
        begin_contraction(inner, outer, depth);
        for (const sinter::border& at : margins)
            for (const int x : {at.outer, at.depth, at.step, at.depth_step, at.low, at.high})
                list.extents[extents++] = x;
        current().paired = true;
        current().margin_count = static_cast<int>(margins.size());
        return specs - 1;
    }
    /// A product of `depth`; its left and right slots come next, from row to row of the stored matrices.
    constexpr int begin_product(int rows, int inner, int depth, bool transposed_left = false,
                                bool transposed_right = false) {
        begin_contraction(inner, {rows}, {depth});
        transposed[0] = transposed_left;
        transposed[1] = transposed_right;
        matrices = 2;
        return specs - 1;
    }
    constexpr int slot(std::initializer_list<int> outer_strides, sinter::slot s) {
        if (matrices > 0) {
            const int line = *outer_strides.begin(), left = matrices-- == 2;
            const bool swapped = transposed[1 - left];
            list.strides[strides++] = !left ? 0 : swapped ? 1 : line;
            list.strides[strides++] = swapped == left ? line : 1;
            s.inner_stride = left ? 0 : swapped ? line : 1;
        } else {
            for (const int x : outer_strides) list.strides[strides++] = x;
            for (int x = static_cast<int>(outer_strides.size()); x < current().axes(); ++x) list.strides[strides++] = 0;
        }
        list.slots[slots++] = s;
        return current().slot_count++;
    }
    /// Row-major: inner stride 1, no panels.
    constexpr int plain(std::initializer_list<int> outer_strides, int padding = 0) {
        return slot(outer_strides, {.inner_stride = 1, .panel = list.target.width(), .padding = padding});
    }
    /// Panels of `rows` rows: [columns / width][rows][width].
    constexpr int panels(int rows, int padding = 0) {
        return slot({list.target.width()},
                    {.inner_stride = 1, .panel = rows * list.target.width(), .padding = padding});
    }
    constexpr int add(sinter::instruction i) {
        list.instructions[instructions++] = i;
        return current().instruction_count++;
    }
    constexpr int load(int from, sinter::level at = sinter::level::element) {
        return add({.code = sinter::op::load, .at = at, .slot = static_cast<short>(from)});
    }
    constexpr int constant(double value, sinter::level at = sinter::level::element) {
        return add({.code = sinter::op::constant, .at = at, .value = value});
    }
    /// The level is the operands', or outer for a reduction.
    constexpr int step(sinter::op code, int a = -1, int b = -1, int c = -1) {
        using sinter::level;
        level at = a < 0 ? level::element : level::outer;
        for (const int x : {a, b, c})
            if (x >= 0 && list.instructions[current().instruction_first + x].at == level::element) at = level::element;
        if (sinter::is_reduction(code)) at = level::outer;
        return add({code, at, static_cast<short>(a), static_cast<short>(b), static_cast<short>(c)});
    }
    constexpr void out(sinter::output_kind kind, int value, int to) {
        list.outputs[outputs++] = {kind, static_cast<short>(value), static_cast<short>(to)};
        ++current().output_count;
    }
};
