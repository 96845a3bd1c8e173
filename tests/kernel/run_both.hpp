// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Runs one spec as a kernel and as its scalar twin on equal memory and compares every element, bit by bit.
///
/// Each slot gets exactly the elements that the spec may touch, padding included, so that a sanitizer sees a read too
/// far; everything but padding behind what is stored must come out equal, the gaps between rows and panels too. The
/// kernel runs whole, and again in parts, one after another.

#include "list_maker.hpp"
#include <sinter/kernel/kernel.hpp>
#include <sinter/kernel/reference.hpp>

#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

enum class filling { integers, reals, special };  ///< special: zeros of both signs, infinities, NaN, and others

template <class T>
struct slot_memory {
    std::vector<std::vector<T>> reals;
    std::vector<std::vector<std::int32_t>> integers;
    std::vector<std::vector<bool>> padding;
    std::vector<std::ptrdiff_t> before;  ///< elements in front of the slot's pointer: negative strides lead there

    std::vector<void*> pointers() {
        std::vector<void*> p;
        for (std::size_t s = 0; s < reals.size(); ++s)
            p.push_back(integers[s].empty() ? static_cast<void*>(reals[s].data() + before[s])
                                            : integers[s].data() + before[s]);
        return p;
    }
};

/// Every address of a slot: f(address, whether it is padding). Kernels know no layouts, so the formula of panels stands
/// here once more, as a check of theirs.
template <class List, class F>
void visit_slot(const List& list, const sinter::spec& s, int index, int rows, int count, F f) {
    using namespace sinter;
    const slot& at = list.slots[s.slot_first + index];
    const auto along = [&](int j) {
        const int stride = s.lanes > 0 ? at.lane_stride : at.inner_stride;
        if (stride != 1) return j * stride;
        return s.flat() || at.panel == 0 ? j : j / list.target.width() * at.panel + j % list.target.width();
    };
    const auto row = [&](int first, int inner) {
        for (int j = 0; j < inner; ++j) f(first + along(j), false);
        if ((s.lanes > 0 ? at.lane_stride : at.inner_stride) == 1 && inner > 0)
            for (int j = 0; j < at.padding; ++j) f(first + along(inner - 1) + 1 + j, true);
    };
    const auto extent = [&](int x) {
        const int e = list.extents[s.outer_first + x];
        return e == run_time_rows ? rows : e;
    };
    if (s.kind == kernel_kind::contraction && index < 2) {
        // all axes alike; the one with stride 1, of which the inner comes first, then the last depth, may be in panels
        const int width = list.target.width();
        int counted = s.axes();
        for (const int x : {s.outer_count - 1, s.axes() - 1})
            if (list.strides[s.stride_of(index, x)] == 1) counted = x;
        if (at.inner_stride == 1) counted = -1;
        int total = 1;
        for (int x = 0; x < s.axes(); ++x) total *= extent(x);
        const auto in_panels = [&](int i) { return at.panel == 0 ? i : i / width * at.panel + i % width; };
        for (int n = 0; n < total; ++n) {
            int first = 0;
            for (int x = s.axes() - 1, rest = n; x >= 0; rest /= extent(x), --x)
                first +=
                    x == counted ? in_panels(rest % extent(x)) : rest % extent(x) * list.strides[s.stride_of(index, x)];
            row(first, at.inner_stride == 0 ? 1 : s.inner);
        }
        return;
    }
    int total = 1;
    for (int x = 0; x < s.outer_count; ++x) total *= extent(x);
    for (int o = 0; o < total; ++o) {
        int first = 0;
        for (int x = s.outer_count - 1, rest = o; x >= 0; rest /= extent(x), --x)
            first += rest % extent(x) * list.strides[s.stride_of(index, x)];
        for (int j = 0; j < (s.lanes > 0 ? s.inner : 1); ++j)
            row(first + j * at.inner_stride, s.flat() ? count : s.lanes > 0 ? s.lanes : s.inner);
    }
}

template <class T, class List>
slot_memory<T> make_memory(const List& list, int index, int rows, int count, filling how, std::mt19937& random) {
    const sinter::spec& s = list.specs[index];
    slot_memory<T> m;
    for (int i = 0; i < s.slot_count; ++i) {
        int first = 0, last = 0;
        // without rows there are still column and whole outputs
        visit_slot(list, s, i, rows > 0 ? rows : 1, count, [&](int a, bool) {
            first = a < first ? a : first;
            last = a > last ? a : last;
        });
        const auto size = static_cast<std::size_t>(last - first) + 1;
        m.before.push_back(-first);
        m.reals.emplace_back();
        m.integers.emplace_back();
        m.padding.emplace_back(size, false);
        visit_slot(list, s, i, rows > 0 ? rows : 1, count, [&](int a, bool padding) {
            if (padding) m.padding.back()[static_cast<std::size_t>(a - first)] = true;
        });
        visit_slot(list, s, i, rows > 0 ? rows : 1, count, [&](int a, bool padding) {
            if (!padding) m.padding.back()[static_cast<std::size_t>(a - first)] = false;
        });
        if (list.slots[s.slot_first + i].integer) {
            for (std::size_t e = 0; e < size; ++e)
                m.integers.back().push_back(static_cast<std::int32_t>(random() % 10));
        } else {
            constexpr T inf = std::numeric_limits<T>::infinity();
            constexpr T special[] = {T(-0.0), T(0), T(1), T(-0.0), -inf, inf, std::numeric_limits<T>::quiet_NaN(),
                                     T(-3)};
            for (std::size_t e = 0; e < size; ++e)
                m.reals.back().push_back(how == filling::integers ? static_cast<T>(static_cast<int>(random() % 9) - 4)
                                         : how == filling::special
                                             ? special[random() % (random() % 4 == 0 ? 8 : 4)]
                                             : static_cast<T>(static_cast<int>(random() % 20001) - 10000) / 4099);
        }
    }
    return m;
}

/// The number of elements that differ in their bits (two NaN are equal), padding aside.
template <class T>
int differences(const slot_memory<T>& a, const slot_memory<T>& b) {
    using word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    int n = 0;
    for (std::size_t s = 0; s < a.reals.size(); ++s)
        for (std::size_t i = 0; i < a.reals[s].size(); ++i) {
            const T x = a.reals[s][i], y = b.reals[s][i];
            if (a.padding[s][i] || (x != x && y != y)) continue;
            n += __builtin_bit_cast(word, x) != __builtin_bit_cast(word, y);
        }
    return n;
}

/// One instantiated kernel of a list made by list_maker.
template <class T>
struct kernel_case {
    const decltype(list_maker::list)* list;
    int index;
    void (*run)(void* const*, int, int, void*, sinter::part) noexcept;
};
template <class T, const auto& List, int Index>
inline constexpr kernel_case<T> case_of{&List, Index, &sinter::run_kernel<T, List, Index>};

/// Differences between the kernel and its twin, and between the kernel whole and in parts.
template <class T>
int run_both(const kernel_case<T>& c, int rows, int count = 0, filling how = filling::reals, int parts = 3) {
    std::mt19937 random(static_cast<unsigned>(c.index * 1000 + rows * 7 + count));
    slot_memory<T> kernel = make_memory<T>(*c.list, c.index, rows, count, how, random);
    slot_memory<T> twin = kernel, split = kernel;
    std::vector<T> scratch(sinter::scratch_elements(*c.list, c.index, rows));
    sinter::run_reference<T>(*c.list, c.index, twin.pointers().data(), rows, count);
    c.run(kernel.pointers().data(), rows, count, scratch.data(), {});
    int n = differences(kernel, twin);
    for (int p = 0; p < parts; ++p) c.run(split.pointers().data(), rows, count, scratch.data(), {p, parts});
    return n + differences(kernel, split);
}
