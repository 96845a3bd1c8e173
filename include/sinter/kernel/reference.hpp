// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The scalar twin of every kernel: plain loops over a spec that is run-time data.
///
/// In: any object with the members of spec_list (arrays, or meta::vector), the index of a spec, a pointer per slot,
/// rows, count. It sums in the orders that kernel/loop.hpp and kernel/contraction.hpp state and calls the same
/// mathematics, one lane wide: equal bits wherever kernels promise them, and the oracle of their tests. Allocates; no
/// scratch.

#include <sinter/kernel/loop.hpp>
#include <sinter/meta/vector.hpp>

namespace sinter {
namespace simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T>
class reference {
public:
    template <class List>
    static void run(const List& list, int index, void* const* slots, int rows, int count) {
        reference r;
        r.run_spec(list, index, slots, rows, count);
    }

private:
    using one = one_lane<T>;

    template <int Code>
    static T apply_one(T a, T b, T c) {
        constexpr op code = static_cast<op>(Code + static_cast<int>(first_elementwise));
        if constexpr (arity_v<code> == 1)
            return elementwise<code>.value(one{a}).v;
        else if constexpr (arity_v<code> == 2)
            return elementwise<code>.value(one{a}, one{b}).v;
        else
            return elementwise<code>.value(one{a}, one{b}, one{c}).v;
    }
    template <int... Code>
    static T apply(op code, T a, T b, T c, std::integer_sequence<int, Code...>) {
        using function = T (*)(T, T, T);
        static constexpr function table[] = {&apply_one<Code>...};
        return table[static_cast<int>(code) - static_cast<int>(first_elementwise)](a, b, c);
    }

    /// The sixteen accumulators of `wide`.
    struct sixteen {
        T at[virtual_lanes];
        sixteen() = default;
        explicit sixteen(T start) {
            for (T& a : at) a = start;
        }
        template <class Join>
        T reduce(Join join) const {
            T t[virtual_lanes];
            for (int i = 0; i < virtual_lanes; ++i) t[i] = at[i];
            for (int half = virtual_lanes / 2; half > 0; half /= 2)
                for (int i = 0; i < half; ++i) t[i] = join(t[i], t[i + half]);
            return t[0];
        }
    };
    static T sum_of(T a, T b) { return a + b; }
    static T maximum_of(T a, T b) { return maximum(one{a}, one{b}).v; }

    /// From inner index 0 to j of a slot, in elements.
    template <class List>
    static std::ptrdiff_t along(const List& list, const spec& s, int slot_index, int j) {
        const slot& at = list.slots[s.slot_first + slot_index];
        if (s.lanes > 0 || at.inner_stride != 1) return static_cast<std::ptrdiff_t>(j) * at.inner_stride;
        if (at.panel == 0 || at.panel == list.target.width() || s.flat()) return j;
        return j / list.target.width() * at.panel + j % list.target.width();
    }

    /// From lane 0 to l of a slot, in elements, where a loop has lanes of their own.
    template <class List>
    static std::ptrdiff_t across(const List& list, const spec& s, int slot_index, int l) {
        const slot& at = list.slots[s.slot_first + slot_index];
        if (at.lane_stride != 1) return static_cast<std::ptrdiff_t>(l) * at.lane_stride;
        return at.panel == 0 || at.panel == list.target.width()
                   ? l
                   : l / list.target.width() * at.panel + l % list.target.width();
    }

    /// Where outer index `outer`, inner index j and lane l are in a slot.
    template <class List>
    static std::ptrdiff_t address(const List& list, const spec& s, int slot_index, const int* outer, int j, int l) {
        std::ptrdiff_t a = along(list, s, slot_index, j);
        if (s.lanes > 0) a += across(list, s, slot_index, l);
        for (int x = 0; x < s.outer_count; ++x)
            a += static_cast<std::ptrdiff_t>(outer[x]) * list.strides[s.stride_of(slot_index, x)];
        return a;
    }

    /// Computes the body at one outer index and lane for inner indices first … first + inner - 1 into values_.
    template <class List>
    void evaluate(const List& list, const spec& s, void* const* slots, const int* outer, int lane, int first, int inner,
                  const T* product) {
        for (int i = 0; i < s.instruction_count; ++i) {
            const instruction& c = list.instructions[s.instruction_first + i];
            T* const to = &values_[i * stride_];
            const auto operand = [&](int a, int j) {
                if (a < 0) return T{};
                return values_[a * stride_ + (list.instructions[s.instruction_first + a].at == level::outer ? 0 : j)];
            };
            if (is_reduction(c.code)) {
                sixteen w{c.code == op::sum ? T{0} : static_cast<T>(-__builtin_inf())};
                for (int j = 0; j < inner; ++j) {
                    T& sum = w.at[j % virtual_lanes];
                    sum = c.code == op::sum ? sum_of(sum, operand(c.a, j)) : maximum_of(sum, operand(c.a, j));
                }
                to[0] = w.reduce(c.code == op::sum ? sum_of : maximum_of);
                continue;
            }
            for (int j = 0; j < (c.at == level::outer ? 1 : inner); ++j) {
                if (c.code == op::load) {
                    const std::ptrdiff_t a =
                        address(list, s, c.slot, outer, c.at == level::outer ? 0 : first + j, lane);
                    to[j] = list.slots[s.slot_first + c.slot].integer
                                ? static_cast<T>(static_cast<const std::int32_t*>(slots[c.slot])[a])
                                : static_cast<const T*>(slots[c.slot])[a];
                } else if (c.code == op::constant) {
                    to[j] = static_cast<T>(c.value);
                } else if (c.code == op::matmul) {
                    to[j] = product[j];
                } else {
                    to[j] = apply(c.code, operand(c.a, j), operand(c.b, j), operand(c.c, j),
                                  std::make_integer_sequence<int, elementwise_count>{});
                }
            }
        }
    }

    template <class List>
    void run_spec(const List& list, int index, void* const* slots, int rows, int count) {
        const spec& s = list.specs[index];
        const bool contraction = s.kind == kernel_kind::contraction;
        const auto extent = [&](int x) {
            const int e = list.extents[s.outer_first + x];
            return e == run_time_rows ? rows : e;
        };
        const auto out = [&](int o) -> const output& { return list.outputs[s.output_first + o]; };
        const auto per_element = [&](int o) {
            return list.instructions[s.instruction_first + out(o).value].at == level::element;
        };
        int total = 1;
        for (int x = 0; x < s.outer_count; ++x) total *= extent(x);
        if (s.flat()) total = (count + flat_block - 1) / flat_block;
        const int inner = !s.flat() ? s.inner : count < flat_block ? count : flat_block;
        // a contraction's sums run over all rows at once
        const int block = contraction ? (total > 0 ? total : 1) : s.flat() ? 1 : outer_block;
        stride_ = inner > 0 ? inner : 1;
        const bool walks = s.lanes > 0;
        const int across = walks ? s.lanes : 1, wide = walks ? s.lanes : inner;  // `wide`: elements of a column output
        values_.resize((s.instruction_count + 1) * stride_);
        meta::vector<T> product(stride_), columns((s.output_count + 1) * (wide + 1));
        meta::vector<int> outer(s.outer_count + 1);
        for (int o = 0; o < s.output_count; ++o) {
            if (out(o).kind == output_kind::column)
                for (int j = 0; j < wide; ++j)
                    static_cast<T*>(
                        slots[out(o).slot])[address(list, s, out(o).slot, outer.begin(), walks ? 0 : j, j)] = 0;
            if (out(o).kind == output_kind::whole) static_cast<T*>(slots[out(o).slot])[0] = 0;
        }
        for (int from = 0; from < total; from += block) {
            const int to = from + block < total ? from + block : total;
            meta::vector<sixteen> whole(s.output_count + 1, sixteen{T{0}});
            for (T& c : columns) c = 0;
            for (int n = from; n < to; ++n) {
                for (int x = s.outer_count - 1, rest = n; x >= 0; --x) {
                    outer[x] = rest % extent(x);
                    rest /= extent(x);
                }
                const int first = s.flat() ? n * flat_block : 0;
                const int length = s.flat() && count - first < inner ? count - first : inner;
                if (contraction) multiply(list, s, slots, outer.begin(), rows, product.begin());
                for (int lane = 0; lane < across; ++lane) {
                    evaluate(list, s, slots, outer.begin(), lane, first, length, product.begin());
                    for (int o = 0; o < s.output_count; ++o) {
                        const T* const value = &values_[out(o).value * stride_];
                        T* const base = static_cast<T*>(slots[out(o).slot]);
                        const int step = per_element(o) ? 1 : 0;
                        if (out(o).kind == output_kind::outer) {
                            base[address(list, s, out(o).slot, outer.begin(), 0, lane)] = value[0];
                        } else if (out(o).kind == output_kind::column && walks) {
                            columns[o * wide + lane] = sum_of(columns[o * wide + lane], value[0]);
                        } else if (out(o).kind == output_kind::whole && step == 0) {
                            if (!s.flat() || n == 0) whole[o].at[0] = sum_of(whole[o].at[0], value[0]);
                        } else {
                            for (int j = 0; j < length; ++j) {
                                const T v = value[j * step];
                                if (out(o).kind == output_kind::element)
                                    base[address(list, s, out(o).slot, outer.begin(), first + j, lane)] = v;
                                else if (out(o).kind == output_kind::column || contraction)
                                    columns[o * wide + j] = sum_of(columns[o * wide + j], v);
                                else
                                    whole[o].at[j % virtual_lanes] = sum_of(whole[o].at[j % virtual_lanes], v);
                            }
                        }
                    }
                }
            }
            for (int o = 0; o < s.output_count; ++o) {
                T* const base = static_cast<T*>(slots[out(o).slot]);
                if (out(o).kind == output_kind::column) {
                    for (int x = 0; x < s.outer_count; ++x) outer[x] = 0;
                    for (int j = 0; j < wide; ++j) {
                        T& sum = base[address(list, s, out(o).slot, outer.begin(), walks ? 0 : j, j)];
                        sum = sum_of(sum, columns[o * wide + j]);
                    }
                } else if (out(o).kind == output_kind::whole) {
                    if (contraction && per_element(o))
                        for (int j = 0; j < inner; ++j) {
                            T& sum = whole[o].at[j % virtual_lanes];
                            sum = sum_of(sum, columns[o * wide + j]);
                        }
                    base[0] = sum_of(base[0], per_element(o) ? whole[o].reduce(sum_of) : whole[o].at[0]);
                }
            }
        }
    }

    /// Where outer index `outer`, depth index k and column j are in an operand.
    template <class List>
    static std::ptrdiff_t operand(const List& list, const spec& s, int slot_index, const int* outer, const int* k,
                                  int j) {
        const slot& at = list.slots[s.slot_first + slot_index];
        const int width = list.target.width(), last = s.axes() - 1, row = s.outer_count - 1;
        const auto stride = [&](int x) { return list.strides[s.stride_of(slot_index, x)]; };
        const bool depth_in_panels = at.inner_stride != 1 && s.depth_count > 0 && stride(last) == 1;
        const auto step = [&](int i, int by, bool in_panels) -> std::ptrdiff_t {
            if (!in_panels || at.panel == 0) return std::ptrdiff_t{i} * by;
            return std::ptrdiff_t{i / width} * at.panel + i % width;
        };
        std::ptrdiff_t a = step(j, at.inner_stride, at.inner_stride == 1);
        for (int x = 0; x <= last; ++x)
            a += x <= row
                     ? step(outer[x], stride(x), x == row && stride(x) == 1 && at.inner_stride != 1 && !depth_in_panels)
                     : step(k[x - s.outer_count], stride(x), x == last && depth_in_panels);
        return a;
    }

    /// product[j] = sum over k of left(o, k) * right(o, k, j), one fma each, the last depth axis fastest; without those
    /// that a border leaves out.
    template <class List>
    static void multiply(const List& list, const spec& s, void* const* slots, const int* outer, int rows, T* product) {
        const T* const left = static_cast<const T*>(slots[0]);
        const T* const right = static_cast<const T*>(slots[1]);
        const auto extent = [&](int x) {
            const int e = list.extents[s.outer_first + s.outer_count + x];
            return e == run_time_rows ? rows : e;
        };
        const int depth = depth_of(list, s, rows);
        meta::vector<int> k(s.depth_count + 1);
        for (int j = 0; j < s.inner; ++j) product[j] = 0;
        for (int n = 0; n < depth; ++n) {
            for (int x = s.depth_count - 1, rest = n; x >= 0; rest /= extent(x), --x) k[x] = rest % extent(x);
            const auto counts = [&](const border& edge) {
                return edge.none() || edge.counts(outer[edge.outer], k[edge.depth]);
            };
            bool all = counts(s.edge) && counts(s.along);
            for (int m = 0; m < s.margin_count; ++m) all = all && counts(margin_of(list, s, m));
            if (!all) continue;
            const T* const factors = left + operand(list, s, 0, outer, k.begin(), 0);
            const T* const line = right + operand(list, s, 1, outer, k.begin(), 0);
            for (int j = 0; j < s.inner; ++j)
                product[j] = fma(one{factors[s.paired ? along(list, s, 0, j) : 0]}, one{line[along(list, s, 1, j)]},
                                 one{product[j]})
                                 .v;
        }
    }

    meta::vector<T> values_;
    int stride_ = 1;
};

/// Runs spec `index` of `list`, lane by lane.
template <class T, class List>
void run_reference(const List& list, int index, void* const* slots, int rows, int count) {
    reference<T>::run(list, index, slots, rows, count);
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace simd

using simd::run_reference;

}  // namespace sinter
