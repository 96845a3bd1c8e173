// SPDX-License-Identifier: BSL-1.0
// Lists of losses and targets that do not fit the network or each other; a mistake names the output that has it.
// expect-error: sinter::losses<.*> has one loss for each output of the network
// expect-error: sinter::losses<.*> trains no output
// expect-error: sinter::targets<.*> has one target for each output that is trained
// expect-error: with sinter::targets<.*> a loss is called on all outputs of the network, then all targets
// expect-error: a weight is above 0
// expect-error: a weight is a std::ratio
// expect-error: in_network<(sinter::)?loss_of_output<1, net<6> ?> ?>.*labels_do_not_fit_loss
// expect-error: in_network<(sinter::)?loss_of_output<1, net<7> ?> ?>.*expects<2>.*found<3>
// expect-error: a loss is an empty struct or a lambda without captures
// expect-error: a loss has `constexpr auto operator\(\)\(auto output, auto target\) const`
// expect-error: targets are sinter::labels\{\} for class numbers
// expect-error: in_network<net<11> ?>.*loss_without_samples
// expect-error-count: 12
#include <sinter/nn/linear.hpp>
#include <sinter/train/list_recipes.hpp>

#include <ratio>

namespace nn = sinter::nn;
using sinter::cross_entropy, sinter::dense, sinter::labels, sinter::losses, sinter::mean_squared_error, sinter::shape,
    sinter::targets, sinter::untrained, sinter::weighted;

#ifdef EXPECT_FAILURE
#define CHOOSE(right, wrong) wrong
#else
#define CHOOSE(right, wrong) right
#endif

template <int>
struct net {
    using input = sinter::inputs<shape<4>, shape<3>>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<5>, a), (nn::linear<2>, b));
    constexpr auto operator()(auto x, auto y) const { return sinter::results{a(x), b(y)}; }
};
using one = cross_entropy;
using two = mean_squared_error;
using values = dense<shape<2>>;
struct with_a_number {
    CHOOSE(static constexpr, ) double factor = 2;
    constexpr auto operator()(auto y, auto t) const { return factor * sum(y - t); }
};
struct of_one {
    CHOOSE(constexpr auto operator()(auto y, auto) const, constexpr auto operator()(auto y) const) { return sum(y); }
};
struct joint {
    CHOOSE(constexpr auto operator()(auto y, auto z, auto, auto) const,
           constexpr auto operator()(auto y, auto z) const) {
        return sum(y) + sum(z);
    }
};
struct of_no_sample {
    constexpr auto operator()(auto y, auto, auto, auto) const {
        return CHOOSE(sum(y), (sinter::expr<shape<>>{y.graph, y.graph->constant(1.0)}));
    }
};

template <int Number, class Losses, class... Target>
constexpr bool trains = sinter::has_loss<net<Number>, Losses, targets<Target...>>;

#ifdef EXPECT_FAILURE
static_assert(trains<0, losses<one>, labels>);
static_assert(trains<1, losses<untrained, untrained>, labels>);
static_assert(trains<2, losses<one, two>, labels>);
static_assert(trains<3, joint, labels, values>);
static_assert(trains<4, losses<one, weighted<two, std::ratio<0>>>, labels, values>);
static_assert(trains<5, losses<one, weighted<two, int>>, labels, values>);
static_assert(trains<6, losses<one, two>, labels, labels>);
static_assert(trains<7, losses<one, two>, labels, dense<shape<3>>>);
static_assert(trains<8, losses<one, with_a_number>, labels, values>);
static_assert(trains<9, losses<one, of_one>, labels, values>);
static_assert(trains<10, losses<one, two>, labels, shape<2>>);
#else
static_assert(trains<0, losses<one, two>, labels, values>);
static_assert(trains<1, losses<one, untrained>, labels>);
static_assert(trains<3, joint, labels, values>);
static_assert(trains<4, losses<one, weighted<two, std::ratio<1, 10>>>, labels, values>);
static_assert(trains<8, losses<one, with_a_number>, labels, values>);
static_assert(trains<9, losses<of_one, two>, labels, values>);
#endif
static_assert(trains<11, of_no_sample, labels, values>);
