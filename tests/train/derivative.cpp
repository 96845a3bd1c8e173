// SPDX-License-Identifier: BSL-1.0
// Networks whose output is a derivative of their layers: parameters that the forward table does not read have places.
#include <sinter/nn/linear.hpp>
#include <sinter/nn/loss.hpp>
#include <sinter/optim/sgd.hpp>
#include <sinter/train/trainer.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

namespace nn = sinter::nn;

/// x + the sum of each column of the weight; the bias has no part in it.
struct slope {
    using input = sinter::shape<3>;
    BOOST_HANA_DEFINE_STRUCT(slope, (nn::linear<2>, before), (nn::linear<2>, after));
    constexpr auto operator()(auto x) const {
        return sinter::gradient([&](auto t) { return sum(before(t)) + sum(after(t)) + 0.5 * sum(t * t); })(x);
    }
};

TEST_CASE("trainer: a linear layer under a derivative is trained, and its bias stays") {
    sinter::model<slope, double, sinter::rows<4>> net{sinter::seed{3}};
    const auto before = net.parameter("before.weight").values(), bias = net.parameter("before.bias").values(),
               last = net.parameter("after.bias").values(), after = net.parameter("after.weight").values();
    REQUIRE(before.size() == 6);
    const std::vector<double> x{1, 2, 3, -1, 0.5, 2}, y{0.5, -1, 0, 1, 2, 3};
    sinter::trainer training{net, sinter::mean_squared_error{}, sinter::sgd{.learning_rate = 0.1},
                             sinter::dense<sinter::shape<3>>{}};
    const double loss = training.step(x.data(), y.data(), 2);

    double expected_loss = 0, derivative[3] = {};
    for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t i = 0; i < 3; ++i) {
            const double difference = x[3 * r + i] + before[i] + before[3 + i] + after[i] + after[3 + i] - y[3 * r + i];
            expected_loss += difference * difference / 6;
            derivative[i] += 2 * difference / 6;
        }
    CHECK(loss == doctest::Approx(expected_loss));
    const auto trained = net.parameter("before.weight").values();
    for (std::size_t k = 0; k < 6; ++k) CHECK(trained[k] == doctest::Approx(before[k] - 0.1 * derivative[k % 3]));
    CHECK(net.parameter("before.bias").values() == bias);
    CHECK(net.parameter("after.bias").values() == last);
}

}  // namespace
