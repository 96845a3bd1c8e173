// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The node table while it grows.
///
/// `record` infers the shape, applies the identities that keep adjoints small, and interns: equal nodes get one number,
/// so a table is a directed acyclic graph, never a tree. The first mistake is kept as data. Near constant work a node.
/// Everything here is constexpr and equally usable at run time; nothing throws.

#include <sinter/graph/network_record.hpp>
#include <sinter/graph/node.hpp>
#include <sinter/graph/operations.hpp>
#include <sinter/meta/hash_index.hpp>
#include <sinter/meta/vector.hpp>

namespace sinter {

class builder {
public:
    constexpr builder() { intern({}); }  // list 0 is the empty one everywhere

    constexpr const node& operator[](int id) const { return nodes_[id]; }
    constexpr int size() const { return nodes_.size(); }
    constexpr const extents& shape(int id) const { return lists_[nodes_[id].shape]; }
    constexpr const extents& attribute(int id) const { return lists_[nodes_[id].attribute]; }
    constexpr int operand(int id, int k = 0) const { return pool_[nodes_[id].first + k]; }
    constexpr shaped shape_and_rows(int id) const { return {.shape = shape(id), .rows = nodes_[id].rows}; }
    constexpr table_view view(const int* outputs = nullptr, int output_count = 0) const {
        return {nodes_.begin(), nodes_.size(), pool_.begin(),   lists_.begin(),
                outputs,        output_count,  bodies_.begin(), bodies_.size()};
    }

    // ---- mistakes

    constexpr void fail(mistake_kind kind, const extents& expected = {}, const extents& found = {}) {
        if (first_mistake_.kind == mistake_kind::none || kind == mistake_kind::said_already)
            first_mistake_ = {kind, layer, line, expected, found, element};
    }
    /// A value of the given shape in the place of one that could not be built.
    constexpr int mistaken(int like, const extents& shape) {
        return intern_node({.code = op::mistake, .rows = nodes_[like].rows, .count = 1, .shape = intern(shape)}, &like);
    }
    constexpr const mistake& first_mistake() const { return first_mistake_; }

    /// Where the tracer stands: the member called last, and the user's line. Mistakes take both.
    int layer = -1;
    int element = -1;  ///< which functor of the chain `layer` runs, -1 outside of one
    int line = 0;

    /// A function through the door: its samples are all that a call has, and it owns no parameters.
    bool of_function = false;
    /// An update rule that is computed element by element: a number stands for a whole parameter.
    bool of_elements = false;
    /// Nodes that stand for the parameters of a network which is called with them (nn/with_parameters.hpp), by number.
    const int* given_parameters = nullptr;

    // ---- leaves

    constexpr int intern(const extents& values) {
        const int found = lists_index_.find_or_claim(
            hash(values), lists_.size(), [&](int i) { return lists_[i] == values; },
            [&](int i) { return hash(lists_[i]); });
        return found >= 0 ? found : lists_.push(values);
    }
    constexpr int leaf(op code, int number, const extents& shape, bool rows = false,
                       value_kind kind = value_kind::real) {
        if (shape.size() > max_elements) fail(mistake_kind::too_many_elements, {}, shape);
        return intern_node({.code = code, .rows = rows, .kind = kind, .shape = intern(shape), .number = number},
                           nullptr);
    }
    constexpr int constant(double value) { return intern_node({.code = op::constant, .value = value}, nullptr); }
    /// State `which` of an optimizer for the parameter of this number and shape.
    constexpr int state(int parameter, int which, const extents& shape) {
        return adopt({.code = op::state, .shape = intern(shape), .attribute = intern(list(which)), .number = parameter},
                     nullptr);
    }
    constexpr int iota(int count) { return leaf(op::iota, 0, list(count)); }
    /// The operand as a node that equals no other: what `gradient` differentiates by.
    constexpr int alias(int operand) {
        node q = nodes_[operand];
        q = {.code = op::alias, .rows = q.rows, .kind = q.kind, .count = 1, .shape = q.shape, .number = aliases_++};
        return intern_node(q, &operand);
    }

    // ---- recording

    /// `wanted` is the result's shape where the operation is told it.
    constexpr int record(op code, const int* x, int count, const extents& attribute = {}, const extents& wanted = {},
                         bool wanted_rows = false) {
        if (is_elementwise(code)) {
            const int shape = common_shape(x, count);
            if (shape >= 0) {
                bool rows = false;
                for (int k = 0; k < count; ++k) rows = rows || nodes_.begin()[x[k]].rows;
                return simplified({.code = code, .rows = rows, .count = count, .shape = shape}, x);
            }
        }
        if (code == op::pad && is_pad_around(x, count, attribute)) {
            extents both = this->attribute(x[0]);
            for (int k = 0; k < attribute.rank; ++k) both.push(attribute[k]);
            const int below[] = {operand(x[0]), x[count - 1]};
            return record(code, below, count, both, wanted, wanted_rows);
        }
        shaped in[max_arity];
        for (int k = 0; k < count; ++k) in[k].shape = shape(x[k]), in[k].rows = nodes_[x[k]].rows;
        const shaped out = shape_rule(code, in, count, attribute, {.shape = wanted, .rows = wanted_rows});
        if (out.wrong != mistake_kind::none) {
            fail(out.wrong, out.expected, out.found);
            return mistaken(x[0], out.shape);
        }
        const bool same_elements = is_view(code) || kind_of(code) == op_kind::mark;
        node q{.code = code,
               .rows = out.rows,
               .kind = same_elements ? nodes_[x[0]].kind : value_kind::real,
               .count = count,
               .shape = intern(out.shape),
               .attribute = intern(attribute)};
        if (code != op::broadcast || nodes_[x[0]].code != op::broadcast) return simplified(q, x);
        const int below = operand(x[0]);
        return simplified(q, &below);
    }
    template <int Count>
    constexpr int record(op code, const int (&x)[Count], const extents& attribute = {}, const extents& wanted = {},
                         bool wanted_rows = false) {
        return record(code, x, Count, attribute, wanted, wanted_rows);
    }

    /// A node whose shape, attribute and operands are numbers of this builder already.
    constexpr int adopt(const node& q, const int* x) { return intern_node(q, x); }
    /// The same where the caller knows that no node equals it: nothing is looked up.
    constexpr int append(node q, const int* x) {
        const int first = pool_.size(), count = q.count;
        q.first = first;
        pool_.extend(first + count);
        int* const to = pool_.begin() + first;
        for (int k = 0; k < count; ++k) to[k] = x[k];
        return nodes_.push(q);
    }
    /// The nodes of a table whose lists were interned here in order, into an empty builder.
    constexpr void append_all(const table_view& from, int operands) {
        pool_.extend(operands);
        int* const to = pool_.begin();
        for (int k = 0; k < operands; ++k) to[k] = from.pool[k];
        for (const node *q = from.nodes, *const end = q + from.node_count; q != end; ++q) nodes_.push(*q);
    }

    // ---- bodies

    /// The number of a table whose inputs and results nodes here use; it outlives this builder. Equal ones are one.
    constexpr int own(const table_view& body) {
        for (int k = 0; k < bodies_.size(); ++k)
            if (same_nodes(bodies_[k], body)) return k;
        return bodies_.push(body);
    }
    /// The body of this number on operands without rows, as a node of which results are picked.
    constexpr int body(int number, const int* x, int count) {
        return intern_node({.code = op::body, .count = count, .number = number}, x);
    }
    constexpr int result(int body, int number) {
        const table_view of = bodies_[nodes_[body].number];
        return intern_node(
            {.code = op::result, .count = 1, .shape = intern(of.shape(of.outputs[number])), .number = number}, &body);
    }

    /// An effect on its first operand; `number` is the output or gradient that it belongs to, or an update's body.
    template <int Count>
    constexpr int effect(op code, int number, const int (&x)[Count], const extents& attribute = {}) {
        const node& q = nodes_[x[0]];
        const node own{.code = code,
                       .rows = q.rows,
                       .count = Count,
                       .shape = q.shape,
                       .attribute = intern(attribute),
                       .number = number};
        return intern_node(own, x);
    }

    constexpr int broadcast(int a, const extents& shape, bool rows) {
        return shape == this->shape(a) && rows == nodes_[a].rows ? a : record(op::broadcast, {a}, {}, shape, rows);
    }
    constexpr int broadcast_like(int a, int like) {
        return same_space(a, like) ? a : broadcast(a, extents{shape(like)}, nodes_[like].rows);
    }
    constexpr int reshape(int a, const extents& shape) {
        if (shape == this->shape(a)) return a;
        if (nodes_[a].code == op::reshape) a = operand(a);
        return shape == this->shape(a) ? a : record(op::reshape, {a}, {}, shape);
    }
    constexpr int reshape_like(int a, int like) {
        return nodes_[a].shape == nodes_[like].shape ? a : reshape(a, extents{shape(like)});
    }
    /// One shape, and rows both or none.
    constexpr bool same_space(int a, int b) const {
        const node* const nodes = nodes_.begin();
        return nodes[a].shape == nodes[b].shape && nodes[a].rows == nodes[b].rows;
    }
    /// A product of axes of each kind (graph/shape_rules.hpp).
    constexpr int product(int a, int b, const product_axes& axes) {
        return record(op::matmul, {a, b}, list(axes.batch, axes.depth, axes.over_samples));
    }
    /// A product of matrices, or of samples and a matrix, either of which may be transposed; a vector is a matrix of
    /// one row. Transposed samples are the axis that is summed over.
    constexpr int matmul(int a, int b, bool transposed_left = false, bool transposed_right = false) {
        product_axes axes{.over_samples = nodes_[a].rows && transposed_left};
        if (axes.over_samples || (transposed_left && shape(a).rank == 1)) axes.depth = 0;
        if (axes.depth == 0 && shape(b).rank == 2 && !nodes_[b].rows)
            axes.depth = 0, b = reshape(b, list(shape(b).size()));
        if (transposed_left && shape(a).rank == 2) a = transposed(a);
        if (axes.depth > 0 && shape(b).rank == 1) b = reshape(b, list(1, shape(b)[0]));
        if (transposed_right && shape(b).rank == 2) b = transposed(b);
        return product(a, b, axes);
    }
    constexpr int transposed(int a) { return record(op::transpose, {a}, list(1, 0)); }
    /// The same of a product that nobody else reads: (a b)ᵀ = bᵀ aᵀ, where it has one axis of rows and one of columns.
    constexpr int transposed_product(int a) {
        const product_axes axes = axes_of_product(attribute(a));
        const int left = operand(a, 0), right = operand(a, 1), end = shape(left).rank, width = shape(right).rank;
        if (axes.batch > 0 || end != axes.depth + 1 || width != axes.depth + 1) return transposed(a);
        const int first = record(op::transpose, {right}, exchange(0, axes.depth, width));
        return product(first, record(op::transpose, {left}, exchange(0, 1, end)), axes);
    }
    constexpr int sum(int a, const extents& keep_and_axes) {
        return keep_and_axes.rank == 1 ? a : record(op::sum, {a}, keep_and_axes);
    }
    constexpr int sum_over_samples(int a) { return record(op::sum, {a}, list(over_samples)); }

    /// A node that is a constant, or a broadcast of one: that constant's; nullptr of others.
    constexpr const node* everywhere(int id) const {
        const node* const nodes = nodes_.begin();
        const node* q = nodes + id;
        if (q->code == op::broadcast) q = nodes + pool_.begin()[q->first];
        return q->code == op::constant ? q : nullptr;
    }
    constexpr bool is_everywhere(int id, double value) const {
        const node* const q = everywhere(id);
        return q != nullptr && same_bits(q->value, value);
    }
    /// The constant of these bits: 0.0 is not -0.0.
    constexpr bool is_constant(int id, double value) const {
        return nodes_[id].code == op::constant && is_everywhere(id, value);
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
    static constexpr unsigned hash(const node& q, const int* x) {
        unsigned operands = 0;
        for (int k = 0; k < q.count; ++k) operands = operands * 3 + static_cast<unsigned>(x[k]);
        const unsigned h =
            operands * 8 + static_cast<unsigned>(static_cast<int>(q.code) + q.number * 16 + q.shape + q.attribute);
        if (q.code != op::constant) return h;
        return h + static_cast<unsigned>(__builtin_bit_cast(unsigned long long, q.value) >> 40);
    }
    constexpr int intern_node(const node& q, const int* x) {
        const int found = nodes_index_.find_or_claim(
            hash(q, x), nodes_.size(),
            [&, nodes = static_cast<const node*>(nodes_.begin())](int i) {
                const node& other = nodes[i];
                if (other.code != q.code || !other.alike(q)) return false;
                const int* const y = pool_.begin() + other.first;
                for (int k = 0; k < q.count; ++k)
                    if (y[k] != x[k]) return false;
                return true;
            },
            [&](int i) { return hash(nodes_[i], pool_.begin() + nodes_[i].first); });
        return found >= 0 ? found : append(q, x);
    }

    /// Whether a pad's operand is a pad by the same elements along other axes: then both are one.
    constexpr bool is_pad_around(const int* x, int count, const extents& attribute) const {
        const node& q = nodes_[x[0]];
        if (q.code != op::pad || q.count != count || (count > 1 && operand(x[0], 1) != x[1])) return false;
        const extents& inner = this->attribute(x[0]);
        for (int k = 0; k < inner.rank; k += 2)
            if (inner[k] == attribute[0]) return false;
        return inner.rank + attribute.rank <= max_rank;
    }

    /// The shape of an elementwise result whose operands have one shape or are numbers; -1 where the rules must say.
    constexpr int common_shape(const int* x, int count) const {
        const node* const nodes = nodes_.begin();
        int shape = nodes[x[0]].shape;
        for (int k = 1; k < count; ++k) {
            const int other = nodes[x[k]].shape;
            if (other == shape) continue;
            if (shape != 0 && other != 0) return -1;
            shape += other;
        }
        return shape;
    }

    /// The node that equals q, perhaps one that was there.
    constexpr int simplified(const node& q, const int* x) {
        if (const int same = identity(q, x); same >= 0) return same;
        if (!is_elementwise(q.code)) return intern_node(q, x);
        const node* const nodes = nodes_.begin();
        bool broadcasts = false;
        for (int k = 0; k < q.count; ++k)
            if (nodes[x[k]].code == op::broadcast) broadcasts = true;
        if (!broadcasts) return intern_node(q, x);
        meta::vector<int> direct(q.count);
        for (int k = 0; k < q.count; ++k) direct[k] = x[k];
        for (int k = 0; k < q.count; ++k) direct[k] = without_broadcast(q, direct, k);
        const int same = identity(q, direct.begin());
        return same >= 0 ? same : intern_node(q, direct.begin());
    }

    /// x + -0.0, x - 0.0, x * 1, x / 1 are x, where x alone has the result's shape, and so are a transpose that moves
    /// no axis, a slice, a stride, a pad and a dilation of everything; -1 where no identity holds. x + 0.0 is not x:
    /// -0.0 + 0.0 is 0.0. Products of constants fold.
    constexpr int identity(const node& q, const int* x) {
        const node* const nodes = nodes_.begin();
        const node &a = nodes[x[0]], &b = nodes[x[q.count - 1]];
        const auto whole = [&](const node& c) { return c.shape == q.shape && c.rows == q.rows; };
        switch (q.code) {
            case op::add:
                if (b.code == op::constant && same_bits(b.value, -0.0) && whole(a)) return x[0];
                if (a.code == op::constant && same_bits(a.value, -0.0) && whole(b)) return x[1];
                break;
            case op::subtract:
                if (b.code == op::constant && same_bits(b.value, 0.0) && whole(a)) return x[0];
                break;
            case op::multiply:
                if (is_everywhere(x[1], 1)) return broadcast(x[0], extents{lists_[q.shape]}, q.rows);
                if (is_everywhere(x[0], 1)) return broadcast(x[1], extents{lists_[q.shape]}, q.rows);
                if (a.code == op::constant && b.code == op::constant) return constant(a.value * b.value);
                break;
            case op::divide:
                if (b.code == op::constant && same_bits(b.value, 1) && whole(a)) return x[0];
                break;
            case op::negate:
                if (a.code == op::negate) return operand(x[0]);
                if (a.code == op::constant) return constant(-a.value);
                break;
            case op::transpose: {
                const extents& permutation = lists_[q.attribute];
                bool moves = false;
                for (int axis = 0; axis < permutation.rank; ++axis) moves = moves || permutation[axis] != axis;
                if (!moves) return x[0];
                if (a.code == op::transpose) return transposed_twice(x[0], extents{permutation});
                return -1;
            }
            case op::slice:
            case op::stride:
            case op::pad:
            case op::dilate:
                if (whole(a)) return x[0];
                break;
            default: break;
        }
        return -1;
    }
    constexpr int transposed_twice(int a, const extents& permutation) {
        extents both = permutation;
        for (int k = 0; k < both.rank; ++k) both[k] = lists_[nodes_[a].attribute][permutation[k]];
        return record(op::transpose, {operand(a)}, both);
    }
    /// Elementwise operations broadcast by themselves: a broadcast operand is read through where another operand
    /// already gives the result its shape.
    constexpr int without_broadcast(const node& q, const meta::vector<int>& x, int k) const {
        if (nodes_[x[k]].code != op::broadcast) return x[k];
        for (int other = 0; other < x.size(); ++other)
            if (other != k && nodes_[x[other]].shape == q.shape && nodes_[x[other]].rows == q.rows)
                return operand(x[k]);
        return x[k];
    }

    meta::vector<node> nodes_;
    meta::vector<int> pool_;
    meta::vector<extents> lists_;
    meta::vector<table_view> bodies_;
    meta::hash_index nodes_index_, lists_index_;
    mistake first_mistake_;
    int aliases_ = 0;
};

}  // namespace sinter
