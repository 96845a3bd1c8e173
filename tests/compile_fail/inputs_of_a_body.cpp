// SPDX-License-Identifier: BSL-1.0
// A body has an argument for each input, and a list of inputs is one of shapes.
// expect-error: a network's body has an argument for each of its inputs
// expect-error: or sinter::inputs<.*> of several shapes
// expect-error: a network's body returns a tensor, or several in sinter::results
// expect-error: in_network<mistaken ?>.*inner_extents_differ.*expects<9>.*found<4>
// expect-error-count: 5
#include <sinter/nn.hpp>
#include <sinter/train/model.hpp>

namespace nn = sinter::nn;

#ifdef EXPECT_FAILURE
#define CHOOSE(right, wrong) wrong
#define RIGHT(...)
#else
#define CHOOSE(right, wrong) right
#define RIGHT(...) __VA_ARGS__
#endif

using lists = sinter::inputs<sinter::shape<4>, sinter::integers<sinter::shape<4>>>;
struct of_one {
    using input = lists;
    BOOST_HANA_DEFINE_STRUCT(of_one, (nn::linear<4>, l));
    constexpr auto operator()(auto x RIGHT(, auto)) const { return l(x); }
};
struct of_none {
    using input = CHOOSE(lists, sinter::inputs<>);
    BOOST_HANA_DEFINE_STRUCT(of_none, (nn::linear<4>, l));
    constexpr auto operator()(auto x, auto) const { return l(x); }
};
struct of_no_shape {
    using input = CHOOSE(lists, sinter::inputs<nn::input<4>>);
    BOOST_HANA_DEFINE_STRUCT(of_no_shape, (nn::linear<4>, l));
    constexpr auto operator()(auto x, auto) const { return l(x); }
};
struct without_value {
    using input = lists;
    BOOST_HANA_DEFINE_STRUCT(without_value, (nn::linear<4>, l));
    constexpr auto operator()(auto x, auto) const { CHOOSE(return, static_cast<void>)(l(x)); }
};
constexpr int expected = CHOOSE(4, 9);
struct mistaken {
    using input = lists;
    BOOST_HANA_DEFINE_STRUCT(mistaken, (nn::linear<4, nn::inputs<expected>>, l));
    constexpr auto operator()(auto x, auto y) const { return l(x) + y; }
};

template <class... Net>
void models() {
    (sinter::model<Net>{}, ...);
}
auto made = models<of_one, of_none, of_no_shape, without_value, mistaken>;
