// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Walks a network's members: identity by position, names from Boost.Hana.
///
/// A network is a library layer, a `sequential`, or a struct whose members (layers, structs and arrays of them) are
/// declared with BOOST_HANA_DEFINE_STRUCT or adapted by BOOST_HANA_ADAPT_STRUCT. Each layer gets its number; paths read
/// `blocks[3].hidden` here, and "blocks.3.hidden" as PyTorch has it wherever they are shown (nn/network.hpp).

#include <sinter/meta/text.hpp>
#include <sinter/nn/layer.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/core/to.hpp>
#include <boost/hana/define_struct.hpp>
#include <boost/hana/first.hpp>
#include <boost/hana/second.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/unpack.hpp>

#include <array>

namespace sinter::nn {

namespace detail {
template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t Size>
inline constexpr bool is_array<std::array<T, Size>> = true;
}  // namespace detail

/// A struct whose members Boost.Hana can name.
template <class T>
concept hana_struct = boost::hana::Struct<T>::value;
/// A chain of layers.
template <class T>
concept chain = requires {
    typename T::input;
    T::layer_count;
};

template <class Member>
constexpr void walk_members(Member& member, builder& graph, const meta::text& path) {
    namespace hana = boost::hana;
    if constexpr (library_layer<Member>) {
        member.number = graph.network.add_member(path, Member::parameter_count, false);
    } else if constexpr (detail::is_array<Member>) {
        for (int i = 0; i < static_cast<int>(member.size()); ++i)
            walk_members(member[static_cast<std::size_t>(i)], graph, path.copy().add_element(i));
    } else if constexpr (chain<Member>) {
        member.number = graph.network.add_member(path, 0, true);
        member.for_each_member([&](auto& layer, int i) { walk_members(layer, graph, path.copy().add_member(i)); });
    } else if constexpr (hana_struct<Member>) {
        hana::unpack(hana::accessors<Member>(), [&](auto... named) {
            (walk_members(hana::second(named)(member), graph,
                          path.copy().add_member(hana::to<const char*>(hana::first(named)))),
             ...);
        });
    } else if constexpr (!std::is_empty_v<Member>) {
        graph.layer = graph.network.add_member(path, 0, true);
        graph.fail(mistake_kind::unknown_member_type);
    }
}

}  // namespace sinter::nn
