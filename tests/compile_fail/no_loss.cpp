// SPDX-License-Identifier: BSL-1.0
// A loss that has numbers of its own, cannot be called, runs at run time alone, or returns no number a sample.
// expect-error: a loss is an empty struct or a lambda without captures
// expect-error: weighted
// expect-error: a loss has `constexpr auto operator\(\)\(auto output, auto target\) const`
// expect-error: of_one
// expect-error: a loss is constexpr, and so is all that it calls
// expect-error: at_run_time
// expect-error: mistake_is<(sinter::)?mistake_kind::loss_returns_no_number>.*found<3>
// expect-error: in_network<net<3> ?>.*found<3>
// expect-error: in_network<net<4> ?>.*loss_returns_no_number
// expect-error: in_network<net<5> ?>.*loss_returns_no_number
// expect-error: in_network<net<6> ?>.*loss_returns_no_number
// expect-error: in_network<net<7> ?>.*loss_without_samples
// expect-error-count: 8
#include <sinter/nn/linear.hpp>
#include <sinter/train/programs.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
#define CHOOSE(right, wrong) wrong
#define RIGHT(...)
#else
#define CHOOSE(right, wrong) right
#define RIGHT(...) __VA_ARGS__
#endif

template <int>
struct net : nn::sequential<nn::input<4>, nn::linear<3>> {};

double factor() { return 2; }
struct weighted {
    CHOOSE(static constexpr, ) double weight = 2;
    constexpr auto operator()(auto y, auto t) const { return weight * sum(y - t); }
};
struct of_one {
    constexpr auto operator()(auto y RIGHT(, auto)) const { return sum(y); }
};
struct at_run_time {
    constexpr auto operator()(auto y, auto t) const { return CHOOSE(2.0, factor()) * sum(y - t); }
};
struct tensor_valued {
    constexpr auto operator()(auto y, auto t) const { return CHOOSE(sum, )((y - t) * (y - t)); }
};
struct number_valued {
    constexpr auto operator()(auto y, auto) const { return CHOOSE(sum(y), y.size); }
};
struct without_value {
    constexpr auto operator()(auto y, auto t) const { CHOOSE(return, static_cast<void>)(sum(y * t)); }
};
struct two_values {
    constexpr auto operator()(auto y, auto t) const { return CHOOSE(sum(y * t), (std::pair{sum(y), sum(t)})); }
};
struct same_for_all {
    constexpr auto operator()(auto y, auto) const {
        return CHOOSE(sum(y), (sinter::expr<sinter::shape<>>{y.graph, y.graph->constant(1.0)}));
    }
};

using targets = sinter::dense<sinter::shape<3>>;
static_assert(sinter::has_loss<net<0>, weighted, targets>);
static_assert(sinter::has_loss<net<1>, of_one, targets>);
static_assert(sinter::has_loss<net<2>, at_run_time, targets>);
static_assert(sinter::has_loss<net<3>, tensor_valued, targets>);
static_assert(sinter::has_loss<net<4>, number_valued, targets>);
static_assert(sinter::has_loss<net<5>, without_value, targets>);
static_assert(sinter::has_loss<net<6>, two_values, targets>);
static_assert(sinter::has_loss<net<7>, same_for_all, targets>);
