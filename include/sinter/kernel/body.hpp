// SPDX-License-Identifier: BSL-1.0
#pragma once

/// One spec of a list, seen as constants, and its instructions on lanes.
///
/// `body<T, List, Index>` answers at compile time what an instruction depends on (nothing, the outer index, the inner
/// one; a lane of a walked loop counts as outer), after how many reductions it is known, and in which pass over a row
/// it is needed. `compute_all` expands a list of instructions, one call of a form's function each (kernel/form.hpp): a
/// kernel is a few functions, not some for each instruction, slot and output, which were most of what a compiler had to
/// read. Kernels decide the order.

#include <sinter/kernel/form.hpp>
#include <sinter/kernel/wide.hpp>

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

enum class which : unsigned char { constant, outer, inner, pass, reduction, kept, recalled };

template <class T, const auto& List, int Index>
struct body {
    using value_type = T;
    static constexpr spec self = List.specs[Index];
    static constexpr int count = self.instruction_count;
    static constexpr int width = List.target.width();
    static constexpr int axes = self.outer_count + self.depth_count;
    static constexpr bool walks = self.lanes > 0;  ///< the inner axis is not the one in lanes

    static constexpr instruction code(int i) { return List.instructions[self.instruction_first + i]; }
    static constexpr output out(int o) { return List.outputs[self.output_first + o]; }
    static constexpr slot at(int s) { return List.slots[self.slot_first + s]; }
    /// The slot along the axis in lanes: what loads and stores of a vector take for the inner one.
    static constexpr slot in_lanes(int s) {
        slot c = at(s);
        if constexpr (walks) c.inner_stride = c.lane_stride;
        return c;
    }
    static constexpr int stride(int s, int axis) { return List.strides[self.stride_first + s * axes + axis]; }
    static constexpr int extent(int axis) { return List.extents[self.outer_first + axis]; }

    /// Rows of plain row-major data, or panels.
    static constexpr bool plain(int s) {
        return at(s).panel == width || at(s).panel == 0 || self.inner == run_time_count;
    }
    /// From index 0 to j of the axis with stride 1, which may run in panels.
    static constexpr int in_panels(int s, int j) { return plain(s) ? j : j / width * at(s).panel + j % width; }
    /// From inner index 0 to j.
    static constexpr int offset(int s, int j) {
        return at(s).inner_stride != 1 ? j * at(s).inner_stride : in_panels(s, j);
    }
    /// Whether outer axes 0 to `axis` are one to all slots but a product's operands: no row is then divided by extents.
    static constexpr bool is_one_axis(int axis) {
        if (axis > 0 && self.kind != kernel_kind::contraction) return false;
        for (int s = 2; s < self.slot_count; ++s)
            for (int x = axis; x > 0; --x)
                if (extent(x) < 0 || stride(s, x - 1) != stride(s, x) * extent(x)) return false;
        return true;
    }
    /// The last of them.
    static constexpr int axes_apart() {
        int axis = self.outer_count - 1;
        while (axis > 0 && !is_one_axis(axis)) --axis;
        return axis;
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

    static constexpr dependence<count> dependences() {
        dependence<count> d;
        for (int i = 0; i < count; ++i) {
            const instruction c = code(i);
            if (c.code == op::load) {
                d.on[i] = c.at == level::element && at(c.slot).inner_stride != 0    ? depends::inner
                          : moves(c.slot) || (walks && at(c.slot).lane_stride != 0) ? depends::outer
                                                                                    : depends::nothing;
            } else if (c.code == op::matmul) {
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
    }
    static constexpr dependence<count> known = dependences();
    static constexpr int passes = known.passes;

    /// Whether instruction i, which depends on the inner index, has to be computed in a pass over the row.
    static constexpr bool needed(int pass, int i) {
        bool need[count + 1]{};
        if (pass == passes - 1)
            for (int o = 0; o < self.output_count; ++o) need[out(o).value] = true;
        for (int k = count - 1; k >= 0; --k) {
            const instruction c = code(k);
            if (is_reduction(c.code) ? known.stage[k] != pass + 1 : !need[k] || known.on[k] != depends::inner) continue;
            if (pass > 0 && recalled(pass, k)) continue;
            for (const short a : {c.a, c.b, c.c})
                if (a >= 0) need[a] = true;
        }
        return need[i] && known.on[i] == depends::inner;
    }

    /// Whether a pass finds it in scratch, where an earlier one left it.
    static constexpr bool recalled(int pass, int i) {
        if (is_costly(code(i).code))
            while (pass-- > 0)
                if (needed(pass, i)) return true;
        return false;
    }
    /// Whether a pass leaves it there: the first one that computes it, if a later one wants it.
    static constexpr bool kept(int pass, int i) {
        if (!is_costly(code(i).code) || !needed(pass, i) || recalled(pass, i)) return false;
        while (++pass < passes)
            if (needed(pass, i)) return true;
        return false;
    }
    /// Its number among what may be kept (kernel/scratch.hpp).
    static constexpr int kept_before(int i) {
        int n = 0;
        while (i-- > 0) n += is_costly(code(i).code) && code(i).at == level::element;
        return n;
    }

    /// Lists of instructions that run one after the other; no list has op::matmul, which is the kernels' business.
    struct numbers {
        int at[count + 1]{};
        int size = 0;
    };
    /// Arguments instead of parameters of a template: one function for each body.
    static constexpr numbers numbers_of(which those_that, int stage) {
        numbers list;
        for (int i = 0; i < count; ++i) {
            if (code(i).code == op::matmul) continue;
            const bool reduction = is_reduction(code(i).code);
            bool in = false;
            switch (those_that) {
                case which::constant: in = known.on[i] == depends::nothing; break;
                case which::outer: in = known.on[i] == depends::outer && known.stage[i] == stage && !reduction; break;
                case which::inner: in = known.on[i] == depends::inner && known.stage[i] == stage; break;
                case which::pass: in = needed(stage, i) && (stage == 0 || !recalled(stage, i)); break;
                case which::kept: in = kept(stage, i); break;
                case which::recalled: in = recalled(stage, i) && needed(stage, i); break;
                case which::reduction: in = reduction && known.stage[i] == stage + 1; break;
            }
            if (in) list.at[list.size++] = i;
        }
        return list;
    }
    template <which Which, int Stage>
    static constexpr numbers those = numbers_of(Which, Stage);
    /// The accumulator of a contraction, -1 where nothing reads it.
    static constexpr int last_product() {
        int found = -1;
        for (int i = count - 1; i >= 0; --i)
            if (code(i).code == op::matmul) found = i;
        return found;
    }
    static constexpr int product = last_product();

    // What functions are called with: constants also where nothing is optimised. None calls another: clang 14 takes
    // that for a call of its own, whose arguments are no constants.
    static consteval int kind(int i) { return static_cast<int>(known.on[i]); }
    static consteval instruction step(int i) { return code(i); }
    static consteval int slot_number(int i) { return code(i).slot < 0 ? 0 : code(i).slot; }
    /// Operand 0, 1 or 2 of an instruction: its place among the values of its kind, those of vector q; any where there
    /// is none.
    static consteval int operand(int i, int which_one, int q) {
        const short x = which_one == 0 ? code(i).a : which_one == 1 ? code(i).b : code(i).c;
        return x < 0 ? 0 : known.on[x] == depends::inner ? q * (count + 1) + x : x;
    }
    static consteval int operand_kind(int i, int which_one) {
        const short x = which_one == 0 ? code(i).a : which_one == 1 ? code(i).b : code(i).c;
        return static_cast<int>(known.on[x < 0 ? 0 : x]);
    }
    static consteval slot slot_of(int s) {
        if constexpr (walks)
            return in_lanes(s);
        else
            return at(s);
    }
    static consteval output out_of(int o) { return out(o); }
    static consteval bool out_per_element(int o) { return code(out(o).value).at == level::element; }
    /// Whether output o is an update in place.
    static consteval bool updates(int o) { return out(o).kind == output_kind::element && loaded(out(o).slot); }
    static consteval std::ptrdiff_t bytes(int s, int axis) {
        return std::ptrdiff_t{stride(s, axis)} * (at(s).integer ? 4 : static_cast<int>(sizeof(T)));
    }
    /// From one index of a walked axis to the next.
    static consteval std::ptrdiff_t walked_bytes(int s) {
        return std::ptrdiff_t{at(s).inner_stride} * (at(s).integer ? 4 : static_cast<int>(sizeof(T)));
    }
    static consteval form form_of(int i) {
        const instruction c = code(i);
        if (c.code != op::load) return {c.code};
        form f = form_of_slot(c.slot);
        if (!walks && c.at == level::outer) f.how = access::one;
        return f;
    }
    static consteval form access_to(int s) { return form_of_slot(s); }
    static constexpr form form_of_slot(int s) {
        const slot c = in_lanes(s);
        return {op::load, c.integer,
                c.inner_stride == 0                                                 ? access::one
                : c.inner_stride != 1 || (!plain(s) && width % lanes<T>::size != 0) ? access::scattered
                : plain(s)                                                          ? access::contiguous
                                                                                    : access::panels,
                !plain(s) && c.inner_stride == 1 ? width : 0};
    }

    using outputs = std::make_integer_sequence<int, self.output_count>;
    using slots = std::make_integer_sequence<int, self.slot_count>;
};

/// Where the values are that depend on nothing, the outer index, the inner one: instruction i's is
/// of[Body::kind(i)][i].
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

/// The indices in one of a body's lists, as `listed<…>::type{}`; of NV vectors each I * NV + q, vector by vector.
template <class B, which Which, int Stage, int NV,
          class = std::make_integer_sequence<int, B::template those<Which, Stage>.size * NV>>
struct listed;
template <class B, which Which, int Stage, int NV, int... K>
struct listed<B, Which, Stage, NV, std::integer_sequence<int, K...>> {
    using type = std::integer_sequence<int, B::template those<Which, Stage>.at[K / NV] * NV + K % NV...>;
};
template <class B, which Which, int Stage, int NV = 1>
using list_of = typename listed<B, Which, Stage, NV>::type;

/// Computes the instructions of a list, at inner index j, n elements of each, into `to`; each for NV vectors before the
/// next, n elements of the last. An array instead of a fold, because clang nests at most 256 operands of a fold.
template <class B, int NV = 1, class V, int... Step>
SINTER_ALWAYS_INLINE void compute_all(std::integer_sequence<int, Step...>, [[maybe_unused]] V* to,
                                      [[maybe_unused]] const values<V>& v, [[maybe_unused]] void* const* at,
                                      [[maybe_unused]] int j = 0, [[maybe_unused]] int n = V::size) {
    using expand = int[];
    (void)expand{0, (to[Step % NV * (B::count + 1) + Step / NV] = compute<V, B::form_of(Step / NV)>(
                         v.of[B::operand_kind(Step / NV, 0)] + B::operand(Step / NV, 0, Step % NV),
                         v.of[B::operand_kind(Step / NV, 1)] + B::operand(Step / NV, 1, Step % NV),
                         v.of[B::operand_kind(Step / NV, 2)] + B::operand(Step / NV, 2, Step % NV),
                         B::step(Step / NV).value, at[B::slot_number(Step / NV)], B::slot_of(B::slot_number(Step / NV)),
                         j + Step % NV * V::size, Step % NV == NV - 1 ? n : V::size),
                     0)...};
}

/// What a pass keeps in scratch for later ones, and takes from there: `first` elements behind its begin, and `apart`
/// from one instruction's to the next one's. Where nothing is kept there may be no scratch.
template <class B, class V, class T, int... Step>
SINTER_ALWAYS_INLINE void keep_all(std::integer_sequence<int, Step...>, [[maybe_unused]] const V* from,
                                   [[maybe_unused]] T* to, [[maybe_unused]] int first, [[maybe_unused]] int apart) {
    (from[Step].store(to + first + B::kept_before(Step) * apart), ...);
}
template <class B, class V, class T, int... Step>
SINTER_ALWAYS_INLINE void recall_all(std::integer_sequence<int, Step...>, [[maybe_unused]] V* to,
                                     [[maybe_unused]] const T* from, [[maybe_unused]] int first,
                                     [[maybe_unused]] int apart) {
    ((to[Step] = V::load(from + first + B::kept_before(Step) * apart)), ...);
}

template <class B, int Axis, int... S>
SINTER_ALWAYS_INLINE void advance(std::integer_sequence<int, S...>, [[maybe_unused]] void** at,
                                  [[maybe_unused]] void* const* from, [[maybe_unused]] int index) {
    using expand = int[];
    (void)expand{0, (at[S] = static_cast<char*>(from[S]) + index * B::bytes(S, Axis), 0)...};
}
/// Points `at` at an outer index behind `from`; axis 0 runs slowest.
template <class B, int Axis = B::self.outer_count - 1>
SINTER_ALWAYS_INLINE void place(void** at, void* const* from, [[maybe_unused]] int o, [[maybe_unused]] int rows) {
    if constexpr (Axis < 0) {
        for (int s = 0; s < B::self.slot_count; ++s) at[s] = from[s];
    } else if constexpr (Axis == 0 || B::is_one_axis(Axis)) {
        advance<B, Axis>(typename B::slots{}, at, from, o);
    } else {
        const int extent = B::extent(Axis) == run_time_rows ? rows : B::extent(Axis);
        advance<B, Axis>(typename B::slots{}, at, from, o % extent);
        place<B, Axis - 1>(at, at, o / extent, rows);
    }
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
