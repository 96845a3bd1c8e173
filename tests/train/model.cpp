// SPDX-License-Identifier: BSL-1.0
// A model's parameters: names, logical shapes, how they start. No program is compiled here.
#include "golden/golden.hpp"
#include "support/in_child.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/initialize.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/train/model.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace nn = sinter::nn;
using sinter::model, sinter::seed;

struct wide : nn::sequential<nn::input<784>, nn::linear<128>> {};
template <class Initializer>
struct started : nn::sequential<nn::input<784>, nn::linear<128, Initializer>> {};

struct block {
    using input = sinter::shape<6>;
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<6>, hidden), (nn::linear<6, nn::without_bias>, out));
    constexpr auto operator()(auto x) const { return x + out(relu(hidden(x))); }
};
struct residual {
    using input = sinter::shape<6>;
    BOOST_HANA_DEFINE_STRUCT(residual, (std::array<block, 2>, blocks), (nn::linear<3>, head));
    constexpr auto operator()(auto x) const {
        for (const auto& b : blocks) x = b(x);
        return head(x);
    }
};

std::vector<std::size_t> sizes(std::initializer_list<std::size_t> list) { return list; }

struct statistics {
    double mean = 0, deviation = 0, largest = 0;
};
template <class View>
statistics statistics_of(const View& p) {
    statistics s;
    for (std::size_t i = 0; i < p.size(); ++i) {
        const double x = static_cast<double>(p[i]);
        s.mean += x;
        s.deviation += x * x;
        s.largest = std::max(s.largest, std::abs(x));
    }
    const double n = static_cast<double>(p.size());
    s.mean /= n;
    s.deviation = std::sqrt(s.deviation / n - s.mean * s.mean);
    return s;
}
/// Uniform in ±bound: the largest of n values comes near it, mean and deviation within five standard errors.
template <class View>
void check_uniform(const View& p, double bound) {
    const statistics s = statistics_of(p);
    const double n = static_cast<double>(p.size()), deviation = bound / std::sqrt(3.0);
    CHECK(s.largest <= bound);
    CHECK(s.largest > bound * (1 - 10 / n));
    CHECK(std::abs(s.mean) < 5 * deviation / std::sqrt(n));
    CHECK(std::abs(s.deviation / deviation - 1) < 5 / std::sqrt(n));
}
template <class View>
void check_normal(const View& p, double deviation) {
    const statistics s = statistics_of(p);
    const double n = static_cast<double>(p.size());
    CHECK(std::abs(s.mean) < 5 * deviation / std::sqrt(n));
    CHECK(std::abs(s.deviation / deviation - 1) < 5 / std::sqrt(n));
    CHECK(s.largest > 3.5 * deviation);
}
template <class Net>
auto weights_of(model<Net>& net) {
    return net.parameter("0.weight");
}

TEST_CASE("model: parameters have names, and weights the shape (outputs, inputs)") {
    model<residual> net;
    std::vector<std::string> names;
    for (const auto& p : net.parameters()) names.push_back(p.name());
    CHECK(names == std::vector<std::string>{"blocks.0.hidden.weight", "blocks.0.hidden.bias", "blocks.0.out.weight",
                                            "blocks.1.hidden.weight", "blocks.1.hidden.bias", "blocks.1.out.weight",
                                            "head.weight", "head.bias"});
    CHECK(net.parameter("head.weight").shape() == sizes({3, 6}));
    CHECK(net.parameter("head.bias").shape() == sizes({3}));
    CHECK(net.parameter("head.weight").size() == 18);
}

TEST_CASE("model: an element has one place, and writing one by name writes no other") {
    model<residual> net;
    std::set<float*> places;
    std::size_t count = 0;
    for (const auto& p : net.parameters())
        for (std::size_t i = 0; i < p.size(); ++i) places.insert(&p[i]), ++count;
    CHECK(places.size() == count);
    CHECK(static_cast<int>(count) == sinter::parameter_count<residual>);
    for (const float* place : places) CHECK((place >= net.arena() && place < net.arena() + net.parameter_elements));
}

template <class Net>
void check_whole_copies() {
    model<Net> net;
    for (const auto& p : net.parameters()) {
        std::vector<float> values(p.size());
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
        p.assign(values.data());
        CHECK(p.values() == values);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] -= p[i];
        CHECK(values == std::vector<float>(p.size()));
    }
}

TEST_CASE("model: all values of a parameter at once are its elements, row-major or in panels") {
    check_whole_copies<wide>();
    check_whole_copies<residual>();
}

TEST_CASE("model: a name that no parameter has is refused") {
    model<residual> net;
    CHECK_THROWS_WITH_AS(net.parameter("head.weights"), doctest::Contains("head.weights"), sinter::failure);
}

TEST_CASE("model: the same seed gives the same weights, another others, and `initialise` starts anew") {
    model<residual> a{seed{1}}, b{seed{1}}, c{seed{2}};
    const auto values = [](model<residual>& net) {
        std::vector<float> all;
        for (const auto& p : net.parameters())
            for (const float v : p.values()) all.push_back(v);
        return all;
    };
    CHECK(values(a) == values(b));
    CHECK(values(a) != values(c));
    a.initialise(seed{2});
    CHECK(values(a) == values(c));
    CHECK(a.parameter("blocks.0.hidden.weight").values() != a.parameter("blocks.1.hidden.weight").values());
}

TEST_CASE("model: a seed gives the same numbers from one version to the next, in arrays and in chains") {
    const model<residual> net{seed{1}};
    const model<wide> chain{seed{1}};
    const float expected[] = {0x1.98eb42p-4f,  0x1.98d054p-2f, -0x1.5a941ap-2f, 0x1.7628cp-2f,
                              -0x1.6c5a28p-6f, 0x1.e3c16p-4f,  0x1.7719cp-3f,   -0x1.75b9c6p-3f};
    std::size_t at = 0;
    for (const auto& p : net.parameters()) CHECK(p[0] == expected[at++]);
    CHECK(chain.parameters()[0][0] == 0x1.0bdfe6p-5f);
}

TEST_CASE("model: in double it starts at the same numbers as in float") {
    model<residual> single{seed{3}};
    model<residual, double> twice{seed{3}};
    const auto one = single.parameter("head.weight");
    const auto other = twice.parameter("head.weight");
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i] == static_cast<float>(other[i]));
}

TEST_CASE("model: layers start as PyTorch's do, and as their initializers say") {
    model<wide> net{seed{4}};
    check_uniform(net.parameter("0.weight"), golden::linear_weight_bound);
    CHECK(statistics_of(net.parameter("0.bias")).largest <= golden::linear_bias_bound);
    CHECK(statistics_of(net.parameter("0.bias")).deviation > golden::linear_bias_bound / 3);

    model<started<nn::he_uniform>> he_uniform{seed{5}};
    check_uniform(weights_of(he_uniform), golden::kaiming_uniform_bound);
    CHECK(statistics_of(he_uniform.parameter("0.bias")).largest == 0);
    model<started<nn::he_normal>> he_normal{seed{6}};
    check_normal(weights_of(he_normal), golden::kaiming_normal_std);
    model<started<nn::glorot_uniform>> glorot_uniform{seed{7}};
    check_uniform(weights_of(glorot_uniform), golden::xavier_uniform_bound);
    model<started<nn::glorot_normal>> glorot_normal{seed{8}};
    check_normal(weights_of(glorot_normal), golden::xavier_normal_std);
    model<started<nn::zeros>> zeros{seed{9}};
    CHECK(statistics_of(weights_of(zeros)).largest == 0);
}

std::vector<float> values_of(const model<residual>& net) {
    std::vector<float> all;
    for (const auto& p : net.parameters())
        for (const float v : p.values()) all.push_back(v);
    return all;
}

TEST_CASE("model: an element or a number of values that a parameter does not have is refused") {
    model<residual> net{seed{1}};
    const std::vector<float> before = values_of(net);
    const auto bias = net.parameter("head.bias");
    CHECK(&bias.at(2) == &bias[2]);
    CHECK_THROWS_WITH_AS(bias.at(3), "parameter `head.bias`: expected an element below 3, found 3", sinter::failure);
    CHECK_THROWS_AS(bias.at(~std::size_t{0}), sinter::failure);
    CHECK_THROWS_AS(bias.at(std::size_t{1} << 32), sinter::failure);
    CHECK_THROWS_WITH_AS(bias.assign(std::vector<float>(4)), "parameter `head.bias`: expected 3 values, found 4",
                         sinter::failure);
    CHECK_THROWS_AS(bias.assign(std::span<const float>()), sinter::failure);
    CHECK(values_of(net) == before);
    bias.assign(std::vector<float>{1, 2, 3});
    CHECK(bias.values() == std::vector<float>{1, 2, 3});
    CHECK(sinter_test::aborts_with("an element below size()", [&] { bias[3] = 7; }));
}

template <class View>
concept assignable = requires(const View view, std::vector<float> values) { view.assign(values); };

TEST_CASE("model: parameters of a const model are found by name, and cannot be written") {
    const model<residual> net{seed{1}};
    const auto weight = net.parameter("head.weight");
    CHECK(weight.values() == model<residual>{seed{1}}.parameter("head.weight").values());
    CHECK_THROWS_WITH_AS(net.parameter(""), doctest::Contains("no parameter ``"), sinter::failure);
    static_assert(std::is_same_v<decltype(weight[0]), const float&>);

    static_assert(!assignable<sinter::parameter_view<const float>> && assignable<sinter::parameter_view<float>>);
}

TEST_CASE("model: views go with the weights where it is moved, and stay where it is assigned to") {
    model<residual> first{seed{1}}, second{seed{2}};
    const std::vector<float> one = values_of(first), two = values_of(second);
    const auto bias = first.parameter("head.bias");
    model<residual> moved = std::move(first);
    bias[0] = 5;
    CHECK(moved.parameter("head.bias")[0] == 5);
    moved = second;
    CHECK(values_of(moved) == two);
    CHECK(bias.values() == second.parameter("head.bias").values());
    moved = model<residual>{seed{1}};
    CHECK(values_of(moved) == one);
    CHECK(&bias[0] == &moved.parameter("head.bias")[0]);
    moved = *&moved;
    CHECK(values_of(moved) == one);

    std::vector<model<residual>> many;
    many.emplace_back(seed{1});
    const auto there = many[0].parameter("head.bias");
    for (std::uint64_t i = 2; i < 20; ++i) many.emplace_back(seed{i});
    CHECK(&there[0] == &many[0].parameter("head.bias")[0]);
    many.erase(many.begin());
    CHECK(values_of(many[0]) == two);
    static_assert(std::is_nothrow_move_constructible_v<model<residual>>);
}

TEST_CASE("model: one that was moved from is refused until it is assigned to or initialised") {
    model<residual> net{seed{1}};
    const std::vector<float> one = values_of(net);
    model<residual> moved = std::move(net);
    const auto words = doctest::Contains("model: expected weights, found that it was moved from");
    CHECK_THROWS_WITH_AS(net.parameters(), words, sinter::failure);
    CHECK_THROWS_WITH_AS(std::as_const(net).parameters(), words, sinter::failure);
    CHECK_THROWS_WITH_AS(net.parameter("head.bias"), words, sinter::failure);
    CHECK_THROWS_WITH_AS(net.arena(), words, sinter::failure);
    const model<residual> copy = net;
    CHECK_THROWS_WITH_AS(copy.arena(), words, sinter::failure);
    CHECK_THROWS_WITH_AS(moved = net, words, sinter::failure);
    CHECK_THROWS_WITH_AS(moved = std::move(net), words, sinter::failure);
    CHECK(values_of(moved) == one);
    net.initialise(seed{1});
    CHECK(values_of(net) == one);
    const model<residual> other = std::move(net);
    net = moved;
    CHECK(values_of(net) == one);
    CHECK(values_of(moved) == one);
}

}  // namespace
