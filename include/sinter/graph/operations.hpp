// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The operations that are not elementwise: one line each, and nothing else anywhere.
///
/// A line holds the shape of the result; for a view the map from an index of the result to one of its operand
/// (tensor/index_map.hpp), for a movement the place where an operand goes; the adjoint; and the value of an element
/// where neither map nor place say it. The builder, the interpreter, fusion, emission and the reverse pass read the
/// same line and ask for kinds only (tensor/op.hpp). Adjoints and values are generic over what runs them:
/// adjoint/reverse.hpp and graph/interpreter.hpp say what `at` offers.

#include <sinter/graph/node.hpp>
#include <sinter/graph/shape_rules.hpp>
#include <sinter/tensor/elementwise.hpp>
#include <sinter/tensor/index_map.hpp>

namespace sinter {

/// A view: the shapes of result and operand, its attribute.
struct view_request {
    const extents &result, &operand, &attribute;
};
/// Where an operand of a movement goes: element j of the axis to begin + step * j. What no operand fills is 0, or the
/// operand whose step is `everywhere`: a constant.
struct movement_place {
    static constexpr int everywhere = 0;
    int axis = 0, begin = 0, step = 1;
};
struct movement_request {
    const extents &first, &attribute;
    int operand;
};

using shape_function = shaped (*)(const detail::shape_request&);
using map_function = index_map (*)(const view_request&);
using place_function = movement_place (*)(const movement_request&);

/// A line. What an operation's kind has no use for is nullptr, or `nothing`.
template <class Adjoint, class Value>
struct operation_rule {
    op code;
    shape_function shape;
    map_function map;
    place_function place;
    Adjoint adjoint;
    Value value;
};
template <class Adjoint, class Value>
operation_rule(op, shape_function, map_function, place_function, Adjoint, Value) -> operation_rule<Adjoint, Value>;

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
constexpr shaped shape_of_samples(const shape_request& of) { return {.shape = of.in[0].shape, .rows = false}; }

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
/// Diagonals that fall (direction -1) or rise (1).
constexpr index_map on_diagonals(const view_request& of) {
    const int axis = of.attribute[0], direction = of.attribute[1];
    index_map m = along(of, 1, direction < 0 ? of.result[axis + 1] - 1 : 0);
    m.add(axis, axis + 1, direction);
    return m;
}

// ---- places of a movement's operands

/// Zeros, or the second operand.
constexpr movement_place between_margins(const movement_request& of) {
    return {of.attribute[0], of.attribute[1], of.operand == 0 ? 1 : movement_place::everywhere};
}
constexpr movement_place between_zeros(const movement_request& of) { return {of.attribute[0], 0, of.attribute[1]}; }
constexpr movement_place behind_each_other(const movement_request& of) {
    return {of.attribute[0], of.operand == 0 ? 0 : of.first[of.attribute[0]], 1};
}

// ---- adjoints and values, of what the lines say by name

/// A line has no such part.
struct nothing {};

// clang-format off
namespace rules {
inline constexpr nothing no_part{};
/// The adjoint of windows that do not overlap is the windows side by side; of others the sum over the windows that an
/// element stands in. With step s, an element p * s + r of the axis is place m * s + r of window p - m: so the windows
/// are split into pieces of s elements, and a sum over m runs along diagonals of (window, piece).
inline constexpr auto sum_of_windows = [](auto& at) {
    const int axis = at.attribute[0], step = at.attribute[2], dilation = at.attribute[3];
    int d = at.dilate(at.d, axis + 1, dilation);
    const int windows = at.shape(d)[axis], extent = at.shape(d)[axis + 1], pieces = (extent + step - 1) / step;
    d = at.padded(d, axis + 1, 0, pieces * step);
    if (pieces > 1) {
        d = at.split(d, axis + 1, step);
        d = at.padded(d, axis, pieces - 1, windows + 2 * (pieces - 1));
        d = at.sum(at.record(op::skew, d, list(axis, -1)), axis + 1);
    }
    d = at.merge(d, axis);
    at.give(0, at.fitted(d, axis, at.in(0)[axis]));
};
inline constexpr auto whole = [](auto& at) { at.give(0, at.d); };
inline constexpr auto reduced = [](const auto& run, int i, int r, int e) { return run.reduced(i, r, e); };

inline constexpr auto lines = make_rule_pack(
    operation_rule{op::alias,     same_shape,      same_index,   nullptr, whole, no_part},
    operation_rule{op::stop,      same_shape,      same_index,   nullptr, no_part, no_part},
    operation_rule{op::with_gradient_of, first_shape, same_index, nullptr, [](auto& at) { if (at.wants(1)) at.contribute(1, at.d); }, no_part},
    operation_rule{op::mistake,   same_shape,      nullptr,      nullptr, no_part, no_part},
    operation_rule{op::sum,       reduce_shape,    nullptr,      nullptr, [](auto& at) { at.give(0, at.spread(at.d)); }, reduced},
    operation_rule{op::max,       reduce_shape,    nullptr,      nullptr,
                   [](auto& at) {  // ties share the adjoint evenly
                       const int mask = at.record(op::equal, at.x(0), at.spread(at.i));
                       at.give(0, at.record(op::multiply, at.record(op::divide, at.spread(at.d), at.sum_like(mask)), mask));
                   }, reduced},
    operation_rule{op::total,     shape_of_samples, nullptr,     nullptr, whole,  // the same for every sample
                   [](const auto& run, int i, int, int e) { return run.total(i, e); }},
    operation_rule{op::broadcast, told_shape,      stretched,    nullptr, [](auto& at) { at.contribute(0, at.d); }, no_part},
    operation_rule{op::reshape,   reshape_shape,   squeezed,     nullptr, [](auto& at) { at.give(0, at.reshape(at.d, at.in(0))); },
                   [](const auto& run, int i, int r, int e) { return run.at(run.operand(i), r, e); }},
    operation_rule{op::transpose, transpose_shape, permuted,     nullptr, [](auto& at) { at.give(0, at.record(op::transpose, at.d, inverse_permutation(at.attribute))); }, no_part},
    operation_rule{op::slice,     slice_shape,     from_begin,   nullptr, [](auto& at) { at.give(0, at.padded(at.d, at.attribute[0], at.attribute[1], at.in(0)[at.attribute[0]])); }, no_part},
    operation_rule{op::stride,    stride_shape,    by_steps,     nullptr,
                   [](auto& at) {
                       const int axis = at.attribute[0];
                       at.give(0, at.padded(at.dilate(at.d, axis, at.attribute[1]), axis, 0, at.in(0)[axis]));
                   }, no_part},
    operation_rule{op::flip,      flip_shape,      backwards,    nullptr, [](auto& at) { at.give(0, at.record(op::flip, at.d, at.attribute)); }, no_part},
    operation_rule{op::windows,   windows_shape,   in_windows,   nullptr, sum_of_windows, no_part},
    operation_rule{op::skew,      skew_shape,      on_diagonals, nullptr,
                   [](auto& at) {
                       const int axis = at.attribute[0], more = at.in(0)[axis + 1] - 1;
                       const int wide = at.padded(at.d, axis, more, at.shape(at.d)[axis] + 2 * more);
                       at.give(0, at.record(op::skew, wide, list(axis, -at.attribute[1])));
                   }, no_part},
    operation_rule{op::pad,       pad_shape,       nullptr,      between_margins,   [](auto& at) { at.give(0, at.record(op::slice, at.d, at.attribute, at.in(0))); }, no_part},
    operation_rule{op::dilate,    dilate_shape,    nullptr,      between_zeros,     [](auto& at) { at.give(0, at.record(op::stride, at.d, at.attribute)); }, no_part},
    operation_rule{op::concat,    concat_shape,    nullptr,      behind_each_other,
                   [](auto& at) {
                       const int axis = at.attribute[0];
                       for (int k = 0; k < 2; ++k)
                           if (at.wants(k)) at.give(k, at.record(op::slice, at.d, list(axis, k == 0 ? 0 : at.in(0)[axis]), at.in(k)));
                   }, no_part},
    operation_rule{op::matmul,    matmul_shape,    nullptr,      nullptr,
                   [](auto& at) {  // a vector is a matrix of one row: what comes back as [1, n] is the vector again
                       const bool ta = at.attribute[0] != 0, tb = at.attribute[1] != 0;
                       const int a = at.x(0), b = at.x(1);
                       if (at.wants(0)) at.give_matrix(0, ta ? at.matmul(b, at.d, tb, true) : at.matmul(at.d, b, false, !tb));
                       if (at.wants(1)) at.give_matrix(1, tb ? at.matmul(at.d, a, true, ta) : at.matmul(a, at.d, !ta, false));
                   },
                   [](const auto& run, int i, int r, int e) { return run.product(i, r, e); }},
    operation_rule{op::update,          same_shape, same_index,  nullptr, no_part, no_part},
    operation_rule{op::output,          same_shape, same_index,  nullptr, no_part, no_part},
    operation_rule{op::export_gradient, same_shape, same_index,  nullptr, no_part, no_part});
}  // namespace rules
// clang-format on

/// The number of an operation among the lines: marks stand before the elementwise operations, the others behind.
inline constexpr int first_mark = static_cast<int>(op::alias), last_line = static_cast<int>(op::export_gradient),
                     mark_count = static_cast<int>(first_elementwise) - first_mark;
constexpr int line_of(op code) {
    const int i = static_cast<int>(code);
    return i < static_cast<int>(first_elementwise) ? i - first_mark : i - elementwise_count - first_mark;
}
constexpr op code_of_line(int line) {
    return static_cast<op>(line < mark_count ? first_mark + line : first_mark + line + elementwise_count);
}
inline constexpr int line_count = decltype(rules::lines)::size;
using line_indices = std::make_index_sequence<static_cast<std::size_t>(line_count)>;

static_assert(line_count == last_line + 1 - first_mark - elementwise_count, "an operation without a line");
static_assert(
    []<std::size_t... Line>(std::index_sequence<Line...>) {
        return ((rule_in<Line>(rules::lines).code == code_of_line(Line)) && ...);
    }(line_indices{}),
    "the lines' order is the enumeration's");

/// The parts of a line that are functions of numbers alone.
struct plain_rule {
    shape_function shape;
    map_function map;
    place_function place;
};
template <std::size_t... Line>
constexpr auto plain_rules(std::index_sequence<Line...>) {
    struct {
        plain_rule at[sizeof...(Line)] = {
            {rule_in<Line>(rules::lines).shape, rule_in<Line>(rules::lines).map, rule_in<Line>(rules::lines).place}...};
    } all;
    return all;
}
inline constexpr auto plain_lines = plain_rules(line_indices{});
static_assert(
    [] {
        for (int line = 0; line < line_count; ++line) {
            const op_kind kind = kind_of(code_of_line(line));
            const bool maps = kind == op_kind::view || kind == op_kind::reshape;
            if (plain_lines.at[line].shape == nullptr || (maps && plain_lines.at[line].map == nullptr) ||
                (kind == op_kind::movement) != (plain_lines.at[line].place != nullptr))
                return false;
        }
        return true;
    }(),
    "each operation has a shape, each view a map, each movement a place");

}  // namespace detail

/// The result of `code` on `count` operands. After a mistake the returned shape is a plausible one, so that nothing
/// cascades.
constexpr shaped shape_rule(op code, const shaped* in, int count, const extents& attribute, const shaped& wanted) {
    shaped out =
        is_elementwise(code)
            ? detail::broadcast_shapes(in, count)
            : detail::plain_lines.at[detail::line_of(code)].shape(detail::shape_request{in, count, attribute, wanted});
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
    return detail::plain_lines.at[detail::line_of(t[i].code)].map(
        view_request{t.shape(i), t.shape(t.operand(i)), t.attribute(i)});
}
/// The map of operand x of node i, which is elementwise or maps its index, given i's own.
constexpr index_map operand_map(const table_view& t, int i, int x, const index_map& m) {
    return is_view(t[i].code) && t[i].code != op::broadcast ? compose(m, view_map(t, i)) : broadcast_map(m, t.shape(x));
}
/// The operand that stands wherever no other one does, -1 if zeros do.
constexpr int background_of(const table_view& t, int i) {
    const int last = t[i].count - 1;
    const bool everywhere = detail::plain_lines.at[detail::line_of(t[i].code)]
                                .place(movement_request{t.shape(t.operand(i)), t.attribute(i), last})
                                .step == movement_place::everywhere;
    return everywhere ? t.operand(i, last) : -1;
}
/// Where operand k of a movement goes in its result.
constexpr movement_place place_of_part(const table_view& t, int i, int k) {
    return detail::plain_lines.at[detail::line_of(t[i].code)].place(
        movement_request{t.shape(t.operand(i)), t.attribute(i), k});
}

}  // namespace sinter
