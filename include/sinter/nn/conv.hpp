// SPDX-License-Identifier: BSL-1.0
#pragma once

/// conv<Filters, Window, Options...>: filters that slide over the axes of a sample before its last one, and a bias.
///
/// A sample is (height, width, channels), or (length, channels). `nn::conv<6, 5>` has 6 filters of 5 × 5,
/// `nn::conv<16, shape<3, 5>{}>` an extent for each axis. Options, PyTorch's with its defaults: nn::stride,
/// nn::padding or nn::same, nn::dilation, nn::groups, nn::without_bias, an initializer. Parameters: weight, in memory
/// (height, width, channels / groups, filters), in files (filters, channels / groups, height, width) as
/// torch.nn.Conv2d's; bias. In a body that has filters already, `convolution<options…>(x, filters)` is the function.

#include <sinter/nn/convolution.hpp>
#include <sinter/nn/layer.hpp>

namespace sinter::nn {

/// Of samples (height, width, channels), or (length, channels).
template <int Filters, auto Window, class... Option>
struct conv : layer {
    static constexpr bool has_bias = !(std::is_same_v<Option, without_bias> || ...);
    static constexpr int parameter_count = has_bias ? 2 : 1;
    using initial = typename detail::first_initializer<Option...>::type;

    using layer::operator();
    template <class Shape>
    constexpr auto operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const {
        constexpr int axes = Shape::rank - 1;
        builder& graph = *x.graph;
        if constexpr (!sinter::detail::check_options_of_convolution<true, Option...>() ||
                      !sinter::detail::has_filters<Filters>()) {
            graph.fail(mistake_kind::said_already);
            return x;
        } else if constexpr (axes < 1) {
            enter(graph, line, "conv", Shape::value, 0);
            graph.fail(mistake_kind::axes_of_a_convolution, list(2), list(Shape::rank));
            return x;
        } else if constexpr (!sinter::detail::check_numbers_of_convolution<axes, window, Option...>()) {
            graph.fail(mistake_kind::said_already);
            return x;
        } else {
            using shapes = shapes_for<Shape>;
            using result = expr<shape_of_value<shapes::output>>;
            const auto refuse = [&](mistake_kind kind, const extents& expected, const extents& found) {
                graph.fail(kind, expected, found);
                return result{&graph, graph.mistaken(x.id, shapes::output)};
            };
            if (!enter(graph, line, "conv", shapes::output, shapes::flops))
                return result{&graph, graph.mistaken(x.id, shapes::output)};
            if constexpr (shapes::out.wrong != mistake_kind::none) {
                return refuse(shapes::out.wrong, shapes::out.expected, shapes::out.found);
            } else {
                int& known = graph.network.members[number].width;
                if (known >= 0 && known != Shape::extent(-1))
                    return refuse(mistake_kind::shared_layer_with_two_widths, list(known), list(Shape::extent(-1)));
                known = Shape::extent(-1);
                const int weight = parameter(graph, 0, "weight", shapes::weight,
                                             initial::weight(shapes::fan_in, shapes::fan_out), shapes::weight);
                const result y{&graph, sinter::detail::convolution_writer(graph, shapes::setting).write(x.id, weight)};
                sinter::detail::as_image(y);
                if constexpr (has_bias)
                    return y + expr<shape<Filters>>{
                                   &graph, parameter(graph, 1, "bias", list(Filters), initial::bias(shapes::fan_in))};
                else
                    return y;
            }
        }
    }

private:
    static constexpr extents window = sinter::detail::window_of(Window);
    template <class Shape>
    struct shapes_for {
        static constexpr int axes = Shape::rank - 1;
        static constexpr sinter::detail::conv_setting setting = sinter::detail::conv_of<Option...>(window, axes);
        static constexpr int channels = Shape::extent(-1),
                             read = channels % setting.groups == 0 ? channels / setting.groups : channels;
        static constexpr extents weight = [] {
            extents all = setting.window;
            all.push(read);
            all.push(Filters);
            return all;
        }();
        static constexpr int fan_in = setting.window.size() * read, fan_out = setting.window.size() * Filters;
        static constexpr shaped out = sinter::detail::convolution_shape(Shape::value, weight, setting);
        static constexpr extents output = out.shape;
        static constexpr long long flops = (2LL * fan_in + (has_bias ? 1 : 0)) * output.size();
    };
};

}  // namespace sinter::nn
