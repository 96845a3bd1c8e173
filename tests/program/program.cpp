// SPDX-License-Identifier: BSL-1.0
// Deep networks without flags of the user's own: twenty residual blocks in a loop, a sequential of a hundred layers.
// Their schedules are walked by a loop; few kernels serve many layers. tables_stay_out.py looks at what is left in this
// program.
#include "support/lanes_and_twin.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

#include <array>
#include <utility>

// With a name: of types without one g++ keeps all constants where nothing is optimised (tables_stay_out.py).
namespace program_tests {

using namespace sinter_test;
namespace nn = sinter::nn;

struct block {
    using input = shape<16>;
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<16>, hidden), (nn::linear<16>, out));
    constexpr auto operator()(auto x) const { return x + out(relu(hidden(x))); }
};
struct twenty_blocks {
    using input = shape<16>;
    BOOST_HANA_DEFINE_STRUCT(twenty_blocks, (std::array<block, 20>, blocks), (nn::linear<4>, head));
    constexpr auto operator()(auto x) const {
        for (const auto& b : blocks) x = b(x);
        return head(x);
    }
};

template <class Indices>
struct tower;
template <std::size_t... Index>
struct tower<std::index_sequence<Index...>>
    : nn::sequential<nn::input<8>, std::conditional_t<Index % 2 == 0, nn::linear<8>, nn::tanh>...> {};
struct hundred_layers : tower<std::make_index_sequence<100>> {};

template <class Net>
using step_of = typename plans<Net, float, 8>::template step<cross_entropy, labels, sgd>;

TEST_CASE("program: twenty residual blocks take a step, with the kernels of two or three") {
    check_lanes<twenty_blocks, float, 8, cross_entropy, labels>(sgd{.learning_rate = 0.1}, {1, 8});
    using code = program<float, step_of<twenty_blocks>>;
    CHECK(code::call_count > 4 * 40);
    CHECK(code::call_count > expanded_calls);
    CHECK(step_of<twenty_blocks>::size.specs < 24);
}

TEST_CASE("program: a sequential of a hundred layers takes a step") {
    check_lanes<hundred_layers, float, 8, cross_entropy, labels>(sgd{.learning_rate = 0.1}, {1, 8});
    CHECK(step_of<hundred_layers>::size.calls > 3 * 50);
    CHECK(step_of<hundred_layers>::size.specs < 16);
}

/// Some specs of which everything is different from 0.
constexpr auto specs_by_hand() {
    spec_list<2, 8, 4, 4, 4, 8> list{};
    list.target = {8, 16, 4};
    list.specs[0] = {.kind = kernel_kind::contraction,
                     .inner = 5,
                     .depth_count = 1,
                     .outer_count = 1,
                     .instruction_count = 2,
                     .output_count = 1,
                     .slot_count = 2};
    list.extents[0] = 3;
    list.extents[1] = 17;
    list.instructions[0] = {.code = op::load, .slot = 1};
    list.instructions[1] = {.code = op::constant, .at = level::outer, .value = 0.0};
    list.outputs[0] = {.kind = output_kind::element, .value = 1, .slot = 1};
    list.slots[1] = {.inner_stride = 1, .panel = 16, .padding = 3};
    list.strides[0] = 24;
    list.specs[1] = list.specs[0];
    return list;
}

struct anything {
    template <class T>
    operator T() const;
};
/// How many members an aggregate has.
template <class T, class... Found>
constexpr int members_of() {
    if constexpr (requires { T{Found{}..., anything{}}; })
        return members_of<T, Found..., anything>();
    else
        return sizeof...(Found);
}

// Two depths in one body, linear<5> of 17 and of 18 inputs, differ in one number of their specs.
TEST_CASE("program: kernels are shared only if every number of their specs is the same") {
    const auto list = specs_by_hand();
    const auto same = [](const auto& one, int i, const auto& other, int j) {
        return sinter::detail::equal_specs(one, one.specs[i], other, other.specs[j]);
    };
    CHECK(same(list, 0, list, 1));
    int edits = 0;
    const auto differs = [&](auto edit) {
        auto other = list;
        edit(other, other.specs[0]);
        ++edits;
        CAPTURE(edits);
        CHECK_FALSE(same(list, 0, other, 0));
        CHECK_FALSE(same(other, 0, list, 0));
    };
    differs([](auto& l, spec&) { l.extents[0] = 4; });
    differs([](auto& l, spec&) { l.extents[1] = 18; });
    differs([](auto& l, spec&) { l.strides[0] = 32; });
    const auto differ = [&](int members, auto... edit) {  // as many edits as there are members
        CHECK(sizeof...(edit) == members);
        (differs(edit), ...);
    };
    constexpr int places = 5;  // in the pools: they may differ
    differ(
        members_of<spec>() - places, [](auto&, spec& s) { s.kind = kernel_kind::loop; },
        [](auto&, spec& s) { s.inner = 6; }, [](auto&, spec& s) { s.lanes = 4; },
        [](auto&, spec& s) { s.depth_count = 0; }, [](auto&, spec& s) { s.outer_count = 0; },
        [](auto&, spec& s) { s.instruction_count = 1; }, [](auto&, spec& s) { s.output_count = 0; },
        [](auto&, spec& s) { s.slot_count = 1; }, [](auto&, spec& s) { s.paired = true; },
        [](auto&, spec& s) { s.margin_count = 1; }, [](auto&, spec& s) { s.edge.low = 1; },
        [](auto&, spec& s) { s.along.high = 1; });
    auto margins = list, others = list;
    margins.specs[0].margin_count = others.specs[0].margin_count = 1;
    CHECK(same(margins, 0, others, 0));
    others.extents[2 + sinter::border::numbers - 1] = 7;  // where it ends
    CHECK_FALSE(same(margins, 0, others, 0));
    differ(
        members_of<sinter::machine>(), [](auto& l, spec&) { l.target.lanes = 4; },
        [](auto& l, spec&) { l.target.registers = 32; }, [](auto& l, spec&) { l.target.bytes = 8; });
    differs([](auto& l, spec&) { l.instructions[1].value = -0.0; });
    differ(
        members_of<instruction>(), [](auto& l, spec&) { l.instructions[0].code = op::sum; },
        [](auto& l, spec&) { l.instructions[0].slot = 0; },
        [](auto& l, spec&) { l.instructions[1].at = level::element; },
        [](auto& l, spec&) { l.instructions[1].value = 1; }, [](auto& l, spec&) { l.instructions[1].a = 0; },
        [](auto& l, spec&) { l.instructions[1].b = 0; }, [](auto& l, spec&) { l.instructions[1].c = 0; });
    differ(
        members_of<output>(), [](auto& l, spec&) { l.outputs[0].kind = output_kind::column; },
        [](auto& l, spec&) { l.outputs[0].value = 0; }, [](auto& l, spec&) { l.outputs[0].slot = 0; });
    differ(
        members_of<sinter::slot>(), [](auto& l, spec&) { l.slots[1].integer = true; },
        [](auto& l, spec&) { l.slots[1].inner_stride = 2; }, [](auto& l, spec&) { l.slots[1].panel = 32; },
        [](auto& l, spec&) { l.slots[1].padding = 0; }, [](auto& l, spec&) { l.slots[1].lane_stride = 2; });
}

TEST_CASE("program: specs are one wherever their parts stand, in constants or in pools that grow") {
    auto list = specs_by_hand();
    sinter::spec_pools pools;
    pools.target = list.target;
    for (int shifted = 0; shifted < 2; ++shifted) {  // the second time behind the first
        spec s = list.specs[0];
        s.outer_first = pools.extents.size();
        s.instruction_first = pools.instructions.size();
        s.output_first = pools.outputs.size();
        s.slot_first = pools.slots.size();
        s.stride_first = pools.strides.size();
        pools.specs.push(s);
        for (int k = 0; k < s.axes(); ++k) pools.extents.push(list.extents[k]);
        for (int k = 0; k < s.instruction_count; ++k) pools.instructions.push(list.instructions[k]);
        for (int k = 0; k < s.output_count; ++k) pools.outputs.push(list.outputs[k]);
        for (int k = 0; k < s.slot_count; ++k) pools.slots.push(list.slots[k]);
        for (int k = 0; k < s.slot_count * s.axes(); ++k) pools.strides.push(list.strides[k]);
    }
    CHECK(sinter::detail::equal_specs(pools, pools.specs[1], list, list.specs[0]));
    CHECK(sinter::detail::equal_specs(pools, pools.specs[0], pools, pools.specs[1]));
    CHECK(sinter::detail::intern_spec(pools) == 0);
    CHECK(pools.specs.size() == 1);
    CHECK(pools.slots.size() == list.specs[0].slot_count);
}

TEST_CASE("program: a step, and inference of many rows, run the kernels of inference of one") {
    using one = plans<twenty_blocks, float, 1>::inference;
    using many = plans<twenty_blocks, float, 8>::inference;
    int in_step = 0;
    for (int i = 0; i < one::size.specs; ++i) {
        CHECK(sinter::detail::find_kernel(one::value.specs, i, many::value.specs) >= 0);
        in_step += sinter::detail::find_kernel(one::value.specs, i, step_of<twenty_blocks>::value.specs) >= 0;
    }
    CHECK(in_step >= one::size.specs - 1);
}

TEST_CASE("program: a part of a schedule, and the rest, are the whole") {
    using plan = step_of<twenty_blocks>;
    using code = program<float, plan>;
    using parameters = plans<twenty_blocks, float, 8>::parameters;
    double numbers[sgd::scalar_count];
    sgd{}.scalars(1, numbers);
    memory<float, plan> whole(parameters::value.elements, 0, numbers, sgd::scalar_count, 8);
    memory<float, plan> parts(parameters::value.elements, 0, numbers, sgd::scalar_count, 8);
    code::run(whole.base, 8);
    code::run<0, 3>(parts.base, 8);
    code::run<3, 40>(parts.base, 8);
    code::run<40>(parts.base, 8);
    bool same = true;
    for (int i = 0; i < parameters::value.elements; ++i) {
        const float a = whole.base[arena::parameters][i], b = parts.base[arena::parameters][i];
        same = same && (a == b || (a != a && b != b));  // padding may be no number
    }
    CHECK(same);
}

}  // namespace program_tests
