// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Raises a recorded mistake as one readable error: a static_assert that says the cure, in a template whose arguments
/// spell the mistake.
///
/// The compiler prints, in this order: in_network<…>, member<'p', 'a', 't', 'h'> (of the layer called last),
/// mistake_is<mistake_kind::…>, expects<…>, found<…>, at_line<line of the user's source, 0 if unknown>.
/// A kind without a sentence of its own here is raised by a general one; its cure stands in docs/errors.md.

#include <sinter/graph/mistake.hpp>

#include <utility>

namespace sinter {

template <class Network>
struct in_network;
template <char... Path>
struct member;
template <mistake_kind Kind>
struct mistake_is;
template <int... Extent>
struct expects;
template <int... Extent>
struct found;
template <int Line>
struct at_line;

namespace detail {

// Functions: a class that holds a failed static_assert has no constants for clang, and more errors follow.
template <mistake_kind Kind, class... What>
struct raised {
    static consteval bool raise() {
        static_assert(Kind == mistake_kind::none,
                      "the network has a mistake: the types in this message say which and where (docs/errors.md)");
        return true;
    }
};
template <class... What>
struct raised<mistake_kind::said_already, What...> {
    static consteval bool raise() { return true; }
};

#define SINTER_SAYS(kind, sentence)                                                                                    \
    template <class... What>                                                                                           \
    struct raised<mistake_kind::kind, What...> {                                                                       \
        static consteval bool raise() {                                                                                \
            static_assert(sizeof...(What) == 0, "the network has a mistake: " sentence " (docs/errors.md#" #kind ")"); \
            return true;                                                                                               \
        }                                                                                                              \
    };
SINTER_SAYS(inner_extents_differ, "let the layer take the width it is given, or transpose one operand of the product")
SINTER_SAYS(shapes_do_not_broadcast, "make the operands equally wide; reshape one to stretch it along a trailing axis")
SINTER_SAYS(concat_extents_differ, "concat<Axis> joins values that are equal but for that axis")
SINTER_SAYS(axis_out_of_range, "axes count from 0, -1 is the last one, and samples are no axis")
SINTER_SAYS(axis_named_twice, "name each axis once")
SINTER_SAYS(slice_out_of_range, "slice<Axis, Begin, End> ends at most at the axis' extent")
SINTER_SAYS(axes_of_a_convolution, "a sample is (height, width, channels) or (length, channels); reshape makes it one")
SINTER_SAYS(groups_do_not_divide, "nn::groups<G> divides the channels and the filters; found are both")
SINTER_SAYS(heads_do_not_divide, "split_heads<Heads>(x): Heads divides the last axis, the width; found is x")
SINTER_SAYS(step_is_not_positive, "steps, strides and dilations are 1 or more; flip<Axis>(x) turns an axis round")
SINTER_SAYS(window_out_of_range, "a window has an element, and spans at most its axis; use a shorter one, or pad first")
SINTER_SAYS(reshape_changes_size, "reshape keeps the number of elements; slice and concat change it")
SINTER_SAYS(flatten_is_missing, "a layer or loss on vectors got more axes; put nn::flatten before it")
SINTER_SAYS(input_shape_differs, "give the inner network the shape of its input, such as by flatten(x)")
SINTER_SAYS(gradient_of_non_scalar, "gradient(f) differentiates one number; let f return sum(y) or mean(y)")
SINTER_SAYS(number_of_seeds, "vjp(f)(x, seed) gets the arguments of f, then one seed for each of its results")
SINTER_SAYS(seed_shape_differs, "a seed of vjp(f) has the shape of its result, but for samples")
SINTER_SAYS(labels_do_not_fit_loss, "labels are for sinter::cross_entropy, dense targets for mean_squared_error")
SINTER_SAYS(one_class, "cross_entropy of one output is always 0; end with an output for each class")
SINTER_SAYS(targets_differ_from_output, "end the network with as many outputs as a target has elements")
SINTER_SAYS(softmax_before_loss_on_logits, "cross_entropy applies softmax itself; end with the last nn::linear")
SINTER_SAYS(layer_is_no_walked_member, "declare the layer in BOOST_HANA_DEFINE_STRUCT with the other members")
SINTER_SAYS(unknown_member_type, "a member is a layer, a network, or a struct declared by BOOST_HANA_DEFINE_STRUCT")
SINTER_SAYS(layer_is_never_called, "the body does not use this member; call it, or remove it")
SINTER_SAYS(shared_layer_with_two_widths, "a layer called twice has one width; use two layers")
SINTER_SAYS(parameters_of_a_function,
            "a function owns no parameters; give them as inputs: sinter::layer_function<layer, inputs…>, or in a body "
            "sinter::with_parameters<layer>(x, weight, bias)")
SINTER_SAYS(parameter_shape_differs, "with_parameters takes the values of parameters in their order and their shapes")
SINTER_SAYS(samples_of_a_network, "a network may get its samples in parts, so it sums over none; a function may")
SINTER_SAYS(value_without_samples, "this value is the same for all samples; sum(x) is over the axes of one")
SINTER_SAYS(loop_changes_shape, "a variable of a body has one shape; name the new value: auto wider = layer(h)")
SINTER_SAYS(rank_too_large, "a shape has at most 8 axes; merge some of them by reshape")
SINTER_SAYS(parameter_count_differs, "a layer asks `trained` for as many parameters as its parameter_count says")
SINTER_SAYS(loss_returns_no_number, "a loss gives one number for each sample; take mean(…) or sum(…) of its elements")
SINTER_SAYS(loss_without_samples, "this loss is the same for all samples; compute it from the output")
SINTER_SAYS(rule_returns_other_results, "an update rule gives the parameter and each of its state_count states")
SINTER_SAYS(rule_needs_whole_parameters,
            "an update rule is computed element by element; for sums, products and views of a parameter it says "
            "`static constexpr bool whole_parameters = true;`")
SINTER_SAYS(rule_has_no_such_state, "an update rule reads state[0] to state[state_count - 1]")
SINTER_SAYS(rule_has_no_such_scalar, "an update rule reads scalar[0] to scalar[scalar_count - 1]")
SINTER_SAYS(too_many_elements, "found is the shape of a value of more than 2,000,000,000 elements; make it smaller")
#undef SINTER_SAYS

/// `Report` has the members first_mistake, path (characters), path_size.
template <class Network, const auto& Report, std::size_t... P, std::size_t... E, std::size_t... F>
consteval bool spell_mistake(std::index_sequence<P...>, std::index_sequence<E...>, std::index_sequence<F...>) {
    constexpr const mistake m = Report.first_mistake;
    if constexpr (m.kind != mistake_kind::none)
        return raised<m.kind, in_network<Network>, member<Report.path[P]...>, mistake_is<m.kind>,
                      expects<m.expected.at[E]...>, found<m.found.at[F]...>, at_line<m.line>>::raise();
    else
        return true;
}

}  // namespace detail

/// True; or an error that spells the mistake, once for each. Where there is none, nothing is instantiated.
template <class Network, const auto& Report>
inline constexpr bool is_sound = detail::spell_mistake<Network, Report>(
    std::make_index_sequence<static_cast<std::size_t>(Report.path_size)>{},
    std::make_index_sequence<static_cast<std::size_t>(Report.first_mistake.expected.rank)>{},
    std::make_index_sequence<static_cast<std::size_t>(Report.first_mistake.found.rank)>{});
template <class Network, const auto& Report>
    requires(Report.first_mistake.kind == mistake_kind::none || Report.first_mistake.kind == mistake_kind::said_already)
inline constexpr bool is_sound<Network, Report> = true;

}  // namespace sinter
