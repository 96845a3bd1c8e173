// SPDX-License-Identifier: BSL-1.0
// Attention as a body, as examples/11_attention.cpp has it: PyTorch's values and gradients under a causal mask and one
// of padding, what a sequence of nothing but padding gives, one kernel call a product; heads of free expressions.
#include "golden/golden.hpp"
#include "support/golden_check.hpp"
#include "support/run_table.hpp"
#include <sinter/nn/linear.hpp>
#include <sinter/nn/with_parameters.hpp>
#include <sinter/program/function.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

namespace nn = sinter::nn;
using sinter::integers, sinter::samples, sinter::shape;
using sinter_test::golden_equal, sinter_test::interpreted;

template <int Width, int Heads>
struct attention {
    BOOST_HANA_DEFINE_STRUCT(attention, (nn::linear<Width>, query), (nn::linear<Width>, key),
                             (nn::linear<Width>, value), (nn::linear<Width>, out));
    constexpr auto operator()(auto x, auto length) const {
        constexpr int count = x.extent(0);
        const auto scale = 1 / sqrt(sinter::number{Width / Heads});
        const auto q = split_heads<Heads>(scale * query(x)), k = split_heads<Heads>(key(x)),
                   v = split_heads<Heads>(value(x));
        const auto scores = matmul(q, transpose<0, 2, 1>(k));  // (heads, queries, keys)
        const auto at = sinter::positions<count>();
        const auto seen = (at <= reshape<count, 1>(at)) * (at < length);
        return out(merge_heads(matmul(softmax(select(seen, scores, -1e30)), v)));
    }
};

constexpr int width = 8, count = 6, sequences = 3;
using sequence = samples<shape<count, width>, sequences>;
using lengths = samples<integers<shape<1>>, sequences>;
using matrices = shape<4, width, width>;
using biases = shape<4, width>;

constexpr auto attend = [](auto x, auto length, auto w, auto b) {
    const auto matrix = [&]<int I>(std::integral_constant<int, I>) {
        return reshape<width, width>(slice<0, I, I + 1>(w));
    };
    const auto bias = [&]<int I>(std::integral_constant<int, I>) { return reshape<width>(slice<0, I, I + 1>(b)); };
    constexpr std::integral_constant<int, 0> q;
    constexpr std::integral_constant<int, 1> k;
    constexpr std::integral_constant<int, 2> v;
    constexpr std::integral_constant<int, 3> o;
    return sinter::with_parameters<attention<width, 2>>(x, length, matrix(q), bias(q), matrix(k), bias(k), matrix(v),
                                                        bias(v), matrix(o), bias(o));
};
constexpr auto weighted = [](auto x, auto length, auto w, auto b, auto weight) {
    return sum_over_samples(sum(attend(x, length, w, b) * weight));
};

template <std::size_t Count>
std::vector<double> list_of(const double (&values)[Count]) {
    return {values, values + Count};
}

TEST_CASE("attention: values and gradients are PyTorch's, with a causal mask and padding") {
    const std::vector<int> length(std::begin(golden::attention_lengths), std::end(golden::attention_lengths));
    const auto x = list_of(golden::attention_x), w = list_of(golden::attention_matrices),
               b = list_of(golden::attention_biases);
    std::vector<double> y(x.size()), dx(x.size()), dw(w.size()), db(b.size());
    sinter::function_of<double, attend, sequence, lengths, matrices, biases> run;
    run.into(y, x, length, w, b);
    CHECK(golden_equal(y, golden::attention_y));
    sinter::function_of<double, sinter::gradient<0, 2, 3>(weighted), sequence, lengths, matrices, biases, sequence>
        slopes;
    slopes.into(dx, dw, db, x, length, w, b, list_of(golden::attention_w));
    CHECK(golden_equal(dx, golden::attention_dx));
    CHECK(golden_equal(dw, golden::attention_dmatrices));
    CHECK(golden_equal(db, golden::attention_dbiases));
}

TEST_CASE("attention: nothing but padding is the mean of what there is, and its gradients are finite") {
    const std::vector<int> none(sequences, 0);
    const auto x = list_of(golden::attention_x), w = list_of(golden::attention_matrices),
               b = list_of(golden::attention_biases);
    std::vector<double> y(x.size()), dx(x.size()), dw(w.size()), db(b.size());
    sinter::function_of<double, attend, sequence, lengths, matrices, biases> run;
    run.into(y, x, none, w, b);
    for (int s = 0; s < sequences; ++s)
        for (int t = 1; t < count; ++t)  // each query sees the same
            for (int j = 0; j < width; ++j) {
                const auto* const at = y.data() + (s * count) * width + j;
                CHECK(at[t * width] == doctest::Approx(at[0]));
            }
    sinter::function_of<double, sinter::gradient<0, 2, 3>(weighted), sequence, lengths, matrices, biases, sequence>
        slopes;
    slopes.into(dx, dw, db, x, none, w, b, list_of(golden::attention_w));
    for (const auto* all : {&y, &dx, &dw, &db})
        for (const double value : *all) CHECK(std::isfinite(value));
    for (int i = 0; i < 2 * width * width; ++i) CHECK(dw[static_cast<std::size_t>(i)] == 0);  // of query and key
}

constexpr auto score = [](auto q, auto k) { return matmul(split_heads<8>(q), transpose<0, 2, 1>(split_heads<8>(k))); };
constexpr auto values = [](auto weights, auto v) { return matmul(weights, split_heads<8>(v)); };
constexpr auto merged_values = [](auto weights, auto v) { return merge_heads(values(weights, v)); };
template <const auto& Function, class... Input>
constexpr int calls = sinter::function<Function, Input...>::plan::size.calls;

TEST_CASE("attention: scores and weighted values are one kernel call each, whose operands are read where they lie") {
    using wide = samples<shape<64, 256>, 4>;
    using square = samples<shape<8, 64, 64>, 4>;
    CHECK(calls<score, wide, wide> == 1);
    CHECK(calls<values, square, wide> == 1);
    CHECK(calls<merged_values, square, wide> <= 2);  // and a copy that puts the heads beside each other
}

struct one : sinter::variable<shape<>> {};
struct parts : sinter::variable<shape<2, 3, 8>> {};
template <class Expression>
constexpr auto extents_of = Expression::shape_type::value;

TEST_CASE("heads: split apart and merged; of free expressions, too") {
    static constexpr auto split = split_heads<4>(parts{});
    static constexpr auto merged = merge_heads(split_heads<4>(parts{}));
    static_assert(extents_of<decltype(split)> == sinter::list(2, 4, 3, 2));
    static_assert(extents_of<decltype(merged)> == sinter::list(2, 3, 8));
    std::vector<double> x(48);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    const auto found = interpreted(sinter::expression_table<split>, x.data());
    std::size_t at = 0;
    for (int a = 0; a < 2; ++a)
        for (int h = 0; h < 4; ++h)
            for (int t = 0; t < 3; ++t)
                for (int j = 0; j < 2; ++j) CHECK(found[at++] == a * 24 + t * 8 + h * 2 + j);
    CHECK(interpreted(sinter::expression_table<merged>, x.data()) == x);
    static constexpr auto before = (sinter::positions<3>() <= reshape<3, 1>(sinter::positions<3>())) * one{};
    const double factor = 2;
    CHECK(interpreted(sinter::expression_table<before>, &factor) == std::vector<double>{2, 0, 0, 2, 2, 0, 2, 2, 2});
}

}  // namespace
