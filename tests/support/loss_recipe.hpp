// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A network, a loss on its output, and the mistake of either: what a training program raises, without the program.

#include <sinter/nn/loss.hpp>
#include <sinter/nn/network.hpp>

namespace sinter_test {

template <class Net, class Loss, class Target, bool Labels>
struct loss_recipe : sinter::reports_network<Net> {
    static constexpr void build(sinter::builder& graph, sinter::meta::vector<int>& outputs) {
        sinter::detail::trace_network<Net>(graph, [&](const auto& y) {
            const int t = graph.leaf(sinter::op::input, 1, Target::value, true,
                                     Labels ? sinter::value_kind::integer : sinter::value_kind::real);
            outputs.push(Loss{}(y, sinter::expr<Target>{&graph, t}).id);
        });
    }
};

/// Raises the mistake of training Net with Loss on one label a sample, or on dense targets of a shape.
template <class Net, class Loss>
constexpr bool trains_on_labels =
    sinter::is_sound<Net, sinter::frozen_report<loss_recipe<Net, Loss, sinter::shape<>, true>>::value>;
template <class Net, class Loss, class Target>
constexpr bool trains_on_targets =
    sinter::is_sound<Net, sinter::frozen_report<loss_recipe<Net, Loss, Target, false>>::value>;

}  // namespace sinter_test
