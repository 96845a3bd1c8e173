// SPDX-License-Identifier: BSL-1.0
// Chains of calls that run by blocks of rows: bits of lanes, of their twin and of teams; where a schedule has chains.
#include "support/lanes_and_twin.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/conv.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/loss.hpp>
#include <sinter/nn/pool.hpp>
#include <sinter/nn/sequential.hpp>
#include <sinter/optim/sgd.hpp>

namespace {

using namespace sinter_test;
namespace nn = sinter::nn;

struct images : nn::sequential<nn::input<40, 40, 1>, nn::conv<4, 3, nn::padding<1>>, nn::relu, nn::max_pool<2>,
                               nn::conv<3, 3, nn::padding<1>>, nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<4>> {
};
struct vectors : nn::sequential<nn::input<16>, nn::linear<64>, nn::relu, nn::linear<64>, nn::relu, nn::linear<4>> {};

template <class Net, int Rows>
using step_of = typename plans<Net, float, Rows>::template step<cross_entropy, labels, sgd>;
template <class Net, int Rows>
using inference_of = typename plans<Net, float, Rows>::template of<inference_recipe<Net>, no_rule>;

TEST_CASE("program: a step whose calls run by blocks of rows has the bits of its twin and of teams") {
    static_assert(step_of<images, 192>::size.blocks == 2, "forward and backward");
    check_lanes<images, float, 192, cross_entropy, labels, 3>(sgd{.learning_rate = 0.1}, {16, 33});
}

TEST_CASE("program: calls run by blocks where their values leave the caches, and where products keep enough rows") {
    CHECK(step_of<images, 32>::size.blocks == 0);
    CHECK(inference_of<vectors, 64>::size.blocks == 0);
    using many = inference_of<vectors, 32'768>;
    REQUIRE(many::size.blocks == 1);
    CHECK(many::value.blocks[0].rows >= product_rows);
    CHECK(many::value.blocks[0].rows % block_unit == 0);
    using code = program<float, many>;
    CHECK(code::workspace_elements < 32'768 * (16 + 16 + 16));  // input and output; hidden values have a block only
}

}  // namespace
