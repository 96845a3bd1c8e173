// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The node table while it grows.
///
/// `record` infers the shape, applies the identities that keep adjoints small, and interns: equal nodes get one number,
/// so a table is a directed acyclic graph, never a tree. The first mistake is kept as data. Near constant work a node.
/// Everything here is constexpr and equally usable at run time; nothing throws.

#include <sinter/graph/network_record.hpp>
#include <sinter/graph/node.hpp>
#include <sinter/graph/shape_rules.hpp>
#include <sinter/meta/hash_index.hpp>
#include <sinter/meta/vector.hpp>

namespace sinter {

class builder {
public:
    constexpr builder() {
        lists_index_.find_or_claim(
            hash(extents{}), 0, [](int) { return false; }, [](int) { return 0u; }),
            lists_.push({});
    }

    constexpr const node& operator[](int id) const { return nodes_[id]; }
    constexpr int size() const { return nodes_.size(); }
    constexpr const extents& shape(int id) const { return lists_[nodes_[id].shape]; }
    constexpr const extents& attribute(int id) const { return lists_[nodes_[id].attribute]; }
    constexpr shaped shape_and_rows(int id) const { return {.shape = shape(id), .rows = nodes_[id].rows}; }
    constexpr table_view view(const int* outputs = nullptr, int output_count = 0) const {
        return {nodes_.begin(), nodes_.size(), lists_.begin(), outputs, output_count};
    }

    // ---- mistakes

    constexpr void fail(mistake_kind kind, const extents& expected = {}, const extents& found = {}) {
        if (first_mistake_.kind == mistake_kind::none || kind == mistake_kind::said_already)
            first_mistake_ = {kind, layer, line, expected, found};
    }
    /// A value of the given shape in the place of one that could not be built.
    constexpr int mistaken(int like, const extents& shape) {
        return intern_node({.code = op::mistake, .rows = nodes_[like].rows, .a = like, .shape = intern(shape)});
    }
    constexpr const mistake& first_mistake() const { return first_mistake_; }

    /// Where the tracer stands: the member called last, and the user's line. Mistakes take both.
    int layer = -1;
    int line = 0;

    // ---- leaves

    constexpr int intern(const extents& values) {
        const int found = lists_index_.find_or_claim(
            hash(values), lists_.size(), [&](int i) { return lists_[i] == values; },
            [&](int i) { return hash(lists_[i]); });
        return found >= 0 ? found : lists_.push(values);
    }
    constexpr int leaf(op code, int number, const extents& shape, bool rows = false, const extents& attribute = {}) {
        return intern_node(
            {.code = code, .rows = rows, .shape = intern(shape), .attribute = intern(attribute), .leaf = number});
    }
    constexpr int constant(double value) { return intern_node({.code = op::constant, .value = value}); }
    constexpr int iota(int count) { return leaf(op::iota, 0, list(count)); }
    /// The operand as a node that equals no other: what `gradient` differentiates by.
    constexpr int alias(int operand) {
        node q = nodes_[operand];
        return intern_node({.code = op::alias, .rows = q.rows, .a = operand, .shape = q.shape, .leaf = aliases_++});
    }

    // ---- recording

    constexpr int record(op code, int a, int b = -1, int c = -1, const extents& attribute = {},
                         const extents& wanted = {}, bool wanted_rows = false) {
        if (is_elementwise(code)) {
            const int shape = common_shape(a, b, c);
            if (shape >= 0) {
                const node* const nodes = nodes_.begin();
                const bool rows = nodes[a].rows || (b >= 0 && nodes[b].rows) || (c >= 0 && nodes[c].rows);
                return simplified({.code = code, .rows = rows, .a = a, .b = b, .c = c, .shape = shape});
            }
        }
        shaped in[3]{};
        int count = 0;
        for (int operand : {a, b, c})
            if (operand >= 0) in[count++] = shape_and_rows(operand);
        const shaped out = shape_rule(code, in, count, attribute, {.shape = wanted, .rows = wanted_rows});
        if (out.wrong != mistake_kind::none) {
            fail(out.wrong, out.expected, out.found);
            return mistaken(a, out.shape);
        }
        return simplified({.code = code,
                           .rows = out.rows,
                           .a = code == op::broadcast && nodes_[a].code == op::broadcast ? nodes_[a].a : a,
                           .b = b,
                           .c = c,
                           .shape = intern(out.shape),
                           .attribute = intern(attribute)});
    }

    /// A node whose shape, attribute and operands are numbers of this builder already.
    constexpr int adopt(const node& q) { return intern_node(q); }
    /// The same where the caller knows that no node equals it: nothing is looked up.
    constexpr int append(const node& q) { return nodes_.push(q); }

    /// An effect; never interned with another, `number` is the output, gradient or rule it belongs to.
    constexpr int effect(op code, int number, int a, int b = -1, const extents& attribute = {}) {
        const node& q = nodes_[a];
        return intern_node({.code = code,
                            .rows = q.rows,
                            .a = a,
                            .b = b,
                            .shape = q.shape,
                            .attribute = intern(attribute),
                            .leaf = number});
    }

    constexpr int broadcast(int a, const extents& shape, bool rows) {
        return shape == this->shape(a) && rows == nodes_[a].rows ? a
                                                                 : record(op::broadcast, a, -1, -1, {}, shape, rows);
    }
    constexpr int broadcast_like(int a, int like) {
        return same_space(a, like) ? a : broadcast(a, extents{shape(like)}, nodes_[like].rows);
    }
    constexpr int reshape(int a, const extents& shape) {
        if (shape == this->shape(a)) return a;
        if (nodes_[a].code == op::reshape) a = nodes_[a].a;
        return shape == this->shape(a) ? a : record(op::reshape, a, -1, -1, {}, shape);
    }
    constexpr int reshape_like(int a, int like) {
        return nodes_[a].shape == nodes_[like].shape ? a : reshape(a, extents{shape(like)});
    }
    /// One shape, and rows both or none.
    constexpr bool same_space(int a, int b) const {
        const node* const nodes = nodes_.begin();
        return nodes[a].shape == nodes[b].shape && nodes[a].rows == nodes[b].rows;
    }
    /// A product; a transposed matrix as operand becomes a flag.
    constexpr int matmul(int a, int b, bool transposed_left = false, bool transposed_right = false) {
        const auto fold = [&](int& x, bool& transposed) {
            if (nodes_[x].code == op::transpose && !nodes_[x].rows && shape(x).rank == 2)
                x = nodes_[x].a, transposed = !transposed;
        };
        fold(a, transposed_left);
        fold(b, transposed_right);
        return record(op::matmul, a, b, -1, list(transposed_left, transposed_right));
    }
    constexpr int sum(int a, const extents& keep_and_axes) {
        return keep_and_axes.rank == 1 ? a : record(op::sum, a, -1, -1, keep_and_axes);
    }

    constexpr bool is_constant(int id, double value) const {
        return nodes_[id].code == op::constant && nodes_[id].value == value;
    }

    /// Members and parameters of the network that is traced; empty for functions and expressions.
    network_record network;

    /// Free expressions without data that were lowered already, by type: lowering is linear in distinct subexpressions.
    struct lowered {
        const void* type = nullptr;
        int id = -1;
    };
    meta::vector<lowered> lowered_types;

private:
    // Few and small intermediate numbers: g++ keeps every number that constant evaluation computes.
    static constexpr unsigned hash(const extents& values) {
        unsigned h = static_cast<unsigned>(values.rank);
        for (int i = 0; i < values.rank; ++i) h = h * 33 + static_cast<unsigned>(values.at[i]);
        return h;
    }
    static constexpr unsigned hash(const node& q) {
        const auto h = static_cast<unsigned>((q.a * 5 + q.b * 3 + q.c) * 8 + static_cast<int>(q.code) + q.leaf * 16 +
                                             q.shape + q.attribute);
        if (q.code != op::constant) return h;
        return h + static_cast<unsigned>(__builtin_bit_cast(unsigned long long, q.value) >> 40);
    }
    constexpr int intern_node(const node& q) {
        const int found = nodes_index_.find_or_claim(
            hash(q), nodes_.size(),
            [&, nodes = static_cast<const node*>(nodes_.begin())](int i) {
                const node& other = nodes[i];
                return other.a == q.a && other.code == q.code && other.b == q.b && other == q;
            },
            [&](int i) { return hash(nodes_[i]); });
        return found >= 0 ? found : nodes_.push(q);
    }

    /// The shape of an elementwise result whose operands have one shape or are numbers; -1 where the rules must say.
    constexpr int common_shape(int a, int b, int c) const {
        const node* const nodes = nodes_.begin();
        int shape = nodes[a].shape;
        if (b >= 0 && nodes[b].shape != shape) {
            if (shape != 0 && nodes[b].shape != 0) return -1;
            shape += nodes[b].shape;
        }
        if (c >= 0 && nodes[c].shape != shape) {
            if (shape != 0 && nodes[c].shape != 0) return -1;
            shape += nodes[c].shape;
        }
        return shape;
    }

    /// The node that equals q, perhaps one that was there.
    constexpr int simplified(node q) {
        if (const int same = identity(q); same >= 0) return same;
        if (!is_elementwise(q.code)) return intern_node(q);
        const node* const nodes = nodes_.begin();
        bool broadcasts = nodes[q.a].code == op::broadcast;
        if (q.b >= 0 && nodes[q.b].code == op::broadcast) broadcasts = true;
        if (q.c >= 0 && nodes[q.c].code == op::broadcast) broadcasts = true;
        if (!broadcasts) return intern_node(q);
        q.a = without_broadcast(q, q.a, q.b, q.c);
        q.b = without_broadcast(q, q.b, q.a, q.c);
        q.c = without_broadcast(q, q.c, q.a, q.b);
        const int same = identity(q);
        return same >= 0 ? same : intern_node(q);
    }

    /// The constant itself or a broadcast of it.
    constexpr bool is_everywhere(int id, double value) const {
        return is_constant(id, value) || (nodes_[id].code == op::broadcast && is_constant(nodes_[id].a, value));
    }

    /// x + 0, x - 0, x * 1, x / 1 are x, where x alone has the result's shape, and so are a transpose that moves no
    /// axis, a slice and a pad of everything; -1 where no identity holds. Constants fold.
    constexpr int identity(const node& q) {
        const auto whole = [&](int x) { return nodes_[x].shape == q.shape && nodes_[x].rows == q.rows; };
        switch (q.code) {
            case op::add:
                if (is_constant(q.b, 0) && whole(q.a)) return q.a;
                if (is_constant(q.a, 0) && whole(q.b)) return q.b;
                break;
            case op::subtract:
                if (is_constant(q.b, 0) && whole(q.a)) return q.a;
                break;
            case op::multiply:
                if (is_everywhere(q.b, 1)) return broadcast(q.a, extents{lists_[q.shape]}, q.rows);
                if (is_everywhere(q.a, 1)) return broadcast(q.b, extents{lists_[q.shape]}, q.rows);
                if (nodes_[q.a].code == op::constant && nodes_[q.b].code == op::constant)
                    return constant(nodes_[q.a].value * nodes_[q.b].value);
                break;
            case op::divide:
                if (is_constant(q.b, 1) && whole(q.a)) return q.a;
                break;
            case op::negate:
                if (nodes_[q.a].code == op::negate) return nodes_[q.a].a;
                if (nodes_[q.a].code == op::constant) return constant(-nodes_[q.a].value);
                break;
            case op::transpose: {
                const extents& permutation = lists_[q.attribute];
                for (int axis = 0; axis < permutation.rank; ++axis)
                    if (permutation[axis] != axis) return -1;
                return q.a;
            }
            case op::slice:
            case op::pad:
                if (whole(q.a)) return q.a;
                break;
            default: break;
        }
        return -1;
    }
    /// Elementwise operations broadcast by themselves: a broadcast operand is read through where another operand
    /// already gives the result its shape.
    constexpr int without_broadcast(const node& q, int x, int y, int z) const {
        if (x < 0 || nodes_[x].code != op::broadcast) return x;
        for (int other : {y, z})
            if (other >= 0 && nodes_[other].shape == q.shape && nodes_[other].rows == q.rows) return nodes_[x].a;
        return x;
    }

    meta::vector<node> nodes_;
    meta::vector<extents> lists_;
    meta::hash_index nodes_index_, lists_index_;
    mistake first_mistake_;
    int aliases_ = 0;
};

}  // namespace sinter
