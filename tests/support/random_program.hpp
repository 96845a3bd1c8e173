// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A random graph with its gradients, a machine, a capacity and a number of rows, as tables of programs.

#include "support/random_graph.hpp"
#include "support/run_plan.hpp"
#include <sinter/adjoint/reverse.hpp>

#include <vector>

namespace sinter_test {

/// A canonical table whose outputs are effects.
struct program_table {
    builder graph;
    meta::vector<int> roots;
    table_view view() const { return graph.view(roots.begin(), roots.size()); }
};

struct random_program {
    random_graph g;
    std::vector<int> gradients;  ///< per parameter
    std::vector<int> outputs;    ///< the loss first
    setting s;

    explicit random_program(std::uint64_t seed) : g{make_random_graph(seed)} {
        sinter_test::random_stream random(seed ^ 0xC0FFEE);
        const int lanes[] = {1, 2, 4, 8, 16};
        s.target = {lanes[random.below(5)], random.chance(50) ? 16 : 32};
        s.capacity = 1 + random.below(random.chance(25) ? 40 : 8);
        g.rows = 1 + random.below(s.capacity);
        s.inputs_are = static_cast<ports>(seed % 3);
        s.outputs_are = static_cast<ports>(seed / 3 % 3);
        if (seed % 2 == 1) s.block_bytes = 1;
        outputs.push_back(g.loss);
        for (int extra = random.below(4); extra > 0; --extra) outputs.push_back(random.below(g.graph.size()));
        for (int i = 0; i < g.graph.size(); ++i)  // what a product reads, too, which would rather lie in panels
            if (g.graph[i].code == op::matmul && random.chance(10))
                outputs.push_back(untransposed(g.graph.view(), g.graph.operand(i, 1)));
        gradients.resize(g.parameters.size());
        reverse_pass(g.graph, g.loss).run(g.parameters.data(), static_cast<int>(gradients.size()), gradients.data());
    }

    template <class T>
    T leaf(const node& q, int r, int e) const {
        return static_cast<T>(g.leaf(q, r, e));
    }

    /// Stores `stored`, then what `add(builder, number, parameter, gradient)` makes of each parameter.
    template <class Add>
    void write(program_table& into, const std::vector<int>& stored, Add add) const {
        std::vector<int> wanted = stored;
        wanted.insert(wanted.end(), g.parameters.begin(), g.parameters.end());
        wanted.insert(wanted.end(), gradients.begin(), gradients.end());
        builder raw;
        meta::vector<int> image, effects;
        canonicalise(g.graph.view(), wanted.data(), static_cast<int>(wanted.size()), raw, image);
        const int n = static_cast<int>(stored.size()), m = static_cast<int>(gradients.size());
        for (int k = 0; k < n; ++k) effects.push(raw.effect(op::output, k, {image[k]}));
        for (int p = 0; p < m; ++p) effects.push(add(raw, p, image[n + p], image[n + m + p]));
        canonicalise(raw.view(), effects.begin(), effects.size(), into.graph, into.roots);
    }
    /// Loss, outputs and gradients are stored as outputs; `all` are the nodes of the graph that they are.
    void write_outputs(program_table& into, std::vector<int>& all) const {
        all = outputs;
        all.insert(all.end(), gradients.begin(), gradients.end());
        builder raw;
        meta::vector<int> image, effects;
        canonicalise(g.graph.view(), all.data(), static_cast<int>(all.size()), raw, image);
        for (int k = 0; k < image.size(); ++k) effects.push(raw.effect(op::output, k, {image[k]}));
        canonicalise(raw.view(), effects.begin(), effects.size(), into.graph, into.roots);
    }
    /// Gradients go to their arena, or are added to what is there.
    void write_gradients(program_table& into, bool accumulate) const {
        write(into, outputs, [&](builder& graph, int p, int parameter, int gradient) {
            if (accumulate)
                gradient =
                    graph.record(op::add, {graph.leaf(op::gradient, p, extents{graph.shape(parameter)}), gradient});
            return graph.effect(op::export_gradient, p, {gradient});
        });
    }
    /// Parameters are updated by a rule, element by element.
    void write_step(program_table& into, const table_view& rule) const {
        write(into, outputs, [&](builder& graph, int, int parameter, int gradient) {
            return graph.effect(op::update, graph.own(rule), {parameter, gradient}, list(rule.output_count - 1));
        });
    }
    /// What decides where parameters lie: the loss and every parameter.
    void write_forward(program_table& into) const {
        std::vector<int> wanted{g.loss};
        wanted.insert(wanted.end(), g.parameters.begin(), g.parameters.end());
        canonicalise(g.graph.view(), wanted.data(), static_cast<int>(wanted.size()), into.graph, into.roots);
    }
};

/// A request for a random program, and what it refers to.
struct program_request_data {
    program_table forward;
    meta::vector<parameter_place> parameters;
    int elements = 0;

    plan_request request(const random_program& x, const program_table& program, grouping groups) {
        x.write_forward(forward);
        plan_parameters(forward.view(), static_cast<int>(x.gradients.size()), x.s.target, parameters, elements);
        return {.table = program.view(),
                .target = x.s.target,
                .capacity = x.s.capacity,
                .parameters = parameters.begin(),
                .parameter_elements = elements,
                .groups = groups,
                .block_bytes = x.s.block_bytes};
    }
};

}  // namespace sinter_test
