// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What is fused behind a product: the body of a contraction, a row of a register tile at a time.
///
/// A short body runs at once on the accumulators. A body with divisions, square roots or exponentials is cut into stages
/// of some twenty cycles of latency, which run between the multiplications of the next tile, one stage of a row after the
/// other: the core's window is too short to hide a whole chain of them (measured on Zen 3, per vector: 8 to 11 cycles in
/// one piece, 4 to 5 in stages). The values are the same. See docs/design/kernels.md.

#include <sinter/kernel/body.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

/// Which stage computes, and which stores; what a stage leaves for later ones.
template <int Count, int Outs>
struct stage_plan {
    int of[Count + 1]{};
    int out[Outs + 1]{};
    int carried[Count + 1]{};  ///< place among the carried values, or -1
    int carries = 0;
    int stages = 1;
};

template <class T, class B>
struct epilogue {
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr int outs = B::self.output_count;
    static constexpr int all = -1;  ///< as a stage: every one

    static constexpr int latency(op code) {
        return code == op::load || code == op::constant || code == op::iota || code == op::matmul ? 0
               : code == op::divide                                                               ? 12
               : code == op::sqrt                                                                 ? 16
               : code >= op::exp && code <= op::sigmoid                                           ? 60
                                                                                                  : 4;
    }
    /// Whether the body is worth hiding behind multiplications.
    static constexpr bool deferred = [] {
        for (int i = 0; i < B::count; ++i)
            if (B::known.on[i] == depends::inner && latency(B::code(i).code) > 4) return true;
        return false;
    }();

    static constexpr stage_plan<B::count, outs> plan = [] {
        stage_plan<B::count, outs> p;
        for (int& c : p.carried) c = -1;
        if (!deferred) return p;
        int ready[B::count + 1]{};
        for (int i = 0; i < B::count; ++i) {
            const instruction c = B::code(i);
            int start = 0;
            for (const short a : {c.a, c.b, c.c})
                if (a >= 0 && B::known.on[a] == depends::inner && start < ready[a]) start = ready[a];
            ready[i] = start + latency(c.code);
            p.of[i] = start / 20;
            if (p.stages <= p.of[i]) p.stages = p.of[i] + 1;
        }
        int last[B::count + 1]{};
        for (int i = 0; i < B::count; ++i) last[i] = p.of[i];
        const auto used = [&](int i, int stage) {
            if (last[i] < stage) last[i] = stage;
        };
        // a load comes with its first use
        for (int i = 0; i < B::count; ++i) {
            if (B::code(i).code != op::load) continue;
            int first = p.stages;
            for (int k = i; k < B::count; ++k)
                if ((B::code(k).a == i || B::code(k).b == i || B::code(k).c == i) && p.of[k] < first) first = p.of[k];
            for (int o = 0; o < outs; ++o)
                if (B::out(o).value == i) first = 0;
            p.of[i] = last[i] = first < p.stages ? first : 0;
        }
        // a slot is stored when it has been loaded
        for (int o = 0; o < outs; ++o) {
            p.out[o] = p.of[B::out(o).value];
            for (int i = 0; i < B::count; ++i)
                if (B::code(i).code == op::load && B::code(i).slot == B::out(o).slot && p.out[o] < p.of[i]) p.out[o] = p.of[i];
            used(B::out(o).value, p.out[o]);
        }
        for (int i = 0; i < B::count; ++i)
            for (const short a : {B::code(i).a, B::code(i).b, B::code(i).c})
                if (a >= 0) used(a, p.of[i]);
        for (int i = 0; i < B::count; ++i)
            if (B::known.on[i] == depends::inner && B::code(i).code != op::matmul && last[i] > p.of[i]) p.carried[i] = p.carries++;
        return p;
    }();

    /// A tile whose body is still to come.
    template <int Rows, int NV>
    struct pending {
        int rows = 0, i = 0;
        V sum[Rows][NV];
        V carried[Rows][plan.carries + 1][NV];
    };

    const V* fixed;
    void* const* slots;
    int rows;
    V column[outs + 1][2];
    wide<V> whole[outs + 1];
    T outer[outs + 1];

    SINTER_ALWAYS_INLINE epilogue(const V* fixed_values, void* const* slot_pointers, int row_count)
        : fixed{fixed_values}, slots{slot_pointers}, rows{row_count} {
        for (int o = 0; o < outs; ++o) {
            whole[o] = wide<V>{T{0}};
            outer[o] = 0;
        }
    }

    /// Row i of the product, NV vectors from column j on, the last of which has `Last` elements.
    template <int Stage, int NV, int Last>
    SINTER_ALWAYS_INLINE void run(const V* sum, V (*carried)[NV], int i, int j) {
        void* at[B::self.slot_count + 1];
        place<B>(at, slots, i, rows);
        V once[B::count + 1];
        for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA {
            if constexpr (B::known.on[I] == depends::nothing) once[I] = fixed[I];
            if constexpr (B::known.on[I] == depends::outer) step_in<V, B, I>(once, at, 0, L);
        });
        SINTER_UNROLL
        for (int q = 0; q < NV; ++q) {
            const int n = q == NV - 1 ? Last : L;
            V v[B::count + 1];
            for_each_of(typename B::indices{}, [&]<int I>() SINTER_INLINE_LAMBDA {
                constexpr int home = plan.of[I];
                if constexpr (B::code(I).code == op::matmul) {
                    v[I] = sum[q];
                } else if constexpr (B::known.on[I] != depends::inner) {
                    v[I] = once[I];
                } else if constexpr (Stage == all || Stage == home) {
                    step_in<V, B, I>(v, at, j + q * L, n);
                    if constexpr (Stage != all && plan.carried[I] >= 0) carried[plan.carried[I]][q] = v[I];
                } else if constexpr (Stage > home && plan.carried[I] >= 0) {
                    v[I] = carried[plan.carried[I]][q];
                }
            });
            for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
                constexpr output o = B::out(O);
                if constexpr (Stage == all || Stage == plan.out[O]) {
                    if constexpr (o.kind == output_kind::element) {
                        store<V, B, o.slot>(v[o.value], at, j + q * L, n);
                    } else if constexpr (o.kind == output_kind::column || B::code(o.value).at == level::element) {
                        column[O][q] = column[O][q] + v[o.value];
                    } else if (q == 0 && j == 0) {
                        if constexpr (o.kind == output_kind::whole)
                            outer[O] += v[o.value].first();
                        else
                            *static_cast<T*>(at[o.slot]) = v[o.value].first();
                    }
                }
            });
        }
    }

    /// The stages that are due at a step of the pipeline: stage s of row step - s.
    template <int NV, int Last, class Pending>
    SINTER_ALWAYS_INLINE void run_stages(Pending& p, int step, int j) {
        for_each_of(std::make_integer_sequence<int, plan.stages>{}, [&]<int Stage>() SINTER_INLINE_LAMBDA {
            const int r = step - Stage;
            if (r >= 0 && r < p.rows) run<Stage, NV, Last>(p.sum[r], p.carried[r], p.i + r, j);
        });
    }

    /// Starts fetching what a tile will update in place, so that the product hides the way from the outer caches.
    template <int Rows>
    SINTER_ALWAYS_INLINE void prefetch(int i, int j) const {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::element && B::loaded(o.slot)) {
                const T* const p = static_cast<const T*>(slots[o.slot]) + std::ptrdiff_t{i} * B::stride(o.slot, 0) +
                                   B::offset(o.slot, j);
                SINTER_UNROLL
                for (int r = 0; r < Rows; ++r) __builtin_prefetch(p + r * B::stride(o.slot, 0), 1);
            }
        });
    }

    /// Behind the last row of a panel: column sums leave, or join the whole.
    template <int NV, int Last>
    void end_panel(int j) {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            SINTER_UNROLL
            for (int q = 0; q < NV; ++q) {
                const int n = q == NV - 1 ? Last : L;
                if constexpr (o.kind == output_kind::column) {
                    store<V, B, o.slot>(column[O][q], slots, j + q * L, n);
                } else if constexpr (o.kind == output_kind::whole) {
                    V& sum = whole[O].at[(j / L + q) % wide<V>::vectors];
                    sum = sum + keep(column[O][q], n, T{0});
                }
            }
        });
    }
    void end() {
        for_each_of(typename B::outputs{}, [&]<int O>() SINTER_INLINE_LAMBDA {
            constexpr output o = B::out(O);
            if constexpr (o.kind == output_kind::whole)
                *static_cast<T*>(slots[o.slot]) = B::code(o.value).at == level::element ? whole[O].reduce(add{}) : outer[O];
        });
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
