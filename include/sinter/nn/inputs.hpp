// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Several inputs of a network, some of which may hold integers.
///
/// `using input = sinter::inputs<sinter::shape<28, 28>, sinter::integers<sinter::shape<3>>>;` in a network: its body
/// gets them as so many arguments, and so do the calls that take samples. Leaves are numbered in this order from 0;
/// targets come behind them.

#include <sinter/graph/expression.hpp>
#include <sinter/tensor/integers.hpp>

#include <cstddef>

namespace sinter {

/// The shapes of a network's inputs: `shape<…>`, or `integers<shape<…>>`.
template <class... Input>
struct inputs {
    static constexpr int count = static_cast<int>(sizeof...(Input));
};

namespace detail {

template <class Input>
struct input_kind {
    static constexpr bool known = false, integers = false;
    using shape_type = shape<>;
};
template <int... Extent>
struct input_kind<shape<Extent...>> {
    static constexpr bool known = true, integers = false;
    using shape_type = shape<Extent...>;
};
template <int... Extent>
struct input_kind<integers<shape<Extent...>>> {
    static constexpr bool known = true, integers = true;
    using shape_type = shape<Extent...>;
};

/// The leaf of an input.
template <class Kind>
constexpr int input_leaf(builder& graph, int number) {
    return graph.leaf(op::input, number, Kind::shape_type::value, true,
                      Kind::integers ? value_kind::integer : value_kind::real);
}

template <std::size_t Index, class Element>
struct type_at {
    using type = Element;
};
template <class Indices, class... Element>
struct types_at;
template <std::size_t... Index, class... Element>
struct types_at<std::index_sequence<Index...>, Element...> : type_at<Index, Element>... {};
template <std::size_t Index, class Element>
type_at<Index, Element> find_type(const type_at<Index, Element>&);
/// Element number Index of a list of types.
template <std::size_t Index, class... Element>
using nth_type = typename decltype(find_type<Index>(types_at<std::index_sequence_for<Element...>, Element...>{}))::type;

/// A network's `input`, whether it is one shape or a list.
template <class Input>
struct input_list {
    static constexpr bool is_list = false, known = false;
    static constexpr int count = 1;
    using first = Input;
    static constexpr bool integers[1] = {false};
    static constexpr extents shapes[1] = {Input::value};
};
template <class... Input>
struct input_list<inputs<Input...>> {
    static constexpr bool is_list = true;
    static constexpr bool known = sizeof...(Input) > 0 && (input_kind<Input>::known && ...);
    static constexpr int count = static_cast<int>(sizeof...(Input));
    using first = typename input_kind<nth_type<0, Input..., shape<>>>::shape_type;
    static constexpr bool integers[sizeof...(Input) + 1] = {input_kind<Input>::integers..., false};
    static constexpr extents shapes[sizeof...(Input) + 1] = {input_kind<Input>::shape_type::value..., extents{}};

    /// Calls use(x…), each a leaf.
    template <class Use>
    static constexpr auto with_leaves(builder& graph, Use use) {
        int next = 0;
        const int leaf[] = {input_leaf<input_kind<Input>>(graph, next++)...};  // braces: left to right
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            return use(expr<typename input_kind<Input>::shape_type>{&graph, leaf[Index]}...);
        }(std::index_sequence_for<Input...>{});
    }
    /// Whether a body takes them, and what it returns.
    template <class Net>
    static constexpr bool are_taken =
        requires(const Net& net, expr<typename input_kind<Input>::shape_type>... x) { net(x...); };
};

}  // namespace detail
}  // namespace sinter
