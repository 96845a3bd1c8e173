// SPDX-License-Identifier: BSL-1.0
// A function with more arguments than it has: each is refused by a sentence, none is taken for the user's line.
// expect-error: exp has one argument
// expect-error: log has one argument: log\(x\) is the natural logarithm; the one of base b is log\(x\) / std::log\(b\)
// expect-error: sqrt has one argument
// expect-error: tanh has one argument
// expect-error: sigmoid has one argument
// expect-error: relu has one argument: relu\(x\); one of slope 0.1 below 0 is maximum\(x, 0.1 \* x\)
// expect-error: abs has one argument
// expect-error: sign has one argument
// expect-error: sin has one argument
// expect-error: cos has one argument
// expect-error: stop has one argument
// expect-error: flatten has one argument
// expect-error: sum takes one tensor: sum<1>\(x\) sums over axis 1
// expect-error: mean takes one tensor
// expect-error: softmax takes one tensor: softmax<0>\(x\) is along axis 0
// expect-error: log_softmax takes one tensor
// expect-error: log_sum_exp takes one tensor
// expect-error: reshape takes one tensor: reshape<2, 3>\(x\)
// expect-error: transpose takes one tensor
// expect-error: max takes one tensor: .*maximum\(a, b\)
// expect-error: slice takes one tensor and three numbers: slice<Axis, Begin, End>\(x\)
// expect-error: concat takes tensors: concat<1>\(a, b, c\)
// expect-error: maximum takes two: maximum\(a, maximum\(b, c\)\)
// expect-error: minimum takes two
// expect-error: equal takes two
// expect-error: matmul takes two
// expect-error: select takes three
// expect-error: fma takes three
// expect-error-count: 30
#include <sinter/graph/functions.hpp>

struct x : sinter::variable<sinter::shape<2, 2>> {};

#ifdef EXPECT_FAILURE
#define WITH(...) , __VA_ARGS__
#else
#define WITH(...)
#endif
constexpr x a{};
[[maybe_unused]] constexpr auto calls = [] {
    static_cast<void>(exp(a WITH(2)));
    static_cast<void>(log(a WITH(10)));
    static_cast<void>(sqrt(a WITH(3)));
    static_cast<void>(tanh(a WITH(1)));
    static_cast<void>(sigmoid(a WITH(1.0)));
    static_cast<void>(relu(a WITH(0.1)));
    static_cast<void>(abs(a WITH(1)));
    static_cast<void>(sign(a WITH(1)));
    static_cast<void>(sin(a WITH(a)));
    static_cast<void>(cos(a WITH(1, 2)));
    static_cast<void>(stop(a WITH(true)));
    static_cast<void>(flatten(a WITH(1)));
    static_cast<void>(sum(a WITH(1)));
    static_cast<void>(mean<0>(a WITH(1u)));
    static_cast<void>(softmax(a WITH(0)));
    static_cast<void>(log_softmax<0>(a WITH(0)));
    static_cast<void>(log_sum_exp(a WITH(0)));
    static_cast<void>(reshape<4>(a WITH(4)));
    static_cast<void>(transpose(a WITH(1, 0)));
    static_cast<void>(max<0>(a WITH(0)));
    static_cast<void>(slice<0, 0, 1>(a WITH(0)));
    static_cast<void>(concat(a, a WITH(1)));
    static_cast<void>(maximum(a, a WITH(a)));
    static_cast<void>(minimum(a, 0.0 WITH(1)));
    static_cast<void>(equal(a, 0.0 WITH(1e-6)));
    static_cast<void>(matmul(a, a WITH(a)));
    static_cast<void>(select(a, 1.0, a WITH(1)));
    static_cast<void>(fma(2.0, a, a WITH(a)));
#ifdef EXPECT_FAILURE
    static_cast<void>(max(0.0, a));
    static_cast<void>(slice(a, 0, 0, 1));
#else
    static_cast<void>(maximum(0.0, a));
    static_cast<void>(slice<0, 0, 1>(a));
#endif
};
