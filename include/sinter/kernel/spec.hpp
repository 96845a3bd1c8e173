// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a kernel does, never where: the vocabulary between the planner and the kernels.
///
/// A spec is the normal form of a fused group: a loop nest, and a list of instructions over numbered slots. Pointers
/// come in at run time, so that equal groups share one kernel. All specs of a program stand in one `spec_list`, a
/// constant of flat arrays; `run_kernel<Scalar, list, index>` (kernel/kernel.hpp) instantiates one, `run_reference`
/// (kernel/reference.hpp) interprets one given as run-time data.
///
/// The loop nest. Every spec iterates `outer` axes (each an extent, the first may be `run_time_rows`) around one inner
/// axis of `inner` elements, the one that runs in lanes.
///   loop         for each outer index: evaluate the instructions for all inner elements. An instruction of level
///                `element` has a value per inner element, one of level `outer` a value per outer index; `sum` and
///                `max` reduce an element-level operand over the inner axis to an outer-level value.
///   contraction  has `depth` axes beside the outer ones; inner are the columns j of a product:
///                accumulator(o, j) = sum over k of left(o, k) * right(o, k, j), one fma each, k ascending, the last
///                depth axis fastest; then the instructions run on each element, `op::matmul` standing for the
///                accumulator. Slots 0 and 1 are left and right. No sum or max; outer-level instructions are loads and
///                what follows from them. What an outer axis is, follows from strides: rows of a product, or of a
///                convolution, where only the left operand moves along it; a product of its own for each index where
///                the right one does, and such axes come first if they can. (docs/design/0019) Of a paired one both
///                operands move along the columns: the sum is of left(o, k, j) * right(o, k, j). Along its borders a
///                product leaves out the k whose places are on the margins of an image.
/// A loop whose `lanes` are more than 0 walks its inner axis element by element, and has its lanes along a further axis
/// of so many elements. A value of level `element` may depend on both, one of level `outer` on the lane but not on the
/// walked index; `sum` and `max` give a value a lane, with the bits of a loop with lanes along the reduced axis.
/// A flat spec (inner == run_time_count, no outer axes) runs over a count given at run time, contiguous in every
/// element-level slot.
///
/// Addresses, in elements of a slot's pointer, for outer index (o0, o1, …) and inner index j:
///     sum(o_x * outer_stride[x]) + (inner_stride == 1 ? (j / width) * panel + j % width : j * inner_stride)
/// with `width` the panel width of the list's machine; panel == width is plain row-major. For walked index j, lane l:
///     sum(o_x * outer_stride[x]) + j * inner_stride
///                                + (lane_stride == 1 ? (l / width) * panel + l % width : l * lane_stride)
/// Strides may be negative or 0; what is stored has a place of its own for each index. A contraction's left and right
/// slots have strides along its depth axes, too. In panels runs then the axis with stride 1: the inner one, or else the
/// last depth axis, or else the last outer one. So an operand is transposed by its strides: a left one with stride 1
/// along rows, a right one with stride 1 along depth and another along columns.
///
/// Padding: what a spec stores at level `element` with inner_stride 1, or at any level with lane_stride 1, it may also
/// store, with any finite or non-finite value, in the slot's `padding` elements behind the last (up to whole lanes),
/// and only there. Loads may read there.
///
/// Effects: outputs are written in place; a slot that is loaded and stored by the same spec at level element is read
/// before it is written, at the same index.

#include <sinter/tensor/op.hpp>

#include <cstddef>

namespace sinter {

inline constexpr int run_time_rows = -1;   ///< an extent: the number of rows, an argument of the call
inline constexpr int run_time_count = -1;  ///< the inner extent of a flat spec: the count, an argument of the call

enum class kernel_kind : unsigned char { loop, contraction };
enum class level : unsigned char { element, outer };

/// One step of a group's body. `code` is op::load, op::constant, op::matmul (the accumulator), op::sum, op::max or an
/// elementwise operation; a, b, c are earlier instructions. Numbers 0, 1, 2, … come from a buffer, as any others.
struct instruction {
    op code{};
    level at = level::element;
    short a = -1, b = -1, c = -1;
    short slot = -1;
    double value = 0;
    /// Constants by their bits: a kernel of 0.0 is none of -0.0.
    constexpr bool operator==(const instruction& i) const {
        return code == i.code && at == i.at && a == i.a && b == i.b && c == i.c && slot == i.slot &&
               __builtin_bit_cast(unsigned long long, value) == __builtin_bit_cast(unsigned long long, i.value);
    }
};

/// Where a value goes. element, outer: stored at its index. column: summed over all outer indices, for each inner
/// element. whole: summed over all outer indices (and, for an element-level value, over the inner axis too). The sums
/// run in a fixed order, see kernel/loop.hpp. A loop that walks stores outer-level values for each lane; its columns
/// are of outer-level values, an element a lane, and it has no `whole`.
enum class output_kind : unsigned char { element, outer, column, whole };
struct output {
    output_kind kind{};
    short value = -1;
    short slot = -1;
    constexpr bool operator==(const output&) const = default;
};

struct slot {
    bool integer = false;  ///< std::int32_t instead of the program's scalar type; only loaded
    int inner_stride = 1;  ///< 0: the same value for all j
    int panel = 0;         ///< with inner_stride == 1: distance of two panels of `width` elements
    int padding = 0;       ///< elements behind the last inner element that belong to this slot
    int lane_stride = 0;   ///< of a loop that walks, whose panels and padding are those of its lanes
    constexpr bool operator==(const slot&) const = default;
};

/// Which k a contraction leaves out: on outer index o of one axis and depth index k of another those count with
/// low <= step * o + depth_step * k < high. Kernels and twin leave out the others, whatever the operands hold there.
/// No outer axis behind its own, nor itself, moves the right operand; depth_step is positive.
struct border {
    int outer = -1, depth = -1;  ///< axes, of the outer ones and of the depth; -1: nothing is left out
    int step = 0, depth_step = 1, low = 0, high = 0;
    static constexpr int numbers = 6;
    constexpr bool none() const { return depth < 0; }
    constexpr bool counts(int o, int k) const {
        const int at = step * o + depth_step * k;
        return low <= at && at < high;
    }
    /// The first index of an axis of `extent` elements that has `at` or more: i * by + from.
    static constexpr int first_above(int at, int from, int by, int extent) {
        const int distance = at - from, i = distance <= 0 ? 0 : (distance + by - 1) / by;
        return i < extent ? i : extent;
    }
    /// The indices of a depth axis of `extent` elements that count on outer index o: first … last - 1.
    constexpr int first(int o, int extent) const { return first_above(low, step * o, depth_step, extent); }
    constexpr int last(int o, int extent) const { return first_above(high, step * o, depth_step, extent); }
    /// The part of all pairs of indices that counts.
    constexpr double share(int outer_extent, int extent) const {
        double pairs = 0;
        for (int o = 0; o < outer_extent; ++o) pairs += last(o, extent) - first(o, extent);
        return pairs / outer_extent / extent;
    }
    constexpr bool operator==(const border&) const = default;
};
inline constexpr int most_margins = 3;  ///< borders of a paired product

/// Ranges into the pools of the list.
struct spec {
    kernel_kind kind{};
    int inner = 0;
    int lanes = 0;                                     ///< loop: 0, or elements of the axis in lanes; inner is walked
    int depth_count = 0;                               ///< contraction: depth axes, one of which may be run_time_rows
    int outer_first = 0, outer_count = 0;              ///< extents, in `extents`; behind them those of depth axes
    int instruction_first = 0, instruction_count = 0;  ///< in `instructions`
    int output_first = 0, output_count = 0;            ///< in `outputs`
    int slot_first = 0, slot_count = 0;                ///< in `slots`
    int stride_first = 0;  ///< in `strides`: a slot's along outer axes, then along depth axes
    bool paired = false;   ///< contraction: the left operand moves along the columns, too
    int margin_count = 0;  ///< paired: borders of the left operand, in `extents` behind those of axes
    border edge{};         ///< of a contraction's left operand, along an outer axis in front of the last one
    border along{};        ///< the same along the last outer axis, of no more rows than a tile has
    constexpr int axes() const { return outer_count + depth_count; }
    constexpr int stride_of(int slot, int axis) const { return stride_first + slot * axes() + axis; }
    constexpr bool flat() const { return kind == kernel_kind::loop && inner == run_time_count; }
    constexpr bool operator==(const spec&) const = default;
};

/// What plans and kernels must know of a machine: lanes and bytes of the program's scalar type, vector registers.
struct machine {
    int lanes = 1;
    int registers = 16;
    int bytes = 4;
    constexpr int width() const { return 2 * lanes; }  ///< elements of a panel: two vectors
    constexpr bool operator==(const machine&) const = default;
};

/// A program's specs. Whoever reads a list takes any object with these members: this one, whose arrays are constants of
/// computed size, or `spec_pools` (plan/geometry.hpp), where they grow. `target` is the machine that the plan was made
/// for.
template <int Specs, int Extents, int Instructions, int Outputs, int Slots, int Strides>
struct spec_list {
    machine target{};
    spec specs[static_cast<std::size_t>(Specs) + 1]{};
    int extents[static_cast<std::size_t>(Extents) + 1]{};
    instruction instructions[static_cast<std::size_t>(Instructions) + 1]{};
    output outputs[static_cast<std::size_t>(Outputs) + 1]{};
    slot slots[static_cast<std::size_t>(Slots) + 1]{};
    int strides[static_cast<std::size_t>(Strides) + 1]{};
    static constexpr int count = Specs;
};

namespace detail {

template <class T>
constexpr const T* pool(const T* array) {
    return array;
}
constexpr auto pool(const auto& vector)
    requires requires { vector.begin(); }
{
    return vector.begin();
}
template <class T>
constexpr bool equal_parts(const T* a, const T* b, int count) {
    for (; count > 0; --count, ++a, ++b)
        if (!(*a == *b)) return false;
    return true;
}

/// Whether two specs, perhaps of different lists, are one kernel. Where they stand in their pools is all that may
/// differ: what a spec gains later counts, too.
constexpr bool equal_specs(const auto& one, const spec& a, const auto& other, const spec& b) {
    if (a.inner != b.inner) return false;  // so it is with most, at no cost
    spec as_b = a;
    as_b.outer_first = b.outer_first;
    as_b.instruction_first = b.instruction_first;
    as_b.output_first = b.output_first;
    as_b.slot_first = b.slot_first;
    as_b.stride_first = b.stride_first;
    return as_b == b && one.target == other.target &&
           equal_parts(pool(one.extents) + a.outer_first, pool(other.extents) + b.outer_first,
                       a.axes() + border::numbers * a.margin_count) &&
           equal_parts(pool(one.instructions) + a.instruction_first, pool(other.instructions) + b.instruction_first,
                       a.instruction_count) &&
           equal_parts(pool(one.outputs) + a.output_first, pool(other.outputs) + b.output_first, a.output_count) &&
           equal_parts(pool(one.slots) + a.slot_first, pool(other.slots) + b.slot_first, a.slot_count) &&
           equal_parts(pool(one.strides) + a.stride_first, pool(other.strides) + b.stride_first,
                       a.slot_count * a.axes());
}

}  // namespace detail

/// A border of a paired product.
constexpr border margin_of(const auto& list, const spec& s, int m) {
    const int first = s.outer_first + s.axes() + border::numbers * m;
    const auto& at = list.extents;
    return {at[first], at[first + 1], at[first + 2], at[first + 3], at[first + 4], at[first + 5]};
}
/// Rows of a tile of one vector or two: as many accumulators as leave room for a row of the right operand and one
/// element of the left.
constexpr int most_tile_rows(int registers, int vectors) {
    return vectors == 2 ? (registers - 3) / 2 : registers == 32 ? 28 : 12;
}

/// The extent of a contraction's depth: of all its depth axes together.
constexpr int depth_of(const auto& list, const spec& s, int rows) {
    int depth = 1;
    for (int x = s.outer_count; x < s.axes(); ++x) {
        const int extent = list.extents[s.outer_first + x];
        depth *= extent == run_time_rows ? rows : extent;
    }
    return depth;
}
/// Whether the left operand's rows are not the lines that it is stored in.
SINTER_ALWAYS_INLINE constexpr bool left_is_transposed(const auto& list, const spec& s) {
    return list.strides[s.stride_of(0, s.axes() - 1)] != 1;
}
SINTER_ALWAYS_INLINE constexpr bool right_is_transposed(const auto& list, const spec& s) {
    return list.slots[s.slot_first + 1].inner_stride != 1;
}
/// From line to line of an operand of a product, as it is stored.
SINTER_ALWAYS_INLINE constexpr int left_line(const auto& list, const spec& s) {
    return list.strides[s.stride_of(0, left_is_transposed(list, s) ? 1 : 0)];
}
SINTER_ALWAYS_INLINE constexpr int right_line(const auto& list, const spec& s) {
    return right_is_transposed(list, s) ? list.slots[s.slot_first + 1].inner_stride : list.strides[s.stride_of(1, 1)];
}
/// Whether a contraction is a product of two stored matrices: one row axis, one depth axis.
constexpr bool is_matrix_product(const auto& list, const spec& s) {
    return s.outer_count == 1 && s.depth_count == 1 && !s.paired && list.strides[s.stride_of(1, 0)] == 0 &&
           (list.strides[s.stride_of(0, 0)] == 1 || list.strides[s.stride_of(0, 1)] == 1) &&
           (list.slots[s.slot_first + 1].inner_stride == 1 || list.strides[s.stride_of(1, 1)] == 1);
}

/// Which part of a kernel's tiles a caller computes: `index` of `count` equal parts.
struct part {
    int index = 0;
    int count = 1;
};

}  // namespace sinter
