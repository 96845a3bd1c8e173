// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The sizes of a product's tiles and blocks, by a machine's registers: what its tiles are made of (kernel/tile.hpp,
/// kernel/contraction.hpp), what the choice of packing reckons with (kernel/packing.hpp), what scratch is for
/// (kernel/scratch.hpp), and what the cost model counts (program/cost.hpp). Includes no kernel.

#include <sinter/kernel/spec.hpp>

namespace sinter {

inline constexpr int widest_panel = 32;  ///< two registers of sixteen
inline constexpr int packed_panels = 8;  ///< of a right operand, packed at once
inline constexpr int packed_tiles = 8;   ///< of a left operand, packed at once: each is written on its own pages

/// Tiles fetch rows of an operand so many k ahead: each may lie on a page of its own, which all loads of a k would wait
/// for, and no prefetcher follows large strides. Not more, because eight rows that lie 4096 bytes apart fill their set
/// of the first cache.
inline constexpr int rows_ahead = 4;

/// Whether tiles fetch rows of the right operand beside those of the left one: with 16 registers not, since one more
/// operation a k takes time there.
constexpr bool fetches_both_operands(int registers) { return registers == 32; }

/// Rows whose sums the tiles leave in the first cache.
constexpr int block_rows(int registers, int vectors) { return 4 * most_tile_rows(registers, vectors); }
/// Of the left operand, kept in the second cache: half of it, or less.
inline constexpr int left_block_bytes = 1 << 18;
/// Of a left operand, on any machine.
inline constexpr int most_packed_rows = packed_tiles * most_tile_rows(32, 2);

}  // namespace sinter
