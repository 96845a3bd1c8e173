// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The operations of a node table, in one enumeration, and the head of each one's line: name, kind, operands.
///
/// Passes ask for kinds. Operations of a kind stand side by side, in the order of the tables that say what they mean.
/// Attributes (axes, permutation, offsets) live in the node.

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
    state,      ///< what an optimizer keeps for a parameter
    // marks
    alias,             ///< its operand, but equal to no other node; gone after canonicalisation
    stop,              ///< its operand, through which no adjoint flows; stays: its readers read the operand
    with_gradient_of,  ///< its first operand's elements; adjoints flow to the second
    mistake,           ///< stands for a value that could not be built; no table that is planned has one
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
    sum,  ///< over axes of a sample
    max,  ///< over axes of a sample
    // views and data movement
    broadcast,
    reshape,
    transpose,
    slice,
    stride,   ///< every n-th element
    flip,     ///< from the last element to the first
    windows,  ///< an axis as windows: position, and behind it the place in the window
    skew,     ///< diagonals of two adjacent axes, which the adjoint of windows sums over
    margins,  ///< its operand, and zeros around it that nobody stores; in lowered tables only, below paired products
    part,     ///< its operand, written where a movement has it; in lowered tables only
    pad,
    dilate,  ///< zeros between the elements
    concat,
    interleave,  ///< the places of small windows side by side; in lowered tables only
    // contraction
    matmul,
    // bodies: tables that a table owns
    body,    ///< another table, computed on the operands; gone when groups are made
    result,  ///< one of the results of a body
    // effects
    update,           ///< writes the results of a body, or its operand, over a parameter and its states
    output,           ///< writes a value where callers read it
    export_gradient,  ///< writes a value into the buffer of a parameter's gradient
    // in specs only
    load,
};

/// What passes ask of an operation. A new operation of a kind that is there needs no line in any pass.
enum class op_kind : unsigned char {
    none,
    leaf,         ///< no operands; a buffer or a number, by its role
    mark,         ///< its operand's elements
    elementwise,  ///< broadcasting operands; value and adjoints in tensor/elementwise.hpp
    reduction,    ///< over a set of axes, samples among them
    view,         ///< elements of its operand, at an affine map of the index
    reshape,      ///< the same elements under another shape: a view where only extents of 1 come and go
    movement,     ///< is written in parts, one operand each
    contraction,
    body,    ///< a table of its own, and its results; inlined before groups are made (fusion/bodies.hpp)
    effect,  ///< writes memory of the caller; equals no other node
    access,  ///< of memory, in specs
};

/// The head of an operation's line: its name as a user writes it, its kind, its number of operands, and what an element
/// of it costs, an addition being 1. What costs more than that needs rounding to nearest, or the divider. What it means
/// stands in tensor/elementwise.hpp for elementwise operations and in graph/operations.hpp for the others.
struct operation_head {
    op code;
    const char* name;
    op_kind kind;
    int arity;
    int cost;
};

// clang-format off
inline constexpr operation_head operation_heads[] = {
    {op::none,            "none",            op_kind::none,        0, 1},
    {op::input,           "input",           op_kind::leaf,        0, 1},
    {op::parameter,       "parameter",       op_kind::leaf,        0, 1},
    {op::variable,        "variable",        op_kind::leaf,        0, 1},
    {op::scalar,          "scalar",          op_kind::leaf,        0, 1},
    {op::constant,        "constant",        op_kind::leaf,        0, 1},
    {op::iota,            "iota",            op_kind::leaf,        0, 1},
    {op::gradient,        "gradient",        op_kind::leaf,        0, 1},
    {op::state,           "state",           op_kind::leaf,        0, 1},
    {op::alias,           "alias",           op_kind::mark,        1, 1},
    {op::stop,            "stop",            op_kind::mark,        1, 1},
    {op::with_gradient_of, "with_gradient_of", op_kind::mark,      2, 1},
    {op::mistake,         "mistake",         op_kind::mark,        1, 1},
    {op::add,             "add",             op_kind::elementwise, 2, 1},
    {op::subtract,        "subtract",        op_kind::elementwise, 2, 1},
    {op::multiply,        "multiply",        op_kind::elementwise, 2, 1},
    {op::divide,          "divide",          op_kind::elementwise, 2, 4},
    {op::negate,          "negate",          op_kind::elementwise, 1, 1},
    {op::fma,             "fma",             op_kind::elementwise, 3, 1},
    {op::maximum,         "maximum",         op_kind::elementwise, 2, 1},
    {op::minimum,         "minimum",         op_kind::elementwise, 2, 1},
    {op::less,            "less",            op_kind::elementwise, 2, 1},
    {op::less_equal,      "less_equal",      op_kind::elementwise, 2, 1},
    {op::equal,           "equal",           op_kind::elementwise, 2, 1},
    {op::select,          "select",          op_kind::elementwise, 3, 1},
    {op::exp,             "exp",             op_kind::elementwise, 1, 10},
    {op::log,             "log",             op_kind::elementwise, 1, 10},
    {op::sqrt,            "sqrt",            op_kind::elementwise, 1, 4},
    {op::tanh,            "tanh",            op_kind::elementwise, 1, 10},
    {op::sigmoid,         "sigmoid",         op_kind::elementwise, 1, 10},
    {op::relu,            "relu",            op_kind::elementwise, 1, 1},
    {op::abs,             "abs",             op_kind::elementwise, 1, 1},
    {op::sign,            "sign",            op_kind::elementwise, 1, 1},
    {op::sin,             "sin",             op_kind::elementwise, 1, 10},
    {op::cos,             "cos",             op_kind::elementwise, 1, 10},
    {op::sum,             "sum",             op_kind::reduction,   1, 1},
    {op::max,             "max",             op_kind::reduction,   1, 1},
    {op::broadcast,       "broadcast",       op_kind::view,        1, 1},
    {op::reshape,         "reshape",         op_kind::reshape,     1, 1},
    {op::transpose,       "transpose",       op_kind::view,        1, 1},
    {op::slice,           "slice",           op_kind::view,        1, 1},
    {op::stride,          "stride",          op_kind::view,        1, 1},
    {op::flip,            "flip",            op_kind::view,        1, 1},
    {op::windows,         "windows",         op_kind::view,        1, 1},
    {op::skew,            "skew",            op_kind::view,        1, 1},
    {op::margins,         "margins",         op_kind::view,        1, 1},
    {op::part,            "part",            op_kind::view,        1, 1},
    {op::pad,             "pad",             op_kind::movement,    1, 1},
    {op::dilate,          "dilate",          op_kind::movement,    1, 1},
    {op::concat,          "concat",          op_kind::movement,    2, 1},
    {op::interleave,      "interleave",      op_kind::movement,    2, 1},
    {op::matmul,          "matmul",          op_kind::contraction, 2, 1},
    {op::body,            "body",            op_kind::body,        1, 1},
    {op::result,          "result",          op_kind::body,        1, 1},
    {op::update,          "update",          op_kind::effect,      2, 1},
    {op::output,          "output",          op_kind::effect,      1, 1},
    {op::export_gradient, "export_gradient", op_kind::effect,      1, 1},
    {op::load,            "load",            op_kind::access,      0, 1}};
// clang-format on

inline constexpr int max_arity = 3;
inline constexpr int operation_count = static_cast<int>(op::load) + 1;
static_assert(sizeof(operation_heads) / sizeof(operation_heads[0]) == operation_count, "an operation without a line");
static_assert(
    [] {
        for (int i = 0; i < operation_count; ++i)
            if (operation_heads[i].code != static_cast<op>(i)) return false;
        return true;
    }(),
    "the lines' order is the enumeration's");

constexpr op_kind kind_of(op code) { return operation_heads[static_cast<int>(code)].kind; }
constexpr int cost_of(op code) { return operation_heads[static_cast<int>(code)].cost; }
/// Worth a store and a load, where it is needed twice.
constexpr bool is_costly(op code) { return cost_of(code) >= 10; }
/// The name as a user writes it.
constexpr const char* name_of(op code) { return operation_heads[static_cast<int>(code)].name; }

inline constexpr op first_elementwise = op::add;
inline constexpr op last_elementwise = op::cos;
inline constexpr int elementwise_count = static_cast<int>(last_elementwise) - static_cast<int>(first_elementwise) + 1;

// By the order of the enumeration, which is cheaper to ask than the lines, and checked against them.
constexpr bool is_leaf(op code) { return code >= op::input && code <= op::state; }
constexpr bool is_elementwise(op code) { return code >= first_elementwise && code <= last_elementwise; }
constexpr bool is_reduction(op code) { return code == op::sum || code == op::max; }
constexpr bool is_view(op code) { return code >= op::broadcast && code <= op::part; }
constexpr bool is_effect(op code) { return code >= op::update && code <= op::export_gradient; }
static_assert(
    [] {
        for (const operation_head& line : operation_heads)
            if (is_leaf(line.code) != (line.kind == op_kind::leaf) ||
                is_elementwise(line.code) != (line.kind == op_kind::elementwise) ||
                is_reduction(line.code) != (line.kind == op_kind::reduction) ||
                is_view(line.code) != (line.kind == op_kind::view || line.kind == op_kind::reshape) ||
                is_effect(line.code) != (line.kind == op_kind::effect) || line.arity > max_arity)
                return false;
        return true;
    }(),
    "operations of a kind stand side by side, and none has more operands than max_arity");

}  // namespace sinter
