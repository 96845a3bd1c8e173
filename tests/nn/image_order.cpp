// SPDX-License-Identifier: BSL-1.0
// In which order a linear behind images has its columns in files: PyTorch's, or none that is known.
#include <sinter/nn/activation.hpp>
#include <sinter/nn/conv.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>
#include <sinter/nn/pool.hpp>

#include <doctest/doctest.h>

namespace {

namespace nn = sinter::nn;
using sinter::shape, sinter::list;

/// A convolution, a function of its output, and a linear.
template <const auto& Way>
struct behind_image {
    using input = shape<4, 5, 2>;
    BOOST_HANA_DEFINE_STRUCT(behind_image, (nn::conv<3, 1>, conv), (nn::linear<7>, head));
    constexpr auto operator()(auto x) const { return head(Way(conv(x))); }
};
template <const auto& Way>
constexpr const sinter::parameter_info& head = sinter::network<behind_image<Way>>::report.parameters[2];

#define WAY(name, expression) constexpr auto name = [](auto x) { return expression; }
WAY(flattened, relu(flatten(relu(x))));
WAY(pooled, 2 * flatten(max_pool<2>(x)) + 1);
WAY(cut, flatten(slice<0, 1, 3>(pad<1, 1, 1>(x))));
WAY(joined_channels, flatten(concat<2>(x, exp(x))));
WAY(joined_maps, flatten(x) + flatten(tanh(x)));
WAY(global, global_average_pool(x));
WAY(mean_of_rows, (mean<0, 2>(x)));
WAY(one_channel, flatten(max<2>(x, sinter::keep_extents)));
WAY(pointwise, x);
WAY(in_front, concat(flatten(x), global_average_pool(x)));
WAY(behind, relu(concat(concat(global_average_pool(x), flatten(x)), global_average_pool(x))));

WAY(joined, concat(flatten(x), flatten(exp(x))));
WAY(sliced, (slice<0, 0, 9>(flatten(x))));
WAY(turned, flatten(transpose<2, 0, 1>(x)));
WAY(halves, flatten(mean<0>(x)));
WAY(lines, (reshape<4, 15>(x)));
WAY(reshaped, flatten(x) + flatten(reshape<5, 4, 3>(x)));
WAY(two_images, flatten(max_pool<shape<1, 5>{}>(x)) + flatten(max_pool<2>(x)));
#undef WAY

TEST_CASE("image order: columns are PyTorch's behind a flatten, and others where no order is lost") {
    CHECK(head<flattened>.filters == list(4, 5, 3, 7));
    CHECK(head<flattened>.shape == list(60, 7));
    CHECK(head<pooled>.filters == list(2, 2, 3, 7));
    CHECK(head<cut>.filters == list(2, 7, 3, 7));
    CHECK(head<joined_channels>.filters == list(4, 5, 6, 7));
    CHECK(head<joined_maps>.filters == list(4, 5, 3, 7));
    CHECK(head<global>.filters == list(3, 7));
    CHECK(head<mean_of_rows>.filters == list(5, 7));
    CHECK(head<one_channel>.filters == list(20, 7));
    CHECK(head<pointwise>.filters == list(3, 7));
    CHECK(head<in_front>.filters == list(4, 5, 3, 7));
    CHECK(head<in_front>.before == 0);
    CHECK(head<in_front>.shape == list(63, 7));
    CHECK(head<behind>.filters == list(4, 5, 3, 7));
    CHECK(head<behind>.before == 3);
    CHECK(head<behind>.shape == list(66, 7));
    for (const sinter::parameter_info* p :
         {&head<in_front>, &head<behind>, &head<flattened>, &head<pooled>, &head<cut>, &head<joined_channels>,
          &head<joined_maps>, &head<global>, &head<mean_of_rows>, &head<one_channel>, &head<pointwise>})
        CHECK_FALSE(p->order_unknown);
}

TEST_CASE("image order: it is lost on other ways") {
    for (const sinter::parameter_info* p :
         {&head<joined>, &head<sliced>, &head<turned>, &head<halves>, &head<lines>, &head<reshaped>, &head<two_images>})
        CHECK(p->order_unknown);
}

// ---- several calls, and no image

struct called_twice {
    using input = shape<2, 3, 2>;
    BOOST_HANA_DEFINE_STRUCT(called_twice, (nn::conv<2, 1>, conv), (nn::linear<12>, head));
    constexpr auto operator()(auto x) const { return head(head(flatten(conv(x)))); }
};
struct of_pixels : nn::sequential<nn::input<4, 5, 2>, nn::flatten, nn::linear<3>> {};
struct of_sequence : nn::sequential<nn::input<9, 4>, nn::linear<5>, nn::relu, nn::linear<3>> {};

TEST_CASE("image order: a layer on two orders has none; without convolutions and pools it is the program's") {
    CHECK(sinter::network<called_twice>::report.parameters[2].order_unknown);
    CHECK(sinter::network<of_pixels>::report.parameters[0].filters == list(40, 3));
    CHECK(sinter::network<of_sequence>::report.parameters[0].filters == list(4, 5));
    CHECK(sinter::network_output<of_sequence> == list(9, 3));
}

}  // namespace
