// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The base of all tensors, with the operators of C++ that have no meaning on them: each says what to write instead.
///
/// Without them compilers list every operator of that sign they know, some of Boost.Hana's, and say no cure. Each gives
/// its operand, so that the mistake is one error. They are friends of the base, so that only an expression with a
/// tensor finds them. Law: tests/compile_fail/no_meaning_*.cpp.

#include <sinter/config.hpp>

#include <type_traits>

namespace sinter {

struct carrier {
#define SINTER_NO_MEANING(sign, cure)                                                           \
    template <class Left, class Right>                                                          \
        requires(std::is_base_of_v<carrier, Left> || std::is_base_of_v<carrier, Right>)         \
    friend constexpr auto operator sign(const Left& a, const Right& b) {                        \
        static_assert(std::is_void_v<Left>, cure " (docs/errors.md#operator_without_meaning)"); \
        if constexpr (std::is_base_of_v<carrier, Left>)                                         \
            return a;                                                                           \
        else                                                                                    \
            return b;                                                                           \
    }
    SINTER_NO_MEANING(==, "a == b of tensors: write equal(a, b), a tensor of zeros and ones")
    SINTER_NO_MEANING(!=, "a != b of tensors: write 1 - equal(a, b), a tensor of zeros and ones")
    SINTER_NO_MEANING(&&, "a && b of tensors: write minimum(a, b), as comparisons give zeros and ones")
    SINTER_NO_MEANING(||, "a || b of tensors: write maximum(a, b), as comparisons give zeros and ones")
    SINTER_NO_MEANING(&, "a & b of tensors: write minimum(a, b), as comparisons give zeros and ones")
    SINTER_NO_MEANING(|, "a | b of tensors: write maximum(a, b), as comparisons give zeros and ones")
    SINTER_NO_MEANING(^, "a ^ b of tensors: there is no such operator; a power is x * x, or exp(p * log(x))")
    SINTER_NO_MEANING(%, "a % b of tensors: there is no remainder")
#undef SINTER_NO_MEANING

#define SINTER_NO_MEANING(declaration, cure)                                                       \
    template <class Operand>                                                                       \
        requires std::is_base_of_v<carrier, Operand>                                               \
    friend constexpr auto operator declaration {                                                   \
        static_assert(std::is_void_v<Operand>, cure " (docs/errors.md#operator_without_meaning)"); \
        return a;                                                                                  \
    }
    SINTER_NO_MEANING(!(const Operand& a), "!a of a tensor: write 1 - a, as comparisons give zeros and ones")
    SINTER_NO_MEANING(~(const Operand& a), "~a of a tensor: write 1 - a, as comparisons give zeros and ones")
    SINTER_NO_MEANING(+(const Operand& a), "+a of a tensor: write a")
    SINTER_NO_MEANING(++(Operand& a), "++a of a tensor: write a = a + 1")
    SINTER_NO_MEANING(++(Operand& a, int), "a++ of a tensor: write a = a + 1")
    SINTER_NO_MEANING(--(Operand& a), "--a of a tensor: write a = a - 1")
    SINTER_NO_MEANING(--(Operand& a, int), "a-- of a tensor: write a = a - 1")
#undef SINTER_NO_MEANING
};

}  // namespace sinter
