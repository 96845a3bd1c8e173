// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A program that would hold more than max_elements numbers in one arena: one error for a network and a capacity.
///
/// Offsets are int. Values and arenas are counted in long long where layouts and offsets are planned (plan/layout.hpp,
/// plan/arena.hpp); the shapes themselves are checked while a network is traced (graph/shape_rules.hpp).

#include <sinter/tensor/extents.hpp>

namespace sinter {

namespace detail {

/// Raised once for a network and a capacity, whichever of its programs is met first.
template <class Network, int Rows>
struct too_large_at_rows {
    static consteval bool raise() {
        static_assert(Rows < 0,
                      "a program of this network has more than 2,000,000,000 elements in its workspace or in the state "
                      "of its update rule: give the model a smaller sinter::rows<N>, or make its layers smaller "
                      "(docs/errors.md#program_too_large)");
        return true;
    }
};
template <long long Elements, class Network, int Rows>
struct has_elements {
    static constexpr bool raised = too_large_at_rows<Network, Rows>::raise();
};
template <class Network, int Rows>
struct has_elements<0, Network, Rows> {
    static constexpr bool raised = true;
};
template <class Request>
struct network_of {
    using type = Request;
};
template <class Request>
    requires requires { typename Request::network_t; }
struct network_of<Request> {
    using type = typename Request::network_t;
};

}  // namespace detail

}  // namespace sinter
