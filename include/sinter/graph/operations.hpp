// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The operations that are not elementwise: one line each, and nothing else anywhere.
///
/// A line holds the shape of the result; for a view the map from an index of the result to one of its operand
/// (tensor/index_map.hpp), for a movement the place where an operand goes; and the adjoint (graph/line_adjoint.hpp).
/// The builder, the interpreter, fusion, emission and the reverse pass read the same line and ask for kinds only
/// (tensor/op.hpp).

#include <sinter/graph/cut_of_product.hpp>
#include <sinter/graph/line_adjoint.hpp>
#include <sinter/graph/node.hpp>
#include <sinter/graph/shape_rules.hpp>
#include <sinter/graph/windows_of_product.hpp>
#include <sinter/tensor/index_map.hpp>

namespace sinter {

/// A view: the shapes of result and operand, its attribute.
struct view_request {
    const extents &result, &operand, &attribute;
};
/// Where an operand of a movement goes, a box: element j of axis k to begin[k] + step[k] * j. What no operand fills is
/// 0, or the operand that stands `everywhere`: a constant.
struct movement_place {
    extents begin, step;
    bool everywhere = false;
    constexpr explicit movement_place(int rank) : begin{.rank = rank}, step{.rank = rank} {
        for (int k = 0; k < rank; ++k) step[k] = 1;
    }
};
struct movement_request {
    const extents &first, &attribute;
    int operand;
};

using shape_function = shaped (*)(const detail::shape_request&);
using map_function = index_map (*)(const view_request&);
using place_function = movement_place (*)(const movement_request&);
using adjoint_function = void (*)(line_adjoint&);

/// A line. What an operation has no use for is nullptr; through one without an adjoint nothing flows.
struct operation_rule {
    op code;
    shape_function shape;
    map_function map;
    place_function place;
    adjoint_function adjoint;
};

namespace detail {

// ---- shapes of results; those of more words stand in graph/shape_rules.hpp

constexpr shaped same_shape(const shape_request& of) { return of.in[0]; }
constexpr shaped first_shape(const shape_request& of) {
    shaped out{.shape = of.in[0].shape, .rows = of.in[0].rows || of.in[1].rows};
    if (!(of.in[0].shape == of.in[1].shape))
        out.fail(mistake_kind::shapes_do_not_broadcast, of.in[0].shape, of.in[1].shape);
    return out;
}
constexpr shaped told_shape(const shape_request& of) { return of.wanted; }

// ---- maps of views

constexpr index_map same_index(const view_request& of) { return identity_map(of.operand); }
constexpr index_map stretched(const view_request& of) { return broadcast_map(identity_map(of.result), of.operand); }
constexpr index_map squeezed(const view_request& of) {
    index_map m{.rank = of.operand.rank};
    int own = 0;
    for (int k = 0; k < m.rank; ++k) {
        if (of.operand[k] == 1) continue;
        while (of.result[own] == 1) ++own;
        m.set(k, own++);
    }
    return m;
}
constexpr index_map permuted(const view_request& of) {
    index_map m{.rank = of.operand.rank};
    for (int k = 0; k < m.rank; ++k) m.set(of.attribute[k], k);
    return m;
}
constexpr index_map along(const view_request& of, int factor, int offset) {
    index_map m = identity_map(of.operand);
    m.set(of.attribute[0], of.attribute[0], factor, offset);
    return m;
}
constexpr index_map from_begin(const view_request& of) { return along(of, 1, of.attribute[1]); }
constexpr index_map by_steps(const view_request& of) { return along(of, of.attribute[1], 0); }
constexpr index_map backwards(const view_request& of) { return along(of, -1, of.operand[of.attribute[0]] - 1); }
constexpr index_map in_windows(const view_request& of) {
    index_map m{.rank = of.operand.rank};
    const int axis = of.attribute[0];
    for (int k = 0; k < m.rank; ++k) m.set(k, k <= axis ? k : k + 1, k == axis ? of.attribute[2] : 1);
    m.add(axis, axis + 1, of.attribute[3]);
    return m;
}
/// As the place of a pad's operand: an axis and where the operand begins, as often as it likes. Outside of it there are
/// zeros, which a reader has to know (fusion/paired_products.hpp).
constexpr index_map within_margins(const view_request& of) {
    index_map m = identity_map(of.operand);
    for (int k = 0; k < of.attribute.rank; k += 2) m.set(of.attribute[k], of.attribute[k], 1, -of.attribute[k + 1]);
    return m;
}
/// Diagonals that fall (direction -1) or rise (1).
constexpr index_map on_diagonals(const view_request& of) {
    const int axis = of.attribute[0], direction = of.attribute[1];
    index_map m = along(of, 1, direction < 0 ? of.result[axis + 1] - 1 : 0);
    m.add(axis, axis + 1, direction);
    return m;
}

// ---- places of a movement's operands

/// Zeros, or the second operand. The attribute has an axis and where the operand begins, as often as it likes.
constexpr movement_place between_margins(const movement_request& of) {
    movement_place to(of.first.rank);
    to.everywhere = of.operand > 0;
    for (int k = 0; k < of.attribute.rank; k += 2) to.begin[of.attribute[k]] = of.attribute[k + 1];
    return to;
}
constexpr movement_place between_zeros(const movement_request& of) {
    movement_place to(of.first.rank);
    to.step[of.attribute[0]] = of.attribute[1];
    return to;
}
constexpr movement_place behind_each_other(const movement_request& of) {
    movement_place to(of.first.rank);
    if (of.operand > 0) to.begin[of.attribute[0]] = of.first[of.attribute[0]];
    return to;
}
/// The attribute has an axis and how many operands take turns along it, as often as it likes; the last one fastest.
constexpr movement_place in_turns(const movement_request& of) {
    movement_place to(of.first.rank);
    for (int k = of.attribute.rank - 2, rest = of.operand; k >= 0; k -= 2) {
        const int axis = of.attribute[k], count = of.attribute[k + 1];
        to.begin[axis] = rest % count;
        to.step[axis] = count;
        rest /= count;
    }
    return to;
}

// ---- adjoints

constexpr void whole(line_adjoint& at) { at.give(0, at.d); }
constexpr void spread_sum(line_adjoint& at) { at.give(0, at.spread(at.d)); }
/// Ties share the adjoint evenly.
constexpr void to_maxima(line_adjoint& at) {
    const int mask = at.record(op::equal, at.x(0), at.spread(at.i));
    at.give(0, at.record(op::multiply, at.record(op::divide, at.spread(at.d), at.sum_like(mask)), mask));
}
constexpr void unstretched(line_adjoint& at) { at.contribute(0, at.d); }
constexpr void reshaped_back(line_adjoint& at) { at.give(0, at.reshape(at.d, at.in(0))); }
constexpr void permuted_back(line_adjoint& at) {
    at.give(0, at.record(op::transpose, at.d, inverse_permutation(at.attribute)));
}
constexpr void put_back(line_adjoint& at) {
    const int axis = at.attribute[0];
    at.give(0, at.padded(at.d, axis, at.attribute[1], at.in(0)[axis]));
}
constexpr void spaced(line_adjoint& at) {
    const int axis = at.attribute[0];
    at.give(0, at.padded(at.dilate(at.d, axis, at.attribute[1]), axis, 0, at.in(0)[axis]));
}
constexpr void flipped_back(line_adjoint& at) { at.give(0, at.record(op::flip, at.d, at.attribute)); }
/// The adjoint of windows that do not overlap is the windows side by side; of others the sum over the windows that an
/// element stands in. With step s, an element p * s + r of the axis is place m * s + r of window p - m: so the windows
/// are split into pieces of s elements, and a sum over m runs along diagonals of (window, piece).
constexpr void sum_of_windows(line_adjoint& at) {
    if (const int product = windows_of_product(at); product >= 0) return at.give(0, product);
    const int axis = at.attribute[0], step = at.attribute[2], dilation = at.attribute[3];
    int d = at.dilate(at.d, axis + 1, dilation);
    const int windows = at.shape(d)[axis], extent = at.shape(d)[axis + 1], pieces = (extent + step - 1) / step;
    d = at.padded(d, axis + 1, 0, pieces * step);
    if (pieces > 1) {
        d = at.split(d, axis + 1, step);
        d = at.padded(d, axis, pieces - 1, windows + 2 * (pieces - 1));
        d = at.sum(at.record(op::skew, d, list(axis, -1)), list(0, axis + 1));
    }
    d = at.merge(d, axis);
    at.give(0, at.fitted(d, axis, at.in(0)[axis]));
}
constexpr void along_diagonals(line_adjoint& at) {
    const int axis = at.attribute[0], more = at.in(0)[axis + 1] - 1;
    const int wide = at.padded(at.d, axis, more, at.shape(at.d)[axis] + 2 * more);
    at.give(0, at.record(op::skew, wide, list(axis, -at.attribute[1])));
}
constexpr void to_proxy(line_adjoint& at) {
    if (at.wants(1)) at.contribute(1, at.d);
}
constexpr void cut_out(line_adjoint& at) {
    int d = at.d;
    for (int k = 0; k < at.attribute.rank; k += 2) {
        const int axis = at.attribute[k], begin = at.attribute[k + 1], extent = at.in(0)[axis];
        const int product = cut_of_product(at, d, axis, begin, extent);
        d = product >= 0 ? product : at.cut(d, axis, begin, extent);
    }
    at.give(0, d);
}
constexpr void taken_in_turns(line_adjoint& at) {
    const extents first = at.in(0), turns = at.attribute;
    for (int operand = 0; at.has(operand); ++operand) {
        if (!at.wants(operand)) continue;
        const movement_place from = in_turns({first, turns, operand});
        int d = at.d;
        for (int k = 0; k < turns.rank; k += 2) {
            const int axis = turns[k], whole = at.shape(d)[axis];
            d = at.record(op::stride, at.cut(d, axis, from.begin[axis], whole - from.begin[axis]),
                          list(axis, from.step[axis]));
        }
        at.give(operand, d);
    }
}
constexpr void picked(line_adjoint& at) { at.give(0, at.record(op::stride, at.d, at.attribute)); }
constexpr void taken_apart(line_adjoint& at) {
    const int axis = at.attribute[0];
    for (int k = 0; k < 2; ++k)
        if (at.wants(k)) at.give(k, at.record(op::slice, at.d, list(axis, k == 0 ? 0 : at.in(0)[axis]), at.in(k)));
}
/// left [b, r, k] times right [b, k, c]: by left the product of [b, r, c] and [b, c, k], by right that of [b, k, r] and
/// [b, r, c]. What has no samples gets the sum over them. Of a sum over samples each sample's left gets [b, k, c] times
/// [b, c, r].
constexpr void products(line_adjoint& at) {
    const product_axes axes = axes_of_product(at.attribute);
    const int batch = axes.batch, taken = batch + axes.depth, d = at.d;
    const int rows = at.in(0).rank - taken, columns = at.in(1).rank - taken;
    if (at.wants(0) && axes.over_samples) {
        const int transposed = at.matmul(at.x(1), at.exchanged(d, batch, batch + rows), {batch, columns});
        at.give(0, at.exchanged(transposed, batch, batch + axes.depth));
    } else if (at.wants(0)) {
        const bool samples = at.has_samples(d) && !at.has_samples(at.x(0));
        at.give(0, at.matmul(d, at.exchanged(at.x(1), batch, taken), {batch, columns, samples}));
    }
    if (at.wants(1)) {
        const bool samples = at.has_samples(d) && !at.has_samples(at.x(1));
        at.give(1, at.matmul(at.exchanged(at.x(0), batch, batch + rows), d, {batch, rows, samples}));
    }
}

// clang-format off
inline constexpr operation_rule lines[] = {
    {op::alias,     same_shape,       same_index,   nullptr,           whole},
    {op::stop,      same_shape,       same_index,   nullptr,           nullptr},
    {op::with_gradient_of, first_shape, same_index, nullptr,           to_proxy},
    {op::mistake,   same_shape,       nullptr,      nullptr,           nullptr},
    {op::sum,       sum_shape,        nullptr,      nullptr,           spread_sum},
    {op::max,       reduce_shape,     nullptr,      nullptr,           to_maxima},
    {op::broadcast, told_shape,       stretched,    nullptr,           unstretched},
    {op::reshape,   reshape_shape,    squeezed,     nullptr,           reshaped_back},
    {op::transpose, transpose_shape,  permuted,     nullptr,           permuted_back},
    {op::slice,     slice_shape,      from_begin,   nullptr,           put_back},
    {op::stride,    stride_shape,     by_steps,     nullptr,           spaced},
    {op::flip,      flip_shape,       backwards,    nullptr,           flipped_back},
    {op::windows,   windows_shape,    in_windows,   nullptr,           sum_of_windows},
    {op::skew,      skew_shape,       on_diagonals, nullptr,           along_diagonals},
    {op::margins,   told_shape,       within_margins, nullptr,         cut_out},
    {op::part,      same_shape,       same_index,   nullptr,           whole},
    {op::pad,       pad_shape,        nullptr,      between_margins,   cut_out},
    {op::dilate,    dilate_shape,     nullptr,      between_zeros,     picked},
    {op::concat,    concat_shape,     nullptr,      behind_each_other, taken_apart},
    {op::interleave, told_shape,      nullptr,      in_turns,          taken_in_turns},
    {op::matmul,    matmul_shape,     nullptr,      nullptr,           products},
    {op::body,      same_shape,       nullptr,      nullptr,           nullptr},
    {op::result,    same_shape,       nullptr,      nullptr,           nullptr},
    {op::update,          same_shape, same_index,   nullptr,           nullptr},
    {op::output,          same_shape, same_index,   nullptr,           nullptr},
    {op::export_gradient, same_shape, same_index,   nullptr,           nullptr}};
// clang-format on

/// The line of an operation: marks stand before the elementwise operations, the others behind.
constexpr const operation_rule& line_of(op code) {
    const int i = static_cast<int>(code) - static_cast<int>(op::alias);
    return lines[code < first_elementwise ? i : i - elementwise_count];
}
inline constexpr int line_count = static_cast<int>(op::export_gradient) - static_cast<int>(op::alias) + 1;
static_assert(sizeof(lines) / sizeof(lines[0]) == line_count - elementwise_count, "an operation without a line");
static_assert(
    [] {
        for (const operation_rule& line : lines) {
            const op_kind kind = kind_of(line.code);
            const bool maps = kind == op_kind::view || kind == op_kind::reshape;
            const bool stops =
                kind == op_kind::effect || kind == op_kind::body || line.code == op::stop || line.code == op::mistake;
            if (&line != &line_of(line.code) || line.shape == nullptr || (maps && line.map == nullptr) ||
                (kind == op_kind::movement) != (line.place != nullptr) || stops != (line.adjoint == nullptr))
                return false;
        }
        return true;
    }(),
    "the lines' order is the enumeration's; each operation has a shape and an adjoint, each view a map, each movement "
    "a place");

}  // namespace detail

/// The result of `code` on `count` operands. After a mistake the returned shape is a plausible one, so that nothing
/// cascades.
constexpr shaped shape_rule(op code, const shaped* in, int count, const extents& attribute, const shaped& wanted) {
    shaped out = is_elementwise(code)
                     ? detail::broadcast_shapes(in, count)
                     : detail::line_of(code).shape(detail::shape_request{in, count, attribute, wanted});
    if (out.shape.rank > max_rank) {
        out.fail(mistake_kind::rank_too_large, list(max_rank), list(out.shape.rank));
        out.shape.rank = max_rank;
    }
    if (out.shape.size() > max_elements) out.fail(mistake_kind::too_many_elements, {}, out.shape);
    return out;
}

/// A view whose operand is read through a map; the other reshapes reinterpret stored elements.
constexpr bool maps_index(const table_view& t, int i) {
    return is_view(t[i].code) && (t[i].code != op::reshape || is_squeeze(t.shape(i), t.shape(t.operand(i))));
}
/// Where a view's, or a mark's, index stands in its operand.
constexpr index_map view_map(const table_view& t, int i) {
    return detail::line_of(t[i].code).map(view_request{t.shape(i), t.shape(t.operand(i)), t.attribute(i)});
}
/// The map of operand x of node i, which is elementwise or maps its index, given i's own.
constexpr index_map operand_map(const table_view& t, int i, int x, const index_map& m) {
    return is_view(t[i].code) && t[i].code != op::broadcast ? compose(m, view_map(t, i)) : broadcast_map(m, t.shape(x));
}
/// Whether operand x of node i is read where i is read: at m itself, of which then no copy is made.
constexpr bool keeps_map(const table_view& t, int i, int x, const index_map& m) {
    const node& q = t.nodes[i];
    return t.nodes[x].shape == q.shape && (!is_view(q.code) || q.code == op::broadcast) &&
           keeps_ones(m, t.lists[q.shape]);
}
/// A leaf that lies in memory as real numbers: what a product may read there.
constexpr bool is_real_buffer(const node& q) {
    return q.kind == value_kind::real &&
           (q.code == op::input || q.code == op::parameter || q.code == op::gradient || q.code == op::state);
}
/// How many axes of columns a product has.
constexpr int columns_of_product(const table_view& t, int i) {
    const product_axes axes = axes_of_product(t.attribute(i));
    return t.shape(t.operand(i, 1)).rank - axes.batch - axes.depth;
}
/// Whether its right operand is one matrix, which may lie in panels.
constexpr bool reads_a_matrix(const table_view& t, int i) {
    const product_axes axes = axes_of_product(t.attribute(i));
    return axes.batch == 0 && !axes.paired && columns_of_product(t, i) == 1;
}
/// A matrix that products read as it lies, rows and columns exchanged.
constexpr bool is_transposed_matrix(const table_view& t, int i) {
    return t.nodes[i].code == op::transpose && !t.nodes[i].rows && t.shape(i).rank == 2;
}
constexpr int untransposed(const table_view& t, int x) {
    while (is_transposed_matrix(t, x)) x = t.operand(x);
    return x;
}
/// Where operand k of a movement goes in its result.
constexpr movement_place place_of_part(const table_view& t, int i, int k) {
    return detail::line_of(t[i].code).place(movement_request{t.shape(t.operand(i)), t.attribute(i), k});
}
/// The operand that stands wherever no other one does, -1 if zeros do.
constexpr int background_of(const table_view& t, int i) {
    const int last = t[i].count - 1;
    return place_of_part(t, i, last).everywhere ? t.operand(i, last) : -1;
}

}  // namespace sinter
