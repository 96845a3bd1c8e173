// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What can be wrong with a graph, as data: the first mistake is recorded while tracing and raised once, at the end.
///
/// `mistake` goes into one static_assert of the program (graph/raise.hpp) as template arguments that spell it. Names of
/// the enumeration are what the user reads, so they say what happened; docs/errors.md has a paragraph on each.

#include <sinter/tensor/extents.hpp>

namespace sinter {

enum class mistake_kind : unsigned char {
    none,
    inner_extents_differ,           ///< a product or a layer got another width than it reads
    shapes_do_not_broadcast,        ///< + - * / … of shapes that do not match
    concat_extents_differ,          ///< concat: all axes but one must be equal
    axis_out_of_range,              ///< sum, max, slice, concat, transpose: no such axis
    axis_named_twice,               ///< sum, max, mean: an axis is reduced once
    slice_out_of_range,             ///< slice: begin, end outside the axis
    axes_of_a_convolution,          ///< conv: a sample is (height, width, channels) or (length, channels)
    groups_do_not_divide,           ///< conv: groups<G> of channels or filters that are no multiple of G
    heads_do_not_divide,            ///< split_heads<H> of a width that is no multiple of H
    step_is_not_positive,           ///< stride, windows, dilate: steps are 1 or more
    window_out_of_range,            ///< windows: a window is as long as its axis at most
    reshape_changes_size,           ///< reshape, flatten: number of elements differs
    flatten_is_missing,             ///< a layer on vectors got a sample of higher rank
    input_shape_differs,            ///< a network was given another shape than its input declares
    gradient_of_non_scalar,         ///< gradient: the function's result must be one number per sample
    number_of_seeds,                ///< vjp: a seed for each result of the function
    seed_shape_differs,             ///< vjp: a seed of another shape than its result
    labels_do_not_fit_loss,         ///< integer labels for a loss on dense targets, or the other way round
    one_class,                      ///< cross_entropy of a single output, which is 0 whatever the network says
    targets_differ_from_output,     ///< dense targets of another shape than the network's output
    softmax_before_loss_on_logits,  ///< cross_entropy applies softmax itself
    layer_is_no_walked_member,      ///< a layer outside of BOOST_HANA_DEFINE_STRUCT has no parameters
    unknown_member_type,            ///< a member is neither layer nor network nor an array of them
    layer_is_never_called,          ///< a member without use would train nothing
    parameter_count_differs,        ///< a layer makes more or fewer parameters than its parameter_count says
    shared_layer_with_two_widths,   ///< one set of weights, called on two widths
    parameters_of_a_function,       ///< a layer with parameters in a function, which owns none
    parameter_shape_differs,        ///< with_parameters: a value of another shape than the parameter's
    samples_of_a_network,           ///< a sum over samples in a network, which may be given them in parts
    value_without_samples,          ///< a sum over samples of what is the same for all of them
    loop_changes_shape,             ///< h = f(h) where f changes the shape
    rank_too_large,                 ///< more axes than max_rank
    too_many_elements,              ///< a value of more than max_elements
    loss_returns_no_number,         ///< a loss gives one number for each sample
    loss_without_samples,           ///< a loss that is the same for all samples
    rule_returns_other_results,     ///< an update rule gives the parameter and each of its states, and nothing else
    rule_needs_whole_parameters,    ///< an update rule without whole_parameters is computed element by element
    rule_has_no_such_state,         ///< an update rule reads state[i] of i states or fewer
    rule_has_no_such_scalar,        ///< an update rule reads scalar[i] of i scalars or fewer
    said_already,                   ///< an error of its own has said what is wrong: everything else stays silent
};

struct mistake {
    mistake_kind kind = mistake_kind::none;
    int layer = -1;  ///< number of the member in the order of the walk
    int line = 0;    ///< of the user's source, 0 where none is known
    extents expected{}, found{};
    int element = -1;  ///< which functor of the chain `layer` has it, -1 if none
};

}  // namespace sinter
