// SPDX-License-Identifier: BSL-1.0
// Loss and rule exchanged, through each door that takes both; a trainer without targets, or with a shape for them.
// expect-error: expected a loss, found an update rule; the order is trainer\{net, loss, rule, targets\}
// expect-error: require_loss_type<rule<0> ?>|Loss = rule<0>
// expect-error: require_loss_type<rule<1> ?>|Loss = rule<1>
// expect-error: require_loss_type<rule<2> ?>|Loss = rule<2>
// expect-error: require_loss_type<rule<3> ?>|Loss = rule<3>
// expect-error: require_loss_type<rule<4> ?>|Loss = rule<4>
// expect-error: targets are sinter::labels\{\} for class numbers or sinter::dense<sinter::shape<N>>\{\}
// expect-error-count: 7
#include <sinter/sinter.hpp>
#include <sinter/train/compile.hpp>

namespace nn = sinter::nn;

struct classifier : nn::sequential<nn::input<4>, nn::linear<3>> {};
template <int>
struct rule : sinter::sgd {};
using loss = sinter::cross_entropy;

#ifdef EXPECT_FAILURE
#define BOTH(loss, rule) rule, loss
#define CHOOSE(right, wrong) wrong
#define RIGHT(...)
#else
#define BOTH(loss, rule) loss, rule
#define CHOOSE(right, wrong) right
#define RIGHT(...) __VA_ARGS__
#endif

using net = sinter::model<classifier>;
using data = sinter::dataset<float, int>;

double train(net& n) {
    const float x[4]{};
    const int y[1]{};
    sinter::trainer t{n, BOTH(loss{}, rule<0>{}), sinter::labels{}};
    t.step(x, y, 1);
    t.forward(x, y, 1);
    t.backward();
    t.update();
    return t.step_on_buffers(1);
}
auto fit(net& n, const data& d) { return sinter::fit(n, d, BOTH(loss{}, rule<1>{})); }
auto evaluate(net& n, const data& d) { return sinter::evaluate(n, d, CHOOSE(loss, rule<2>){}); }
void print_summary(net& n, const data& d) { sinter::print_summary(n, BOTH(loss{}, rule<3>{}), d); }
auto compile_as() { return sinter::compile_as<classifier, BOTH(loss, rule<4>)>::capacity; }

void without_targets(net& n) { sinter::trainer t{n, loss{}, rule<0>{} RIGHT(, sinter::labels{})}; }
void shape_as_targets(net& n) { sinter::trainer t{n, loss{}, rule<0>{}, CHOOSE(sinter::labels, sinter::shape<3>){}}; }
