// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What an instruction does, apart from the values and slots it does it with: instructions of one form, of whatever
/// kernel, share one function.
///
/// In: pointers to operands, a slot's pointer and description, all constants of the caller. Out: a vector. `load` and
/// `store` obey the padding rule of kernel/spec.hpp.

#include <sinter/kernel/math.hpp>
#include <sinter/tensor/elementwise.hpp>

#include <type_traits>

namespace sinter::simd {
inline namespace SINTER_INSTRUCTION_SET {

/// How the elements of a slot follow each other.
enum class access : unsigned char { one, contiguous, panels, scattered };
/// What an instruction does but for the values and slots it does it with: instructions of one form share one function.
struct form {
    op code{};
    bool integer = false;
    access how = access::one;
    int width = 0;  ///< of panels
};

template <form F>
SINTER_ALWAYS_INLINE std::ptrdiff_t offset_of(slot s, int j) {
    if constexpr (F.how == access::contiguous)
        return j;
    else if constexpr (F.width > 0)
        return static_cast<int>(static_cast<unsigned>(j) / F.width) * s.panel +
               static_cast<int>(static_cast<unsigned>(j) % F.width);
    else
        return std::ptrdiff_t{j} * s.inner_stride;
}

/// A slot's element j and those behind it, n of them (the rest may be anything); `from` points at element 0.
template <class V, form F>
SINTER_ALWAYS_INLINE V load(const void* from, [[maybe_unused]] slot s, [[maybe_unused]] int j, [[maybe_unused]] int n) {
    using T = typename V::value_type;
    using stored = std::conditional_t<F.integer, std::int32_t, T>;
    const stored* const base = static_cast<const stored*>(from);
    if constexpr (F.how == access::one) {
        return V{static_cast<T>(*base)};
    } else if constexpr (F.how == access::scattered || F.integer) {
        T t[V::size] = {};
        for (int i = 0; i < n; ++i) t[i] = static_cast<T>(base[offset_of<F>(s, j + i)]);
        return V::load(t);
    } else {
        const T* const p = base + offset_of<F>(s, j);
        return n == V::size || V::size - n <= s.padding ? V::load(p) : V::load(p, n);
    }
}
template <class V, form F>
SINTER_ALWAYS_INLINE void store(V value, void* to, slot s, int j, int n) {
    using T = typename V::value_type;
    static_assert(!F.integer, "an integer slot is only loaded");
    T* const base = static_cast<T*>(to);
    if constexpr (F.how == access::scattered) {
        T t[V::size];
        value.store(t);
        for (int i = 0; i < n; ++i) base[offset_of<F>(s, j + i)] = t[i];
    } else {
        static_assert(F.how != access::one, "what is stored for each element has a place for each");
        T* const p = base + offset_of<F>(s, j);
        if (n == V::size || V::size - n <= s.padding)
            value.store(p);
        else
            value.store(p, n);
    }
}

/// One instruction of a form: operands, or a slot and where in it, or a constant.
template <class V, form F>
SINTER_ALWAYS_INLINE V compute([[maybe_unused]] const V* a, [[maybe_unused]] const V* b, [[maybe_unused]] const V* c,
                               [[maybe_unused]] double value, [[maybe_unused]] const void* from,
                               [[maybe_unused]] slot s, [[maybe_unused]] int j, [[maybe_unused]] int n) {
    if constexpr (F.code == op::load) {
        return load<V, F>(from, s, j, n);
    } else if constexpr (F.code == op::constant) {
        return V{static_cast<typename V::value_type>(value)};
    } else if constexpr (arity_v<F.code> == 1) {
        return elementwise<F.code>.value(*a);
    } else if constexpr (arity_v<F.code> == 2) {
        return elementwise<F.code>.value(*a, *b);
    } else {
        return elementwise<F.code>.value(*a, *b, *c);
    }
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter::simd
