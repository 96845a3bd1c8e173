// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What is fused behind a product: the body of a contraction, a row of a panel at a time, on sums that the tiles left.
/// Other arrangements that were tried are in docs/design/0006-specs-and-kernels.md.

#include <sinter/kernel/body.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, class B>
struct epilogue {
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr int outs = B::self.output_count;
    static constexpr int summed = B::has_sums(output_kind::column) || B::has_sums(output_kind::whole) ? outs : 0;

    V fixed[B::count + 1];
    void* slots[B::self.slot_count + 1];
    int rows;

    /// What a panel's rows add up to, by output.
    template <int NV>
    struct panel_sums {
        V column[summed + 1][NV];
    };
    /// What all rows add up to.
    struct totals {
        wide<V> elements[outs + 1];
        T outer[outs + 1];
    };

    SINTER_ALWAYS_INLINE epilogue(void* const* slot_pointers, int row_count) : rows{row_count} {
        for (int s = 0; s < B::self.slot_count; ++s) slots[s] = slot_pointers[s];
        constants<V, B>(fixed, slots);
    }

    /// Row i of the product, NV vectors from column j on, the last of which has `Last` elements.
    template <int NV, int Last>
    SINTER_ALWAYS_INLINE void run(const V (&sum)[NV], int i, int j, panel_sums<NV>& panel, totals& all_rows) const {
        void* at[B::self.slot_count + 1];
        place<B>(at, slots, i, rows);
        V once[B::count + 1];
        steps<depends::outer, V, B>(once, values<V>{{fixed, once, once}}, at);
        SINTER_UNROLL
        for (int q = 0; q < NV; ++q) {
            const int n = q == NV - 1 ? Last : L;
            V each[B::count + 1];
            if constexpr (B::product >= 0) each[B::product] = sum[q];
            const values<V> all{{fixed, once, each}};
            steps<depends::inner, V, B>(each, all, at, j + q * L, n);
            for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
                constexpr output o = B::out(O);
                const V value = all.of[B::kind(o.value)][o.value];
                if constexpr (o.kind == output_kind::element) {
                    store<V, B, o.slot>(value, at, j + q * L, n);
                } else if constexpr (o.kind == output_kind::column ||
                                     (o.kind == output_kind::whole && B::code(o.value).at == level::element)) {
                    panel.column[O][q] = panel.column[O][q] + value;
                } else if (q == 0 && j == 0) {
                    if constexpr (o.kind == output_kind::whole)
                        all_rows.outer[O] += value.first();
                    else
                        *static_cast<T*>(at[o.slot]) = value.first();
                }
            });
        }
    }

    /// Starts fetching what row i will update in place, so that the work before it hides the way from the outer caches.
    SINTER_ALWAYS_INLINE void prefetch(int i, int j) const {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::element && B::loaded(o.slot))
                __builtin_prefetch(static_cast<const T*>(slots[o.slot]) + std::ptrdiff_t{i} * B::stride(o.slot, 0) +
                                       B::offset(o.slot, j),
                                   1);
        });
    }

    /// Before rows of a panel: column sums start at zero, or go on from what the rows before left.
    template <int NV, int Last>
    SINTER_ALWAYS_INLINE void start(panel_sums<NV>& panel, int j, bool first_rows) const {
        for (int o = 0; o <= summed; ++o)
            for (int q = 0; q < NV; ++q) panel.column[o][q] = V{0};
        if (first_rows) return;
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::column)
                for (int q = 0; q < NV; ++q)
                    panel.column[O][q] = load<V, B, o.slot>(slots, j + q * L, q == NV - 1 ? Last : L);
        });
    }

    /// Behind the last row of a panel: column sums leave, or join the total.
    template <int NV, int Last>
    SINTER_ALWAYS_INLINE void end(const panel_sums<NV>& panel, int j, totals& all_rows) const {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            SINTER_UNROLL
            for (int q = 0; q < NV; ++q) {
                const int n = q == NV - 1 ? Last : L;
                if constexpr (o.kind == output_kind::column) {
                    store<V, B, o.slot>(panel.column[O][q], slots, j + q * L, n);
                } else if constexpr (o.kind == output_kind::whole) {
                    V& sum = all_rows.elements[O].at[(j / L + q) % wide<V>::vectors];
                    sum = sum + keep(panel.column[O][q], n, T{0});
                }
            }
        });
    }

    static void start(totals& all_rows) {
        for (int o = 0; o < outs; ++o) {
            all_rows.elements[o] = wide<V>{T{0}};
            all_rows.outer[o] = 0;
        }
    }
    void end(const totals& all_rows) const {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::whole)
                *static_cast<T*>(slots[o.slot]) =
                    B::code(o.value).at == level::element ? all_rows.elements[O].reduce(add{}) : all_rows.outer[O];
        });
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
