// SPDX-License-Identifier: BSL-1.0
// A network of two inputs and two outputs with a mistake, through each door alone: one error a door. Mistake 5 is one
// of its second loss.
// expect-error: in_network<net<1, 1> ?>
// expect-error: in_network<net<2, 2> ?>
// expect-error: in_network<net<3, 3> ?>
// expect-error: in_network<net<4, 4> ?>
// expect-error: in_network<(sinter::)?loss_of_output<1, net<5, 5> ?> ?>
// expect-error: in_network<net<6, 1> ?>
// expect-error: in_network<net<7, 2> ?>
// expect-error: in_network<net<8, 3> ?>
// expect-error: in_network<net<9, 4> ?>
// expect-error: in_network<(sinter::)?loss_of_output<1, net<10, 5> ?> ?>
// expect-error: in_network<net<11, 1> ?>
// expect-error: in_network<net<12, 2> ?>
// expect-error: in_network<(sinter::)?loss_of_output<1, net<15, 5> ?> ?>
// expect-error: axis_out_of_range
// expect-error: gradient_of_non_scalar
// expect-error: shapes_do_not_broadcast
// expect-error: inner_extents_differ
// expect-error: targets_differ_from_output
// expect-error-count: 13
#include <sinter/sinter.hpp>
#include <sinter/train/compile.hpp>

namespace nn = sinter::nn;

template <int Door, int Mistake>
struct net {
    using input = sinter::inputs<sinter::shape<4>, sinter::shape<4>>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, first), (nn::linear<2>, second));
    constexpr auto operator()(auto x, auto y) const {
        const auto h = first(x) + y;
        const auto z = second(y);
        if constexpr (Mistake == 1)
            return sinter::results{sum<1>(h) + h, z};
        else if constexpr (Mistake == 2)
            return sinter::results{sinter::gradient([](auto v) { return sin(v); })(h), z};
        else if constexpr (Mistake == 3)
            return sinter::results{h + slice<0, 0, 3>(h) * 1.0, z};
        else if constexpr (Mistake == 4)
            return sinter::results{matmul(h, reshape<2, 2>(h)), z};
        else if constexpr (Mistake == 5)
            return sinter::results{h, h};
        else
            return sinter::results{h, z};
    }
};
using loss = sinter::losses<sinter::mean_squared_error, sinter::mean_squared_error>;
using rule = sinter::sgd;
using targets = sinter::targets<sinter::dense<sinter::shape<4>>, sinter::dense<sinter::shape<2>>>;

#ifdef EXPECT_FAILURE
template <int Door>
using n = net<Door, (Door - 1) % 5 + 1>;
#else
template <int Door>
using n = net<0, 0>;
#endif
using columns = sinter::columns<sinter::column<float>, sinter::column<float>>;
using data = sinter::dataset<columns, columns>;

void model() { sinter::model<n<1>> made; }
int inference() { return sinter::inference<n<2>>::inputs; }
auto load_inference() { return sinter::load_inference<n<3>>(std::string{}); }
auto predict(const sinter::inference<n<4>>& net, const columns& inputs) { return sinter::predict(net, inputs); }
auto trainer(sinter::model<n<5>>& net) { return sinter::trainer{net, loss{}, rule{}, targets{}}.steps(); }
auto fit(sinter::model<n<6>>& net, const data& from) { return sinter::fit(net, from, loss{}, rule{}); }
auto evaluate(const sinter::model<n<7>>& net, const data& from) { return sinter::evaluate(net, from, loss{}); }
void print_summary(const sinter::model<n<8>>& net, const data& from) {
    sinter::print_summary(net, loss{}, rule{}, from);
}
auto predict_model(const sinter::model<n<9>>& net, const data& from) { return sinter::predict(net, from); }
auto bytes() { return sinter::arena_bytes<n<10>, float, sinter::rows<8>, loss, rule, targets>::parameters; }
auto parameter_count() { return sinter::parameter_count<n<11>>; }
auto classes(const sinter::model<n<12>>& net, const data& from) { return sinter::predict_classes<1>(net, from); }
auto table() {
    return sinter::frozen_table<sinter::program_recipe<n<15>, loss, targets, rule, sinter::program_kind::step>>::size;
}
