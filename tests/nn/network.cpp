// SPDX-License-Identifier: BSL-1.0
// From a network type to its table, its parameters and its first mistake: all while compiling.
#include "support/evaluate.hpp"
#include "support/same_table.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

#include <doctest/doctest.h>

#include <array>
#include <utility>

namespace {

namespace nn = sinter::nn;
using sinter::list, sinter::mistake_kind, sinter::op, sinter::shape;
using sinter_test::evaluate;

template <class Net>
constexpr const auto& table = sinter::network<Net>::table;
template <class Net>
constexpr const auto& report = sinter::network<Net>::report;
template <class Net>
constexpr mistake_kind mistake_of = report<Net>.first_mistake.kind;

/// The mistake's member path.
template <class Net>
constexpr bool mistake_is_at(const char* path) {
    for (int i = 0; i < report<Net>.path_size; ++i)
        if (path[i] != report<Net>.path[i]) return false;
    return path[report<Net>.path_size] == 0;
}

struct block {
    using input = shape<64>;
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<64>, hidden), (nn::linear<64>, out));
    constexpr auto operator()(auto x) const { return out(relu(hidden(x))); }
};

// ---- depth, without flags of the user's own

template <class Indices>
struct tower;
template <std::size_t... Index>
struct tower<std::index_sequence<Index...>>
    : nn::sequential<nn::input<16>, std::conditional_t<Index % 2 == 0, nn::linear<16>, nn::tanh>...> {};
struct hundred_layers : tower<std::make_index_sequence<100>> {};
static_assert(sinter::parameter_count<hundred_layers> == 50 * (16 * 16 + 16));
static_assert(table<hundred_layers>.node_count == 1 + 50 * (4 + 1));
static_assert(report<hundred_layers>.name_is(99, "98.bias"));

// ---- a functor of a chain gets its value and nothing else: no line fills its second parameter

struct leaky {
    constexpr auto operator()(auto x, double slope = 0.25) const { return maximum(x, slope * x); }
};
struct leaky_by_hand {
    constexpr auto operator()(auto x) const { return maximum(x, 0.25 * x); }
};
struct of_any_number {
    constexpr auto operator()(auto... x) const {
        static_assert(sizeof...(x) == 1);
        return (x + ...);
    }
};
template <class Functor>
struct chain_of : nn::sequential<nn::input<3>, Functor, nn::linear<2>> {};
static_assert(sinter_test::same_table(table<chain_of<leaky>>.view(), table<chain_of<leaky_by_hand>>.view()));
static_assert(mistake_of<chain_of<of_any_number>> == mistake_kind::none);

/// A chain with a body of its own, which takes no line.
struct doubled : nn::sequential<nn::input<3>, nn::linear<2>> {
    constexpr auto operator()(auto x) const { return 2.0 * sequential::operator()(x); }
};
static_assert(mistake_of<doubled> == mistake_kind::none && report<doubled>.name_is(0, "0.weight"));

// ---- one layer, used twice, has one set of weights

struct shared {
    using input = shape<8>;
    BOOST_HANA_DEFINE_STRUCT(shared, (nn::linear<8>, l));
    constexpr auto operator()(auto v) const { return l(relu(l(v))); }
};
static_assert(mistake_of<shared> == mistake_kind::none && report<shared>.parameter_count == 2);
static_assert(count(table<shared>.view(), op::parameter) == 2 && count(table<shared>.view(), op::matmul) == 2);

struct shared_with_two_widths {
    using input = shape<4>;
    BOOST_HANA_DEFINE_STRUCT(shared_with_two_widths, (nn::linear<8>, l));
    static constexpr int line = __LINE__ + 1;
    constexpr auto operator()(auto v) const { return l(relu(l(v))); }
};
static_assert(mistake_of<shared_with_two_widths> == mistake_kind::shared_layer_with_two_widths);
static_assert(report<shared_with_two_widths>.first_mistake.expected == list(4));
static_assert(report<shared_with_two_widths>.first_mistake.found == list(8));
static_assert(report<shared_with_two_widths>.first_mistake.line == shared_with_two_widths::line);
static_assert(mistake_is_at<shared_with_two_widths>("l"));

// ---- a layer of the user's own, with parameters

/// y = scale * x + shift. Declares Declared parameters; its shift is number Shift.
template <int Declared, int Shift>
struct affine : nn::layer {
    static constexpr int parameter_count = Declared;
    template <class Shape>
    constexpr auto operator()(sinter::expr<Shape> x) const {
        enter(x, "affine", Shape::value, 2 * Shape::size);
        const auto scale = trained<Shape>(x, 0, "scale", {sinter::distribution::constant, 1});
        return scale * x + trained<Shape>(x, Shift, "shift");
    }
};

struct with_affine : nn::sequential<nn::input<3>, nn::linear<2>, affine<2, 1>> {};
static_assert(mistake_of<with_affine> == mistake_kind::none && sinter::parameter_count<with_affine> == 8 + 4);
static_assert(report<with_affine>.name_is(2, "1.scale") && report<with_affine>.name_is(3, "1.shift"));
static_assert(report<with_affine>.parameters[2].shape == list(2) &&
              report<with_affine>.parameters[2].initial.scale == 1);

struct with_one_too_many : nn::sequential<nn::input<3>, affine<1, 1>, nn::linear<2>> {};
static_assert(mistake_of<with_one_too_many> == mistake_kind::parameter_count_differs);
static_assert(report<with_one_too_many>.first_mistake.expected == list(1));
static_assert(report<with_one_too_many>.first_mistake.found == list(2) && mistake_is_at<with_one_too_many>("0"));

struct with_one_too_few : nn::sequential<nn::input<3>, affine<3, 1>, nn::linear<2>> {};
static_assert(mistake_of<with_one_too_few> == mistake_kind::parameter_count_differs);
static_assert(report<with_one_too_few>.first_mistake.expected == list(3));
static_assert(report<with_one_too_few>.first_mistake.found == list(2) && mistake_is_at<with_one_too_few>("0"));

struct affine_of_two_shapes {
    using input = shape<4>;
    using own = affine<2, 1>;
    BOOST_HANA_DEFINE_STRUCT(affine_of_two_shapes, (own, a));
    constexpr auto operator()(auto x) const { return a(reshape<2, 2>(a(x))); }
};
static_assert(mistake_of<affine_of_two_shapes> == mistake_kind::shared_layer_with_two_widths);
static_assert(report<affine_of_two_shapes>.first_mistake.expected == list(4));
static_assert(report<affine_of_two_shapes>.first_mistake.found == list(2, 2));

struct stray_affine {
    using input = shape<4>;
    constexpr auto operator()(auto x) const { return affine<2, 1>{}(x); }
};
static_assert(mistake_of<stray_affine> == mistake_kind::layer_is_no_walked_member);

// ---- several outputs

struct policy_and_value {
    using input = shape<64>;
    BOOST_HANA_DEFINE_STRUCT(policy_and_value, (block, trunk), (nn::linear<4>, policy), (nn::linear<1>, value));
    constexpr auto operator()(auto v) const {
        auto h = trunk(v);
        return std::pair{policy(h), value(h)};
    }
};
static_assert(table<policy_and_value>.output_count == 2);
static_assert(table<policy_and_value>.view().shape(table<policy_and_value>.outputs[0]) == list(4));
static_assert(table<policy_and_value>.view().shape(table<policy_and_value>.outputs[1]) == list(1));

struct three_outputs {
    using input = shape<16>;
    BOOST_HANA_DEFINE_STRUCT(three_outputs, (nn::linear<4>, policy));
    constexpr auto operator()(auto v) const { return boost::hana::make_tuple(policy(v), v, v + 1); }
};
static_assert(table<three_outputs>.output_count == 3);

struct two_results {
    using input = shape<16>;
    BOOST_HANA_DEFINE_STRUCT(two_results, (nn::linear<4>, policy));
    constexpr auto operator()(auto v) const { return sinter::results{policy(v), sum(v)}; }
};
static_assert(table<two_results>.output_count == 2);

// ---- networks in networks, in each way

struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};
struct classifier_in_struct {
    using input = shape<784>;
    BOOST_HANA_DEFINE_STRUCT(classifier_in_struct, (classifier, body), (nn::linear<2>, head));
    constexpr auto operator()(auto v) const { return head(relu(body(v))); }
};
static_assert(mistake_of<classifier_in_struct> == mistake_kind::none);
static_assert(report<classifier_in_struct>.name_is(0, "body.0.weight") &&
              report<classifier_in_struct>.name_is(4, "head.weight"));

struct block_in_sequential : nn::sequential<nn::input<64>, nn::linear<64>, block, nn::linear<2>> {};
static_assert(report<block_in_sequential>.name_is(2, "1.hidden.weight"));

struct images_for_classifier : classifier_in_struct {
    using input = shape<28, 28>;
};
static_assert(mistake_of<images_for_classifier> == mistake_kind::input_shape_differs);
static_assert(mistake_is_at<images_for_classifier>("body"));
static_assert(report<images_for_classifier>.first_mistake.expected == list(784));
static_assert(report<images_for_classifier>.first_mistake.found == list(28, 28));

struct flattened : nn::sequential<nn::input<28, 28>, nn::flatten, nn::linear<10>> {};
static_assert(sinter::parameter_count<flattened> == 7850);

struct named_by_derivation : policy_and_value {};
static_assert(sinter_test::same_table(table<named_by_derivation>.view(), table<policy_and_value>.view()));

struct grid {
    using input = shape<8>;
    BOOST_HANA_DEFINE_STRUCT(grid, (std::array<std::array<nn::linear<8>, 2>, 3>, cells));
    constexpr auto operator()(auto v) const {
        for (auto& row : cells)
            for (auto& cell : row) v = tanh(cell(v));
        return v;
    }
};
static_assert(report<grid>.name_is(2 * 3, "cells.1.1.weight"));

struct adapted {
    using input = shape<8>;
    nn::linear<4> first;
    nn::linear<2, nn::without_bias> second;
    constexpr auto operator()(auto v) const { return second(first(v)); }
};

}  // namespace
BOOST_HANA_ADAPT_STRUCT(adapted, first, second);
namespace {

// ---- what is wrong is said once, with its place

struct with_stray_layer {
    using input = shape<8>;
    BOOST_HANA_DEFINE_STRUCT(with_stray_layer, (nn::linear<8>, l));
    nn::linear<8> outside;
    static constexpr int line = __LINE__ + 1;
    constexpr auto operator()(auto v) const { return l(outside(v)); }
};
static_assert(mistake_of<with_stray_layer> == mistake_kind::layer_is_no_walked_member);
static_assert(report<with_stray_layer>.first_mistake.line == with_stray_layer::line);

struct with_idle_layer {
    using input = shape<8>;
    BOOST_HANA_DEFINE_STRUCT(with_idle_layer, (nn::linear<8>, l), (nn::linear<3>, never));
    constexpr auto operator()(auto v) const { return l(v); }
};
static_assert(mistake_of<with_idle_layer> == mistake_kind::layer_is_never_called &&
              mistake_is_at<with_idle_layer>("never"));

template <int Width>
struct three_turns {
    using input = shape<Width>;
    BOOST_HANA_DEFINE_STRUCT(three_turns, (std::array<nn::linear<8>, 3>, l));
    static constexpr int line = __LINE__ + 2;
    constexpr auto operator()(auto v) const {
        for (auto& m : l) v = m(v);
        return v;
    }
};
static_assert(mistake_of<three_turns<8>> == mistake_kind::none);
static_assert(mistake_of<three_turns<4>> == mistake_kind::loop_changes_shape);
static_assert(report<three_turns<4>>.first_mistake.line == three_turns<4>::line);
static_assert(report<three_turns<4>>.first_mistake.expected == list(4) &&
              report<three_turns<4>>.first_mistake.found == list(8));

struct narrow {
    BOOST_HANA_DEFINE_STRUCT(narrow, (nn::linear<32>, out));
    static constexpr int line = __LINE__ + 3;
    constexpr auto operator()(auto v) const {
        auto w = out(v);
        return v + w;
    }
};
struct narrow_blocks {
    using input = shape<64>;
    BOOST_HANA_DEFINE_STRUCT(narrow_blocks, (std::array<narrow, 3>, blocks));
    constexpr auto operator()(auto h) const {
        for (auto& b : blocks) h = b(h);
        return h;
    }
};
static_assert(mistake_of<narrow_blocks> == mistake_kind::shapes_do_not_broadcast &&
              mistake_is_at<narrow_blocks>("blocks.0.out"));
static_assert(report<narrow_blocks>.first_mistake.line == narrow::line);
static_assert(report<narrow_blocks>.first_mistake.expected == list(64) &&
              report<narrow_blocks>.first_mistake.found == list(32));

struct declared_wrongly : nn::sequential<nn::input<784>, nn::linear<100>, nn::relu, nn::linear<10, nn::inputs<128>>> {};
static_assert(mistake_of<declared_wrongly> == mistake_kind::inner_extents_differ &&
              mistake_is_at<declared_wrongly>("2"));
static_assert(report<declared_wrongly>.first_mistake.expected == list(128));
static_assert(report<declared_wrongly>.first_mistake.found == list(100));

// ---- the derivative by what has no rows is a total over the rows

struct p4 : sinter::variable<shape<4>> {};
struct row_totals {
    using input = shape<2>;
    BOOST_HANA_DEFINE_STRUCT(row_totals, (nn::linear<4>, l));
    constexpr auto operator()(auto v) const {
        const sinter::expr<shape<4>> c{v.graph, lower(*v.graph, p4{})};
        return sinter::gradient([&](auto q) { return sum(l(v) + q); })(c);
    }
};
static_assert(!table<row_totals>.nodes[table<row_totals>.outputs[0]].rows);
static_assert(evaluate<4>(
                  table<row_totals>, 0, [](const sinter::node&, int, int) { return 0.5; }, 3) ==
              std::array{3.0, 3.0, 3.0, 3.0});

// ---- an idle branch at compile time, an inline activation, a body without layers

struct chooses_by_shape {
    using input = shape<3>;
    BOOST_HANA_DEFINE_STRUCT(chooses_by_shape, (nn::linear<2>, head));
    constexpr auto operator()(auto v) const {
        if constexpr (v.extent(0) == 3)
            return head(nn::relu{}(v));
        else
            return v;
    }
};
static_assert(mistake_of<chooses_by_shape> == mistake_kind::none && table<chooses_by_shape>.node_count == 6);

TEST_CASE("network: an adapted struct is a network, a layer without bias has one parameter") {
    CHECK(report<adapted>.parameter_count == 3);
    CHECK(report<adapted>.name_is(2, "second.weight"));
}

TEST_CASE("network: parameters start as PyTorch's do unless told otherwise") {
    const auto& weight = report<classifier>.parameters[0];
    CHECK(weight.initial.kind == sinter::distribution::uniform);
    CHECK(weight.initial.scale == doctest::Approx(1 / 28.0).epsilon(1e-15));
    CHECK(weight.filters == sinter::list(784, weight.shape[1]));
    CHECK(report<classifier>.parameters[1].filters.rank == 0);
}

}  // namespace
