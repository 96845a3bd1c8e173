// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Whether two tables are the same, node for node; and one number that says what a table is.

#include <sinter/graph/node.hpp>

namespace sinter_test {

constexpr bool same_operands(const sinter::table_view& a, const sinter::table_view& b, int i) {
    for (int k = 0; k < a[i].count; ++k)
        if (a.operand(i, k) != b.operand(i, k)) return false;
    return true;
}

/// Equal nodes, shapes and outputs. A free expression's variables count as a function's inputs.
constexpr bool same_table(const sinter::table_view& a, const sinter::table_view& b) {
    if (a.node_count != b.node_count || a.output_count != b.output_count) return false;
    for (int i = 0; i < a.node_count; ++i) {
        sinter::node p = a[i], q = b[i];
        for (sinter::node* x : {&p, &q}) {
            if (x->code == sinter::op::variable) x->code = sinter::op::input;
            x->shape = x->attribute = 0;  // numbers of lists: compared by what they stand for
        }
        if (!p.alike(q) || !same_operands(a, b, i) || !(a.shape(i) == b.shape(i)) ||
            !(a.attribute(i) == b.attribute(i)))
            return false;
    }
    for (int i = 0; i < a.output_count; ++i)
        if (a.outputs[i] != b.outputs[i]) return false;
    return true;
}

/// FNV-1a over every field of every node, the lists they name, and the outputs.
constexpr unsigned long long hash_of(const sinter::table_view& t) {
    unsigned long long h = 0xCBF29CE484222325u;
    const auto add = [&](unsigned long long value) {
        for (int byte = 0; byte < 8; ++byte) h = (h ^ (value >> 8 * byte & 0xFF)) * 0x100000001B3u;
    };
    const auto add_int = [&](int value) { add(static_cast<unsigned>(value)); };
    for (int i = 0; i < t.node_count; ++i) {
        const sinter::node& q = t[i];
        for (const char* c = sinter::name_of(q.code); *c != 0; ++c)
            add_int(*c);  // its number changes with each new one
        add_int(q.rows);
        for (int k = 0; k < 3; ++k) add_int(k < q.count ? t.operand(i, k) : -1);
        for (int field : {q.shape, q.attribute, q.number}) add_int(field);
        add(__builtin_bit_cast(unsigned long long, q.value));
        for (const sinter::extents* list : {&t.shape(i), &t.attribute(i)}) {
            add_int(list->rank);
            for (int k = 0; k < list->rank; ++k) add_int((*list)[k]);
        }
    }
    for (int i = 0; i < t.output_count; ++i) add_int(t.outputs[i]);
    return h;
}

}  // namespace sinter_test
