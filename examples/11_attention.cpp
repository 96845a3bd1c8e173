// SPDX-License-Identifier: BSL-1.0
// Attention of several heads, written as an ordinary body: products, softmax and masks. Each position of a sequence
// asks for a tag, and is told the mean of the values so far that have this tag.

#include <sinter/sinter.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

namespace nn = sinter::nn;

// Self-attention of a sample (length, width). A query sees the keys up to its own position, and none at or behind
// `length`, which is where the padding begins.
template <int Width, int Heads>
struct attention {
    BOOST_HANA_DEFINE_STRUCT(attention, (nn::linear<Width>, query), (nn::linear<Width>, key),
                             (nn::linear<Width>, value), (nn::linear<Width>, out));
    constexpr auto operator()(auto x, auto length) const {
        constexpr int count = x.extent(0);
        const auto scale = 1 / sqrt(sinter::number{Width / Heads});
        const auto q = split_heads<Heads>(scale * query(x)), k = split_heads<Heads>(key(x)),
                   v = split_heads<Heads>(value(x));
        const auto scores = matmul(q, transpose<0, 2, 1>(k));  // (heads, queries, keys)
        const auto at = sinter::positions<count>();
        const auto seen = (at <= reshape<count, 1>(at)) * (at < length);
        return out(merge_heads(matmul(softmax(select(seen, scores, -1e30)), v)));
    }
};

constexpr int steps = 8, tags = 4;

struct recall {
    using input = sinter::inputs<sinter::shape<steps, 2 * tags + 1>, sinter::integers<sinter::shape<1>>>;
    BOOST_HANA_DEFINE_STRUCT(recall, (nn::linear<16>, embed), (attention<16, 4>, heads), (nn::linear<16>, hidden),
                             (nn::linear<1>, answer));
    constexpr auto operator()(auto x, auto length) const {
        const auto h = embed(x);
        const auto y = h + heads(h, length);
        const auto z = flatten(answer(relu(hidden(y))));
        return select(sinter::positions<steps>() < length, z, 0.0);  // behind the end: what the targets are there
    }
};

int main() {
    const sinter::random_stream random{5};
    std::size_t drawn = 0;
    const auto below = [&](int bound) { return static_cast<int>(bound * random.uniform<double>(drawn++)); };
    std::vector<float> sequences, targets;
    std::vector<std::int32_t> lengths;
    for (int i = 0; i < 500; ++i) {
        const int length = 1 + below(steps);
        float sum[tags] = {}, count[tags] = {};
        for (int t = 0; t < steps; ++t) {  // the padding holds values, too: nobody may look at them
            const int tag = below(tags);
            const float value = 2 * static_cast<float>(random.uniform<double>(drawn++)) - 1;
            sum[tag] += value, ++count[tag];
            int asked = below(tags);
            while (count[asked] == 0) asked = below(tags);
            for (int k = 0; k < tags; ++k) sequences.push_back(k == tag);
            for (int k = 0; k < tags; ++k) sequences.push_back(k == asked);
            sequences.push_back(value);
            targets.push_back(t < length ? sum[asked] / count[asked] : 0);
        }
        lengths.push_back(length);
    }
    using sinter::column, sinter::columns;
    const auto data = sinter::make_dataset(columns{column(sequences, steps * (2 * tags + 1)), column(lengths)},
                                           columns{column(targets, steps)})
                          .value();
    sinter::model<recall> net{sinter::seed{4}};
    const auto history = sinter::fit(net, data, sinter::mean_squared_error{}, sinter::adam{.learning_rate = 5e-3},
                                     {.epochs = 20, .minibatch = 32, .validation = 50});
    const auto& last = history.epochs.back();
    std::printf("squared error %.6f, of held-out sequences %.6f\n", last.loss, *last.validation_loss);
    return *last.validation_loss < 0.01 ? 0 : 1;
}
