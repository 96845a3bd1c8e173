// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Table → table in which whoever cannot read a parameter as it lies reads a copy of it.
///
/// The programs of a network share its parameters, whose places are known before a program is partitioned. In panels a
/// parameter is read by plain products, and by loops along its last axis; with padding it cannot be called by other
/// axes. Views, reductions over another axis, products over several axes and outputs get a copy, a broadcast to the
/// same shape. So does what they compute again, as far as the table says: elementwise nodes of leaves alone. Where a
/// value stands in a loop it is the partition that keeps this loop along the last axis (fusion/along_rows.hpp).
///
/// Input: a table out of lower_table.

#include <sinter/fusion/lower.hpp>

namespace sinter {

/// How the buffer of a node lies that was placed before: as any other one; with padding behind its rows; in panels.
enum class lying : unsigned char { anyhow, padded, in_panels };

/// An elementwise node of leaves alone that costs less than this stands in no group: whoever reads it computes it.
inline constexpr int computed_at_readers = 12;

namespace detail {

class straightener {
public:
    constexpr straightener(const table_view& t, lying* lies) : t_{t}, lies_{lies} {}

    /// Whether anything but plain products and updates reads what lies in panels, or other axes what is padded.
    /// A transposed matrix lies as what it transposes.
    constexpr bool needed() {
        const node* const nodes = t_.nodes;
        bool found = false;
        for (int i = 0; i < t_.node_count; ++i) {
            const int* const x = t_.pool + nodes[i].first;
            for (int k = nodes[i].count - 1; k >= 0; --k) {
                if (lies_[x[k]] == lying::anyhow) continue;
                if (is_transposed_matrix(t_, i))
                    lies_[i] = lies_[x[k]];
                else if (lies_[x[k]] == lying::padded)
                    found = found || reinterprets(i);
                else
                    found = found || !reads_any_place(i) || is_bent(i, k);
            }
        }
        return found;
    }
    /// The table with copies, and how its nodes lie.
    constexpr void write(builder& to, meta::vector<lying>& lies) {
        find_floating();
        find_bent();
        find_copied();
        list_copier list(t_, to);
        meta::vector<int> image(t_.node_count), operands;
        for (int i = 0; i < t_.node_count; ++i) {
            node q = t_.nodes[i];
            operands.extend(q.count);
            for (int k = 0; k < q.count; ++k) {
                operands[k] = image[t_.operand(i, k)];
                if (is_copied(i, k)) operands[k] = lower_copy(to, operands[k]);
            }
            if (q.shape != 0) q.shape = list(q.shape);
            if (q.attribute != 0) q.attribute = list(q.attribute);
            image[i] = to.adopt(q, operands.begin());
        }
        lies.resize(to.size());
        for (int i = 0; i < t_.node_count; ++i)
            if (!is_transposed_matrix(t_, i)) lies[image[i]] = lies_[i];
    }

private:
    /// Products read in place, and an update shares its loop: wherever they stand.
    constexpr bool reads_any_place(int i) const {
        return t_.nodes[i].code == op::matmul || t_.nodes[i].code == op::update;
    }
    constexpr bool reinterprets(int i) const { return t_.nodes[i].code == op::reshape && !maps_index(t_, i); }
    /// A view that stands in no group, at another index than its readers'.
    constexpr bool maps_elsewhere(int i) const {
        return is_view(t_.nodes[i].code) && t_.nodes[i].code != op::part && !is_copy(t_, i) && !reinterprets(i);
    }

    /// Whether node i reads its operand k, or what that one reads in turn, otherwise than along the last axis.
    constexpr bool is_bent(int i, int k) const {
        const node& q = t_.nodes[i];
        const int x = t_.operand(i, k);
        const op_kind kind = kind_of(q.code);
        if (kind == op_kind::contraction) {
            const product_axes axes = axes_of_product(t_.attribute(i));
            return !reads_a_matrix(t_, i) || (k == 0 && (axes.depth != 1 || axes.over_samples));
        }
        if (is_transposed_matrix(t_, i)) return false;  // its readers are asked
        if (is_transposed_matrix(t_, x) || kind == op_kind::movement || q.code == op::part) return true;
        if (kind == op_kind::elementwise) return t_.nodes[x].shape != q.shape;
        if (kind == op_kind::reduction)
            return (t_.attribute(i)[0] & over_samples) == 0 && t_.attribute(i)[1] != t_.shape(x).rank - 1;
        return maps_elsewhere(i) || (q.code == op::output && is_leaf(t_.nodes[x].code));
    }
    constexpr bool is_bent_for_readers(int i, int k) const {
        return is_bent(i, k) || (bent_[i] != 0 && ((is_elementwise(t_.nodes[i].code) && floats_[i] != 0) ||
                                                   kind_of(t_.nodes[i].code) == op_kind::mark));
    }
    /// Elementwise nodes of leaves alone, and views of them: more than those that the partition leaves in no group.
    constexpr void find_floating() {
        floats_.resize(t_.node_count);
        meta::vector<int> cost(t_.node_count);
        for (int i = 0; i < t_.node_count; ++i) {
            const op code = t_.nodes[i].code;
            bool all = is_leaf(code) || is_elementwise(code) || kind_of(code) == op_kind::mark || maps_elsewhere(i) ||
                       reinterprets(i);
            if (is_elementwise(code)) cost[i] = cost_of(code);
            for (int k = 0; k < t_.nodes[i].count; ++k) {
                all = all && floats_[t_.operand(i, k)] != 0;
                cost[i] += cost[t_.operand(i, k)];
            }
            floats_[i] = all && cost[i] < computed_at_readers;
        }
    }
    constexpr void find_bent() {
        bent_.resize(t_.node_count);
        for (int i = t_.node_count - 1; i >= 0; --i)
            for (int k = 0; k < t_.nodes[i].count && t_.nodes[i].code != op::matmul; ++k)  // it reads what is stored
                if (is_bent_for_readers(i, k)) bent_[untransposed(t_, t_.operand(i, k))] = 1;
    }
    /// The leaves of which somebody needs a copy.
    constexpr void find_copied() {
        copied_.resize(t_.node_count);
        for (int i = 0; i < t_.node_count; ++i)
            for (int k = 0; k < t_.nodes[i].count; ++k) {
                const int x = t_.operand(i, k), leaf = untransposed(t_, x);
                if (lies_[leaf] == lying::anyhow || !is_leaf(t_.nodes[leaf].code)) continue;
                if ((x == leaf && reinterprets(i)) || (lies_[leaf] == lying::in_panels && is_bent_for_readers(i, k)))
                    copied_[leaf] = 1;
            }
    }
    /// All readers of such a leaf share the loop of its copy, but for those that read it in place wherever they stand.
    constexpr bool is_copied(int i, int k) const {
        if (copied_[untransposed(t_, t_.operand(i, k))] == 0 || is_transposed_matrix(t_, i)) return false;
        return !reads_any_place(i) || is_bent(i, k);
    }

    table_view t_;
    lying* lies_;
    /// Per node: computed by its readers, where they are; read otherwise than along its last axis; read as a copy.
    meta::vector<char> floats_, bent_, copied_;
};

}  // namespace detail

/// Puts copies into a table; `lies` says of each leaf, and of each gradient that is exported, how it lies. Whether
/// loops read what lies in panels, or would have without copies.
constexpr bool copy_parameters(builder& nodes, meta::vector<lying>& lies) {
    detail::straightener straight(nodes.view(), lies.begin());
    if (!straight.needed()) return false;
    builder copied;
    meta::vector<lying> moved;
    straight.write(copied, moved);
    nodes = static_cast<builder&&>(copied);
    lies.swap(moved);
    return true;
}

}  // namespace sinter
