// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How each value lies in memory.
///
/// The leading axis (rows, or the first axis of a matrix) has a stride rounded up to 16 elements, 64 bytes in single
/// precision, on every instruction set; the rest is contiguous, row major. So a sample is contiguous, and flattening
/// one is free. A matrix read only as the right operand of products lies in panels of the machine's tile width,
/// [columns / width][rows][width]: row-major rows of 512 bytes would fall in 8 of the 64 sets of a 32 KiB cache. A
/// value that a reshape reinterprets has no padding.

#include <sinter/fusion/partition.hpp>

namespace sinter {

inline constexpr int alignment_elements = 16;
constexpr int round_up(int count, int unit) { return (count + unit - 1) / unit * unit; }
/// A product of lengths as an int: more than max_elements stands for anything above, which no program is made for.
constexpr int limited(long long elements) {
    return elements > max_elements ? max_elements + 1 : static_cast<int>(elements);
}

/// Where element j of a row in panels stands: panels of `width` elements, `panel` from one to the next.
constexpr int panel_offset(int j, int width, int panel) { return j / width * panel + j % width; }

struct layout {
    int row_stride = 0;         ///< from sample to sample; 0 without rows
    int stride[max_rank] = {};  ///< per axis
    int panel = 0;              ///< > 0: distance of panels along the last axis, whose stride is 1 within a panel
    int elements = 0;           ///< allocated
    int run = 0;                ///< contiguous elements behind one leading index
    int pitch = 0;              ///< from one such run to the next, >= run
    /// Where the element of sample `row` with this index stands.
    constexpr int offset(const extents& index, int row = 0) const {
        int at = row * row_stride;
        for (int axis = 0; axis < index.rank; ++axis)
            at += panel > 0 && axis == index.rank - 1
                      ? panel_offset(index[axis], row_stride > 0 ? row_stride : stride[0], panel)
                      : index[axis] * stride[axis];
        return at;
    }
    constexpr bool operator==(const layout&) const = default;
};

/// Where element e, row major, of sample `row` of a value of this shape stands.
constexpr int element_offset(const extents& shape, const layout& where, int row, int e) {
    extents index{.rank = shape.rank};
    for (int axis = shape.rank - 1; axis >= 0; e /= shape[axis--]) index[axis] = e % shape[axis];
    return where.offset(index, row);
}

/// The layouts of a table's nodes: each distinct one once. Equal numbers are equal layouts.
struct layout_view {
    const layout* distinct = nullptr;
    const int* number = nullptr;  ///< per node
    constexpr const layout& operator[](int i) const { return distinct[number[i]]; }
};
class node_layouts {
public:
    constexpr void clear() {
        distinct.truncate(0);
        keys_.truncate(0);
        number.truncate(0);
    }
    /// The number of the layout that a key stands for, -1 if it is not there.
    constexpr int find(int key) const {
        const int* const keys = keys_.begin();
        for (int k = keys_.size() - 1; k >= 0; --k)
            if (keys[k] == key) return k;
        return -1;
    }
    constexpr int add(int key, const layout& value) {
        keys_.push(key);
        return distinct.push(value);
    }
    constexpr const layout& operator[](int i) const { return distinct[number[i]]; }
    constexpr layout_view view() const { return {distinct.begin(), number.begin()}; }

    meta::vector<layout> distinct;
    meta::vector<int> number;

private:
    meta::vector<int> keys_;
};

/// The parameters of a network as its programs share them.
struct parameter_place {
    layout where{};
    int offset = 0;
};

constexpr layout plain_layout(const extents& shape, bool rows, bool packed, int capacity) {
    layout l;
    const bool leading_axis = !rows && shape.rank >= 2;
    int stride = 1;
    for (int axis = shape.rank - 1; axis >= (leading_axis ? 1 : 0); --axis) {
        l.stride[axis] = stride;
        stride *= shape[axis];
    }
    l.run = stride;
    l.pitch = stride == 1 || (packed && !rows) ? stride : round_up(stride, alignment_elements);
    if (leading_axis) l.stride[0] = l.pitch;
    if (rows) l.row_stride = l.pitch;
    const long long runs = rows ? capacity : leading_axis ? shape[0] : 1;
    l.elements = round_up(limited(l.pitch * runs), alignment_elements);
    return l;
}

/// Row major without any padding, as a caller's array: what is behind the last element is somebody else's.
constexpr layout dense_layout(const extents& shape, bool rows, int capacity) {
    layout l = plain_layout(shape, rows, true, 1);
    l.pitch = l.run;
    if (rows) l.row_stride = l.run;
    l.elements = limited(static_cast<long long>(shape.size()) * (rows ? capacity : 1));
    return l;
}

/// A matrix of `count` rows in panels.
constexpr layout panel_layout(const extents& shape, bool rows, int width, int capacity) {
    layout l;
    const int count = rows ? capacity : shape[0], columns = shape.last();
    l.panel = limited(static_cast<long long>(count) * width);
    l.stride[shape.rank - 1] = 1;
    if (rows)
        l.row_stride = width;
    else
        l.stride[0] = width;
    l.run = columns;
    l.pitch = round_up(columns, width);
    l.elements = limited(static_cast<long long>(l.pitch) * count);
    return l;
}

namespace detail {
/// Marks the buffers behind node i: its operands, through what is computed again, up to members of group `own`, which
/// are marked by themselves.
constexpr void mark_buffers(const table_view& t, const partition& p, int i, int own, char* marked) {
    for (const int *at = t.operands(i), *const end = at + t.nodes[i].count; at != end; ++at) {
        const int x = *at;
        marked[x] = 1;
        if (is_leaf(t.nodes[x].code) || (own >= 0 && p.member(x, own))) continue;
        if (p.stored[x] == 0 || p.late[x] != 0) mark_buffers(t, p, x, own, marked);
    }
}
}  // namespace detail

/// How the leaves of a lowered table lie, and the gradients that it exports, whose parameters `given` places by number.
constexpr void note_given(const table_view& t, const parameter_place* given, meta::vector<lying>& lies) {
    lies.resize(t.node_count);
    const node* const nodes = t.nodes;
    for (int i = 0, n = t.node_count; i < n; ++i) {
        const op code = nodes[i].code;
        if (!is_of_parameter(code) && code != op::export_gradient) continue;
        const layout& l = given[nodes[i].number].where;
        lies[i] = l.panel > 0 ? lying::in_panels : l.pitch != l.run ? lying::padded : lying::anyhow;
    }
}

/// Layouts of all nodes of a table. The programs of one network share the parameters: `given` are their places by
/// number, decided by its forward table, in an arena of `given_elements` (0 if nothing is decided yet); the table and
/// its groups read them as they lie. Inputs, or outputs, are dense where a caller has them.
constexpr void plan_layouts(const table_view& t, const partition& p, const machine& target, int capacity,
                            const parameter_place* given, int given_elements, node_layouts& layouts,
                            bool dense_inputs = false, bool dense_outputs = false) {
    const int n = t.node_count, width = target.width();
    meta::vector<char> all_right(n), all_left(n), all_fixed(n), all_packed(n);
    char *const right = all_right.begin(), *const left = all_left.begin();
    char *const fixed = all_fixed.begin(), *const packed = all_packed.begin();
    const place* const place_of = p.place_of.begin();
    for (int i = 0; i < n; ++i) {
        const node& q = t.nodes[i];
        const int* const x = t.operands(i);
        switch (kind_of(q.code)) {
            case op_kind::contraction:
                left[untransposed(t, x[0])] = 1;
                (reads_a_matrix(t, i) ? right : fixed)[untransposed(t, x[1])] = 1;
                break;
            case op_kind::elementwise:
                for (int k = 0; k < q.count; ++k)
                    if (t.nodes[x[k]].shape != q.shape) fixed[x[k]] = 1;
                break;
            case op_kind::reshape:
                if (maps_index(t, i))
                    detail::mark_buffers(t, p, i, -1, fixed);
                else
                    packed[x[0]] = 1;
                break;
            case op_kind::view:
                if (is_copy(t, i)) continue;
                if (is_transposed_matrix(t, i)) break;  // a product reads it as it lies
                [[fallthrough]];
            case op_kind::movement: detail::mark_buffers(t, p, i, -1, fixed); break;
            case op_kind::none:
            case op_kind::leaf:
            case op_kind::mark:
            case op_kind::reduction:
            case op_kind::body:
            case op_kind::effect:
            case op_kind::access: break;
        }
        if (kind_of(q.code) != op_kind::contraction)
            for (int k = 0; k < q.count; ++k)
                if (is_transposed_matrix(t, x[k])) detail::mark_buffers(t, p, x[k], -1, fixed);
        const place where = place_of[i];
        if (is_behind(where) || where == place::by_parts) fixed[i] = 1;
        if (where != place::floating) {  // lanes run along an axis that is not the value's last one
            const group& g = p.groups[p.group_of[i]];
            const bool across = g.across();
            if (across || where == place::outer) fixed[i] = 1;
            if (across || (where == place::outer && !is_reduction(q.code)))
                detail::mark_buffers(t, p, i, p.group_of[i], fixed);
        }
        if (q.code == op::output) fixed[x[0]] = fixed[i] = 1;  // read by the user
    }
    const int* const stored_as = p.stored_as.begin();
    const auto is_output = [&](int i) { return stored_as[i] >= 0 && t.nodes[stored_as[i]].code == op::output; };
    for (int i = 0; i < n; ++i) {
        const node& q = t.nodes[i];
        const extents& shape = t.lists[q.shape];
        const bool matrix = q.rows ? shape.rank == 1 : shape.rank == 2 && shape[0] > 1;
        const bool fits = matrix && shape.last() >= width && round_up(shape.last(), alignment_elements) % width == 0;
        const bool kept = q.code != op::input && left[i] == 0 && fixed[i] == 0 && packed[i] == 0;
        const bool panels = fits && kept && right[i] != 0;
        const bool dense = q.code == op::input ? dense_inputs : dense_outputs && is_output(i);
        const int key = (((q.shape * 2 + q.rows) * 2 + panels) * 2 + (packed[i] != 0)) * 2 + dense;
        int number = layouts.find(key);
        if (number < 0)
            number = layouts.add(key, panels  ? panel_layout(shape, q.rows, width, capacity)
                                      : dense ? dense_layout(shape, q.rows, capacity)
                                              : plain_layout(shape, q.rows, packed[i] != 0, capacity));
        layouts.number.push(number);
    }
    if (given_elements == 0) return;
    // A parameter, its gradient's buffer, and what is stored there lie alike.
    // It is one of those above, of the same shape: in panels, without padding, or neither.
    const auto use_given = [&](int i, int parameter) {
        const layout& l = given[parameter].where;
        const int key = -1 - (t[i].shape * 4 + (l.panel > 0) * 2 + (l.pitch == l.run));
        const int number = layouts.find(key);
        layouts.number[i] = number < 0 ? layouts.add(key, l) : number;
    };
    for (int i = 0; i < n; ++i) {
        if (const int s = stored_as[i]; s >= 0 && t.nodes[s].code == op::export_gradient)
            use_given(i, t.nodes[s].number);
        if (is_of_parameter(t.nodes[i].code)) use_given(i, t.nodes[i].number);
    }
}

}  // namespace sinter
