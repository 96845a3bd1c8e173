// SPDX-License-Identifier: BSL-1.0
// A layer of one's own with trained parameters, and probabilities from a network that was trained on logits.

#include <sinter/sinter.hpp>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace nn = sinter::nn;

// y = scale * x + shift, element by element; scale starts at 1, shift at 0.
struct scale_and_shift : nn::layer {
    static constexpr int parameter_count = 2;

    template <class Shape>
    constexpr auto operator()(sinter::expr<Shape> x) const {
        enter(x, "scale_and_shift", Shape::value, 2 * Shape::size);  // a row of the summary
        const auto scale = trained<Shape>(x, 0, "scale", {sinter::distribution::constant, 1});
        const auto shift = trained<Shape>(x, 1, "shift");
        return scale * x + shift;
    }
};

// The same layers twice: what is trained, and what gives probabilities. Their parameters have the same names.
template <class... Last>
using layers = nn::sequential<nn::input<2>, scale_and_shift, nn::linear<16>, nn::tanh, nn::linear<3>, Last...>;
struct classifier : layers<> {};
struct probabilities : layers<nn::softmax> {};

int main() {
    // Points, and which of three stripes they lie in. The two coordinates have very different sizes.
    const sinter::random_stream random{5};
    std::vector<float> points;
    std::vector<int> stripe;
    for (std::size_t i = 0; i < 1500; ++i) {
        const float x = 2 * random.uniform<float>(2 * i) - 1, y = 2 * random.uniform<float>(2 * i + 1) - 1;
        points.insert(points.end(), {100 * x, y / 100});
        stripe.push_back(x + y < -0.4F ? 0 : x + y < 0.4F ? 1 : 2);
    }
    const auto data = sinter::make_dataset(points, stripe, 2).value();

    sinter::model<classifier> net{sinter::seed{2}};
    net.parameter("0.scale").assign(std::vector<float>{0.01F, 100}.data());
    const auto history = sinter::fit(net, data, sinter::cross_entropy{}, sinter::adam{.learning_rate = 1e-2},
                                     {.epochs = 20, .minibatch = 50});
    std::printf("accuracy %.3f\n", history.epochs.back().accuracy.value_or(0));
    for (const auto& p : net.parameters()) std::printf("%s ", p.name().c_str());

    const std::string path = "stripes.safetensors";
    sinter::save_weights(net, path).value();
    const auto probably = sinter::load_inference<probabilities>(path).value();  // the same names, so the same file
    const std::vector<float> chances = sinter::predict(probably, points);       // three a point, their sum is 1

    const std::vector<float> logits = sinter::predict(net, points);
    double worst = 0;
    for (std::size_t i = 0; i < logits.size(); i += 3) {
        double sum = 0;
        for (std::size_t k = 0; k < 3; ++k) sum += std::exp(static_cast<double>(logits[i + k]));
        for (std::size_t k = 0; k < 3; ++k)
            worst = std::max(worst, std::abs(std::exp(static_cast<double>(logits[i + k])) / sum -
                                             static_cast<double>(chances[i + k])));
    }
    std::printf("\nfurthest from softmax by hand: %.1e\n", worst);
    std::remove(path.c_str());
    return history.epochs.back().accuracy.value_or(0) > 0.95 && worst < 1e-5 ? 0 : 1;
}
