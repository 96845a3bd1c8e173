// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Several outputs, each with a loss and a weight; or one loss that sees all outputs and all targets.
///
/// `losses<cross_entropy, weighted<mean_squared_error, std::ratio<1, 2>>, untrained>` has one loss an output, in the
/// order in which the body returns them; training minimises their weighted sum, w0 * L0 + w1 * L1 + …, in this order of
/// addition. `targets<labels, dense<shape<2>>>` has one target for each output that is trained. With `targets` and a
/// loss that is no list, the loss is called on all outputs, then all targets: (y0, y1, t0, t1).
/// A training program then stores: 0 the loss; the outputs that the loss reads; where several losses are summed, the
/// mean of each before its weight. Law: the table is that of the same sum written by hand, and so are the bits.

#include <sinter/train/programs.hpp>

#include <ratio>

namespace sinter {

/// The targets of several outputs: `labels` and `dense<shape<…>>`.
template <class... Target>
struct targets {
    static constexpr bool are_targets = (target_type<Target> && ...);
    static constexpr int count = static_cast<int>(sizeof...(Target));
    static constexpr bool has_integers[sizeof...(Target) + 1] = {detail::target_of_list<Target>::integers..., false};
    static constexpr extents shapes[sizeof...(Target) + 1] = {detail::target_of_list<Target>::shape_type::value...,
                                                              extents{}};
};

/// Stands in `losses` for an output that is not trained; it has no target.
struct untrained {
    constexpr auto operator()(auto y, auto) const { return sum(y); }
};

namespace detail {
template <class Loss>
struct names_targets {};
template <class Loss>
    requires requires { typename Loss::target_shape; }
struct names_targets<Loss> {
    using target_shape = typename Loss::target_shape;
};
template <class Weight>
consteval double weight_of() {
    constexpr bool is_a_ratio = requires {
        Weight::num;
        Weight::den;
    };
    static_assert(is_a_ratio, "weighted<Loss, std::ratio<1, 2>>: a weight is a std::ratio (docs/errors.md#weight)");
    if constexpr (is_a_ratio) {
        static_assert(Weight::num > 0,
                      "a weight is above 0; an output that is not trained has sinter::untrained for its loss "
                      "(docs/errors.md#weight)");
        return static_cast<double>(Weight::num) / static_cast<double>(Weight::den);
    } else {
        return 1;
    }
}
}  // namespace detail

/// A loss times a positive number: `weighted<mean_squared_error, std::ratio<1, 2>>`.
template <class Loss, class Weight>
struct weighted : detail::names_targets<Loss> {
    static constexpr double weight = detail::weight_of<Weight>();
    template <class... Value>
    constexpr auto operator()(Value... x) const -> decltype(1.0 * Loss{}(x...)) {
        return weight * Loss{}(x...);
    }
};

/// One loss for each output of a network, in their order.
template <class... Loss>
struct losses {
    static constexpr int count = static_cast<int>(sizeof...(Loss));
    static constexpr bool trains[sizeof...(Loss) + 1] = {!std::is_same_v<Loss, untrained>..., false};
    /// The target of an output, counted among those that are trained; -1 if it is not.
    static constexpr int target_of(int output) {
        if (output < 0 || output >= count || !trains[output]) return -1;
        int before = 0;
        for (int k = 0; k < output; ++k) before += trains[k];
        return before;
    }
    static constexpr int trained_count = (0 + ... + !std::is_same_v<Loss, untrained>);
};

}  // namespace sinter
