// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The one entry to the kernels: runs spec `Index` of a constant list on pointers.
///
/// `slots` holds a pointer per slot of the spec, `rows` the run-time rows, `count` the elements of a flat spec,
/// `scratch` scratch_elements(List, Index, capacity) elements. Nothing is allocated, nothing thrown; aligned pointers
/// are not needed. The list is a reference, so that a kernel's symbol names it in a few characters.

#include <sinter/kernel/contraction.hpp>
#include <sinter/kernel/loop.hpp>
#include <sinter/kernel/over_axes.hpp>
#include <sinter/kernel/paired.hpp>
#include <sinter/kernel/scratch.hpp>
#include <sinter/kernel/small_product.hpp>
#include <sinter/kernel/walk.hpp>

namespace sinter {
namespace simd {
inline namespace SINTER_INSTRUCTION_SET {

template <class T, const auto& List, int Index>
using contraction_of = std::conditional_t<is_matrix_product(List, List.specs[Index]),
                                          contraction_kernel<T, List, Index>, contraction_over_axes<T, List, Index>>;

template <class T, const auto& List, int Index>
[[gnu::noinline]] void run_kernel(void* const* slots, [[maybe_unused]] int rows, [[maybe_unused]] int count,
                                  void* scratch, part p = {}) noexcept {
    if constexpr (is_small_product(List, Index, lanes<T>::size))
        small_product<T, List, Index>::run(slots, rows, p);
    else if constexpr (List.specs[Index].paired)
        paired_product<T, List, Index>::run(slots, rows, p);
    else if constexpr (List.specs[Index].kind == kernel_kind::contraction)
        contraction_of<T, List, Index>::run(slots, rows, static_cast<T*>(scratch), p);
    else
        loop_kernel<T, List, Index>::run(slots, rows, count, static_cast<T*>(scratch), p);
}
/// The same as a part of its caller: for a program of few small kernels, which runs alone.
template <class T, const auto& List, int Index>
SINTER_ALWAYS_INLINE void run_kernel_inline(void* const* slots, [[maybe_unused]] int rows, [[maybe_unused]] int count,
                                            [[maybe_unused]] void* scratch) noexcept {
    if constexpr (is_small_product(List, Index, lanes<T>::size))
        small_product<T, List, Index>::run(slots, rows, {});
    else if constexpr (List.specs[Index].paired)
        paired_product<T, List, Index>::run(slots, rows, {});
    else if constexpr (List.specs[Index].kind == kernel_kind::contraction)
        contraction_of<T, List, Index>::run(slots, rows, static_cast<T*>(scratch), {});
    else
        loop_kernel<T, List, Index>::run(slots, rows, count, static_cast<T*>(scratch), {});
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace simd

using simd::run_kernel, simd::run_kernel_inline;

}  // namespace sinter
