// SPDX-License-Identifier: BSL-1.0
// A network with a mistake through each door alone: one error a door, whatever the mistake. The doors
// take four mistakes in turn, and one of them takes all.
// expect-error: in_network<net<0, 1> ?>
// expect-error: in_network<net<1, 2> ?>
// expect-error: in_network<net<2, 3> ?>
// expect-error: in_network<net<3, 4> ?>
// expect-error: in_network<net<4, 1> ?>
// expect-error: in_network<net<5, 2> ?>
// expect-error: in_network<net<6, 3> ?>
// expect-error: in_network<net<7, 4> ?>
// expect-error: in_network<net<8, 1> ?>
// expect-error: in_network<net<9, 2> ?>
// expect-error: in_network<net<10, 3> ?>
// expect-error: in_network<net<11, 4> ?>
// expect-error: in_network<net<12, 1> ?>
// expect-error: in_network<net<13, 2> ?>
// expect-error: in_network<net<14, 3> ?>
// expect-error: in_network<net<15, 4> ?>
// expect-error: in_network<net<16, 1> ?>
// expect-error: in_network<net<17, 2> ?>
// expect-error: in_network<net<1, 1> ?>
// expect-error: in_network<net<1, 3> ?>
// expect-error: in_network<net<1, 4> ?>
// expect-error: axis_out_of_range
// expect-error: gradient_of_non_scalar
// expect-error: shapes_do_not_broadcast
// expect-error: inner_extents_differ
// expect-error-count: 21
#include <sinter/program/report.hpp>
#include <sinter/sinter.hpp>
#include <sinter/train/compile.hpp>

namespace nn = sinter::nn;

template <int Door, int Mistake>
struct net {
    using input = sinter::shape<4>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<4>, first));
    constexpr auto operator()(auto x) const {
        const auto h = first(x);
        if constexpr (Mistake == 1)
            return sum<1>(h) + h;
        else if constexpr (Mistake == 2)
            return sinter::gradient([](auto y) { return sin(y); })(h);
        else if constexpr (Mistake == 3)
            return h + slice<0, 0, 3>(h) * 1.0;
        else if constexpr (Mistake == 4)
            return matmul(h, reshape<2, 2>(h));
        else
            return h;
    }
};
using loss = sinter::mean_squared_error;
using rule = sinter::sgd;
using targets = sinter::dense<sinter::shape<4>>;

#ifdef EXPECT_FAILURE
template <int Door, int Mistake = Door % 4 + 1>
using n = net<Door, Mistake>;
template class sinter::inference<net<1, 1>>;
template class sinter::inference<net<1, 3>>;
template class sinter::inference<net<1, 4>>;
#else
template <int Door>
using n = net<0, 0>;
#endif
template <int Door>
using plans = sinter::plans<n<Door>, float, 8>;

// Each door alone. What takes a model or an inference object takes it as a parameter: none is made.
void model() { sinter::model<n<0>> made; }
int inference() { return sinter::inference<n<1>>::output_size; }
auto load_inference() { return sinter::load_inference<n<2>>(std::string{}); }
auto predict(const sinter::inference<n<3>>& net) { return sinter::predict(net, std::span<const float>{}); }
auto trainer(sinter::model<n<4>>& net) { return sinter::trainer{net, loss{}, rule{}, targets{}}.steps(); }
auto fit(sinter::model<n<5>>& net, const sinter::dataset<float, float>& data) {
    return sinter::fit(net, data, loss{}, rule{});
}
auto evaluate(const sinter::model<n<6>>& net, const sinter::dataset<float, float>& data) {
    return sinter::evaluate(net, data, loss{});
}
void print_summary(const sinter::model<n<7>>& net, const sinter::dataset<float, float>& data) {
    sinter::print_summary(net, loss{}, rule{}, data);
}
auto parameter_count() { return sinter::parameter_count<n<8>>; }
auto flop_count() { return sinter::flop_count<n<9>>; }
auto network_output() { return sinter::network_output<n<10>>.rank; }
auto plan() { return plans<11>::inference::value.workspace; }
void print_report() { sinter::print_report(plans<12>::step<loss, targets, rule>::request::value(), 4); }
auto parameters() { return plans<13>::parameters::value.elements; }
auto compile_as() { return sinter::compile_as<n<14>, loss, rule, targets>::output_size; }
auto bytes() { return sinter::arena_bytes<n<15>, float, sinter::rows<8>, loss, rule, targets>::parameters; }
auto load_weights(sinter::inference<n<16>>& net) { return sinter::load_weights(net, std::string{}); }
auto table() {
    return sinter::frozen_table<sinter::program_recipe<n<17>, loss, targets, rule, sinter::program_kind::step>>::size;
}
