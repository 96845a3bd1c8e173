// SPDX-License-Identifier: BSL-1.0
// Data, calls and columns that are not the lists of a network: one error each.
// expect-error: a network of several inputs, or with a loss for each output, takes make_dataset\(columns
// expect-error: the data has a column for each input of the network, and one for each target
// expect-error: a target that is dense, as its loss or the trainer says, has a column of integers
// expect-error: a list of integers of the network .* has a column in floating point
// expect-error: the trainer is for one input and one target
// expect-error: a step takes a range for each input of the network, then one for each target
// expect-error: a step takes numbers of the model's own type
// expect-error: predict: a network of several inputs takes a column for each
// expect-error: predict: the network has one input, and takes one column
// expect-error: targets are sinter::labels\{\} for class numbers
// expect-error: columns\{column\(pixels, 784\), column\(sizes, 3\)\}: a list of columns
// expect-error-count: 11
#include <sinter/sinter.hpp>

#include <vector>

namespace nn = sinter::nn;
using sinter::column, sinter::columns, sinter::labels, sinter::targets;
using values = sinter::dense<sinter::shape<2>>;
using losses = sinter::losses<sinter::cross_entropy, sinter::mean_squared_error>;

struct net {
    using input = sinter::inputs<sinter::shape<4>, sinter::shape<3>>;
    BOOST_HANA_DEFINE_STRUCT(net, (nn::linear<5>, a), (nn::linear<2>, b));
    constexpr auto operator()(auto x, auto y) const { return sinter::results{a(x), b(y)}; }
};
struct of_one : nn::sequential<nn::input<4>, nn::linear<3>> {};
using trainer = sinter::trainer<net, losses, sinter::sgd, targets<labels, values>, float, sinter::rows<8>>;
using plain_trainer = sinter::trainer<of_one, sinter::cross_entropy, sinter::sgd, labels, float, sinter::rows<8>>;

const std::vector<float> x, y, numbers;
const std::vector<int> classes;
const columns inputs{column(x, 4), column(y, 3)};

#ifdef EXPECT_FAILURE
void plain_data(sinter::model<net>& m) { fit(m, sinter::make_dataset(x, classes, 4).value(), losses{}, sinter::sgd{}); }
void too_few_columns(trainer& t) { fit(t, make_dataset(inputs, columns{column(classes)}).value()); }
void integers_for_numbers(trainer& t) {
    fit(t, make_dataset(inputs, columns{column(classes), column(classes)}).value());
}
void numbers_for_labels(trainer& t) {
    fit(t, make_dataset(inputs, columns{column(numbers), column(numbers, 2)}).value());
}
void columns_for_one(plain_trainer& t) {
    fit(t, make_dataset(columns{column(x, 4)}, columns{column(classes)}).value());
}
void no_targets(sinter::model<net>& m) {
    sinter::trainer t{m, losses{}, sinter::sgd{}};
    fit(t, make_dataset(inputs, columns{column(classes), column(numbers, 2)}).value());
}
double without_targets(trainer& t) { return t.step(x, y); }
double of_other_types(trainer& t) { return t.step(x, y, classes, std::vector<double>(2)); }
auto predict_of_one(const sinter::model<net>& m) { return predict(m, columns{column(x, 4)}); }
auto predict_of_two(const sinter::model<of_one>& m) { return predict(m, inputs); }
using vectors = columns<std::vector<float>>;
const vectors* made = nullptr;
constexpr int count = vectors::count;
#else
void right_data(sinter::model<net>& m) {
    const auto data = make_dataset(inputs, columns{column(classes), column(numbers, 2)}).value();
    fit(m, data, losses{}, sinter::sgd{});
    predict(m, data);
}
double right_step(trainer& t) { return t.step(x, y, classes, numbers); }
void of_a_list(sinter::model<of_one>& m) {
    fit(m, make_dataset(columns{column(x, 4)}, columns{column(classes)}).value(), sinter::cross_entropy{},
        sinter::sgd{});
    predict(m, columns{column(x, 4)});
}
double right_plain(plain_trainer& t) { return t.step(x, classes); }
#endif
