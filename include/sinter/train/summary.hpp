// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a network is, at a glance: a row a layer with its output's shape, trained numbers and FLOPs, then the arenas.
///
/// `print_summary(net, loss, rule, data)` prints what training will use; every number is a constant of the types.

#include <sinter/meta/type_name.hpp>
#include <sinter/train/fit.hpp>

#include <cstdio>

namespace sinter {

/// Bytes of the arenas that training and embedding a network take.
template <class Net, class Scalar, class Rows, class Loss, class Rule, class Target>
struct arena_bytes {
    static_assert(is_trainable<Net, Loss, Target, Rule>);
    using all = plans<Net, Scalar, Rows::capacity>;
    template <class Plan>
    static constexpr long long workspace =
        static_cast<long long>(program<Scalar, Plan>::workspace_elements) * static_cast<long long>(sizeof(Scalar));
    static constexpr long long parameters =
        static_cast<long long>(all::parameters::value.elements) * static_cast<long long>(sizeof(Scalar));
    static constexpr long long state = parameters * rule_state_count<Rule>;
    static constexpr long long training = workspace<typename all::template step<Loss, Target, Rule>>;
    static constexpr long long inference = workspace<typename plans<Net, Scalar, 1>::inference>;
};

/// FLOPs of one sample through the network, forward.
template <class Net>
inline constexpr long long flop_count = [] {
    static_assert(is_sound<Net, network<Net>::report>);
    long long n = 0;
    if (network<Net>::report.first_mistake.kind != mistake_kind::none) return n;
    for (int i = 0; i < network<Net>::report.layer_count; ++i) n += network<Net>::report.layers[i].flops;
    return n;
}();

namespace detail {

/// 1234567 as 1,234,567.
inline std::string grouped(long long number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}
inline std::string shape_text(const extents& shape) {
    std::string text;
    for (int i = 0; i < shape.rank; ++i) text += words(i > 0 ? "x" : "", shape[i]);
    return shape.rank == 0 ? "1" : text;
}

}  // namespace detail

template <class Net, class Scalar, class Rows, class Loss, class Rule, class Data>
void print_summary(const model<Net, Scalar, Rows>&, Loss, Rule, const Data& data, std::FILE* out = stdout) {
    using bytes = arena_bytes<Net, Scalar, Rows, Loss, Rule, decltype(detail::target_of<Net, Loss>(data))>;
    const auto& report = network<Net>::report;
    const std::string name(meta::type_name<Net>());
    std::fprintf(out, "%-24s %-12s %10s %12s %14s\n", name.c_str(), "layer", "output", "parameters", "FLOPs/sample");
    for (int i = 0; i < report.layer_count; ++i) {
        const layer_info& l = report.layers[i];
        const std::string path(report.names + l.name_first, static_cast<std::size_t>(l.name_size));
        std::fprintf(out, "  %-22s %-12s %10s %12s %14s\n", path.c_str(), l.kind, detail::shape_text(l.output).c_str(),
                     detail::grouped(l.parameters).c_str(), detail::grouped(l.flops).c_str());
    }
    std::fprintf(out, "  %-22s %-12s %10s %12s %14s\n", "total", "", "", detail::grouped(parameter_count<Net>).c_str(),
                 detail::grouped(flop_count<Net>).c_str());
    std::fprintf(out,
                 "arenas: parameters %s bytes, optimizer state %s, training workspace %s (up to %d samples), inference "
                 "workspace %s\n",
                 detail::grouped(bytes::parameters).c_str(), detail::grouped(bytes::state).c_str(),
                 detail::grouped(bytes::training).c_str(), Rows::capacity, detail::grouped(bytes::inference).c_str());
}

}  // namespace sinter
