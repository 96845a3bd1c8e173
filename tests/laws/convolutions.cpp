// SPDX-License-Identifier: BSL-1.0
// Thousands of random convolutions: of one to three axes, with every attribute, dense, in groups and by channels. The
// interpreter and plans for every machine compute what seven loops do, exactly, with the gradients by the sample and by
// the filters; the gradient is the finite difference. SINTER_SEED chooses others, SINTER_GRAPHS another number.
#include "support/environment.hpp"
#include "support/random_stream.hpp"
#include "support/run_plan.hpp"
#include "support/well_formed.hpp"
#include <sinter/adjoint/reverse.hpp>
#include <sinter/nn/convolution.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace sinter;
using sinter::detail::conv_setting, sinter_test::random_stream;

/// loss = sum over samples and elements of convolution(x, w) * t.
struct problem {
    conv_setting c;
    extents sample, filters, result;
    int rows = 1;
    std::uint64_t seed = 0;
    builder graph;
    int x = -1, w = -1, y = -1, loss = -1;
    int dx = -1, dw = -1;

    explicit problem(std::uint64_t number) : seed{number} {
        random_stream random(number ^ 0xC0417);
        const int axes = random.chance(5) ? 3 : 1 + random.below(2);
        c.groups = axes == 3 || random.chance(50) ? 1 : 1 + random.below(4);  // of three axes the gradient has too many
        c.window.rank = c.step.rank = c.dilation.rank = c.before.rank = c.after.rank = axes;
        const bool pointwise = random.chance(10);
        for (int k = 0; k < axes; ++k) {
            c.window[k] = pointwise ? 1 : 1 + random.below(axes == 3 ? 2 : 5);
            c.step[k] = 1 + (random.chance(40) ? random.below(3) : 0);
            c.dilation[k] = 1 + (random.chance(30) ? random.below(3) : 0);
            c.before[k] = random.chance(50) ? random.below(4) : 0;
            c.after[k] = random.chance(70) ? c.before[k] : random.below(4);
            const int least = c.span(k) - c.before[k] - c.after[k];
            sample.push((least < 1 ? 1 : least) + random.below(axes == 3 ? 3 : random.chance(10) ? 24 : 7));
            filters.push(c.window[k]);
        }
        const int read = random.chance(50) ? 1 : 1 + random.below(random.chance(10) ? 20 : 4),
                  each = random.chance(30) ? 1 : 1 + random.below(random.chance(10) ? 20 : 4);
        const bool depthwise = axes < 3 && random.chance(15);
        if (depthwise) c.groups = 2 + random.below(random.chance(20) ? 30 : 5);
        sample.push(c.groups * (depthwise ? 1 : read));
        filters.push(depthwise ? 1 : read);
        filters.push(c.groups * (depthwise ? 1 : each));
        rows = 1 + random.below(4);

        const shaped out = sinter::detail::convolution_shape(sample, filters, c);
        REQUIRE(out.wrong == mistake_kind::none);
        result = out.shape;
        x = graph.leaf(op::input, 0, sample, true);
        w = graph.leaf(op::parameter, 0, filters);
        y = sinter::detail::convolution_writer(graph, c).write(x, w);
        REQUIRE(graph.shape(y) == result);
        extents all = list(0);
        for (int k = 0; k < result.rank; ++k) all.push(k);
        const int weighted = graph.record(op::multiply, {y, graph.leaf(op::input, 1, result, true)});
        loss = graph.sum_over_samples(graph.sum(weighted, all));
        const int by[] = {x, w};
        int gradients[2];
        reverse_pass(graph, loss).run(by, 2, gradients);
        dx = gradients[0];
        dw = gradients[1];
        REQUIRE(graph.first_mistake().kind == mistake_kind::none);
    }

    /// A small integer.
    double leaf(const node& q, int row, int element) const {
        return sinter_test::stream_of_element(seed, q, row, element).below(7) - 3;
    }
    /// Calls visit(element of y, of x, of w) for each product that a convolution sums.
    template <class Visit>
    void for_each_product(Visit visit) const {
        const int axes = c.window.rank, read = filters[axes], each = filters.last() / c.groups;
        const auto split = [](int e, const extents& shape, int rank) {
            extents index{.rank = rank};
            for (int k = rank - 1; k >= 0; e /= shape[k--]) index[k] = e % shape[k];
            return index;
        };
        for (int o = 0; o < result.size(); ++o) {
            const extents at = split(o / result.last(), result, axes);
            const int f = o % result.last();
            for (int p = 0; p < c.window.size(); ++p) {
                const extents place = split(p, c.window, axes);
                int from = 0;
                bool inside = true;
                for (int k = 0; k < axes; ++k) {
                    const int i = at[k] * c.step[k] + place[k] * c.dilation[k] - c.before[k];
                    inside = inside && i >= 0 && i < sample[k];
                    from = from * sample[k] + i;
                }
                for (int channel = 0; inside && channel < read; ++channel)
                    visit(o, from * sample.last() + f / each * read + channel,
                          (p * read + channel) * filters.last() + f);
            }
        }
    }
};

/// The elements of y and dx, samples first, and of dw.
struct values {
    std::vector<double> y, dx, dw;
    bool operator==(const values&) const = default;
};
values by_loops(const problem& p) {
    const auto size = [](const extents& shape) { return static_cast<std::size_t>(shape.size()); };
    const std::size_t rows = static_cast<std::size_t>(p.rows), outputs = size(p.result), inputs = size(p.sample);
    values v{std::vector<double>(rows * outputs), std::vector<double>(rows * inputs),
             std::vector<double>(size(p.filters))};
    const node &x = p.graph[p.x], &w = p.graph[p.w];
    const node t{.code = op::input, .rows = true, .number = 1};
    for (int row = 0; row < p.rows; ++row)
        p.for_each_product([&](int o, int i, int k) {
            const auto r = static_cast<std::size_t>(row), oo = static_cast<std::size_t>(o);
            const double xi = p.leaf(x, row, i), wk = p.leaf(w, 0, k), to = p.leaf(t, row, o);
            v.y[r * outputs + oo] += xi * wk;
            v.dx[r * inputs + static_cast<std::size_t>(i)] += wk * to;
            v.dw[static_cast<std::size_t>(k)] += xi * to;
        });
    return v;
}
values interpreted(const problem& p) {
    interpreter<double> run;
    run.run(p.graph.view(), p.rows, [&](const node& q, int, int row, int e) { return p.leaf(q, row, e); });
    values v;
    const auto read = [&](int id, std::vector<double>& to) {
        for (int row = 0; row < run.sample_count(id); ++row)
            for (int e = 0; e < p.graph.shape(id).size(); ++e) to.push_back(run.at(id, row, e));
    };
    read(p.y, v.y), read(p.dx, v.dx), read(p.dw, v.dw);
    return v;
}
template <class T>
values planned(const problem& p, const sinter_test::setting& s) {
    builder raw, program;
    meta::vector<int> image, stores, effects;
    const int outputs[] = {p.y, p.dx, p.dw};
    canonicalise(p.graph.view(), outputs, 3, raw, image);
    for (int k = 0; k < image.size(); ++k) stores.push(raw.effect(op::output, k, {image[k]}));
    canonicalise(raw.view(), stores.begin(), stores.size(), program, effects);
    builder forward;
    meta::vector<int> kept;
    const int wanted[] = {p.loss, p.w};
    canonicalise(p.graph.view(), wanted, 2, forward, kept);
    CHECK(sinter_test::complaint(program.view()) == "");
    sinter_test::planned_run<T> run;
    run.prepare(program.view(effects.begin(), effects.size()), forward.view(), 0, s, p.rows,
                [&](const node& q, int, int row, int e) { return static_cast<T>(p.leaf(q, row, e)); });
    run.run();
    values v;
    const auto read = [&](int k, std::vector<double>& to) {
        for (int row = 0; row < (p.graph[outputs[k]].rows ? p.rows : 1); ++row)
            for (int e = 0; e < p.graph.shape(outputs[k]).size(); ++e)
                to.push_back(static_cast<double>(run.output(k, row, e)));
    };
    read(0, v.y), read(1, v.dx), read(2, v.dw);
    return v;
}

TEST_CASE("law: random convolutions are what loops compute, with their gradients, and so are their plans") {
    const std::uint64_t first = sinter_test::environment_number("SINTER_SEED", 1) * 1'000'000,
                        graphs = sinter_test::environment_number("SINTER_GRAPHS", 2000);
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        const problem p(seed);
        const values wanted = by_loops(p);
        CHECK(interpreted(p) == wanted);
        random_stream random(seed ^ 0xC0FFEE);
        const int lanes[] = {1, 4, 8, 16};
        const sinter_test::setting s{{lanes[random.below(4)], random.chance(50) ? 16 : 32},
                                     p.rows + random.below(3),
                                     random.chance(70) ? grouping::fused : grouping::single};
        CHECK(planned<float>(p, s) == wanted);
    }
}

// The loss is linear in x and in w, so that a difference of any length is the derivative.
TEST_CASE("law: the gradients of random convolutions are their finite differences") {
    const std::uint64_t first = sinter_test::environment_number("SINTER_SEED", 2) * 1'000'000,
                        graphs = sinter_test::environment_number("SINTER_GRAPHS", 2000) / 8;
    for (std::uint64_t seed = first; seed < first + graphs; ++seed) {
        CAPTURE(seed);
        const problem p(seed);
        random_stream random(seed ^ 0xD1FF);
        const values slopes = interpreted(p);
        for (const int moved : {p.x, p.w}) {
            const int row = p.graph[moved].rows ? random.below(p.rows) : 0,
                      element = random.below(p.graph.shape(moved).size());
            const auto loss = [&](double by) {
                interpreter<double> run;
                run.run(p.graph.view(), p.rows, [&](const node& q, int id, int r, int e) {
                    return p.leaf(q, r, e) + (id == moved && r == row && e == element ? by : 0);
                });
                return run.at(p.loss, 0, 0);
            };
            const std::vector<double>& all = moved == p.x ? slopes.dx : slopes.dw;
            CHECK(loss(1) - loss(0) == all[static_cast<std::size_t>(row * p.graph.shape(moved).size() + element)]);
        }
    }
}

}  // namespace
