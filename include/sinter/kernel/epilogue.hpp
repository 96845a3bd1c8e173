// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What is fused behind a product: the body of a contraction, rows of a panel at a time, on sums that the tiles left.
/// Other arrangements that were tried are in docs/lab/0006-kernels.md.

#include <sinter/kernel/body.hpp>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

struct no_factors {};

template <class T, class B>
struct epilogue {
    using V = lanes<T>;
    static constexpr int L = V::size;
    static constexpr int outs = B::self.output_count;
    static constexpr bool summed = B::has_sums(output_kind::column) || B::has_sums(output_kind::whole);

    /// The slot of a product that nothing is fused behind, else -1: tiles write it themselves where `is_result`.
    static constexpr int result =
        B::self.instruction_count == 1 && outs == 1 && B::out(0).kind == output_kind::element ? B::out(0).slot : -1;
    template <int NV, int Last>
    static consteval bool is_result() {
        if (result < 0) return false;
        const access how = B::form_of_slot(result).how;
        const bool in_vectors = how == access::contiguous || (how == access::panels && B::width % (NV * L) == 0);
        return in_vectors && L - Last <= B::at(result).padding;
    }

    /// The elements of the last vector, or all of it where whatever is read and stored there belongs to the slots: a
    /// panel that is not whole then runs the code of one that is.
    template <int Last>
    static consteval int padded() {
        for (int s = 0; s < B::self.slot_count; ++s) {
            if (s < 2 && !B::loaded(s)) continue;  // the operands
            const access how = B::form_of_slot(s).how;
            if (how != access::one && (how == access::scattered || B::at(s).integer || L - Last > B::at(s).padding))
                return Last;
        }
        return B::has_sums(output_kind::whole) ? Last : L;
    }

    void* const* slots;
    int rows;
    V column[outs + 1][2] = {};
    wide<V> whole[outs + 1];
    T outer[outs + 1] = {};

    SINTER_ALWAYS_INLINE epilogue(void* const* slot_pointers, int row_count) : slots{slot_pointers}, rows{row_count} {
        for (int o = 0; o < outs; ++o) whole[o] = wide<V>{T{0}};
    }

    /// Rows from … to - 1 of the product, NV vectors from column j on, the last of which has `Last` elements. They
    /// stand in `sums`; where Left is an operand of a product of depth 1, they are its elements times the one row that
    /// stands there.
    template <int NV, int Last, class Left = no_factors>
    [[gnu::noinline]] void run(const T* sums, int from, int to, int j, [[maybe_unused]] Left left = {}) {
        constexpr bool outer_product = !std::is_same_v<Left, no_factors>;
        // copies, which no store to a slot can change
        void* base[B::self.slot_count + 1];
        SINTER_UNROLL
        for (int s = 0; s < B::self.slot_count; ++s) base[s] = slots[s];
        V fixed[B::count + 1], once[B::count + 1], sum[NV];
        compute_all<B>(list_of<B, which::constant, 0>{}, fixed, values<V>{{fixed, fixed, fixed}}, base);
        V adding[summed ? outs : 1][NV];
        if constexpr (summed)
            for (int o = 0; o < outs; ++o)
                for (int q = 0; q < NV; ++q) adding[o][q] = column[o][q];
        constexpr int at_once = native_machine<T>().registers == 32 ? NV : 1;
        constexpr std::ptrdiff_t ahead = outer_product ? 64 : 24;
        V row[NV];
        SINTER_UNROLL
        for (int q = 0; q < NV; ++q) row[q] = V::load(sums + q * L);
        for (int i = from; i < to; ++i, sums += NV * L) {
            SINTER_UNROLL
            for (int q = 0; q < NV; ++q)
                if constexpr (outer_product)
                    sum[q] = fma(V{left.factor(i)}, row[q], V{0});
                else
                    sum[q] = V::load(sums + q * L);
            void* at[B::self.slot_count + 1];
            place<B>(at, base, i, rows);
            fetch(typename B::outputs{}, at, ahead, j);
            compute_all<B>(list_of<B, which::outer, 0>{}, once, values<V>{{fixed, once, once}}, at);
            SINTER_UNROLL
            for (int q = 0; q < NV; q += at_once) {
                V each[at_once][B::count + 1];
                SINTER_UNROLL
                for (int u = 0; u < at_once; ++u)
                    if constexpr (B::product >= 0) each[u][B::product] = sum[q + u];
                const int n = q + at_once == NV ? Last : L;
                compute_all<B, at_once>(list_of<B, which::inner, 0, at_once>{}, each[0],
                                        values<V>{{fixed, once, each[0]}}, at, j + q * L, n);
                SINTER_UNROLL
                for (int u = 0; u < at_once; ++u)
                    leave_each(typename B::outputs{}, values<V>{{fixed, once, each[u]}}, at, adding, q + u,
                               j + (q + u) * L, u == at_once - 1 ? n : L);
            }
        }
        if constexpr (summed)
            for (int o = 0; o < outs; ++o)
                for (int q = 0; q < NV; ++q) column[o][q] = adding[o][q];
    }

    T* row_of_result(int i, int j) const {
        constexpr slot s = B::at(result);
        std::ptrdiff_t to = offset_of<B::access_to(result)>(s, j);
        constexpr int apart = B::axes_apart();
        for (int x = B::self.outer_count - 1; x > apart; i /= B::extent(x), --x)
            to += std::ptrdiff_t{i % B::extent(x)} * B::stride(result, x);
        return static_cast<T*>(slots[result]) + to + std::ptrdiff_t{i} * B::stride(result, apart);
    }

    /// Before rows of a panel: column sums start at zero, or go on from what the rows before left.
    template <int NV, int Last>
    void start_panel(int j, bool first_rows) {
        if constexpr (B::has_sums(output_kind::column) || B::has_sums(output_kind::whole))
            for (int q = 0; q < NV; ++q)
                start_each(typename B::outputs{}, first_rows, q, j + q * L, q == NV - 1 ? Last : L);
    }
    /// Behind the last row of a panel: column sums leave, or join the whole.
    template <int NV, int Last>
    void end_panel(int j) {
        if constexpr (B::has_sums(output_kind::column) || B::has_sums(output_kind::whole))
            for (int q = 0; q < NV; ++q) end_each(typename B::outputs{}, q, j + q * L, q == NV - 1 ? Last : L);
    }
    void end() {
        if constexpr (B::has_sums(output_kind::whole)) write_each(typename B::outputs{});
    }

private:
    template <output_kind Kind, bool PerElement, form F>
    SINTER_ALWAYS_INLINE static void leave(V value, void* to, slot s, [[maybe_unused]] V& sum,
                                           [[maybe_unused]] T& total, int j, int n, bool first) {
        if constexpr (Kind == output_kind::element)
            store<V, F>(value, to, s, j, n);
        else if constexpr (Kind == output_kind::column || (Kind == output_kind::whole && PerElement))
            sum = sum + value;
        else if constexpr (Kind == output_kind::whole)
            total = first ? total + value.first() : total;
        else if (first)
            *static_cast<T*>(to) = value.first();
    }
    template <class Sums, int... O>
    SINTER_ALWAYS_INLINE void leave_each(std::integer_sequence<int, O...>, const values<V>& v, void* const* at,
                                         Sums& adding, int q, int j, int n) {
        using expand = int[];
        (void)expand{0, (leave<B::out_of(O).kind, B::out_per_element(O), B::access_to(B::out_of(O).slot)>(
                             v.of[B::kind(B::out_of(O).value)][B::out_of(O).value], at[B::out_of(O).slot],
                             B::slot_of(B::out_of(O).slot), adding[summed ? O : 0][q], outer[O], j, n, j == 0),
                         0)...};
    }

    /// Starts fetching what a row to come will update in place, so that the work before it hides the way from the outer
    /// caches.
    template <int... O>
    SINTER_ALWAYS_INLINE static void fetch(std::integer_sequence<int, O...>, void* const* at, std::ptrdiff_t ahead,
                                           int j) {
        using expand = int[];
        (void)expand{
            0, (B::updates(O) ? __builtin_prefetch(
                                    static_cast<const char*>(at[B::out_of(O).slot]) +
                                        ahead * B::bytes(B::out_of(O).slot, B::self.outer_count - 1) +
                                        offset_of<B::access_to(B::out_of(O).slot)>(B::slot_of(B::out_of(O).slot), j) *
                                            static_cast<std::ptrdiff_t>(sizeof(T)),
                                    1)
                              : void(),
                0)...};
    }

    template <output_kind Kind, form F>
    SINTER_ALWAYS_INLINE static void start(V& sum, const void* from, slot s, bool first_rows, int j, int n) {
        sum = V{0};
        if constexpr (Kind == output_kind::column)
            if (!first_rows) sum = load<V, F>(from, s, j, n);
    }
    template <int... O>
    void start_each(std::integer_sequence<int, O...>, bool first_rows, int q, int j, int n) {
        using expand = int[];
        (void)expand{0, (start<B::out_of(O).kind, B::access_to(B::out_of(O).slot)>(
                             column[O][q], slots[B::out_of(O).slot], B::slot_of(B::out_of(O).slot), first_rows, j, n),
                         0)...};
    }
    template <output_kind Kind, form F>
    SINTER_ALWAYS_INLINE static void finish(V sum, void* to, slot s, [[maybe_unused]] wide<V>& total, int j, int n) {
        if constexpr (Kind == output_kind::column) {
            store<V, F>(sum, to, s, j, n);
        } else if constexpr (Kind == output_kind::whole) {
            V& part = total.at[j / L % wide<V>::vectors];
            part = part + keep(sum, n, T{0});
        }
    }
    template <bool PerElement>
    static void write(void* to, const wide<V>& elements, T outers) {
        *static_cast<T*>(to) = PerElement ? elements.reduce(add{}) : outers;
    }
    template <int... O>
    void write_each(std::integer_sequence<int, O...>) {
        using expand = int[];
        (void)expand{0, (B::out_of(O).kind == output_kind::whole
                             ? write<B::out_per_element(O)>(slots[B::out_of(O).slot], whole[O], outer[O])
                             : void(),
                         0)...};
    }
    template <int... O>
    void end_each(std::integer_sequence<int, O...>, int q, int j, int n) {
        using expand = int[];
        (void)expand{0, (finish<B::out_of(O).kind, B::access_to(B::out_of(O).slot)>(
                             column[O][q], slots[B::out_of(O).slot], B::slot_of(B::out_of(O).slot), whole[O], j, n),
                         0)...};
    }
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
