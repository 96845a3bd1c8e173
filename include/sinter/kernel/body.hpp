// SPDX-License-Identifier: BSL-1.0
#pragma once

/// One spec of a list, seen as constants, and its instructions on lanes.
///
/// `body<T, List, Index>` answers at compile time what an instruction depends on (nothing, the outer index, the inner
/// one), after how many reductions it is known, and in which pass over a row it is needed. `step` computes one
/// instruction, `store` writes one value; both obey the padding rule of kernel/spec.hpp. Kernels decide the order.

#include <sinter/kernel/wide.hpp>
#include <sinter/tensor/elementwise.hpp>

#include <utility>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

enum class depends : unsigned char { nothing, outer, inner };

/// What is known of an instruction beyond what it says.
template <int Count>
struct dependence {
    depends on[Count + 1]{};
    int stage[Count + 1]{};  ///< reductions on the way to it
    int passes = 1;
};

template <class T, const auto& List, int Index>
struct body {
    using value_type = T;
    static constexpr spec self = List.specs[Index];
    static constexpr int count = self.instruction_count;
    static constexpr int width = List.width;

    static constexpr instruction code(int i) { return List.instructions[self.instruction_first + i]; }
    static constexpr output out(int o) { return List.outputs[self.output_first + o]; }
    static constexpr slot at(int s) { return List.slots[self.slot_first + s]; }
    static constexpr int stride(int s, int axis) {
        return List.strides[self.stride_first + s * self.outer_count + axis];
    }
    static constexpr int extent(int axis) { return List.extents[self.outer_first + axis]; }

    /// Rows of plain row-major data, or panels.
    static constexpr bool plain(int s) {
        return at(s).panel == width || at(s).panel == 0 || self.inner == run_time_count;
    }
    /// From inner index 0 to j.
    static constexpr int offset(int s, int j) {
        if (at(s).inner_stride != 1) return j * at(s).inner_stride;
        return plain(s) ? j : j / width * at(s).panel + j % width;
    }
    static constexpr bool moves(int s) {
        for (int x = 0; x < self.outer_count; ++x)
            if (stride(s, x) != 0) return true;
        return false;
    }
    static constexpr bool loaded(int s) {
        for (int i = 0; i < count; ++i)
            if (code(i).code == op::load && code(i).slot == s) return true;
        return false;
    }
    static constexpr bool has_sums(output_kind kind) {
        for (int o = 0; o < self.output_count; ++o)
            if (out(o).kind == kind) return true;
        return false;
    }

    static constexpr dependence<count> known = [] {
        dependence<count> d;
        for (int i = 0; i < count; ++i) {
            const instruction c = code(i);
            if (c.code == op::load) {
                d.on[i] = c.at == level::element && at(c.slot).inner_stride != 0 ? depends::inner
                          : moves(c.slot)                                        ? depends::outer
                                                                                 : depends::nothing;
            } else if (c.code == op::iota || c.code == op::matmul) {
                d.on[i] = depends::inner;
            } else {
                for (const short a : {c.a, c.b, c.c}) {
                    if (a < 0) continue;
                    if (d.on[i] < d.on[a]) d.on[i] = d.on[a];
                    if (d.stage[i] < d.stage[a]) d.stage[i] = d.stage[a];
                }
                if (is_reduction(c.code)) d.on[i] = depends::outer, ++d.stage[i];
            }
            if (d.passes <= d.stage[i]) d.passes = d.stage[i] + 1;
        }
        return d;
    }();
    static constexpr int passes = known.passes;

    /// Whether instruction i, which depends on the inner index, has to be computed in a pass over the row.
    static constexpr bool needed(int pass, int i) {
        bool need[count + 1]{};
        if (pass == passes - 1)
            for (int o = 0; o < self.output_count; ++o) need[out(o).value] = true;
        for (int k = count - 1; k >= 0; --k) {
            const instruction c = code(k);
            if (is_reduction(c.code) ? known.stage[k] != pass + 1 : !need[k] || known.on[k] != depends::inner) continue;
            for (const short a : {c.a, c.b, c.c})
                if (a >= 0) need[a] = true;
        }
        return need[i] && known.on[i] == depends::inner;
    }

    /// The instructions that depend on `On`; neither reductions nor op::matmul, which are the kernels' business.
    template <depends On>
    static constexpr auto those = [] {
        struct {
            int at[count + 1]{};
            int size = 0;
        } list;
        for (int i = 0; i < count; ++i)
            if (known.on[i] == On && !is_reduction(code(i).code) && code(i).code != op::matmul)
                list.at[list.size++] = i;
        return list;
    }();
    /// The accumulator of a contraction, -1 where nothing reads it.
    static constexpr int product = [] {
        int found = -1;
        for (int i = count - 1; i >= 0; --i)
            if (code(i).code == op::matmul) found = i;
        return found;
    }();
    static constexpr int kind(int i) { return static_cast<int>(known.on[i]); }

    using indices = std::make_integer_sequence<int, count>;
    using outputs = std::make_integer_sequence<int, self.output_count>;
};

/// Where the values are that depend on nothing, the outer index, the inner one: instruction i's is of[Body::kind(i)][i].
template <class V>
struct values {
    const V* of[3];
};

struct add {
    template <class X>
    SINTER_ALWAYS_INLINE X operator()(X a, X b) const {
        return a + b;
    }
};
struct larger_of {
    template <class X>
    SINTER_ALWAYS_INLINE X operator()(X a, X b) const {
        return maximum(a, b);
    }
};

/// The first n lanes of v, `fill` in the others.
template <class V>
SINTER_ALWAYS_INLINE V keep(V v, int n, typename V::value_type fill) {
    return n == V::size ? v : choose(V::iota(0) < V{static_cast<typename V::value_type>(n)}, v, V{fill});
}

/// Calls f<0>(), f<1>(), …; an array instead of a fold, because clang nests at most 256 operands of a fold.
template <class F, int... I>
SINTER_ALWAYS_INLINE void for_each_of(std::integer_sequence<int, I...>, F&& f) {
    using expand = int[];
    (void)expand { 0, (f.template operator()<I>(), 0)... };
}

/// Slot s at inner index j, n elements of it (the rest may be anything); `base` points at inner index 0.
template <class V, class Body, int Slot>
SINTER_ALWAYS_INLINE V load(void* const* at, int j, int n) {
    using T = typename Body::value_type;
    constexpr slot s = Body::at(Slot);
    if constexpr (s.integer) {
        const auto* const base = static_cast<const std::int32_t*>(at[Slot]);
        if constexpr (s.inner_stride == 0) return V{static_cast<T>(*base)};
        std::int32_t t[V::size];
        for (int i = 0; i < n; ++i) t[i] = base[Body::offset(Slot, j + i)];
        return V::load(t, n);
    } else {
        const T* const base = static_cast<const T*>(at[Slot]);
        if constexpr (s.inner_stride == 0) {
            return V{*base};
        } else if constexpr (s.inner_stride == 1 && (Body::plain(Slot) || Body::width % V::size == 0)) {
            const T* const p = base + Body::offset(Slot, j);
            return n == V::size || V::size - n <= s.padding ? V::load(p) : V::load(p, n);
        } else {
            T t[V::size] = {};
            for (int i = 0; i < n; ++i) t[i] = base[Body::offset(Slot, j + i)];
            return V::load(t);
        }
    }
}

template <class V, class Body, int Slot>
SINTER_ALWAYS_INLINE void store(V value, void* const* at, int j, int n) {
    using T = typename Body::value_type;
    constexpr slot s = Body::at(Slot);
    static_assert(!s.integer, "an integer slot is only loaded");
    T* const base = static_cast<T*>(at[Slot]);
    if constexpr (s.inner_stride == 1 && (Body::plain(Slot) || Body::width % V::size == 0)) {
        T* const p = base + Body::offset(Slot, j);
        if (n == V::size || V::size - n <= s.padding)
            value.store(p);
        else
            value.store(p, n);
    } else {
        T t[V::size];
        value.store(t);
        for (int i = 0; i < n; ++i) base[Body::offset(Slot, j + i)] = t[i];
    }
}

/// Instruction I, a load or a constant, at inner index j.
template <class V, class Body, int I>
SINTER_ALWAYS_INLINE V leaf_value([[maybe_unused]] void* const* at, [[maybe_unused]] int j, [[maybe_unused]] int n) {
    using T = typename Body::value_type;
    constexpr instruction self = Body::code(I);
    if constexpr (self.code == op::load && self.at == level::element) {
        return load<V, Body, self.slot>(at, j, n);
    } else if constexpr (self.code == op::load) {
        if constexpr (Body::at(self.slot).integer)
            return V{static_cast<T>(*static_cast<const std::int32_t*>(at[self.slot]))};
        else
            return V{*static_cast<const T*>(at[self.slot])};
    } else if constexpr (self.code == op::constant) {
        return V{static_cast<T>(self.value)};
    } else {
        static_assert(self.code == op::iota);
        return V::iota(j);
    }
}

/// Computes instruction I from values of all kinds.
template <class V, class Body, int I>
SINTER_ALWAYS_INLINE void step_from(V* to, [[maybe_unused]] const values<V>& v, [[maybe_unused]] void* const* at,
                                    [[maybe_unused]] int j, [[maybe_unused]] int n) {
    constexpr instruction c = Body::code(I);
    if constexpr (c.c >= 0)
        to[I] = elementwise<c.code>.value(v.of[Body::kind(c.a)][c.a], v.of[Body::kind(c.b)][c.b],
                                          v.of[Body::kind(c.c)][c.c]);
    else if constexpr (c.b >= 0)
        to[I] = elementwise<c.code>.value(v.of[Body::kind(c.a)][c.a], v.of[Body::kind(c.b)][c.b]);
    else if constexpr (c.a >= 0)
        to[I] = elementwise<c.code>.value(v.of[Body::kind(c.a)][c.a]);
    else
        to[I] = leaf_value<V, Body, I>(at, j, n);
}
/// The same with all values in v.
template <class V, class Body, int I>
SINTER_ALWAYS_INLINE void step_in(V* v, void* const* at, int j, int n) {
    step_from<V, Body, I>(v, values<V>{{v, v, v}}, at, j, n);
}

/// Computes what depends on `On`, one instruction after the other, into `to`.
template <depends On, class V, class Body, int... K>
SINTER_ALWAYS_INLINE void steps_in(std::integer_sequence<int, K...>, [[maybe_unused]] V* to,
                                   [[maybe_unused]] const values<V>& v, [[maybe_unused]] void* const* at,
                                   [[maybe_unused]] int j, [[maybe_unused]] int n) {
    using expand = int[];
    (void)expand{0, (step_from<V, Body, Body::template those<On>.at[K]>(to, v, at, j, n), 0)...};
}
template <depends On, class V, class Body>
SINTER_ALWAYS_INLINE void steps(V* to, const values<V>& v, void* const* at, int j = 0, int n = V::size) {
    steps_in<On, V, Body>(std::make_integer_sequence<int, Body::template those<On>.size>{}, to, v, at, j, n);
}

/// Computes what no index changes; v outlives the loops.
template <class V, class Body>
SINTER_ALWAYS_INLINE void constants(V* v, void* const* at) {
    steps<depends::nothing, V, Body>(v, values<V>{{v, v, v}}, at);
}

template <class Body, int S>
SINTER_ALWAYS_INLINE void* place_slot(void* slot, [[maybe_unused]] const int* index) {
    if constexpr (!Body::moves(S)) {
        return slot;
    } else {
        std::ptrdiff_t offset = 0;
        for (int x = 0; x < Body::self.outer_count; ++x)
            offset += static_cast<std::ptrdiff_t>(index[x]) * Body::stride(S, x);
        constexpr int bytes = Body::at(S).integer ? 4 : static_cast<int>(sizeof(typename Body::value_type));
        return static_cast<char*>(slot) + offset * bytes;
    }
}
template <class Body, int... S>
SINTER_ALWAYS_INLINE void place_slots(std::integer_sequence<int, S...>, void** at, void* const* slots,
                                      const int* index) {
    using expand = int[];
    (void)expand{0, (at[S] = place_slot<Body, S>(slots[S], index), 0)...};
}

/// Points `at` at an outer index; axis 0 runs slowest.
template <class Body>
SINTER_ALWAYS_INLINE void place(void** at, void* const* slots, int o, int rows) {
    constexpr int axes = Body::self.outer_count;
    int index[axes + 1] = {};
    if constexpr (axes == 1) {
        index[0] = o;
    } else {
        for (int x = axes - 1; x >= 0; --x) {
            const int extent = Body::extent(x) == run_time_rows ? rows : Body::extent(x);
            index[x] = o % extent;
            o /= extent;
        }
    }
    place_slots<Body>(std::make_integer_sequence<int, Body::self.slot_count>{}, at, slots, index);
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
