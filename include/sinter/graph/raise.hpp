// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Raises a recorded mistake as one readable error: a static_assert whose template arguments spell it.
///
/// The compiler prints, in this order: in_network<…>, member<'p', 'a', 't', 'h'> (of the layer called last),
/// mistake_is<mistake_kind::…>, expects<…>, found<…>, at_line<line of the user's source, 0 if unknown>.

#include <sinter/graph/mistake.hpp>

#include <utility>

namespace sinter {

template <class Network>
struct in_network;
template <char... Path>
struct member;
template <mistake_kind Kind>
struct mistake_is;
template <int... Extent>
struct expects;
template <int... Extent>
struct found;
template <int Line>
struct at_line;

namespace detail {

template <bool Sound, class... What>
consteval bool raise_if_unsound() {
    static_assert(Sound, "the network has a mistake: the types in this message say which and where (docs/errors.md)");
    return true;
}

/// `Report` has the members first_mistake, path (characters), path_size.
template <class Network, const auto& Report, std::size_t... P, std::size_t... E, std::size_t... F>
consteval bool spell_mistake(std::index_sequence<P...>, std::index_sequence<E...>, std::index_sequence<F...>) {
    constexpr const mistake m = Report.first_mistake;
    return raise_if_unsound<m.kind == mistake_kind::none, in_network<Network>, member<Report.path[P]...>,
                            mistake_is<m.kind>, expects<m.expected.at[E]...>, found<m.found.at[F]...>,
                            at_line<m.line>>();
}

}  // namespace detail

/// True; or an error that spells the mistake, once for each. Where there is none, nothing is instantiated.
template <class Network, const auto& Report>
inline constexpr bool is_sound = detail::spell_mistake<Network, Report>(
    std::make_index_sequence<static_cast<std::size_t>(Report.path_size)>{},
    std::make_index_sequence<static_cast<std::size_t>(Report.first_mistake.expected.rank)>{},
    std::make_index_sequence<static_cast<std::size_t>(Report.first_mistake.found.rank)>{});
template <class Network, const auto& Report>
    requires(Report.first_mistake.kind == mistake_kind::none || Report.first_mistake.kind == mistake_kind::said_already)
inline constexpr bool is_sound<Network, Report> = true;

}  // namespace sinter
