// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The operations of a node table, in one enumeration, and what kind each is.
///
/// The order matters twice: the elementwise operations stand in one block, in the order of the rule table
/// (tensor/elementwise.hpp), and the leaves come first. Attributes (axes, permutation, offsets) live in the node.

#include <sinter/config.hpp>

namespace sinter {

enum class op : unsigned char {
    // leaves
    none,
    input,      ///< data of the user; rows are its leading axis
    parameter,  ///< trained; no rows
    variable,   ///< a named variable of a free expression
    scalar,     ///< a number known at run time (learning rate, 1 / rows)
    constant,   ///< a number known now
    iota,       ///< 0, 1, 2, … along the last axis
    gradient,   ///< the buffer that holds a parameter's gradient between calls
    // marks
    alias,    ///< its operand, but equal to no other node; gone after canonicalisation
    stop,     ///< its operand, through which no adjoint flows; stays: its readers read the operand
    mistake,  ///< stands for a value that could not be built; no table that is planned has one
    // elementwise, one line each in the rule table
    add,
    subtract,
    multiply,
    divide,
    negate,
    fma,
    maximum,
    minimum,
    less,
    less_equal,
    equal,
    select,
    exp,
    log,
    sqrt,
    tanh,
    sigmoid,
    relu,
    abs,
    sign,
    sin,
    cos,
    // reductions
    sum,    ///< over axes of a sample
    max,    ///< over axes of a sample
    total,  ///< sum over rows
    // views and data movement
    broadcast,
    reshape,
    transpose,
    slice,
    pad,
    concat,
    // contraction
    matmul,
    // effects
    update,  ///< one step of an optimizer's rule on a parameter
    store,   ///< writes a value to an output or a gradient buffer
    // in specs only
    load,
};

inline constexpr op first_elementwise = op::add;
inline constexpr op last_elementwise = op::cos;
inline constexpr int elementwise_count = static_cast<int>(last_elementwise) - static_cast<int>(first_elementwise) + 1;

constexpr bool is_leaf(op code) { return code >= op::input && code <= op::gradient; }
constexpr bool is_elementwise(op code) { return code >= first_elementwise && code <= last_elementwise; }
constexpr bool is_reduction(op code) { return code == op::sum || code == op::max; }
constexpr bool is_view(op code) { return code >= op::broadcast && code <= op::slice; }
constexpr bool is_effect(op code) { return code == op::update || code == op::store; }

/// The name as a user writes it.
constexpr const char* name_of(op code) {
    constexpr const char* names[] = {
        "none",  "input",   "parameter", "variable", "scalar",     "constant", "iota",      "gradient",
        "alias", "stop",    "mistake",   "add",      "subtract",   "multiply", "divide",    "negate",
        "fma",   "maximum", "minimum",   "less",     "less_equal", "equal",    "select",    "exp",
        "log",   "sqrt",    "tanh",      "sigmoid",  "relu",       "abs",      "sign",      "sin",
        "cos",   "sum",     "max",       "total",    "broadcast",  "reshape",  "transpose", "slice",
        "pad",   "concat",  "matmul",    "update",   "store",      "load"};
    static_assert(sizeof(names) / sizeof(names[0]) == static_cast<int>(op::load) + 1);
    return names[static_cast<int>(code)];
}

}  // namespace sinter
