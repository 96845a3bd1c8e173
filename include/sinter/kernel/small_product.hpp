// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A product of a few registers: all of it written out, without tiles.
///
/// A tile's walk over strides that only a run knows, and the two or three functions around it, take some 25 ns; a
/// vector times a matrix of 3 rows and 4 columns takes three operations. So a product whose extents are all known, and
/// whose operands lie in rows, is computed row by row in registers where that is at most `small_product_steps` fma of a
/// vector. Each element is the same chain of fma over ascending k: the bits are those of tiles.

#include <sinter/kernel/epilogue.hpp>
#include <sinter/kernel/packing.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

inline constexpr int small_product_steps = 48;

/// Whether a spec is such a product on lanes of so many elements.
constexpr bool is_small_product(const auto& list, int index, int lanes) {
    const spec& s = list.specs[index];
    if (s.kind != kernel_kind::contraction || !is_matrix_product(list, s) || right_is_transposed(list, s)) return false;
    const int rows = list.extents[s.outer_first], depth = depth_of(list, s, -1);
    const int vectors = (s.inner + lanes - 1) / lanes;
    return rows > 0 && depth > 0 && vectors <= 2 &&
           static_cast<long long>(rows) * depth * vectors <= small_product_steps &&
           lies_in_rows(list, list.slots[s.slot_first]) && lies_in_rows(list, list.slots[s.slot_first + 1]);
}

template <class T, const auto& List, int Index>
struct small_product {
    using B = body<T, List, Index>;
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr spec self = B::self;
    static constexpr int vectors = (self.inner + L - 1) / L, last = self.inner - (vectors - 1) * L;

    static void run(void* const* slots, int rows, part p) {
        using E = epilogue<T, B>;
        constexpr int m = B::extent(0), depth = B::extent(1);
        if (p.index != 0) return;
        const T *const left = static_cast<const T*>(slots[0]), *const right = static_cast<const T*>(slots[1]);
        constexpr auto left_row = std::ptrdiff_t{B::stride(0, 0)}, left_step = std::ptrdiff_t{B::stride(0, 1)},
                       right_step = std::ptrdiff_t{B::stride(1, 1)};
        alignas(64) T sums[E::result < 0 ? m * vectors * L : 1];
        SINTER_UNROLL
        for (int i = 0; i < m; ++i) {
            V sum[vectors];
            SINTER_UNROLL
            for (int q = 0; q < vectors; ++q) sum[q] = V{0};
            SINTER_UNROLL
            for (int k = 0; k < depth; ++k) {
                const V a{left[i * left_row + k * left_step]};
                SINTER_UNROLL
                for (int q = 0; q < vectors; ++q) {
                    const T* const at = right + k * right_step + q * L;
                    sum[q] = fma(a, q == vectors - 1 ? V::load(at, last) : V::load(at), sum[q]);
                }
            }
            SINTER_UNROLL
            for (int q = 0; q < vectors; ++q)
                if constexpr (E::result >= 0)
                    store<V, B::access_to(E::result)>(
                        sum[q], static_cast<T*>(slots[E::result]) + i * std::ptrdiff_t{B::stride(E::result, 0)},
                        B::at(E::result), q * L, q == vectors - 1 ? last : L);
                else
                    sum[q].store(sums + (i * vectors + q) * L);
        }
        if constexpr (E::result < 0) {
            E behind{slots, rows};
            behind.template start_panel<vectors, last>(0, true);
            behind.template run<vectors, last>(sums, 0, m, 0);
            behind.template end_panel<vectors, last>(0);
            behind.end();
        }
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
