// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A generic function of tensors as a program: its leading arguments are inputs, the last `Parameters` of them
/// parameters, which the planner may lay out as their readers want them.

#include <sinter/program/program.hpp>
#include <sinter/tensor/aligned_buffer.hpp>
#include <sinter/train/plans.hpp>

#include <cstddef>

namespace benchmark {

template <const auto& Function, int Parameters, class... Shape>
class function_program {
    static constexpr int inputs = static_cast<int>(sizeof...(Shape)) - Parameters;
    static constexpr sinter::machine target = sinter::native_machine<float>();

    struct recipe {
        static constexpr void build(sinter::builder& graph, sinter::meta::vector<int>& roots) {
            int next = 0;
            const auto leaf = [&](const sinter::extents& shape) {
                const int number = next++;
                return number < inputs ? graph.leaf(sinter::op::input, number, shape)
                                       : graph.leaf(sinter::op::parameter, number - inputs, shape);
            };
            const int leaves[] = {leaf(Shape::value)...};
            [&]<std::size_t... Index>(std::index_sequence<Index...>) {
                const auto y = Function(sinter::expr<Shape>{&graph, leaves[Index]}...);
                roots.push(graph.effect(sinter::op::output, 0, {y.id}));
            }(std::index_sequence_for<Shape...>{});
        }
    };
    struct parameter_places {
        sinter::parameter_place place[Parameters + 1]{};
        int elements = 0;
    };
    static constexpr parameter_places parameters = [] {
        parameter_places kept;
        sinter::meta::vector<sinter::parameter_place> places;
        sinter::plan_parameters(sinter::frozen_table<recipe>::value.view(), Parameters, target, places, kept.elements);
        for (int p = 0; p < Parameters; ++p) kept.place[p] = places[p];
        return kept;
    }();
    struct request {
        static constexpr int capacity = 1;
        static constexpr sinter::plan_request value() {
            return {.table = sinter::frozen_table<recipe>::value.view(),
                    .target = target,
                    .capacity = capacity,
                    .parameters = parameters.place,
                    .parameter_elements = parameters.elements};
        }
    };

public:
    using plan = sinter::plan_of<request>;
    /// Floats of all arguments, the result and packed panels.
    static constexpr std::size_t floats = static_cast<std::size_t>(parameters.elements) +
                                          static_cast<std::size_t>(sinter::program<float, plan>::workspace_elements);

private:
    using code = sinter::program<float, plan>;
    static constexpr sinter::extents shapes[] = {Shape::value...};

    sinter::aligned_buffer<float> parameters_{static_cast<std::size_t>(parameters.elements)},
        workspace_{static_cast<std::size_t>(code::workspace_elements)},
        scalars_{static_cast<std::size_t>(code::scalar_elements)};

    static std::size_t offset(const sinter::extents& shape, const sinter::layout& where, int element) {
        return static_cast<std::size_t>(sinter::element_offset(shape, where, 0, element));
    }

public:
    /// Whether the planner put a parameter into panels.
    static constexpr bool in_panels(int parameter) { return parameters.place[parameter].where.panel > 0; }

    /// Argument k, row major.
    void set(int k, const float* values) {
        const bool input = k < inputs;
        const sinter::layout where = input ? plan::value.inputs[k].where : parameters.place[k - inputs].where;
        float* const to = input ? workspace_.data() + plan::value.inputs[k].offset
                                : parameters_.data() + parameters.place[k - inputs].offset;
        for (int e = 0; e < shapes[k].size(); ++e) to[offset(shapes[k], where, e)] = values[e];
    }
    float result(int element) const {
        const sinter::port& out = plan::value.outputs[0];
        return workspace_.data()[static_cast<std::size_t>(out.offset) + offset(out.shape, out.where, element)];
    }
    static constexpr int result_size = plan::value.outputs[0].shape.size();

    void run() {
        sinter::arenas<float> storage;
        storage[sinter::arena::parameters] = parameters_.data();
        storage[sinter::arena::workspace] = workspace_.data();
        storage[sinter::arena::scalars] = scalars_.data();
        code::run(storage, 1);
    }
};

}  // namespace benchmark
