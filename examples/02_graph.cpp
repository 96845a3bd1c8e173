// SPDX-License-Identifier: BSL-1.0
// Any graph: members are layers, or structs and arrays of them; the body is ordinary C++. Trained on dense targets.

#include <sinter/sinter.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace nn = sinter::nn;

struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<16>, hidden), (nn::linear<16>, out));
    constexpr auto operator()(auto x) const { return out(relu(hidden(x))); }
};

struct residual_net {
    using input = sinter::shape<1>;
    BOOST_HANA_DEFINE_STRUCT(residual_net, (nn::linear<16>, stem), (std::array<block, 3>, blocks),
                             (nn::linear<1>, head));
    constexpr auto operator()(auto x) const {
        auto h = relu(stem(x));  // functions live in sinter, found by their argument
        for (auto& b : blocks) h = h + b(h);
        return head(h);
    }
};

int main() {
    std::vector<float> x, y;
    for (int i = 0; i < 512; ++i) {
        x.push_back(static_cast<float>(i) / 256 - 1);
        y.push_back(std::sin(4 * x.back()));
    }
    const auto data = sinter::make_dataset(x, y, 1).value();  // one value in, one target out

    sinter::model<residual_net> net{sinter::seed{1}};
    for (const auto& p : net.parameters()) std::printf("%s ", p.name().c_str());
    const auto history = sinter::fit(net, data, sinter::mean_squared_error{}, sinter::adam{.learning_rate = 3e-3},
                                     {.epochs = 100, .minibatch = 64});
    std::printf("\nloss %.5f\n", history.epochs.back().loss);
    return history.epochs.back().loss < 0.01 ? 0 : 1;
}
