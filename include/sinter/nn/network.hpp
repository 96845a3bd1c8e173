// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A network type → its forward table, its parameters with their names, and its first mistake; all constants.
///
/// `network<Net>` is what the program room builds on: training programs continue from a trace of the same members.

#include <sinter/adjoint/gradient.hpp>
#include <sinter/graph/raise.hpp>
#include <sinter/graph/table.hpp>
#include <sinter/nn/inputs.hpp>
#include <sinter/nn/members.hpp>
#include <sinter/nn/sequential.hpp>

#include <concepts>
#include <cstdint>

namespace sinter {

/// A type with an input shape and a call operator on expr: a `sequential`, or a struct with `using input = shape<…>`,
/// or `inputs<…>` for several.
template <class Net>
concept network_type = requires { typename Net::input; } && (requires {
                           { Net::input::value } -> std::same_as<const extents&>;
                       } || detail::input_list<typename Net::input>::known) && requires { Net{}; };

namespace detail {
// declared only
template <class Net>
shape<> first_input_of();
template <network_type Net>
typename input_list<typename Net::input>::first first_input_of();
template <class Net>
input_list<shape<>> inputs_of();
template <network_type Net>
input_list<typename Net::input> inputs_of();
template <class Net>
using inputs_t = decltype(inputs_of<Net>());
}  // namespace detail
/// The shape of one sample, of its first input where a network has several; a number's for what is no network and was
/// refused.
template <class Net>
using input_shape_t = decltype(detail::first_input_of<Net>());
/// The number of a network's inputs, and whether one holds integers.
template <class Net>
inline constexpr int input_count = detail::inputs_t<Net>::count;
namespace detail {
template <class Net, int Input>
inline constexpr bool integer_input = inputs_t<Net>::integers[Input];
}  // namespace detail

/// One parameter: "blocks.3.hidden.weight", its shape in the program, how it starts; `stream` chooses its random
/// numbers.
struct parameter_info {
    int name_first = 0, name_size = 0;
    std::uint64_t stream = 0;
    extents shape{};
    initial_value initial{};
    extents filters{};
    int before = 0;
    bool order_unknown = false;
};

/// One layer: its path, what it is, its output's shape, its number of trained numbers, its FLOPs a sample.
struct layer_info {
    int name_first = 0, name_size = 0;
    const char* kind = "";
    extents output{};
    long long parameters = 0;
    long long flops = 0;
};

template <int Parameters, int Layers, int Chars, int Path>
struct network_report {
    parameter_info parameters[static_cast<std::size_t>(Parameters) + 1]{};
    layer_info layers[static_cast<std::size_t>(Layers) + 1]{};
    char names[static_cast<std::size_t>(Chars) + 1]{};
    mistake first_mistake{};
    char path[static_cast<std::size_t>(Path) + 1]{};
    static constexpr int path_size = Path;
    static constexpr int parameter_count = Parameters;
    static constexpr int layer_count = Layers;

    constexpr bool name_is(int parameter, const char* name) const {
        const parameter_info& p = parameters[parameter];
        for (int i = 0; i < p.name_size; ++i)
            if (name[i] != names[p.name_first + i]) return false;
        return name[p.name_size] == 0;
    }
};

namespace detail {

/// What a body may return. An arithmetic value is none of the network's.
template <class Value>
concept returnable = tensor<Value> || boost::hana::Foldable<Value>::value || requires(const Value& value) {
    value.first, value.second;
} || requires(const Value& value) { value.template get<0>(); };

template <class Value>
constexpr void collect_network_outputs(builder& graph, meta::vector<int>& outputs, const Value& value) {
    if constexpr (boost::hana::Foldable<Value>::value && !requires { value.first, value.second; })
        boost::hana::unpack(value, [&](const auto&... x) { (collect_network_outputs(graph, outputs, x), ...); });
    else
        collect_outputs(graph, outputs, value);
}

/// A chain, unless it has a body of its own. Other bodies are not asked: their second argument is a mistake.
template <class Net>
concept called_with_a_line =
    nn::chain<Net> && requires(const Net& net, expr<input_shape_t<Net>> x) { net(x, unknown_line); };

constexpr void refuse_uncalled(builder& graph) {
    for (int i = 0; i < graph.network.members.size(); ++i) {
        const member_record& m = graph.network.members[i];
        if (m.called || m.called_by_walk) continue;
        graph.layer = i;
        graph.line = 0;
        graph.fail(mistake_kind::layer_is_never_called);
    }
}

/// Calls a body of several inputs, and gives what it returns to `use`.
template <class Inputs, class Net, class Use>
constexpr void call_with_list(const Net& net, builder& graph, Use& use) {
    if constexpr (!Inputs::template are_taken<Net>) {
        graph.fail(mistake_kind::said_already);
        constexpr bool takes_its_inputs = Inputs::template are_taken<Net>;
        static_assert(takes_its_inputs,
                      "a network's body has an argument for each of its inputs: `using input = sinter::inputs<A, B>` "
                      "and `constexpr auto operator()(auto a, auto b) const`; if an error above this one names a line "
                      "of it, that is the cause (docs/errors.md#no_body)");
    } else {
        Inputs::with_leaves(graph, [&](auto... x) {
            if constexpr (!returnable<decltype(net(x...))>) {
                graph.fail(mistake_kind::said_already);
                constexpr bool returns_tensors = returnable<decltype(net(x...))>;
                static_assert(returns_tensors,
                              "a network's body returns a tensor, or several in sinter::results{a, b}; write `return`, "
                              "and the tensors themselves (docs/errors.md#body_returns_no_tensor)");
            } else {
                use(net(x...));
            }
        });
    }
}

/// Walks the members, calls the network's body, gives what it returns to `use`, and reports members that nobody called.
/// Where the body cannot be called, that is an error, and the graph's mistake is `said_already`.
template <class Net, class Use>
constexpr void trace_network(builder& graph, Use use) {
    if constexpr (!network_type<Net>) {
        graph.fail(mistake_kind::said_already);
        constexpr bool declares_its_input = network_type<Net>;  // the concept would print all its parts
        static_assert(
            declares_its_input,
            "a network is a type that declares the shape of a sample: derive it from nn::sequential, or write "
            "`using input = sinter::shape<…>`, or sinter::inputs<…> of several shapes; it needs no arguments to be "
            "made (docs/errors.md#no_network)");
    } else if constexpr (inputs_t<Net>::is_list) {
        Net net{};
        nn::walk_members(net, graph, meta::text{});
        call_with_list<inputs_t<Net>>(net, graph, use);
        refuse_uncalled(graph);
    } else {
        Net net{};
        nn::walk_members(net, graph, meta::text{});
        const expr<input_shape_t<Net>> x{&graph, graph.leaf(op::input, 0, input_shape_t<Net>::value, true)};
        if constexpr (called_with_a_line<Net>) {
            use(net(x, unknown_line));
        } else if constexpr (!requires { net(x); }) {
            graph.fail(mistake_kind::said_already);
            static_assert(
                requires { net(x); },
                "a network has a body, `constexpr auto operator()(auto x) const`, that can be called on a tensor; "
                "if an error above this one names a line of it, that is the cause (docs/errors.md#no_body)");
        } else if constexpr (!returnable<decltype(net(x))>) {
            graph.fail(mistake_kind::said_already);
            constexpr bool returns_a_tensor = returnable<decltype(net(x))>;  // the concept would print all its parts
            static_assert(returns_a_tensor,
                          "a network's body returns a tensor; write `return`, and the tensor itself "
                          "(docs/errors.md#body_returns_no_tensor)");
        } else {
            use(net(x));
        }
        refuse_uncalled(graph);
    }
    for (const parameter_record& p : graph.network.parameters) {
        const member_record& m = graph.network.members[p.member];
        if (p.name != nullptr || !m.called) continue;
        int made = 0;
        for (int i = 0; i < m.parameter_count; ++i)
            made += graph.network.parameters[m.first_parameter + i].name != nullptr;
        graph.layer = p.member;
        graph.line = 0;
        graph.fail(mistake_kind::parameter_count_differs, list(m.parameter_count), list(made));
    }
}

/// Gives a member's path to `add`, character by character, as users and files see it, in PyTorch's spelling:
/// `blocks[3].hidden` is "blocks.3.hidden". *Returns* how many characters that are.
constexpr int show_path(const network_record& network, const member_record& m, auto add) {
    int count = 0;
    for (int i = 0; i < m.path_size; ++i) {
        const char c = network.path_chars[m.path_first + i];
        if (c == ']') continue;
        add(c == '[' ? '.' : c);
        ++count;
    }
    return count;
}

/// A parameter's number among the random streams of a seed: FNV-1a, 64 bits, of its path with elements in brackets,
/// `blocks[3].hidden.weight`, so that how a name is shown does not decide which numbers a weight starts from.
constexpr std::uint64_t stream_of(const network_record& network, const parameter_record& p) {
    std::uint64_t h = 0xcbf29ce484222325;
    const auto add = [&](char c) { h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3; };
    const member_record& m = network.members[p.member];
    for (int i = 0; i < m.path_size; ++i) add(network.path_chars[m.path_first + i]);
    if (m.path_size > 0) add('.');
    for (const char* c = p.name; c != nullptr && *c != 0; ++c) add(*c);
    return h;
}

template <class Keep>
constexpr auto report_network(const builder& raw, Keep keep) {
    meta::vector<parameter_info> parameters;
    meta::vector<layer_info> layers;
    meta::vector<char> names;
    const auto to_names = [&](char c) { names.push(c); };
    meta::vector<int> layer_of;  // per member; containers have no row
    for (const member_record& m : raw.network.members) {
        layer_of.push(layers.size());
        if (m.called_by_walk) continue;
        layers.push({names.size(), 0, m.kind, m.output, 0, m.flops});
        layers.back().name_size = show_path(raw.network, m, to_names);
    }
    for (const parameter_record& p : raw.network.parameters) {
        const member_record& m = raw.network.members[p.member];
        const auto stream = stream_of(raw.network, p);
        parameter_info info{names.size(), 0, stream, p.shape, p.initial, p.filters, p.before, p.order_unknown};
        if (show_path(raw.network, m, to_names) > 0) names.push('.');
        for (const char* c = p.name; c != nullptr && *c != 0; ++c) names.push(*c);
        info.name_size = names.size() - info.name_first;
        parameters.push(info);
        layers[layer_of[p.member]].parameters += p.shape.size();
    }
    meta::text path;
    if (const int where = raw.first_mistake().layer; where >= 0 && where < raw.network.members.size())
        show_path(raw.network, raw.network.members[where], [&](char c) { path.add(c); });
    if (const int element = raw.first_mistake().element; element >= 0) path.add_member(element);
    return keep(parameters, layers, names, path);
}

}  // namespace detail

struct report_size {
    int parameters = 0, layers = 0, chars = 0, path = 0;
    constexpr bool holds(const report_size& other) const {
        return parameters >= other.parameters && layers >= other.layers && chars >= other.chars && path >= other.path;
    }
};
template <report_size Size>
using report_of_size = network_report<Size.parameters, Size.layers, Size.chars, Size.path>;

namespace detail {

constexpr void keep_report(const auto& p, const auto& l, const auto& n, const auto& path, const report_size& size,
                           auto& kept) {
    for (int i = 0; i < size.parameters; ++i) kept.parameters[i] = p[i];
    for (int i = 0; i < size.layers; ++i) kept.layers[i] = l[i];
    for (int i = 0; i < size.chars; ++i) kept.names[i] = n[i];
    for (int i = 0; i < size.path; ++i) kept.path[i] = path[i];
}

/// A report in arrays with room to spare, or nothing but its size.
template <report_size Room>
struct traced_report {
    report_size size;
    report_of_size<Room> report;
};
template <report_size Room>
constexpr traced_report<Room> trace_report(const builder& raw) {
    return report_network(raw, [&](const auto& p, const auto& l, const auto& n, const auto& path) {
        traced_report<Room> kept{{p.size(), l.size(), n.size(), path.size()}, {}};
        keep_report(p, l, n, path, Room.holds(kept.size) ? kept.size : report_size{}, kept.report);
        kept.report.first_mistake = raw.first_mistake();
        return kept;
    });
}

/// Layers that a trace of Net may well have.
template <class Net>
inline constexpr int expected_layers = 8;
template <nn::chain Net>
inline constexpr int expected_layers<Net> = static_cast<int>(Net::layer_count) + 4;

}  // namespace detail

/// What a recipe that traces Net says beside its graph: `frozen_table` keeps it from the same trace.
template <class Net>
struct reports_network {
    static constexpr int layers = detail::expected_layers<Net>;
    static constexpr int room = 32 + 4 * layers;
    static constexpr report_size report_room{2 * layers, layers, 32 * layers, 48};
    static constexpr auto report(const builder& raw) { return detail::trace_report<report_room>(raw); }
};

/// Traces Net; Recipe::build as frozen_table wants it.
template <class Net>
struct network_recipe : reports_network<Net> {
    static constexpr void build(builder& graph, meta::vector<int>& outputs) {
        detail::trace_network<Net>(graph, [&](const auto& y) { detail::collect_network_outputs(graph, outputs, y); });
    }
};

namespace detail {
/// The report that stands beside a table, with the room that it has there.
template <class Recipe>
struct report_stage {
    static constexpr report_size room = Recipe::report_room;
    template <report_size Room>
    static constexpr decltype(auto) run() {
        if constexpr (!frozen_table<Recipe>::known) {
            return traced_report<report_size{}>{{}, {.first_mistake = {.kind = mistake_kind::said_already}}};
        } else if constexpr (room.holds(Room)) {
            return (frozen_table<Recipe>::first.report);
        } else {
            builder raw;
            meta::vector<int> roots;
            Recipe::build(raw, roots);
            return trace_report<Room>(raw);
        }
    }
    template <report_size Size>
    static constexpr auto trim(const auto& traced) {
        const auto& from = traced.report;
        report_of_size<Size> kept;
        keep_report(from.parameters, from.layers, from.names, from.path, Size, kept);
        kept.first_mistake = from.first_mistake;
        return kept;
    }
};
}  // namespace detail

/// The parameters and the first mistake of what Recipe traces.
template <class Recipe>
using frozen_report = meta::trimmed<detail::report_stage<Recipe>>;

template <class Net>
struct network {
    static constexpr const auto& table = frozen_table<network_recipe<Net>>::value;
    static constexpr const auto& report = frozen_report<network_recipe<Net>>::value;
};

/// The shape of a network's first output.
template <class Net>
inline constexpr extents network_output = [] {
    static_assert(is_sound<Net, network<Net>::report>);
    return extents{network<Net>::table.view().shape(network<Net>::table.outputs[0])};
}();
/// How many outputs it has, and the shape of each.
template <class Net>
inline constexpr int output_count = network<Net>::table.output_count;
template <class Net, int Output>
inline constexpr extents output_shape = network<Net>::table.view().shape(network<Net>::table.outputs[Output]);

/// The number of trained numbers of a network.
template <class Net>
inline constexpr long long parameter_count = [] {
    static_assert(is_sound<Net, network<Net>::report>);
    long long n = 0;
    for (int i = 0; i < network<Net>::report.parameter_count; ++i) n += network<Net>::report.parameters[i].shape.size();
    return n;
}();

}  // namespace sinter
