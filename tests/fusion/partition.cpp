// SPDX-License-Identifier: BSL-1.0
// Which nodes of reference networks share a kernel, what is stored, and where updates stand.
#include "support/network_program.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/conv.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/pool.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/optim/sgd.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace sinter_test;
namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};

struct block {
    using input = shape<32>;
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<32>, hidden), (nn::linear<32>, out));
    constexpr auto operator()(auto x) const { return x + out(relu(hidden(x))); }
};
struct residual {
    using input = shape<32>;
    BOOST_HANA_DEFINE_STRUCT(residual, (std::array<block, 2>, blocks), (nn::linear<4>, head));
    constexpr auto operator()(auto x) const {
        for (const auto& b : blocks) x = b(x);
        return head(x);
    }
};
struct shared {
    using input = shape<8>;
    BOOST_HANA_DEFINE_STRUCT(shared, (nn::linear<8>, layer));
    constexpr auto operator()(auto x) const { return layer(tanh(layer(tanh(layer(x))))); }
};

template <class Net, program_kind Kind>
using of = network_program<Net, cross_entropy, labels, adam, Kind>;

/// One letter a group: C contraction, U contraction with an update in it, L loop, u loop with an update.
std::string kinds(const grouped_table& g) {
    std::string letters;
    for (int i = 0; i < g.groups.groups.size(); ++i) {
        bool updates = false;
        for (int k = 0; k < g.nodes.size(); ++k)
            updates = updates || (g.nodes[k].code == op::update && g.groups.member(k, i));
        const bool contraction = g.groups.groups[i].kind == kernel_kind::contraction;
        letters += contraction ? updates ? 'U' : 'C' : updates ? 'u' : 'L';
    }
    return letters;
}

TEST_CASE("partition: a step of 784-128-10 with Adam is eight groups") {
    grouped_table g;
    of<classifier, program_kind::step>::group(g);
    // x W1 + b1, relu | h W2 + b2 | softmax, loss, dz, its column sums | dz W2ᵀ by relu, its column sums | xᵀ dh,
    // update of W1 | update of b1 | hᵀ dz, update of W2 | update of b2
    CHECK(kinds(g) == "CCLCUuUu");
    for (int i = 0; i < g.nodes.size(); ++i)
        if (g.nodes[i].code == op::update && g.nodes.shape(i).rank == 2) {
            CAPTURE(i);
            CHECK(g.groups.group_of[g.nodes.operand(i, 1)] == g.groups.group_of[i]);
            CHECK(g.groups.stored[g.nodes.operand(i, 1)] == 0);  // nobody else reads the gradient: it has no buffer
        }
}

TEST_CASE("partition: the gradient program has a group fewer for each bias, and no buffer but the gradients' own") {
    grouped_table g;
    of<classifier, program_kind::gradient>::group(g);
    CHECK(kinds(g) == "CCLCCC");
    for (int i = 0; i < g.nodes.size(); ++i)
        if (is_effect(g.nodes[i].code)) {
            CAPTURE(i);
            CHECK(g.groups.stored_as[g.nodes.operand(i)] == i);
        }
}

TEST_CASE("partition: a residual net, forward and step") {
    grouped_table forward, step;
    builder raw;
    meta::vector<int> image, effects;
    const table_view t = network<residual>::table.view();
    canonicalise(t, t.outputs, t.output_count, raw, image);
    effects.push(raw.effect(op::output, 0, {image[0]}));
    group_table({.table = raw.view(effects.begin(), 1), .target = {8, 16}, .capacity = 8}, forward);
    CHECK(kinds(forward) == "CCCCC");
    of<residual, program_kind::step>::group(step);
    // 5 products forward, the loss, then a block's 2 products back and 2 for its weights, 1 and 1 of the head; biases
    // apart
    CHECK(count(step.nodes.view(), op::matmul) == 14);
    const std::string found = kinds(step);
    CHECK(std::count(found.begin(), found.end(), 'U') == 5);
    CHECK(std::count(found.begin(), found.end(), 'C') == 9);
    CHECK(std::count(found.begin(), found.end(), 'u') == 5);
    CHECK(std::count(found.begin(), found.end(), 'L') == 1);
}

/// A graph written by hand: inputs of one shape with rows, what `write` makes of it stored.
template <class Write>
void group_written(const extents& shape, Write write, grouped_table& g) {
    builder graph;
    const int x = graph.leaf(op::input, 0, shape, true), y = write(graph, x);
    const int effects[] = {graph.effect(op::output, 0, {y})};
    builder canonical;
    meta::vector<int> roots;
    canonicalise(graph.view(), effects, 1, canonical, roots);
    group_table({.table = canonical.view(roots.begin(), 1), .target = {8, 16}, .capacity = 8}, g);
}
template <class Write>
std::string kinds_of(const extents& shape, Write write) {
    grouped_table g;
    group_written(shape, write, g);
    return kinds(g);
}

TEST_CASE("partition: elementwise chains, softmax and its kin are one loop") {
    CHECK(kinds_of(list(64), [](builder& g, int x) {
              for (const op code : {op::exp, op::sin, op::abs, op::sqrt, op::tanh, op::relu, op::cos, op::sigmoid})
                  x = g.record(code, {x});
              return x;
          }) == "L");
    const auto softmax = [](int axis) {
        return [axis](builder& g, int x) {
            const int z = g.record(op::subtract, {x, g.record(op::max, {x}, list(1, axis))}),
                      e = g.record(op::exp, {z});
            return g.record(op::divide, {e, g.record(op::sum, {e}, list(1, axis))});
        };
    };
    CHECK(kinds_of(list(10), softmax(0)) == "L");
    CHECK(kinds_of(list(6, 10), softmax(1)) == "L");
    CHECK(kinds_of(list(6, 10), softmax(0)) == "L");
    CHECK(kinds_of(list(10), [&](builder& g, int x) { return g.record(op::log, {softmax(0)(g, x)}); }) == "L");
}

/// The most nodes that a reader computes again: floating ones, each as often as it is read.
long long computed_again(const grouped_table& g) {
    std::vector<long long> again;
    for (int i = 0; i < g.nodes.size(); ++i) {
        const bool floats = !is_leaf(g.nodes[i].code) && g.groups.place_of[i] == place::floating;
        long long n = floats ? 1 : 0;
        if (floats) for_operands(g.nodes.view(), i, [&](int x) { n += again[static_cast<std::size_t>(x)]; });
        again.push_back(n);
    }
    return *std::max_element(again.begin(), again.end());
}

TEST_CASE("partition: a chain that reads itself twice a level is computed once, with stop between levels or without") {
    for (const int levels : {12, 30})
        for (const bool stops : {false, true}) {
            CAPTURE(levels);
            CAPTURE(stops);
            grouped_table g;
            group_written(
                list(8),
                [&](builder& b, int x) {
                    for (int i = 0; i < levels; ++i) {
                        x = b.record(op::multiply, {x, b.record(op::add, {x, b.constant(1)})});
                        if (stops && i + 1 < levels) x = b.record(op::stop, {x});
                    }
                    return x;
                },
                g);
            CHECK(kinds(g) == "L");
            REQUIRE(computed_again(g) < 24);
        }
}

TEST_CASE("partition: unfused, every node but a matrix transposed for a product has a group and a buffer of its own") {
    grouped_table g;
    of<classifier, program_kind::step>::group(g, grouping::single);
    int nodes = 0;
    for (int i = 0; i < g.nodes.size(); ++i) {
        if (is_leaf(g.nodes[i].code) || is_transposed_matrix(g.nodes.view(), i)) continue;
        ++nodes;
        CHECK((g.groups.stored[i] != 0 || g.nodes[i].code == op::update));
    }
    CHECK(g.groups.groups.size() == nodes);
}

TEST_CASE("partition: much behind a product of few columns is a loop of its own, behind others it joins") {
    const auto product = [](int columns, std::initializer_list<op> behind) {
        return [=](builder& g, int x) {
            int y = g.product(x, g.leaf(op::parameter, 0, list(8, columns)), {.depth = 1});
            for (const op code : behind) y = g.record(code, {y});
            return y;
        };
    };
    CHECK(kinds_of(list(10, 10, 8), product(6, {op::relu, op::tanh})) == "CL");
    CHECK(kinds_of(list(10, 10, 8), product(6, {op::relu, op::negate})) == "C");
    CHECK(kinds_of(list(10, 10, 8), product(8, {op::relu, op::tanh})) == "C");
    CHECK(kinds_of(list(2, 10, 8), product(6, {op::relu, op::tanh})) == "C");  // too few elements for another call
}

// ---- pools behind convolutions

template <int Columns>
struct pooled : nn::sequential<nn::input<22, 22, 1>, nn::conv<Columns, 3>, nn::relu, nn::max_pool<2>, nn::conv<12, 3>,
                               nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<4>> {};

template <int Columns>
void check_pools() {
    grouped_table g;
    network_program<pooled<Columns>, cross_entropy, labels, sgd, program_kind::gradient>::group(g);
    // Two convolutions with their pools, the dense layer with its loss, back to the second pool, its loop, a margin, by
    // data, the first pool's loop; then filters and biases.
    CHECK(kinds(g) == "CLCLCLCLLLCLCLLLLCLLLLC");
    const table_view t = g.nodes.view();
    int pools = 0;
    for (int i = 0; i < t.node_count; ++i) {
        CAPTURE(i);
        if (t[i].code == op::equal) CHECK(g.groups.stored[i] == 0);  // which place was the maximum: asked again
        if (t[i].code != op::interleave) continue;
        ++pools;
        for (int k = 0; k < t[i].count; ++k) {
            const int part = t.operand(i, k), value = t.operand(part);
            CHECK(g.groups.group_of[part] == g.groups.group_of[i]);   // one loop writes all places,
            CHECK(g.groups.group_of[value] == g.groups.group_of[i]);  // and computes them
            CHECK(t[value].code == op::select);                       // the relu's gradient
        }
        for (int r = i + 1; r < t.node_count; ++r)
            if (is_elementwise(t[r].code)) for_operands(t, r, [&](int x) { CHECK(x != i); });
    }
    CHECK(pools == 2);
}
TEST_CASE("partition: a pool's gradient and the relu's before it are one loop, and no mask is stored") {
    check_pools<8>();
    check_pools<4>();
}

// ---- a layer used three times: its update waits for the last reader

TEST_CASE("partition: the update of a shared weight comes after its last reader") {
    grouped_table g;
    network_program<shared, cross_entropy, labels, adam, program_kind::step>::group(g);
    int readers = 0;
    for (int u = 0; u < g.nodes.size(); ++u)
        for (int i = 0; i < g.nodes.size() && g.nodes[u].code == op::update; ++i) {
            if (i == u || g.groups.group_of[i] < 0) continue;
            for_operands(g.nodes.view(), i, [&](int x) {
                if (untransposed(g.nodes.view(), x) != g.nodes.operand(u)) return;
                ++readers;
                CHECK(g.groups.group_of[i] <= g.groups.group_of[u]);
                if (g.nodes[i].code == op::matmul) CHECK(g.groups.group_of[i] < g.groups.group_of[u]);
            });
        }
    CHECK(readers == 3 + 3 + 2);  // three products and three biases forward, two products back
}

template <class Net>
void check_step_is_descent(int rows) {
    const auto leaf = [&](const node& q, int, int r, int e) -> double {
        if (q.code == op::scalar) return 1.0 / rows;
        if (q.code == op::input && q.number == 1) return r % network_output<Net>.last();
        return std::sin(1.0 + 3 * e + 7 * r + 5 * q.number);
    };
    using gradient = network_program<Net, cross_entropy, labels, sgd, program_kind::gradient>;
    using step = network_program<Net, cross_entropy, labels, sgd, program_kind::step>;
    const setting s{.target = {4, 16}, .capacity = rows};
    planned_run<double> before, after;
    gradient::prepare(before, s, rows, leaf);
    step::prepare(after, s, rows, leaf);
    double numbers[sgd::scalar_count];
    sgd{.learning_rate = 0.25}.scalars(1, numbers);
    for (int i = 0; i < sgd::scalar_count; ++i) after.at(arena::scalars, first_rule_scalar + i) = numbers[i];
    before.run();
    after.run();
    for (int p = 0; p < network<Net>::report.parameter_count; ++p) {
        const extents& shape = network<Net>::report.parameters[p].shape;
        for (int e = 0; e < shape.size(); ++e) {
            const double wanted =
                before.at(arena::parameters, p, shape, e) - 0.25 * before.at(arena::gradients, p, shape, e);
            CHECK(after.at(arena::parameters, p, shape, e) == doctest::Approx(wanted).epsilon(1e-14));
        }
    }
}
TEST_CASE("partition: a step moves each parameter by its gradient at the old parameters, shared or not") {
    check_step_is_descent<shared>(3);
    check_step_is_descent<residual>(5);
}

}  // namespace
