// SPDX-License-Identifier: BSL-1.0
// Two inputs and two outputs: is a point inside of a circle of some radius, and how far from it? One loss for each.

#include <sinter/sinter.hpp>

#include <cmath>
#include <cstdio>
#include <ratio>
#include <vector>

namespace nn = sinter::nn;

struct circles {
    using input = sinter::inputs<sinter::shape<2>, sinter::shape<1>>;  // a point, a radius
    BOOST_HANA_DEFINE_STRUCT(circles, (nn::linear<24>, first), (nn::linear<24>, second), (nn::linear<2>, inside),
                             (nn::linear<1>, distance));
    constexpr auto operator()(auto point, auto radius) const {
        const auto h = tanh(second(tanh(first(concat(point, radius)))));
        return sinter::results{inside(h), distance(h)};
    }
};

using both = sinter::losses<sinter::cross_entropy, sinter::weighted<sinter::mean_squared_error, std::ratio<3, 2>>>;

// The same sum by hand: a loss of all outputs and all targets.
struct by_hand {
    constexpr auto operator()(auto scores, auto distance, auto label, auto wanted) const {
        return sinter::cross_entropy{}(scores, label) + 1.5 * sinter::mean_squared_error{}(distance, wanted);
    }
};

int main() {
    std::vector<float> points, radii, distances;
    std::vector<int> inside;
    for (int i = 0; i < 4000; ++i) {
        const auto x = static_cast<float>(i * 37 % 200) / 100 - 1, y = static_cast<float>(i * 91 % 173) / 86 - 1;
        const auto radius = static_cast<float>(i % 80) / 100 + 0.1F, from = std::sqrt(x * x + y * y) - radius;
        points.insert(points.end(), {x, y});
        radii.push_back(radius);
        inside.push_back(from < 0);
        distances.push_back(from);
    }
    using sinter::column, sinter::columns;
    const auto data = sinter::make_dataset(columns{column(points, 2), column(radii)},  // inputs, values a sample
                                           columns{column(inside), column(distances)})
                          .value();

    sinter::model<circles> net{sinter::seed{4}};
    const auto history = sinter::fit(net, data, both{}, sinter::adam{.learning_rate = 3e-3},
                                     {.epochs = 30, .minibatch = 32, .validation = 400});
    const auto& last = history.epochs.back();
    std::printf("loss %.4f = %.4f + 1.5 * %.4f, accuracy of the first output %.3f, with held-out samples %.3f\n",
                last.loss, *last.outputs[0].loss, *last.outputs[1].loss, *last.outputs[0].accuracy,
                *last.outputs[0].validation_accuracy);
    const auto all = sinter::evaluate(net, data, both{});

    const auto [scores, from] = sinter::predict(net, data);  // a vector each
    const sinter::inference<circles> classify{net};
    auto workspace = classify.workspace();
    const auto [score, distance] = classify(std::vector{0.3F, 0.4F}, std::vector{0.6F}, workspace);  // spans
    std::printf("(0.3, 0.4) is %s a circle of radius 0.6, %.2f from it\n",
                score[1] > score[0] ? "inside of" : "outside of", static_cast<double>(distance[0]));

    sinter::model<circles, float, sinter::rows<32>> twin{sinter::seed{4}}, third{sinter::seed{4}};
    const sinter::targets<sinter::labels, sinter::dense<sinter::shape<1>>> targets;
    sinter::trainer training{twin, both{}, sinter::adam{}, targets};
    sinter::trainer same{third, by_hand{}, sinter::adam{}, targets};
    bool equal = true;
    for (std::size_t i = 0; i < data.size(); i += 32) {
        const auto part = [&](const auto& list, std::size_t size) {
            return std::span(list).subspan(i * size, 32 * size);
        };
        const double loss = training.step(part(points, 2), part(radii, 1), part(inside, 1), part(distances, 1));
        equal = equal && loss == same.step(part(points, 2), part(radii, 1), part(inside, 1), part(distances, 1));
    }
    std::printf("%zu scores, %zu distances; two losses and their sum by hand have %s\n", scores.size(), from.size(),
                equal ? "the same bits" : "other bits");
    return equal && *all.outputs[0].accuracy > 0.95 && *all.outputs[1].loss < 0.01 &&
                   std::abs(distance[0] + 0.1F) < 0.1F
               ? 0
               : 1;
}
